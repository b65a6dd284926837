# %% [markdown]
# # 8. Sound matching
#
# You need: the subtractive synthesizer of lesson 2 and the FM of lesson 4. By the end
# you can hand a recording to a synthesizer and let it find its own knobs, you know what
# it is that makes that possible, and you have seen the one knob for which it fails.
#
# ## Listen
#
# Somebody has set the knobs of a synthesizer, played one note, and gone home. All that
# is left is the recording.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

from dsplab import spectral
from dsplab.check import check
from dsplab.show import play, plot_spectrogram
from dsplab.synths import fm, subtractive

# %%
sample_rate = 16000
f0 = jnp.full(9600, 110.0)  # 0.6 seconds of one pitch

# %%
plain = subtractive.Patch(filter="lowpass24", sustain=0.6, release=0.1)


@jax.jit
def saw_voice(cutoff, resonance, octaves, decay):
    patch = plain._replace(cutoff=cutoff, resonance=resonance,
                           cutoff_octaves=octaves, cutoff_decay=decay)  # fmt: skip
    return subtractive.voice(f0, 0.45, sample_rate, patch=patch)


secret = {"cutoff": 300.0, "resonance": 0.5, "octaves": 3.0, "decay": 0.25}
target = saw_voice(**secret)
play(target, sample_rate, title="the recording")

# %% [markdown]
# Our first guess is wrong about every knob: the filter comes to rest too high, moves
# too little and too fast, and hardly rings.

# %%
guess = {"cutoff": 1000.0, "resonance": 0.1, "octaves": 1.0, "decay": 0.1}
play(saw_voice(**guess), sample_rate, title="our guess")

# %% [markdown]
# A sound designer would now listen, turn a knob, listen again. We shall do just that,
# only that the ear will be a formula, and that we ask all knobs at once which way to
# turn.
#
# ## Look

# %% alt="Spectrograms of the recording and of our guess: the guess is flat"
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for ax, knobs, title in zip(axes, (secret, guess), ("recording", "guess"), strict=True):
    plot_spectrogram(np.asarray(saw_voice(**knobs)), sample_rate, n_fft=512, ax=ax)
    ax.set_title(title)
plt.show()

# %% [markdown]
# In the recording, the upper partials die away one after the other: the filter closes.
# In the guess it stands nearly still.
#
# ## Derive
#
# How far are two sounds apart? Not sample by sample: shift a sound by half a
# millisecond, and every sample is different, yet nobody hears it. So compare spectra,
# and of those the magnitudes, without phases. The ear hears ratios of loudness, not
# differences, hence the logarithm. A frame must be long to tell partials apart and
# short to see an attack; take several lengths $n$:
#
# $$ D(x, y) = \operatorname*{mean}_{n} \; \operatorname*{mean}_{k, m} \;
#    \Big| \log(|X_n[k, m]| + 0.1) - \log(|Y_n[k, m]| + 0.1) \Big| . $$
#
# (The 0.1 says what counts as silence, and keeps the logarithm of it finite.)
#
# Now the knobs, $\theta$. The synthesizer is a function, $y(\theta)$, made of
# additions, multiplications, sines: everything in it has a derivative, the filter's
# recursion included. By the chain rule so has the distance,
#
# $$ \frac{\partial D}{\partial \theta} = \sum_n \frac{\partial D}{\partial y[n]}
#    \; \frac{\partial y[n]}{\partial \theta} , $$
#
# and JAX computes it for all knobs in one sweep backwards through the sound, at the
# price of a few renderings. Turn every knob a little against its derivative; repeat.
# That is *gradient descent*, and a synthesizer through which it goes is a
# *differentiable* one.
#
# ## Implement
#
# **Exercise 1.** Write `spectral_distance`. Use `spectral.stft(x, n_fft=n,
# hop_length=n // 4)`, and `jnp.abs` and `jnp.log`, so that JAX can differentiate it.


# %% tags=["solution"]
def spectral_distance(x, y, sizes=(2048, 512, 128)):
    total = 0.0
    for n in sizes:
        X, Y = (jnp.abs(spectral.stft(s, n_fft=n, hop_length=n // 4)) for s in (x, y))
        total += jnp.abs(jnp.log(X + 0.1) - jnp.log(Y + 0.1)).mean()
    return total / len(sizes)


# %% tags=["check"]
check("spectral_distance", spectral_distance)

# %% [markdown]
# Before we walk, a look at the land. Turn one knob through its range, the others set
# right, and plot the distance: first the cutoff, then the pitch.


# %%
@jax.jit
def at_pitch(hz):
    patch = plain._replace(cutoff=300.0, resonance=0.5, cutoff_octaves=3.0,
                           cutoff_decay=0.25)  # fmt: skip
    return subtractive.voice(hz + 0.0 * f0, 0.45, sample_rate, patch=patch)


far = jax.jit(lambda y: spectral_distance(y, target))
cutoffs = np.geomspace(60, 1500, 33)
over_cutoff = [far(saw_voice(**secret | {"cutoff": c})) for c in cutoffs]
pitches = np.geomspace(80, 160, 49)
over_pitch = [far(at_pitch(hz)) for hz in pitches]

# %% alt="Distance over cutoff: one valley. Distance over pitch: a narrow gorge"
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained", sharey=True)
for ax, x, y, name in zip(axes, (cutoffs, pitches), (over_cutoff, over_pitch),
                          ("cutoff", "pitch"), strict=True):  # fmt: skip
    ax.plot(x, y)
    ax.set(xlabel=f"{name} in Hz")
axes[0].set_ylabel("distance")
plt.show()

# %% [markdown]
# Cutoff is one valley: with the other knobs right, downhill leads home from anywhere.
# Pitch is a plateau with a gorge in it: unless we start within a few percent, downhill
# leads nowhere, for partials that do not overlap yet do not know in which direction
# their partners lie. So leave pitch to what can measure it (lesson 1 and
# `dsplab.analysis.pitch`) and learn the rest.
#
# **Exercise 2.** The descent. Knobs have very different ranges, and a cutoff of minus
# 20 Hz is none: let the optimiser turn free numbers, and make knobs of them,
# $\mathrm{cutoff} = e^a$, $\mathrm{decay} = e^d$, $\mathrm{resonance} = 1 / (1 +
# e^{-r})$. Write `knobs(free)` and its inverse `free_numbers(knobs)`. The octaves may
# be what they want.


# %% tags=["solution"]
def knobs(free):
    return {"cutoff": jnp.exp(free["cutoff"]),
            "resonance": jax.nn.sigmoid(free["resonance"]),
            "octaves": free["octaves"],
            "decay": jnp.exp(free["decay"])}  # fmt: skip


def free_numbers(knobs):
    r = knobs["resonance"]
    return {"cutoff": jnp.log(knobs["cutoff"]), "resonance": jnp.log(r / (1 - r)),
            "octaves": jnp.asarray(knobs["octaves"]),
            "decay": jnp.log(knobs["decay"])}  # fmt: skip


# %% [markdown]
# The loop itself is the same for every synthesizer. *Adam* is gradient descent with a
# memory: it keeps a running mean of each derivative and of its square, and steps by
# their ratio, so that a knob with small derivatives moves as fast as one with large.


# %%
def match(sound, free, target, *, n_steps=100, size=0.08):
    adam = optax.adam(optax.cosine_decay_schedule(size, n_steps))
    loss = jax.value_and_grad(lambda free: spectral_distance(sound(free), target))

    @jax.jit
    def step(free, state):
        distance, derivative = loss(free)
        change, state = adam.update(derivative, state)
        return optax.apply_updates(free, change), state, distance

    return descend(step, free, adam.init(free), n_steps)


# %%
def descend(step, free, state, n_steps):
    distances = []
    for _ in range(n_steps):
        free, state, distance = step(free, state)
        distances.append(float(distance))
    return free, distances


# %%
found, distances = match(lambda free: saw_voice(**knobs(free)), free_numbers(guess),
                         target)  # fmt: skip

# %% alt="The distance falls by three orders of magnitude in 100 steps"
fig, ax = plt.subplots(figsize=(9, 2.5), layout="constrained")
ax.semilogy(distances)
ax.set(xlabel="step", ylabel="distance")
plt.show()

# %% [markdown]
# ## Check
#
# The distance went down. That alone proves little: a wrong setting may sound nearly
# right. But this time we know what the knobs were.

# %%
print(f"{'knob':10} {'guess':>8} {'found':>8} {'secret':>8}")
for name, value in knobs(found).items():
    print(f"{name:10} {guess[name]:8.3f} {float(value):8.3f} {secret[name]:8.3f}")

# %%
errors = [abs(float(v) / secret[k] - 1) for k, v in knobs(found).items()]
assert max(errors) < 0.02, errors

# %% [markdown]
# Every knob within two percent, from one note, in a few seconds. Nothing was trained
# beforehand.
#
# ## Play
#
# The recording, and what was found. And since we have not a copy of the sound but the
# synthesizer itself, we can go on playing it, where the recording stops.

# %%
play(target, sample_rate, title="the recording")

# %%
play(saw_voice(**knobs(found)), sample_rate, title="what was found")

# %%
patch = plain._replace(cutoff=float(knobs(found)["cutoff"]),
                       resonance=float(knobs(found)["resonance"]),
                       cutoff_octaves=float(knobs(found)["octaves"]),
                       cutoff_decay=float(knobs(found)["decay"]))  # fmt: skip
riff = [(0.25 * k, 0.2, pitch) for k, pitch in enumerate([45, 57, 48, 50, 45, 55, 52])]
play(subtractive.play(riff, sample_rate, patch=patch), sample_rate, title="a riff")

# %% [markdown]
# ### The same loop, another synthesizer
#
# FM has an evil reputation among those who program it: its knobs do not mean anything.
# To the gradient they are knobs like any others. A bell-like tone of two operators: an
# index, how fast it falls, and how fast the tone dies away.


# %%
@jax.jit
def fm_voice(index, index_decay, decay):
    carrier = fm.Operator(decay=decay, sustain=0.2)
    modulator = fm.Operator(ratio=2.0, level=index, decay=index_decay, sustain=0.1)
    return fm.voice(f0, 0.45, sample_rate, patch=fm.Patch((carrier, modulator)))


def all_exponential(free):
    return {name: jnp.exp(value) for name, value in free.items()}


# %%
secret_fm = {"index": 3.0, "index_decay": 0.3, "decay": 0.6}
target_fm = fm_voice(**secret_fm)
start = {"index": 0.0, "index_decay": jnp.log(0.1), "decay": jnp.log(0.2)}
found_fm, _ = match(lambda free: fm_voice(**all_exponential(free)), start, target_fm)

# %%
print(f"{'knob':12} {'guess':>8} {'found':>8} {'secret':>8}")
for name, value in all_exponential(found_fm).items():
    guessed = float(jnp.exp(start[name]))
    print(f"{name:12} {guessed:8.3f} {float(value):8.3f} {secret_fm[name]:8.3f}")

# %%
found_knobs = all_exponential(found_fm)
errors = [abs(float(v) / secret_fm[k] - 1) for k, v in found_knobs.items()]
assert max(errors) < 0.03, errors

# %%
play(target_fm, sample_rate, title="the FM recording")

# %%
play(fm_voice(**found_knobs), sample_rate, title="what was found")

# %% [markdown]
# What we did by hand here, for one note, the last part of the lecture does for a whole
# instrument: in DDSP a neural network turns the knobs, and this very gradient, through
# an additive synthesizer and filtered noise, is what it learns from.
#
# ## Exercises
#
# * **3** (change and run). Start the cutoff at 60 Hz and at 6000 Hz. Does it still find
#   its way? And with `sizes=(2048,)` alone, or `(128,)` alone: which knobs suffer?
# * **4** (change and run). Let the index of the FM tone start at 9 instead of 1, and
#   plot the distance over the index, as above. Lesson 4 says that the sidebands'
#   levels, Bessel functions, rise and fall. Why is there only one valley?
# * **5** (program). Make the pitch a free number as well, starting 1 % too high, then
#   5 %. Then take the logarithm out of the distance. Which valley is wider?
# * **6** (program). Match a sound that this synthesizer cannot make: a note of
#   `dsplab.synths.plucked`. What does it get right, and what does it sacrifice?
# * **7** (think). Oscillator shapes ("saw", "square") are no numbers. How could the
#   choice of one be learned by gradient all the same?
# * **8** (prove). $D$ is symmetric and obeys the triangle inequality, $D(x, z) \le
#   D(x, y) + D(y, z)$. Is it a metric, then? (Which two sounds have distance 0?)
# * **9** (think). Without derivatives one could turn each knob a little and render
#   again. How many renderings is that for one step, with four knobs and with the
#   million of a neural network? And how does the sweep backwards do it with a few?

# %% [markdown] tags=["solution"]
# **Answers.** *3.* From 60 Hz it does; from 6000 Hz it ends in another valley, a filter
# that opens instead of closing, where every small step makes things worse. Long frames
# alone do well here, short ones alone leave errors of some percent. *4.* The index
# falls during the note, through many values; and how many sidebands there are grows
# steadily with it, which the logarithm counts as much as how loud they are. *5.* The
# one without the logarithm: only the strongest partials count, and a semitone and a
# half away it still slopes, where the other is nearly flat. *6.* The spectrum at the
# beginning and the mean decay; a plucked string's partials die away each at a pace of
# its own, for which there is no knob. *7.* Play all shapes at once and learn their
# levels, the softmax of free numbers; in the end keep the loudest. *8.* No: sounds that
# differ in phase only have distance 0, so it is a pseudometric. The inequality holds
# for every bin, since $|a - c| \le |a - b| + |b - c|$, and so for the mean. *9.* One
# for each knob, and one more. Backwards, every operation is visited once and hands on
# the derivative with respect to its inputs, whatever they are made of: the work is that
# of a few renderings for any number of knobs.
