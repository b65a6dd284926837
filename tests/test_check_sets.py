"""The exercises of lesson 19: wrong solutions are caught, right ones pass."""

import numpy as np
import scipy.spatial
from scipy.special import rel_entr

from dsplab.check import check

# ---- inception_score


def by_rel_entr(p):
    return np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean())


def by_entropies(p):
    """Entropy of the mean less the mean entropy: the same."""

    def entropy(p):
        return -np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0).sum(axis=-1)

    return float(np.exp(entropy(p.mean(axis=0)) - entropy(p).mean()))


def by_loops(p):
    q = [sum(row[k] for row in p) / len(p) for k in range(len(p[0]))]
    total = 0.0
    for row in p:
        total += sum(a * np.log(a / b) for a, b in zip(row, q, strict=True) if a > 0)
    return np.exp(total / len(p))


def geometric(p):
    p = np.maximum(p, 1e-300)
    q = p.mean(axis=0)
    return np.prod(np.exp((p * np.log(p / q)).sum(axis=1)) ** (1 / len(p)))


def each_sound(p):
    return np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1))


def no_exp(p):
    return rel_entr(p, p.mean(axis=0)).sum(axis=1).mean()


def bits(p):
    return np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean() / np.log(2))


def of_zero(p):
    return np.exp((p * np.log(p / p.mean(axis=0))).sum(axis=1).mean())


def of_a_class_that_never_occurs(p):
    ratio = np.maximum(p, 1e-300) / p.mean(axis=0)
    return np.exp((p * np.log(ratio)).sum(axis=1).mean())


def equal_shares(p):
    return np.exp(rel_entr(p, np.full_like(p, 1 / p.shape[1])).sum(axis=1).mean())


def exp_first(p):
    return np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1)).mean()


def other_way_round(p):
    p = np.maximum(p, 1e-12)
    q = np.broadcast_to(p.mean(axis=0), p.shape)
    return np.exp(rel_entr(q, p).sum(axis=1).mean())


def mean_of_all(p):
    return np.exp(rel_entr(p, p.mean(axis=0)).mean())


def only_how_varied(p):
    q = p.mean(axis=0)
    return np.exp(-(q * np.log(q)).sum())


def rows_and_columns(p):
    return np.exp(rel_entr(p, p.mean(axis=1)[:, None]).sum(axis=0).mean())


# ---- coverage


def distances(x, y):
    return np.sqrt(((x[:, None] - y) ** 2).sum(axis=-1))


def radii(x, k):
    return np.sort(distances(x, x), axis=1)[:, k][:, None]


def plain(real, generated, k):
    return (distances(real, generated) < radii(real, k)).any(axis=1).mean()


def by_nearest(real, generated, k):
    return np.mean(distances(real, generated).min(axis=1) < radii(real, k)[:, 0])


def by_tree(real, generated, k):
    reach = scipy.spatial.KDTree(real).query(real, k=k + 1)[0][:, k]
    near = scipy.spatial.KDTree(generated).query(real)[0]
    return float((near < reach).sum()) / len(real)


def by_loops_over_sounds(real, generated, k):
    found = 0
    for i, x in enumerate(real):
        others = np.delete(real, i, axis=0)
        reach = sorted(((others - x) ** 2).sum(axis=1))[k - 1]
        found += any(((y - x) ** 2).sum() < reach for y in generated)
    return found / len(real)


def yes_or_no(real, generated, k):
    return (distances(real, generated) < radii(real, k)).any(axis=1)


def its_own_neighbour(real, generated, k):
    return (distances(real, generated) <= radii(real, k - 1)).any(axis=1).mean()


def one_too_far(real, generated, k):
    reach = radii(real, min(k + 1, len(real) - 1))
    return (distances(real, generated) < reach).any(axis=1).mean()


def precision(real, generated, k):
    return (distances(real, generated) < radii(real, k)).any(axis=0).mean()


def recall(real, generated, k):
    reach = np.sort(distances(generated, generated), axis=1)[:, min(k, 4)]
    return (distances(real, generated) <= reach).any(axis=1).mean()


def density(real, generated, k):
    return (distances(real, generated) < radii(real, k)).sum() / k / len(generated)


def a_fixed_radius(real, generated, k):
    return (distances(real, generated) < 0.5).any(axis=1).mean()


def squares_and_roots(real, generated, k):
    return (distances(real, generated) ** 2 < radii(real, k)).any(axis=1).mean()


def sums_of_differences(real, generated, k):
    def far(x, y):
        return abs(x[:, None] - y).sum(axis=-1)

    reach = np.sort(far(real, real), axis=1)[:, k][:, None]
    return (far(real, generated) < reach).any(axis=1).mean()


def all_inside(real, generated, k):
    return (distances(real, generated) < radii(real, k)).all(axis=1).mean()


def mean_radius(real, generated, k):
    return (distances(real, generated) < radii(real, k).mean()).any(axis=1).mean()


def radius_to_generated(real, generated, k):
    near = np.sort(distances(real, generated), axis=1)
    reach = np.sort(distances(generated, generated), axis=1)[:, 1].mean() * 3
    return (near[:, 0] < reach).mean()


RIGHT = {
    "inception_score": [by_rel_entr, by_entropies, by_loops, geometric],
    "coverage": [plain, by_nearest, by_tree, by_loops_over_sounds],
}
WRONG = {
    "inception_score": [
        (each_sound, "one number"),
        (no_exp, "last step is exp"),
        (bits, "same base"),
        (of_zero, "logarithm of zero"),
        (of_a_class_that_never_occurs, "zero is divided by zero"),
        (equal_shares, "not with equal shares"),
        (exp_first, "less than the mean of exp"),
        (other_way_round, "0 log 0"),
        (mean_of_all, "0 log 0"),
        (only_how_varied, "log(p / q) is 0"),
        (rows_and_columns, "Compare with that mean"),
    ],
    "coverage": [
        (yes_or_no, "share of yes"),
        (its_own_neighbour, "index k"),
        (one_too_far, "index k"),
        (precision, "is precision"),
        (recall, "what recall gets wrong"),
        (density, "one generated sound inside is enough"),
        (a_fixed_radius, "No radius is fixed"),
        (squares_and_roots, "100 times"),
        (sums_of_differences, "Euclidean"),
        (all_inside, "own copy"),
        (mean_radius, "Euclidean|index k"),
        (radius_to_generated, "has no say|is precision"),
    ],
}


def test_a_wrong_number_is_told_beside_the_right_one():
    failure = check("inception_score", bits).failure
    assert failure.message == "Your result is 2.718, where 2 is right."
