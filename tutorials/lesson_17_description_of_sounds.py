# %% [markdown]
# # 17. Description of sounds
#
# You need lesson 13 (spectra) and 14 (peaks). By the end you can say in figures how
# bright a sound is, which notes are in it and when its beats fall, find the sound in a
# collection that is most like another, and let the computer sort a drawer of
# instruments without telling it what an instrument is.
#
# ## Listen
#
# A collection: eleven instruments, three notes each, in no order. Say to yourself what
# you would call each of them, and in how many drawers you would put them.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play, plot_spectrogram, plot_waveform
from dsplab.synths import modal, plucked, subtractive, winds

sample_rate = 16000
drawers = {plucked: ["nylon guitar", "harp", "bass"], winds: ["clarinet", "flute",
           "recorder"], modal: ["marimba", "glockenspiel", "bell"],
           subtractive: ["brass", "pad"]}  # fmt: skip


# %%
def one_note(engine, patch, note):
    x = engine.play([(0.0, 0.4, note)], sample_rate, patch=patch)
    x = np.pad(x, (0, 8000))[:8000] * np.minimum(1, np.arange(8000)[::-1] / 800)
    return 0.3 * x / np.abs(x).max()


names = [(engine, patch, note) for engine, patches in drawers.items()
         for patch in patches for note in (55, 62, 67)]  # fmt: skip
sounds = np.stack([one_note(*name) for name in names])
order = np.random.default_rng(4).permutation(len(sounds))
play(sounds[order[:16]].ravel(), sample_rate, title="sixteen of them")

# %% [markdown]
# ## Look
#
# A clarinet and a glockenspiel on the same note. Everything that you need to tell them
# apart is in the picture: where the energy lies, whether it stays or fades, how it
# begins.

# %% alt="Spectrograms: steady odd harmonics of a clarinet; high fading lines of bars"
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for ax, patch in zip(axes, ("clarinet", "glockenspiel"), strict=True):
    k = next(k for k, name in enumerate(names) if name[1:] == (patch, 67))
    plot_spectrogram(sounds[k], sample_rate, n_fft=1024, hop_length=64, ax=ax)
    ax.set_title(patch)
plt.show()

# %% [markdown]
# ## Derive
#
# A *descriptor* is a number that says one thing about a sound and forgets the rest.
#
# **Brightness.** Regard the magnitudes of a spectrum as weights along a rod. Where
# would it balance? At its centre of gravity, the *spectral centroid*:
#
# $$ c = \frac{\sum_k f_k \, |X[k]|}{\sum_k |X[k]|}. $$
#
# Of all simple descriptors it agrees best with what people call bright or dull. The
# *spread* is the width about the centroid; the *rolloff* the frequency that 85 % of the
# energy stay below; the *flatness* is near 0 for tones, and high for noise.
#
# **Notes.** A frequency $f$ is the note $p = 69 + 12 \log_2(f / 440)$; forget the
# octave, and it is one of twelve *pitch classes*, $p$ rounded, modulo 12, C being 0.
# Sum the power of all peaks by class: that is a *chroma* or *HPCP*. A C major chord
# shows C, E and G, in whatever position it is played. Averaged over a piece, it is
# compared with how much each class is used in each of the 24 keys, and the most similar
# one is the key.
#
# **Beats.** Let $s[m]$ be how much begins in frame $m$: the growth of the spectrum, all
# bands together. Where $s$ looks like itself after $T$ seconds, $T$ is a beat or a
# multiple of one.
#
# **Likeness.** Descriptors in a row make a sound a point in a space, and sounds are
# alike that lie near each other. But a centroid of 2000 (Hz) and a flatness of 0.01
# cannot be added: hertz would decide everything. So each descriptor is *standardised*
# first, over the collection: less its mean, divided by its standard deviation. Then
#
# $$ d(a, b)^2 = \sum_i \left( \frac{a_i - b_i}{\sigma_i} \right)^2. $$
#
# ## Implement
#
# **Exercise 1.** Write `centroid(magnitude, frequencies)`: from `(n_bins, n_frames)`
# and `(n_bins,)` to the centroid of every frame. In a frame of silence it is 0.


# %% tags=["solution"]
def centroid(magnitude, frequencies):
    total = magnitude.sum(axis=0)
    moment = (frequencies[:, None] * magnitude).sum(axis=0)
    return np.where(total > 0, moment / np.maximum(total, 1e-30), 0.0)


# %% tags=["check"]
check("centroid", centroid)

# %% [markdown]
# **Exercise 2.** Write `pitch_classes(frequencies, amplitudes)`: the peaks of a
# spectrum in, twelve numbers out, C first. Each peak adds the square of its amplitude
# to the class nearest to it. At last, divide by the largest of the twelve.


# %% tags=["solution"]
def pitch_classes(frequencies, amplitudes):
    note = np.round(69 + 12 * np.log2(frequencies / 440)).astype(int)
    power = np.zeros(12)
    np.add.at(power, note % 12, amplitudes**2)
    return power / power.max()


# %% tags=["check"]
check("pitch_classes", pitch_classes)

# %% [markdown]
# **Exercise 3.** Write `most_alike(table, query, n)`: the rows of `table` are sounds,
# its columns descriptors, `query` is one more row. Return the indices of the `n` rows
# nearest to the query, nearest first, in standardised descriptors (mean and standard
# deviation are those of the table; no column is constant).


# %% tags=["solution"]
def most_alike(table, query, n):
    scale = table.std(axis=0)
    distance = (((table - query) / scale) ** 2).sum(axis=1)
    return np.argsort(distance)[:n]


# %% tags=["check"]
check("most_alike", most_alike)

# %% [markdown]
# ## Check
#
# Your centroid and the library's, on all sounds; and your pitch classes of a chord that
# is played in three positions.

# %%
from dsplab.analysis.spectral_shape import spectral_centroid
from dsplab.spectral import stft

magnitude = np.abs(stft(sounds, n_fft=1024))
bins = np.arange(513) * sample_rate / 1024
mine = np.stack([centroid(m, bins) for m in magnitude])
theirs = spectral_centroid(sounds, sample_rate, n_fft=1024)
print(f"largest difference: {np.abs(mine - theirs).max():.2g} Hz")


# %%
from dsplab.analysis.peaks import spectral_peaks
from dsplab.synths.plucked import play as pluck

# %% alt="Three bar charts, one for each position of the chord: C, E and G lead in each"
fig, axes = plt.subplots(1, 3, figsize=(9, 2.2), layout="constrained", sharey=True)
for ax, chord in zip(axes, ([48, 64, 67], [52, 60, 67], [43, 60, 76]), strict=True):
    x = pluck([(0, 1, n) for n in chord], sample_rate, patch="harp")
    peaks = spectral_peaks(x, sample_rate, hop_length=800, window_length=2001)
    f, a = peaks.frequency[:, 4], peaks.amplitude[:, 4]
    ax.bar("C C# D Eb E F F# G Ab A Bb B".split(), pitch_classes(f[f > 0], a[f > 0]))
    ax.set(xlabel=f"notes {chord}")
axes[0].set_ylabel("power")
plt.show()

# %% [markdown]
# (The faint others are overtones: the fifth harmonic of G, for one, is a B.)
#
# ## Play
#
# **From dull to bright.** The collection, sorted by its mean centroid.

# %%
loud = magnitude.sum(axis=1)
brightness = (mine * loud).sum(axis=1) / loud.sum(axis=1)
by_brightness = np.argsort(brightness)
row = sounds[by_brightness, :5000] * np.minimum(1, np.arange(5000)[::-1] / 1000)
play(row[::2].ravel(), sample_rate, title="from dull to bright")

# %% [markdown]
# **What is like this?** `describe_all` of `dsplab` makes 53 numbers of a sound: means
# and deviations of level, centroid, spread, rolloff, flatness, flux, MFCC (the shape of
# the spectrum, smoothed) and the time of the attack. The sound that is asked for, then
# the three that are nearest to it of all others:

# %%
from dsplab.analysis.collections import k_means, standardise
from dsplab.analysis.description import describe_all

table = describe_all(sounds, sample_rate)
table = table[:, table.std(axis=0) > 1e-9]
asked = next(k for k, name in enumerate(names) if name[1:] == ("flute", 62))
found = most_alike(table, table[asked], 4)  # the first one is the sound itself
print([f"{names[k][1]} {names[k][2]}" for k in found])
play(sounds[found].ravel(), sample_rate, title="a flute, and what is like it")

# %% [markdown]
# **Drawers.** *k-means* puts points into $k$ groups: take $k$ points as centres, give
# each sound to the nearest centre, move each centre to the middle of its group, and
# repeat. Nobody tells it what a flute is. Below, the two axes that show most of the
# spread among the 53, and the groups as colours.

# %% alt="A map of the sounds: instruments lie near each other, in five coloured groups"
points = standardise(table).features
groups = k_means(points, 5).label
flat = points @ np.linalg.svd(points, full_matrices=False)[2][:2].T
plt.figure(figsize=(9, 4), layout="constrained")
plt.scatter(*flat.T, c=groups, cmap="tab10", s=30)
for place, name in zip(flat[::3], names[::3], strict=True):
    plt.annotate(name[1], place, xytext=(5, 4), textcoords="offset points", fontsize=8)
plt.gca().set(xlabel="first axis", ylabel="second axis")
plt.show()

# %%
for group in range(5):
    inside = [f"{names[k][1]} {names[k][2]}" for k in np.flatnonzero(groups == group)]
    print(group, ", ".join(inside))

# %%
play(sounds[groups == groups[asked]].ravel(), sample_rate, title="the flute's group")

# %% [markdown]
# **Key and beat.** A little piece, and what can be found in it: the key, the tempo, and
# a click on every beat.

# %%
from dsplab.analysis.beats import beats
from dsplab.analysis.key import find_key, key_name

tune = [62, 66, 69, 74, 73, 69, 71, 67, 69, 66, 67, 64, 66, 62, 64, 61, 62, 69, 66, 62]
notes = [(0.32 * k, 0.3, n) for k, n in enumerate(tune)]
bass = [(1.28 * k, 1.2, n) for k, n in enumerate([38, 43, 45, 45, 38])]
x = pluck(notes, sample_rate, patch="nylon guitar")
low = pluck(bass, sample_rate, patch="bass")
x = np.pad(x, (0, max(low.size - x.size, 0)))[: 7 * sample_rate]
x[: low.size] += low[: x.size]

# %%
found = beats(x, sample_rate)
print(key_name(find_key(x, sample_rate)), f"{found.tempo:.1f} beats a minute")
clicks = np.zeros(x.size)
clicks[(found.times * sample_rate).astype(int)] = 0.5
play(0.7 * x + clicks, sample_rate, title="a click on every beat")

# %% alt="The waveform of the piece with a line at each beat, most of them at an attack"
ax = plot_waveform(x[: 3 * sample_rate], sample_rate)
ax.vlines(found.times[found.times < 3], -0.4, 0.4, color="C1")
plt.show()

# %% [markdown]
# Notes come every 0.32 s, which is 187.5 a minute. Whether that or half of it is "the
# beat" is not in the sound: tap your foot, and ask your neighbour.
#
# All of this, on a page, for any sound of yours: `dsplab analyse song.wav`.
#
# ## Exercises
#
# Those above were 1 to 3. These go from changing a number to a proof.
#
# * **4** (change and run). Take 3, 8 and 11 groups. When does k-means find the
#   instruments, when their families? What does `spread` do with more groups?
# * **5** (listen). Sort the collection by flatness, by attack time, and at random.
#   Which order can you hear?
# * **6** (change and run). Ask for what is like a bell. Then leave out standardising,
#   and ask again: which descriptor has decided?
# * **7** (measure). Which of the 53 numbers change when a sound is played at half the
#   level? Which ones would you leave out of a search, and when not?
# * **8** (program). Write a classifier: a sound is called what the one nearest to it is
#   called. Take out one at a time and let it be named: how many are right? Which are
#   confused?
# * **9** (program). Find the chord of each bar of a piece: correlate its pitch classes
#   with the 24 patterns of major and minor triads.
# * **10** (think). The key of a piece was found as E minor, and it is G major. Why is
#   that an error a musician would forgive? Name two others that are near.
# * **11** (prove). Show that the mean of all points of a group is the place with the
#   least sum of squared distances to them; and so that no step of k-means makes
#   `spread` larger, and that it must come to an end.

# %% [markdown] tags=["solution"]
# **Answers.** *4.* With 3 and 5 it finds families: plucked, blown, held. With 11 it
# still does not find the instruments: the plucked ones stay together, and the
# glockenspiel on three notes falls into three groups. `spread` falls always. *5.*
# Centroid and attack, yes; flatness hardly, for tones. *6.* Without, those with the
# largest numbers: level in decibels and the first MFCC. *7.* Only level, its own MFCC
# 0, and what depends on them; leave them out to find a timbre, keep them to find a
# mood. *8.* With the nearest one 15 of 33; of the others most went to another
# instrument of the same family, on the same note. The pitch is in many of the 53. *10.*
# They have all seven notes in common; C and D major differ from G by one note. *11.*
# With the mean $\mu$, the sum of $|x_i - p|^2$ is that of $|x_i - \mu|^2$ plus $n |p -
# \mu|^2$. Assigning to the nearest cannot enlarge it either; and there are only
# finitely many ways to group.
