# %% [markdown]
# # 21. The NSynth autoencoders
#
# You need the short-time Fourier transform (lessons 12 and 13) and the idea of WaveNet
# (lesson 10). By the end you have made a note a picture and a picture a note, you can
# say what sixteen numbers keep of a flute, and why it is hard to keep the *pitch* out
# of them; and you have played a tune on an instrument that turns into another.
#
# The paper: J. Engel and others, "Neural audio synthesis of musical notes with WaveNet
# autoencoders", 2017. Both of its models ship with this project, small:
# `neural/notes/nsynth_spectral.py` and `neural/notes/nsynth_wavenet.py`.
#
# ## Listen
#
# A recorder, a sawtooth, and two ways to be between them. One plays both at half
# loudness. The other is made by the first of the two models.

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np

import neural
from dsplab.check import check
from dsplab.phase_retrieval import griffin_lim
from dsplab.show import play
from dsplab.spectral import stft

# %%
from neural.data.bank_notes import bank_notes, louder
from neural.evaluation.morphs import one_way, ways
from neural.notes import nsynth_spectral, nsynth_wavenet

params, config = neural.pretrained("nsynth-spectral")
sample_rate, n_samples = config.sample_rate, config.n_samples


# %%
def notes(names, pitch=60):
    options = {"sample_rate": sample_rate, "n_samples": n_samples}
    return louder(bank_notes(names, pitch, **options), 0.5)


def code(x):
    return np.array(
        nsynth_spectral.encode(params, nsynth_spectral.picture(x, config), config)
    )


# %%
pair = notes("recorder+sawtooth")
mix, z = pair.mean(axis=0), code(pair)
middle = z.mean(axis=0, keepdims=True)
morph = 0.5 * nsynth_spectral.generate(params, middle, np.array([60]), config=config)[0]
play(pair[0], sample_rate, title="recorder")

# %%
play(pair[1], sample_rate, title="sawtooth")

# %%
play(mix, sample_rate, title="both: a mix")

# %%
play(morph, sample_rate, title="one: a morph")

# %% [markdown]
# A mix is two players: the ear hears the sawtooth *and* the recorder. A morph is to be
# one player, whose sound has the properties of both half-way. Nobody knows how to
# compute "half-way" from two waveforms. So one looks for another description of a note,
# in which the mean of two notes is a note: a **code**.
#
# ## Look
#
# The model looks at a note as at a picture: time to the right, frequency upwards, grey
# for decibels.

# %% alt="Four spectrograms: recorder, few partials; sawtooth, many; mix; morph"
figure, panels = plt.subplots(1, 4, figsize=(11, 3), sharey=True)
titles = ("recorder", "sawtooth", "mix", "morph")
for ax, x, title in zip(panels, (*pair, mix, morph), titles, strict=True):
    seen = nsynth_spectral.picture(x.astype(np.float32), config)
    ax.imshow(seen, origin="lower", aspect="auto", extent=(0, 1, 0, 4), vmin=0.3)
    ax.set(title=title, xlabel="seconds")
panels[0].set(ylabel="kHz")
plt.show()

# %% [markdown]
# ## Derive
#
# **Pictures.** With $X$ the STFT of a note and a range of $R$ decibels,
#
# $$ y = 1 + \frac{1}{R} \max\Bigl(10 \log_{10} \frac{|X|^2}{\max |X|^2}, -R\Bigr). $$
#
# The loudest point is 1, what is $R$ or more below it 0. How loud the note was is lost,
# and so is the phase: `griffin_lim` has to find one.
#
# **Autoencoder.** A network $e$, the encoder, makes few numbers of a picture, another,
# the decoder $d$, a picture of those. Both learn to lose as little as possible,
#
# $$ z = e(y), \qquad \text{loss} = |d(z) - y|^2. $$
#
# If $e$ and $d$ are matrices, the best pair is known: the principal components of the
# data. A network can do better, since sounds do not lie on a plane.
#
# **Pitch leaks.** We want $z$ to be the *timbre*, so the decoder is told the pitch $p$
# besides: $d(z, p)$. Is the pitch then left out of $z$? Nothing in the loss says so. If
# $z$ has room, it will hold the pitch as well, since that is the largest difference
# between two pictures; then the decoder, finding it there, need not listen to $p$, and
# $d(z, p + 5)$ plays the old pitch. What helps is to ask for *another note*: encode one
# note of an instrument, and let the decoder paint the same instrument at the pitch $p$
# of another. Now what $z$ says about its own pitch is of no use.
#
# **A code in time.** One $z$ for a whole note cannot say *when*. The second model
# writes one every 32 ms, from the waveform: what a convolutional encoder makes of each
# sample, averaged over blocks. Its decoder is a WaveNet which is told $z$,
#
# $$ p(x \,|\, z) = \prod_t p(x_t \,|\, x_{t-1}, x_{t-2}, \dots, z). $$
#
# The past already tells most of the next sample. What is left for $z$ is what the past
# does not know. Nobody tells this decoder the pitch, so here $z$ *must* hold it.
#
# ## Implement
#
# **Exercise 1.** `note_picture(power, range_db)`: $|X|^2$ to a picture. Mind digital
# silence, where the logarithm is infinite.


# %% tags=["solution"]
def note_picture(power, range_db):
    if power.max() == 0:
        return np.zeros_like(power)
    ratio = np.maximum(power, 1e-30) / power.max()
    return 1 + np.maximum(10 * np.log10(ratio), -range_db) / range_db


# %% tags=["check"]
check("note_picture", note_picture)

# %% [markdown]
# **Exercise 2.** `picture_magnitude(picture, range_db)`: a picture to $|X|$; what is
# black shall be silent.


# %% tags=["solution"]
def picture_magnitude(picture, range_db):
    return np.where(picture > 0, 10 ** ((picture - 1) * range_db / 20), 0.0)


# %% tags=["check"]
check("picture_magnitude", picture_magnitude)

# %% [markdown]
# **Exercise 3.** `frame_means(y, hop_length)`: `y` has a row for each sample and a
# column for each channel; return a row for each block of `hop_length` samples.


# %% tags=["solution"]
def frame_means(y, hop_length):
    n = len(y) // hop_length
    return y[: n * hop_length].reshape(n, hop_length, -1).mean(axis=1)


# %% tags=["check"]
check("frame_means", frame_means)

# %% [markdown]
# ## Check
#
# To a picture and back: magnitudes return, phases are guessed. How large must the range
# be? Listen.


# %%
def there_and_back(x, range_db):
    X = stft(x.astype(float), n_fft=512, hop_length=128)
    seen = note_picture(np.abs(X) ** 2, range_db)
    magnitude = picture_magnitude(seen, range_db)
    return louder(griffin_lim(magnitude, hop_length=128, length=len(x)), 0.5)


play(there_and_back(pair[0], 20.0), sample_rate, title="there and back, 20 dB")

# %%
play(there_and_back(pair[0], 120.0), sample_rate, title="there and back, 120 dB")

# %% [markdown]
# **What does the code hold?** Take eight instruments at nine pitches, and ask of each
# note which other one has the nearest code. Is it one of the same pitch, or one of the
# same instrument? We compare three codes of sixteen numbers: the principal components
# of these very pictures, and the codes of the shipped model.

# %%
instruments = "flute piano organ violin trumpet clarinet choir square".split()
pitches = np.arange(56, 65)
x = np.stack([notes("+".join(instruments), p) for p in pitches])  # (pitch, instrument)
x = x.reshape(-1, n_samples)
pitch = np.repeat(pitches, len(instruments))
instrument = np.tile(np.arange(len(instruments)), len(pitches))

# %%
seen = nsynth_spectral.picture(x, config).reshape(len(x), -1)
_, _, axes = np.linalg.svd(seen - seen.mean(axis=0), full_matrices=False)
codes = {"principal components": (seen - seen.mean(axis=0)) @ axes[:16].T}
codes["autoencoder"] = code(x)


# %%
def nearest(z):
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    distance = ((z[:, None] - z) ** 2).sum(axis=-1)
    return np.argmin(distance + 1e9 * np.eye(len(z)), axis=1)


for name, z in codes.items():
    other = nearest(z)
    timbre = np.mean(instrument[other] == instrument)
    near = np.mean(np.abs(pitch[other] - pitch) <= 1)
    print(f"{name:22} same instrument {timbre:.2f}, pitch within a semitone {near:.2f}")

# %% [markdown]
# By chance the nearest would be of the same instrument in 0.11 of the cases, and within
# a semitone in 0.30. The principal components know the pitch and have forgotten the
# instrument; the codes that learned to paint *other* notes know the instrument, and yet
# some pitch is left. Does the decoder listen to the pitch it is told? Ask for five
# semitones more, and see whether the picture is nearer to the true higher note.

# %%
low, high = pitch == 56, pitch == 61
told = np.full(len(instruments), 61)
painted = np.array(
    nsynth_spectral.decode(params, codes["autoencoder"][low], told, config=config)
).reshape(len(instruments), -1)
wrong, right = (((painted - seen[rows]) ** 2).mean(axis=1) for rows in (low, high))
for name, a, b in zip(instruments, wrong, right, strict=True):
    print(f"{name:9} to the old note {a:.4f}, to the one asked for {b:.4f}")

# %% [markdown]
# ## Play
#
# **A way.** Five stops on the straight line from one code to another. The sawtooth has
# strong partials above 2 kHz, the recorder hardly any. How do they come in?


# %%
def treble(y):
    power = (np.abs(stft(y, n_fft=512, hop_length=256)) ** 2).sum(axis=-1)
    return 10 * np.log10(power[..., 128:].sum(axis=-1) / power.sum(axis=-1))


share = np.linspace(0, 1, 5)
z = code(pair)
way = ways(z)[:, 0]
stops = 0.5 * nsynth_spectral.generate(params, way, np.full(5, 60), config=config)
mixes = (1 - share[:, None]) * pair[0] + share[:, None] * pair[1]
play(stops[:, :5000].ravel(), sample_rate, title="recorder to sawtooth: morphs")

# %%
play(mixes[:, :5000].ravel(), sample_rate, title="recorder to sawtooth: mixes")

# %% alt="Treble in decibels along the way: mixes jump at once, morphs rise slowly"
plt.figure(figsize=(6, 3))
plt.plot(share, treble(stops.astype(float)), "o-", label="morph")
plt.plot(share, treble(mixes.astype(float)), "s--", label="mix")
plt.gca().set(xlabel="share of the sawtooth", ylabel="above 2 kHz, dB of all")
plt.legend()
plt.show()

# %% [markdown]
# A quarter of the sawtooth in the mix brings 14 dB of treble at once: that is a second
# sound, which the ear hears for itself. The first quarter of the other way brings 3 dB:
# still a recorder, a little sharper.
#
# Was that one lucky pair? A coarser measure, for all pairs of the eight instruments at
# one pitch: does the centre of gravity of the spectrum move one way only?

# %%
z = codes["autoencoder"][pitch == 60]
path = ways(z)
played = nsynth_spectral.decode(
    params, path.reshape(-1, 16), np.full(path.shape[0] * path.shape[1], 60),
    config=config,
)  # fmt: skip
power = (10 ** (config.range_db / 10 * (np.array(played, float) - 1))).sum(axis=-1)
found = power @ np.arange(power.shape[-1]) / power.sum(axis=-1)
share_one_way = one_way(found.reshape(len(path), -1))
print(f"the centroid moves one way only on {share_one_way:.2f} of the ways")

# %% [markdown]
# **The WaveNet** hears both notes and writes codes, a row every 32 ms; a WaveNet plays
# their mean, row by row. It is told no pitch and no name.

# %%
wave_params, wave = neural.pretrained("nsynth-wavenet")
options = {"sample_rate": wave.sample_rate, "n_samples": wave.sample_rate // 2}
heard = louder(bank_notes("flute+square", 60, **options))
z = np.array(nsynth_wavenet.encode(wave_params, heard, wave))
path = ways(z)[:, 0]
y = nsynth_wavenet.generate(
    wave_params, jax.random.key(0), path, config=wave, temperature=0.5
)
play(np.array(y).ravel(), wave.sample_rate, title="flute to square, by WaveNet")

# %% alt="Codes of a flute and of a square wave over time: rows that differ"
figure, panels = plt.subplots(1, 2, figsize=(9, 2.6), sharey=True)
for ax, rows, title in zip(panels, z, ("flute", "square"), strict=True):
    ax.imshow(rows.T, aspect="auto", vmin=-abs(z).max(), vmax=abs(z).max())
    ax.set(title=title, xlabel="frame of 32 ms")
panels[0].set(ylabel="number of the code")
plt.show()

# %% [markdown]
# It is rough: trained for minutes, where the paper's model is five hundred times its
# size and was trained for days, it keeps how loud and how bright a note is, and hardly
# its pitch. Sample by sample its own noise becomes its past, and it goes astray.
#
# **A tune.** Back to the first model, which is told the pitch: a melody whose player is
# a recorder at the beginning and a sawtooth at the end, and never a recorder *and* a
# sawtooth.

# %%
tune = np.array([60, 62, 64, 67, 69, 67, 64, 62, 60, 64, 67, 72])
share = np.linspace(0, 1, len(tune))[:, None]
z = code(pair)
played = nsynth_spectral.generate(
    params, (1 - share) * z[0] + share * z[1], tune, config=config
)
melody = 0.4 * played[:, : sample_rate // 3]
melody[:, -200:] *= np.linspace(1, 0, 200)
play(melody.ravel(), sample_rate, title="a tune on an instrument that changes")

# %% [markdown]
# ## Exercises
#
# * **4** (change and run). Go on beyond the ends: shares from -0.5 to 1.5. What is
#   brighter than the sawtooth? Where do sounds fall apart?
# * **5** (change and run). Take `range_db` of 40 in the round trip, then 10. What
#   becomes audible, and what goes?
# * **6** (change and run). Let the WaveNet play the mean of a C and an E of the same
#   instrument. One note between, two notes, or neither? And a mix of the two?
# * **7** (measure). Which of the sixteen numbers knows the pitch best? Compute the
#   correlation of each with `pitch`, for both codes.
# * **8** (program). Swap: the first half of the WaveNet's codes from the piano, the
#   second from the organ. What does the note sound like?
# * **9** (program). `transpose`: encode each note of a melody on the piano, decode it
#   five semitones higher with the code of the *flute*. What have you programmed?
# * **10** (think). The loss does not know how loud a note was. What would you add to
#   the code, and what would you lose?
# * **11** (prove). For linear $e$ and $d$ the mean of two codes is decoded to the mean
#   of the two pictures. What is that, in magnitudes? Is it a mix?

# %% [markdown] tags=["solution"]
# **Answers.** *4.* Beyond the sawtooth partials go on growing (at 1.5 there are 7 dB
# more treble than at 1). No training note had such a code: the further out, the less it
# is a note. *5.* Less range cuts the tail and the weak partials first. *6.* A mix is a
# third, two notes at once. The mean of two codes is *one* code; but that it means a D,
# nobody has taught the network, unless its codes of C, D and E happen to lie in a row.
# *7.* Of the principal components one has a correlation of 0.5, of the autoencoder's
# numbers none above 0.2. *8.* A note that begins as a piano's and goes on as an
# organ's: a code in time says when. *9.* A synthesizer that takes pitch from one sound
# and timbre from another. *10.* One number, the level; then a soft note and a loud one
# of the same timbre have different codes. *11.* The mean of decibels is the *geometric*
# mean of the magnitudes, $\sqrt{|X_1| |X_2|}$: a partial that one of the two lacks is
# weak, where in a mix it is there at half its size.
