"""Exercises of lesson 20: what a model of samples may see, and what counting costs."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.trial import Wrong

bigram_loss = exercise(
    "bigram_loss",
    "bigram_loss(codes)",
    "mean over t >= 1 of -ln p(codes[t] | codes[t-1]), where p(b | a) is how often b "
    "follows a, divided by how often anything follows a, both counted on these codes",
)
TEXTS = {
    "text": (
        (0, 0, 1, 1, 0),
        (0, 1, 0, 1, 0, 1),
        (0, 1, 2, 0, 1, 2, 0),
        (0, 1, 0, 2, 0, 1, 0, 1),
        (3, 3, 3, 1, 3, 3, 1, 1, 2, 3, 3, 1),
        (200, 7, 200, 7, 255, 7, 200),
    )
}


def _counted(codes):
    pairs = list(zip(codes[:-1].tolist(), codes[1:].tolist(), strict=True))
    before = [a for a, _ in pairs]
    return -np.mean([np.log(pairs.count(p) / before.count(p[0])) for p in pairs])


def _nats(student, codes):
    value = student(np.array(codes))
    same_shape(value, ())
    return value


@bigram_loss.property(
    "it is one number",
    "Average over all pairs in the end.",
    **TEXTS,
)
def _(student, text):
    _nats(student, text)


@bigram_loss.property(
    "what always follows costs nothing",
    "Where b is the only code that ever follows a, p(b | a) is 1 and -ln p is 0. The "
    "last code has no follower: it is not to be counted among what came before.",
    text=((0, 1, 0, 1, 0, 1), (0, 1, 2, 0, 1, 2, 0), (5, 5, 5, 5), (1, 2, 3, 4)),
)
def _(student, text):
    value = _nats(student, text)
    if abs(value) > 1e-6:
        raise Wrong(f"In {text} every code is known; your loss is {value:.4g}.")


@bigram_loss.property(
    "two that are equally likely cost ln 2",
    "A natural logarithm, of a probability given the code before: how often the pair, "
    "divided by how often its first code begins a pair. The minus makes it positive.",
    text=((0, 0, 1, 1, 0), (7, 7, 9, 9, 7), (9, 9, 7, 7, 9)),
)
def _(student, text):
    agree(_nats(student, text), np.log(2), tolerance=1e-4, what="The loss")


@bigram_loss.property(
    "every pair counts as often as it occurs",
    "Mean over the pairs as they come, len(codes) - 1 of them, not over the different "
    "ones; and (a, b) is another pair than (b, a).",
    points=2,
    **TEXTS,
)
def _(student, text):
    codes = np.array(text)
    agree(_nats(student, text), _counted(codes), tolerance=1e-4, what="The loss")


halves = exercise(
    "halves",
    "halves(samples)",
    "two rows of integers 0 ... 255, coarse and fine, for 16-bit samples -32768 ... "
    "32767: with u = sample + 32768, coarse = u // 256 and fine = u % 256",
)
SAMPLES = (0, 1, -1, 255, 256, -256, 32767, -32768, 12345)


def _split(student, sample):
    got = student(np.array([sample, 0, 300]))
    same_shape(got, (2, 3))
    return got


@halves.property(
    "there are two rows of integers",
    "np.stack([coarse, fine]). // and % keep integers integers; / does not.",
    sample=SAMPLES,
)
def _(student, sample):
    got = _split(student, sample)
    if got.dtype.kind not in "iu":
        raise Wrong(f"Your result holds {got.dtype}, expected integers.")


@halves.property(
    "both are within 0 ... 255",
    "Negative samples are first moved up: u = sample + 32768 is 0 ... 65535. Then "
    "cut it by 256, not by 255: there are 256 values in each half.",
    sample=SAMPLES,
)
def _(student, sample):
    got = _split(student, sample)
    if got.min() < 0 or got.max() > 255:
        raise Wrong(f"{sample} became {got[0, 0]} and {got[1, 0]}.")


@halves.property(
    "silence is coarse 128, fine 0",
    "Sample 0 is u = 32768 = 128 * 256 + 0, and coarse, the hours, comes first.",
    sample=(0,),
)
def _(student, sample):
    coarse, fine = _split(student, sample)[:, 0]
    if (coarse, fine) != (128, 0):
        raise Wrong(f"Sample 0 became coarse {coarse} and fine {fine}.")


@halves.property(
    "together they are the sample again",
    "256 coarse + fine - 32768 gives it back: nothing may be rounded away.",
    points=2,
    sample=SAMPLES,
)
def _(student, sample):
    coarse, fine = _split(student, sample).astype(int)[:, 0]
    if 256 * coarse + fine - 32768 != sample:
        back = 256 * coarse + fine - 32768
        raise Wrong(f"{sample} became {coarse} and {fine}, which is {back}.")


frames_before = exercise(
    "frames_before",
    "frames_before(codes, size, stride)",
    "row j holds the `size` codes before sample j * stride, the oldest first: "
    "codes[j * stride - size] ... codes[j * stride - 1], and 0 where that is before "
    "the beginning; a row for each j with j * stride < len(codes)",
)
TIERS = {"length": (12, 24, 6), "size": (1, 2, 4), "stride": (1, 2, 3)}


def _before(codes, size, stride):
    padded = np.concatenate([np.zeros(size, int), codes])
    starts = range(0, len(codes), stride)
    return np.stack([padded[start : start + size] for start in starts])


def _frames(student, length, size, stride):
    codes = np.arange(1, length + 1)
    got = student(codes, size, stride)
    same_shape(got, (-(-length // stride), size))
    return codes, got


@frames_before.property(
    "a row for each step, `size` codes in each",
    "A step at samples 0, stride, 2 stride, ... below len(codes): "
    "range(0, len(codes), stride).",
    **TIERS,
)
def _(student, **sizes):
    _frames(student, **sizes)


@frames_before.property(
    "before the first sample there is nothing",
    "Row 0 is about to say sample 0, and has heard none: zeros. Put `size` zeros "
    "before the codes, and row j begins at j * stride.",
    **TIERS,
)
def _(student, **sizes):
    first = _frames(student, **sizes)[1][0]
    if first.any():
        raise Wrong(f"Your row 0 is {first.tolist()}, expected zeros.")


@frames_before.property(
    "no step sees what it is to say",
    "Row j ends with codes[j * stride - 1]. With codes[j * stride] in it the network "
    "would read the answer: its loss falls to nothing, and it cannot play.",
    points=2,
    **TIERS,
)
def _(student, length, size, stride):
    codes, before = _frames(student, length, size, stride)
    for j, row in enumerate(before):
        seen = row[row > j * stride]  # sample t is the number t + 1
        if seen.size:
            raise Wrong(f"Row {j} holds codes[{int(seen[0]) - 1}].")


@frames_before.property(
    "the last column is the sample just before",
    "The oldest first: row[-1] is codes[j * stride - 1], row[0] is `size` back.",
    **TIERS,
)
def _(student, length, size, stride):
    codes, got = _frames(student, length, size, stride)
    right = _before(codes, size, stride)[:, -1]
    wrong = np.flatnonzero(got[:, -1] != right)
    if wrong.size:
        j = wrong[0]
        raise Wrong(f"Row {j} ends with {got[j, -1]:g}, expected {right[j]}.")


@frames_before.property(
    "every row is as written",
    "Rows are `stride` samples apart and `size` long: they overlap where size is "
    "larger, and leave samples out where it is smaller.",
    **TIERS,
)
def _(student, length, size, stride):
    codes, got = _frames(student, length, size, stride)
    right = _before(codes, size, stride)
    for j, (mine, wanted) in enumerate(zip(got, right, strict=True)):
        if (mine != wanted).any():
            raise Wrong(f"Row {j} is {mine.tolist()}, expected {wanted.tolist()}.")
