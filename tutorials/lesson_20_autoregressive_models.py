# %% [markdown]
# # 20. Autoregressive models
#
# You need lesson 10: codes, what comes next, the loss in nats. There one network,
# WaveNet, composed sound one sample at a time. Two others came after it, SampleRNN and
# WaveRNN, which do the same and look quite different. By the end you know what sets
# them apart, which is only *how they remember*, what that costs, and how to compare
# models whose losses cannot be compared.
#
# The papers: S. Mehri and others, "SampleRNN", 2017; N. Kalchbrenner and others,
# "Efficient neural audio synthesis", 2018. The models: `neural/notes/samplernn.py`,
# `wavernn.py`.
#
# ## Listen
#
# The same four notes, told to each of the three small models that this project ships.
# WaveNet works at 8000 samples a second, the others at 4000, so they are duller.

# %%
import importlib
import time

import jax
import matplotlib.pyplot as plt
import numpy as np

import neural

# %%
from dsplab.check import check
from dsplab.resampling import resample
from dsplab.show import play
from neural.data.notes import NAMES
from neural.layers import n_parameters

# %%
names = ["wavenet", "samplernn", "wavernn"]
shipped = {name: neural.pretrained(name) for name in names}
model = {name: importlib.import_module(f"neural.notes.{name}") for name in names}
recipe = {name: importlib.import_module(f"neural.recipes.{name}") for name in names}


# %%
def notes_of(name, pitch, instrument, seconds=0.6, seed=0):
    params, config = shipped[name]
    told = {"pitch": np.array(pitch, float), "config": config}
    told["instrument"] = np.full(len(pitch), NAMES.index(instrument))
    told["n_samples"] = round(seconds * config.sample_rate)
    t = recipe[name].TEMPERATURE
    x = model[name].generate(params, jax.random.key(seed), temperature=t, **told)
    return 0.8 * resample(np.array(x, float), round(seconds * 8000))  # all at 8 kHz


# %%
for name in names:
    tune = notes_of(name, [60, 64, 67, 72], "clarinet").ravel()
    play(tune, 8000, title=f"{name}: C, E, G, C")

# %% [markdown]
# ## Look
#
# What does a network's opinion about the next sample depend on? Ask it: change *one*
# sample of the past, $d$ samples back, and see how far the probabilities move (half the
# sum of the changes: 0 is "not at all", 1 "completely").


# %%
def softmax_at(name, told, t):
    params, config = shipped[name]
    apply = jax.jit(model[name].apply, static_argnames="config")
    logits = apply(params, config=config, **told)
    logits = logits[0] if isinstance(logits, tuple) else logits  # WaveRNN: coarse
    return np.asarray(jax.nn.softmax(logits[:, t]))


def moved(codes, t, n_codes):
    other = codes.copy()
    other[:, t] = (other[:, t] + n_codes // 4) % n_codes
    return other


# %%
def influence(name, distances, t=1400):
    config = shipped[name][1]
    told = recipe[name].held_out(config, n_notes=4)
    codes = np.asarray(told["codes"])[:, : t + 8]
    features = told["features"][:, : -(-(t + 8) // config.hop_length)]
    rest = {"instrument": told["instrument"], "features": features}
    others = [codes, *(moved(codes, t - d, config.n_codes) for d in distances)]
    before, *after = (softmax_at(name, {"codes": c, **rest}, t) for c in others)
    return np.array([0.5 * np.abs(p - before).sum(axis=-1).mean() for p in after])


# %% alt="Influence falls with distance; WaveNet's ends at 512 samples, others go on"
distances = 4 ** np.arange(6)
plt.figure(figsize=(7, 3))
for name in names:
    plt.loglog(distances, influence(name, distances) + 1e-8, "o-", label=name)
plt.axvline(512, color="gray", linestyle=":")
plt.gca().set(xlabel="how many samples back", ylabel="how far the opinion moves")
plt.ylim(1e-7, 2)
plt.legend()
plt.grid()
plt.show()

# %% [markdown]
# WaveNet stops dead: what is more than 512 samples back does not exist, and what is far
# back within them it hardly uses. The other two have no such edge; what they forget,
# they forget by themselves.
#
# ## Derive
#
# All three are the same product, $p(x) = \prod_t p(x_t \,|\, x_0 \dots x_{t-1})$, and
# differ in what stands for "$x_0 \dots x_{t-1}$".
#
# | | the past is | a step costs | training walks through |
# | --- | --- | --- | --- |
# | **WaveNet** | its last 512 samples | every layer | all samples at once |
# | **SampleRNN** | states of several clocks | those clocks that tick | ticks |
# | **WaveRNN** | one state | one matrix, two heads | every sample, one by one |
#
# **Clocks.** A recurrent network carries a state, $h_t = f(h_{t-1}, x_{t-1})$. At one
# step a sample, a second is thousands of steps, and learning through thousands of steps
# fails. SampleRNN lets the top *tier* take a step every 8 samples: it reads the 8 that
# have been, and sends a vector to each of the steps of the tier below, which reads 4,
# and so on; at the bottom a net without a state sees the last few samples and those
# vectors. What no tier may ever read is a sample that it helps to predict: the frame of
# a tier ends just *before* the samples it speaks about.
#
# **Halves.** A softmax over 65 536 values is too much. But 16 bits are two numbers of
# eight, like hours and minutes: *coarse* $c = \lfloor u / 256 \rfloor$, *fine* $f = u
# \bmod 256$, and by the same rule of products
#
# $$ p(u_t) = p(c_t \,|\, \text{past}) \; p(f_t \,|\, c_t, \text{past}): $$
#
# two softmaxes of 256. WaveRNN draws $c_t$ first, then tells half of its state, and
# draws $f_t$.
#
# **Bells.** Another way out of 65 536: a few bell curves, each with a weight, a middle
# and a width; the probability of a value is the area over its cell. Neighbours are then
# alike without having to be learned one by one. `neural/mixtures.py` has it, and
# `neural/notes/mel_wavernn.py` uses it.
#
# **Comparing.** 2.6 nats of one model, 3.1 of another: which is better? One cannot say.
# They speak of different codes at different rates. So each is set beside a model that
# needs no learning and speaks of the same codes: one that **counts pairs**. It knows
# how often $b$ followed $a$, no more. What is below it has been learned from further
# back.
#
# ## Implement
#
# **Exercise 1.** `bigram_loss(codes)`: $p(b|a)$ is how often $b$ follows $a$, divided
# by how often anything follows $a$. Return the mean of $-\ln p(c_t | c_{t-1})$ over
# these very codes.


# %% tags=["solution"]
def bigram_loss(codes):
    pairs = np.stack([codes[:-1], codes[1:]])
    _, which, counts = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    before = np.bincount(codes[:-1])[codes[:-1]]
    return -np.log(counts[which.ravel()] / before).mean()


# %% tags=["check"]
check("bigram_loss", bigram_loss)

# %% [markdown]
# **Exercise 2.** `halves(samples)`: whole numbers from -32768 to 32767 to two rows,
# coarse and fine, each 0 to 255.


# %% tags=["solution"]
def halves(samples):
    u = samples + 32768
    return np.stack([u // 256, u % 256])


# %% tags=["check"]
check("halves", halves)

# %% [markdown]
# Hear what each half holds. Coarse alone is 8-bit sound. Fine alone is nearly noise:
# that is what a model of the second half can hardly learn, and need not.

# %%
note = notes_of("wavenet", [60], "trumpet")[0]
coarse, fine = halves(np.round(30000 * note).astype(int))
play((coarse - 128) / 128, 8000, title="the coarse half")

# %%
play((fine - 128) / 512, 8000, title="the fine half (quieter than it is)")

# %% alt="The coarse half follows the wave in steps; the fine half looks like noise"
plt.figure(figsize=(7, 2.6))
plt.plot(np.ravel(coarse)[2000:2200], label="coarse")
plt.plot(np.ravel(fine)[2000:2200], ".", markersize=3, label="fine")
plt.gca().set(xlabel="sample", ylabel="code")
plt.legend()
plt.show()

# %% [markdown]
# **Exercise 3.** `frames_before(codes, size, stride)`: what a clock may read. Row $j$
# holds the `size` codes *before* sample `j * stride`, oldest first, zeros before the
# beginning. A tier has stride = size; the sample level has stride 1. This offset is
# where most homemade SampleRNNs are wrong: one sample too late, and the network reads
# the answer.


# %% tags=["solution"]
def frames_before(codes, size, stride):
    padded = np.concatenate([np.zeros(size, int), codes])
    starts = range(0, len(codes), stride)
    return np.stack([padded[s : s + size] for s in starts])


# %% tags=["check"]
check("frames_before", frames_before)

# %% [markdown]
# With it, the eight samples 100 to 107, as the tiers of the shipped model see them.

# %%
config = shipped["samplernn"][1]
count = np.arange(200)
for size in config.frame_sizes:
    rows = frames_before(count, size, size)
    for j in range(100 // size, 108 // size):
        print(f"frames of {size}: before sample {j * size} it reads {rows[j].tolist()}")

# %% [markdown]
# ## Check
#
# Each model beside counting, on whole notes that none was trained on. For WaveRNN
# counting has two parts: a bigram of the coarse half, and the fine half given the
# coarse one, which is a matter of how often each whole code and each coarse one occurs.


# %%
def unigram(codes):
    share = np.unique(codes, return_counts=True)[1] / codes.size
    return -np.sum(share * np.log(share))


def counting(name, codes):
    if name != "wavernn":
        return bigram_loss(codes)
    coarse = codes // shipped[name][1].n_half
    return bigram_loss(coarse) + unigram(codes) - unigram(coarse)


# %%
learned, counted = {}, {}
for name in names:
    params, config = shipped[name]
    codes = np.asarray(recipe[name].held_out(config)["codes"])
    learned[name] = recipe[name].held_out_nats(params, config)
    counted[name] = counting(name, codes.ravel())
    print(f"{name:10} {learned[name]:.2f} nats, counting {counted[name]:.2f}")

# %% alt="Three pairs of bars: each model's loss is well below that of counting"
place = np.arange(3)
plt.figure(figsize=(6, 2.6))
plt.bar(place - 0.2, [counted[n] for n in names], 0.4, label="counting pairs")
plt.bar(place + 0.2, [learned[n] for n in names], 0.4, label="the network")
plt.xticks(place, names)
plt.gca().set(xlabel="model", ylabel="nats per sample")
plt.legend()
plt.show()

# %% [markdown]
# Now the price. How many numbers does each model have, and how many samples does it
# write per second, four notes side by side?

# %%
for name in names:
    params, config = shipped[name]
    begin = time.process_time()  # compiled it is already
    notes_of(name, [60] * 4, "flute")
    rate = 4 * 0.6 * config.sample_rate / (time.process_time() - begin)
    print(f"{name:10} {n_parameters(params):7} numbers, {rate:8.0f} samples per CPU-s")

# %% [markdown]
# SampleRNN has by far the most numbers, and is quicker than WaveNet: most of them
# belong to clocks that seldom tick. WaveRNN has one layer to go through, but writes
# each sample in two halves, one after the other.
#
# ## Play
#
# The models are told pitch as a *number* (`neural/conditions.py`): waves in the pitch,
# coarse and fine, rather than a switch for each key. Hence they can be asked for what
# lies between the keys. A scale in quarter tones, which nobody trained as a scale:

# %%
quarter = np.arange(60, 64.1, 0.5)
scale = notes_of("samplernn", quarter, "trumpet", seconds=0.4).ravel()
play(scale, 8000, title="SampleRNN: quarter tones from C to E")

# %% [markdown]
# And a small band, each model a player: WaveRNN on the organ for the bass, SampleRNN's
# flute in the middle, WaveNet's clarinet on top. Each line is written sample by sample.

# %%
bass = notes_of("wavernn", [48, 53, 55, 48], "organ")
middle = notes_of("samplernn", [60, 57, 59, 60], "flute")
top = notes_of("wavenet", [64, 65, 67, 64], "clarinet")
band = (bass + middle + top).ravel() / 3
play(band, 8000, title="three models play a cadence")

# %% [markdown]
# ## Exercises
#
# * **4** (change and run). Give the band other notes (48 to 72) and other instruments.
#   Which model plays which instrument best?
# * **5** (change and run). `notes_of` takes each recipe's `TEMPERATURE`. Try 0.1 and
#   1.5. Which model suffers most, and at which end?
# * **6** (measure). In *Look*, use `t = 200`, at the beginning of a note. Who needs
#   more of the past there, and why?
# * **7** (think). A network told pitch by a switch for each key has never heard the
#   clarinet's G, but all other instruments' G and the clarinet's other notes. Why may
#   it nevertheless play the wrong pitch? Why does a number help?
# * **8** (program). Write `p(code)` of one bell from two sigmoids, plot it over 256
#   codes for widths of 0.3, 0.03 and 0.001, and check that it sums to one. Then do it
#   in float32 with a middle far away: what goes wrong, and how does
#   `neural/mixtures.py` avoid it?
# * **9** (program). A SampleRNN of your own: one tier with plain dictionaries as in
#   lesson 10, `frames_before(codes, 8, 8)` its input, `jnp.tanh(W f + U h)` its state,
#   eight vectors out of it, and a net that reads `frames_before(codes, 8, 1)`.
# * **10** (prove). Splitting into halves loses nothing: for any joint distribution of
#   $(c, f)$ there are two softmaxes that give it. Would it with $f$ drawn first? And
#   both at once, independently?

# %% [markdown] tags=["solution"]
# **Answers.** *5.* At 1.5 noise is drawn into every sample, and the network must live
# with what it has drawn; at 0.1 tones are clean and some never begin, since silence is
# what most probably follows silence. *6.* At the beginning the past is silence and the
# condition all there is; samples of the attack matter more, and none further back. *7.*
# What is learned of the key G by itself and of the clarinet by itself is added up; that
# the sum should mean the G *of this instrument* has never been trained, and the nearest
# thing that has been is another of its notes. A number lies between two others that
# were heard on the very instrument. *8.* Both sigmoids round to the same number, the
# difference to 0, its logarithm to minus infinity; a product of factors that are never
# equal does not. *10.* $p(c) p(f|c)$ is the definition of a conditional probability;
# $p(f) p(c|f)$ as well, though it is harder to learn; independently, no: at the edge
# between two coarse steps, $(c, 255)$ and $(c + 1, 0)$ are likely together, and so
# would $(c, 0)$ be, a jump of 255.
