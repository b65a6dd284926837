# %% [markdown]
# # 19. How good is a model?
#
# You need probabilities, means and covariances, and lesson 10 or any other model that
# makes sounds. By the end you can say how good such a model is without asking anybody
# to listen, and you know of each measure how it can be fooled. That matters: every
# figure in a paper is one of these, and a model may have been chosen because it fools
# it best.
#
# ## Listen
#
# Below are four "models" of the notes of lesson 10. They learned nothing; we know
# exactly what each does. One plays real notes. One has *collapsed*: it knows one note.
# One is *noisy*: real notes and a hiss. One *forgot* an instrument, the organ.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play
from neural.data import notes
from neural.data.loop_mel import log_mel

# %%
from neural.evaluation.density_coverage import density_coverage
from neural.evaluation.frechet import frechet_distance
from neural.evaluation.ndb import make_bins, ndb
from neural.evaluation.precision_recall import precision_recall

sample_rate = 8000
rng = np.random.default_rng(0)

# %%
options = {"n_samples": 4000, "sample_rate": sample_rate, "hop_length": 80}
many = notes.batch(0, 0, batch_size=600, **options)
real, fresh = many["x"][:300], many["x"][300:]  # what is known, and the same anew
organ = many["instrument"][300:] == notes.NAMES.index("organ")
models = {
    "real notes": fresh,
    "collapsed": np.repeat(fresh[:1], 300, axis=0),
    "noisy": fresh + 0.03 * rng.standard_normal(fresh.shape).astype(np.float32),
    "no organ": rng.permutation(fresh[~organ].repeat(2, axis=0))[:300],
}


# %%
def five(name):
    return np.concatenate(models[name][:5])


play(five("real notes"), sample_rate, title="real notes")

# %%
play(five("collapsed"), sample_rate, title="collapsed: one note")

# %%
play(five("noisy"), sample_rate, title="noisy")

# %%
play(five("no organ"), sample_rate, title="no organ")

# %% [markdown]
# ## Look
#
# A sound is four thousand numbers. No measure compares those: the same note begun a
# millisecond later would be as far away as another note. One first takes **features**,
# a few numbers that say what one hears. Whoever chooses them decides what counts. Ours
# are the mean and the deviation of eight mel bands over the note, sixteen numbers.


# %%
def features(x):
    bands = log_mel(x, sample_rate, n_fft=256, hop_length=80, n_mels=8)
    return np.concatenate([bands.mean(axis=1), bands.std(axis=1)], axis=1)


# %% alt="Four clouds of points: real, one point only, a shifted cloud, one with a gap"
sets = {name: features(x) for name, x in models.items()}
known = features(real)
centre, (_, _, axes) = known.mean(axis=0), np.linalg.svd(known - known.mean(axis=0))
figure, panels = plt.subplots(1, 4, figsize=(11, 2.8), sharex=True, sharey=True)
for ax, (name, y) in zip(panels, sets.items(), strict=True):
    ax.plot(*((known - centre) @ axes[:2].T).T, ".", color="lightgray", markersize=4)
    ax.plot(*((y - centre) @ axes[:2].T).T, ".", markersize=3)
    ax.set(title=name, xlabel="first direction")
panels[0].set(ylabel="second direction")
plt.show()

# %% [markdown]
# Grey is what is known, each panel one model, in the two directions of feature space in
# which most happens. So the question is: *are two clouds of points the same?* And that
# is two questions. Does every generated point lie where real ones do (**quality**)? Are
# there generated points wherever real ones are (**variety**)?
#
# ## Derive
#
# **Inception score.** A classifier says which instrument a sound is, $p(y|x)$. It
# should be sure about each sound, and over all sounds every class should occur:
#
# $$ \mathrm{IS} = \exp \frac1n \sum_i \sum_y p(y|x_i) \ln \frac{p(y|x_i)}{p(y)},
#    \qquad p(y) = \frac1n \sum_i p(y|x_i). $$
#
# The inner sum is zero if the answer for $x_i$ is that for everything, and $\ln K$ if
# one of $K$ equally frequent classes is certain: IS lies between 1 and $K$. Real sounds
# do not occur in it.
#
# **Fréchet distance.** Take each cloud for a Gaussian. Between two of those there is a
# distance in closed form,
#
# $$ d = |\mu_1 - \mu_2|^2 + \mathrm{tr}\bigl(\Sigma_1 + \Sigma_2 -
#    2 (\Sigma_1 \Sigma_2)^{1/2}\bigr). $$
#
# With the features of a network called VGGish it is the *Fréchet audio distance*, FAD.
#
# **NDB.** Cut the real cloud into $K$ bins by k-means; count in how many the share of
# generated points differs by more than chance. **JSD** is how far the two lists of
# shares are apart, 0 to $\ln 2$.
#
# **Precision, recall.** Around each real point a ball that reaches to its $k$-th
# neighbour. Precision: the share of generated points inside any. Recall: the same with
# the sets exchanged. **Density** counts in how many balls a point lies, **coverage**
# the share of real balls that have any generated point inside.
#
# ## Implement
#
# **Exercise 1.** `inception_score(p)`: row $i$ of `p` is $p(y|x_i)$. Mind $0 \ln 0$.


# %% tags=["solution"]
def inception_score(p):
    p = np.maximum(p, 1e-300)  # 0 ln 0 counts as 0
    return np.exp((p * np.log(p / p.mean(axis=0))).sum(axis=1).mean())


# %% tags=["check"]
check("inception_score", inception_score)

# %% [markdown]
# **Exercise 2.** `coverage(real, generated, k)`: rows are points.


# %% tags=["solution"]
def distances(x, y):
    return np.sqrt(((x[:, None] - y) ** 2).sum(axis=-1))


def coverage(real, generated, k):
    radii = np.sort(distances(real, real), axis=1)[:, k]
    return (distances(real, generated) < radii[:, None]).any(axis=1).mean()


# %% tags=["check"]
check("coverage", coverage)

# %% [markdown]
# ## Check
#
# A measure is trusted where the truth is known. Two Gaussians in eight dimensions whose
# Fréchet distance is exactly 1 (means one apart, covariances equal), and two that are
# *the same*, so that the truth is 0. We draw $n$ points from each.


# %%
def measured(n, truth):
    x, y = rng.standard_normal((2, 10, n, 8))
    y[..., 0] += truth
    return np.mean([frechet_distance(*pair) for pair in zip(x, y, strict=True)])


# %% alt="Measured distances fall towards the truth as n grows, from far above"
sizes = [20, 50, 100, 200, 500, 1000, 2000]
plt.figure(figsize=(7, 3))
for truth in (0.0, 1.0):
    found = [measured(n, truth) for n in sizes]
    plt.loglog(sizes, found, "o-", label=f"truth {truth:g}")
plt.gca().set(xlabel="points in each set", ylabel="Fréchet distance")
plt.legend()
plt.show()

# %% [markdown]
# Between two *equal* distributions it finds a distance, and all the greater the fewer
# the points: about proportional to $1/n$. So a distance says nothing by itself. Compare
# equal numbers of sounds, and always print what *real against real* gives. The same
# goes for NDB: at 5 % significance, one bin in twenty differs by chance.
#
# Now the four models, whose faults we know. (The classifier asks which note of the
# known ones is nearest, and takes its instrument, softened.)


# %%
def instrument_of(y):
    nearest = np.argsort(distances(y, known), axis=1)[:, :5]
    votes = many["instrument"][:300][nearest]
    return np.stack([(votes == k).mean(axis=1) for k in range(4)], axis=1)


# %%
def measures(y, real=known):
    pr, dc = precision_recall(real, y), density_coverage(real, y)
    bins = ndb(make_bins(real, n_bins=20), y)
    row = [inception_score(instrument_of(y)), frechet_distance(real, y)]
    return [*row, bins.share, bins.jsd, *pr, *dc]


# %%
names = "IS Frechet NDB/K JSD precision recall density coverage".split()
print(f"{'':12}" + "".join(f"{name:>10}" for name in names))
for name, y in sets.items():
    print(f"{name:12}" + "".join(f"{value:10.2f}" for value in measures(y)))

# %% [markdown]
# Read the rows before you go on. The first row is as good as it gets, and is not
# perfect anywhere. *Collapsed* has a precision of 1 (each of its sounds is real!) and
# an inception score of 1; recall and coverage are nearly 0. *Noisy* loses precision and
# density. *No organ* is hardest to see: its sounds are good, and most kinds are there.
# What shows it?
#
# ## Play
#
# How to fool them.
#
# **The inception score** wants one good sound for each class, no more. Four sounds:

# %%
one_each = np.concatenate([known[many["instrument"][:300] == k][:1] for k in range(4)])
p = np.eye(4).repeat(75, axis=0)  # a classifier is sure of each
print("IS of four sounds, repeated:", inception_score(p), "of at most 4")
print("coverage:", coverage(known, one_each.repeat(75, axis=0), 5))

# %% [markdown]
# **The Fréchet distance** sees a mean and a covariance, nothing else. Draw from a
# *Gaussian* with those of a ring: points in the middle, where no real one is.

# %% alt="A ring of points, and a round cloud that fills its middle"
angle = rng.uniform(0, 2 * np.pi, 2000)
ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
ring += 0.05 * rng.standard_normal(ring.shape)
blob = rng.multivariate_normal(ring.mean(axis=0), np.cov(ring.T), 2000)
plt.figure(figsize=(3.4, 3.4))
plt.plot(*blob[:600].T, ".", markersize=3, label="model")
plt.plot(*ring[:600].T, ".", markersize=3, label="real")
plt.gca().set(title="Fréchet distance nearly 0", xlabel="x", ylabel="y")
plt.legend()
plt.show()

# %%
print("Frechet distance", round(frechet_distance(ring, blob), 4))
print("precision", precision_recall(ring, blob).precision)

# %% [markdown]
# **Recall** is fooled by one outlier among the *generated* sounds, whose ball is huge;
# **precision** by one among the real ones. Three sounds far away, and recall is perfect
# although nothing of reality is there. Coverage, which draws real balls only, is not
# impressed.

# %%
far = np.concatenate([known[:4], known[:1] + 30.0 * np.eye(16)[:3]])
print("recall", precision_recall(known, far).recall)
print("coverage", density_coverage(known, far).coverage)

# %% [markdown]
# **All of them** are fooled by a thief. A model that plays its training data is perfect
# by every measure that compares with the training data. Only sounds that were kept back
# show it: how near is the nearest *training* sound, to a generated one and to a new
# real one?

# %%
thief = known[rng.permutation(300)]
print(f"{'thief':12}" + "".join(f"{value:10.2f}" for value in measures(thief)))
for name, y in (("thief", thief), ("new real notes", sets["real notes"])):
    print(f"{name}: median distance {np.median(distances(y, known).min(axis=1)):.2f}")

# %% [markdown]
# So report several: one of quality, one of variety, one whose features no part of the
# model was trained with; real against real beside them; and the distance to the
# training set. `neural evaluate real/ generated/` does that for two folders of sounds.
#
# ## Exercises
#
# * **3** (change and run). Take `n_mels=2`, then 40, in `features`. Which models can be
#   told from real ones now, and which no more? What have you changed about the *truth*?
# * **4** (change and run). Blur: `0.5 * (fresh + fresh[::-1])` plays two notes at once.
#   Predict its row of the table, then print it.
# * **5** (measure). How many sounds do you need until NDB/K of *no organ* is above
#   chance, 0.05? Try 30, 100, 300.
# * **6** (program). Write `precision` with your `distances`, and from it `recall` in
#   one line.
# * **7** (program). Write the Fréchet distance for diagonal covariances. Where do you
#   need no matrix root?
# * **8** (think). A model is chosen out of fifty checkpoints by its FAD. Why is its FAD
#   too good now, and what would you print instead?
# * **9** (prove). IS $= \exp(H(y) - H(y|x))$: the entropy of the mean less the mean
#   entropy. When is it $K$?
# * **10** (prove). For two samples of the same continuous distribution, coverage is
#   about $1 - 2^{-k}$. (Throw both into one pot: of the $2k$ or so sounds nearest to a
#   real one, how probable is it that the first $k$ are all real?)

# %% [markdown] tags=["solution"]
# **Answers.** *3.* With two bands the organ is hardly missed any more (coverage 0.9),
# with forty no noisy sound is near a real one (precision 0): the sounds are the same,
# only the ears changed. *4.* Precision falls to about 0.7, recall and coverage further,
# since nobody plays one note alone; the inception score hardly moves. *5.* With 100 it
# is about 0.2, with 30 it may be chance: hardly any bin *can* differ. *6.*
# `(distances(generated, real) < radii).any(axis=1).mean()`; recall is
# `precision(generated, real, k)`. *7.* $(\Sigma_1 \Sigma_2)^{1/2}$ is then the root of
# each product of variances: $\sum (\sigma_1 - \sigma_2)^2$. *8.* The least of fifty
# noisy figures is below their mean: measure the chosen one again, on other sounds. *9.*
# Write the logarithm of the ratio as a difference; the sum over $i$ of $p \ln p(y)$ is
# $-n H(y)$. $K$ if every answer is certain and all classes are as frequent. *10.* Each
# is real or generated with probability one half, whoever is nearer: the first $k$ are
# all real with probability $2^{-k}$.
