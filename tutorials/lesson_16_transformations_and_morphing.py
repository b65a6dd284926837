# %% [markdown]
# # 16. Transformations and morphing
#
# You need lessons 14 and 15. By the end you can stretch, transpose and bend a sound
# that is known as partials and noise, keep its vowel while you change its pitch, and
# make a sound that is half a voice and half a trumpet: not both at once, but one
# between.
#
# ## Listen
#
# A voice and a trumpet, the same melody.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play, plot_spectrogram
from dsplab.sources.oscillators import harmonic_oscillator

# %%
sample_rate, hop = 16000, 64
time = np.arange(36000) / sample_rate
steps = np.interp(time, [0.7, 0.76, 1.4, 1.46], [0, 4, 4, -1])  # semitones, gliding
fade = np.minimum(1, np.minimum(time, 2.25 - time) * 15)


# %%
def singing(f0, formants, breath, slope=0.0):
    k = np.arange(1, 25)[:, None]
    gain = sum(g * np.exp(-(((k * f0[::64] - f) / b) ** 2)) for f, b, g in formants)
    gain = np.repeat((gain + slope / k**1.2), 64, axis=1)[:, : f0.size]
    noise = breath * np.random.default_rng(0).standard_normal(f0.size)
    return fade * (0.22 * harmonic_oscillator(f0, gain, sample_rate) + noise)


# %%
vibrato = 0.35 * np.sin(2 * np.pi * 5.3 * time) * np.clip(2 * time, 0, 1)
vowel = [(650, 180, 1.0), (1080, 160, 0.7), (2650, 250, 0.25)]
voice = singing(196 * 2 ** ((steps + vibrato) / 12), vowel, 0.003)
play(voice, sample_rate, title="a voice")

# %%
horn = [(1300, 900, 0.3), (2400, 900, 0.12)]
trumpet = singing(294 * 2 ** (steps / 12), horn, 0.0008, slope=0.5)
play(trumpet, sample_rate, title="a trumpet, more or less")

# %% [markdown]
# Add the two, and you hear two musicians. A *morph* is something else: one sound, whose
# every property lies between those of the two. Here is what this lesson leads to.

# %%
from dsplab import spectral_models as sm

models = {}
for name, x in (("voice", voice), ("trumpet", trumpet)):
    options = {"hop_length": hop, "n_harmonics": 30, "threshold_db": -65.0}
    partials = sm.harmonic_analysis(x, sample_rate, **options)
    models[name] = sm.with_noise(x, partials, sample_rate, hop_length=hop)
both = sm.morph_with_noise(*models.values(), 0.5, sample_rate, hop_length=hop)
white = np.random.default_rng(1).standard_normal(voice.size)
half = sm.add_noise(both, white, sample_rate, hop_length=hop)
play(half, sample_rate, title="half way between")

# %% [markdown]
# ## Look

# %% alt="Spectrograms: voice, trumpet and, with lines between theirs, the morph"
fig, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
for ax, (name, x) in zip(
    axes, {"voice": voice, "half way": half, "trumpet": trumpet}.items(), strict=True
):
    plot_spectrogram(x, sample_rate, n_fft=1024, hop_length=128, ax=ax)
    ax.set(title=name, ylim=(0, 4000))
plt.show()

# %% [markdown]
# In the middle picture there is one set of lines. They lie at the geometric mean of the
# two pitches, 240 Hz, and have half of the vibrato.
#
# ## Derive
#
# A sound is now three tables: frequency $f$, amplitude $A$ and phase $\varphi$ of
# partial $h$ in frame $m$. A transformation makes new tables of them.
#
# **Slower.** Read the tables at other times: frame $m$ of the result is what stood at
# frame $\mathrm{rate} \cdot m$, on a straight line between its neighbours. Nothing is
# cut or repeated, and so nothing warbles; the rate may change at every frame.
#
# **Phases** must be computed anew. Phase is the running sum of frequency; from frame to
# frame, with $H$ samples between,
#
# $$ \varphi[m+1] = \varphi[m] + 2\pi \, \frac{f[m] + f[m+1]}{2} \,
#    \frac{H}{\mathrm{sample\_rate}}. $$
#
# This forgets how the phases of the harmonics stood to each other. For most sounds that
# matters little; a low voice loses some of its crispness. (`dsplab` measures how far
# each partial really turned, and scales that; left as they are, sounds come out as they
# were.)
#
# **Higher.** Multiply the frequencies. But if the amplitudes go along, the whole
# spectrum moves, formants and all, and the singer shrinks to a mouse: a formant is a
# property of the mouth, which stays as it is when the pitch changes. So the amplitudes
# must *not* go along. Think of each frame as a curve over frequency, through the points
# $(f_h, \; 20 \log_{10} A_h)$. That curve is the mouth. A partial that is moved to $r
# f_h$ takes its level from there.
#
# **Between.** What is half way between 200 and 800 Hz? Pitch is heard in ratios: from
# 200 to 400 is an octave, and from 400 to 800 another. So 400, the geometric mean. And
# amplitudes are heard in decibels, which are ratios, too. For a share $s$ of the second
# sound,
#
# $$ f = f_1^{1-s} f_2^{\,s}, \qquad A = A_1^{1-s} A_2^{\,s}, $$
#
# harmonic by harmonic. That is why the rows must mean the same in both: harmonic 5 goes
# with harmonic 5. The noise is treated alike, band by band.
#
# ## Implement
#
# **Exercise 1.** Write `run_phases(frequency, hop_length, sample_rate)`: from hertz
# `(n_partials, n_frames)` to radians of the same shape, beginning with 0. There is no
# need to wrap them.


# %% tags=["solution"]
def run_phases(frequency, hop_length, sample_rate):
    mean = (frequency[:, 1:] + frequency[:, :-1]) / 2
    steps = 2 * np.pi * mean * hop_length / sample_rate
    return np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))


# %% tags=["check"]
check("run_phases", run_phases)

# %% [markdown]
# **Exercise 2.** Write `keep_timbre(frequency, amplitude, ratio)` for one frame. Both
# arrays are `(n_partials,)`, the frequencies ascending, no amplitude 0. It returns the
# amplitudes that belong to the frequencies `ratio * frequency`, read from the curve
# through the given points, on straight lines of decibels; beyond the last point (and
# below the first) it stays level.


# %% tags=["solution"]
def keep_timbre(frequency, amplitude, ratio):
    level = 20 * np.log10(amplitude)
    return 10 ** (np.interp(ratio * frequency, frequency, level) / 20)


# %% tags=["check"]
check("keep_timbre", keep_timbre)

# %% [markdown]
# **Exercise 3.** Write `between(one, other, share)` for two tables of positive numbers.
# `share` is a number, or an array with one value for each frame.


# %% tags=["solution"]
def between(one, other, share):
    return one ** (1 - share) * other**share


# %% tags=["check"]
check("between", between)

# %% [markdown]
# ## Check
#
# The picture below shows a frame of the voice: its partials, and those of the voice a
# major third higher, by your `keep_timbre` and with amplitudes that went along. Yours
# lie on the same curve.

# %%
frame, up = 150, 2 ** (4 / 12)
f, a = (table[:14, frame] for table in models["voice"].partials[:2])
f, a = f[f > 0], a[f > 0]

# %% alt="Levels over frequency: transposed partials on the old curve, or beside it"
fig, ax = plt.subplots(figsize=(9, 2.8), layout="constrained")
ax.plot(f, 20 * np.log10(a), "o-", label="the voice")
kept = keep_timbre(f, a, up)
ax.plot(up * f, 20 * np.log10(kept), "s", label="higher, vowel kept")
ax.plot(up * f, 20 * np.log10(a), "x:", label="higher, vowel moved")
ax.set(xlabel="frequency (Hz)", ylabel="level (dB)")
ax.legend()
plt.show()

# %% [markdown]
# And the phases: a sum of sines with your phases must be a sound whose pitch is that of
# the tables. `dsplab` measures it.

# %%
from dsplab.analysis.pitch import autocorrelation_pitch

partials = models["voice"].partials
mine = partials._replace(angle=run_phases(partials.frequency, hop, sample_rate))
y = sm.sinusoidal_synthesis(mine, sample_rate, hop_length=hop, length=voice.size)
f0 = [autocorrelation_pitch(x, sample_rate=sample_rate).f0 for x in (voice, y)]
cents = 1200 * np.log2(f0[1] / f0[0])
print(f"half of the frames are within {np.nanmedian(np.abs(cents)):.2f} cents")

# %% [markdown]
# ## Play
#
# **Slower**, to a third of the speed: the vibrato is three times slower, too.

# %%
slow = sm.scale_time_with_noise(models["voice"], 1 / 3, sample_rate, hop_length=hop)
noise = np.random.default_rng(2).standard_normal(3 * voice.size)
play(sm.add_noise(slow, noise, sample_rate, hop_length=hop), sample_rate, title="slow")


# %% [markdown]
# **Higher**, by a fifth, first with the vowel moved, then kept.


# %%
def with_partials(**changes):
    partials = models["voice"].partials
    moved = sm.scale_frequency(partials, 1.5, sample_rate, hop_length=hop, **changes)
    model = models["voice"]._replace(partials=moved)
    return sm.add_noise(model, white, sample_rate, hop_length=hop)


play(with_partials(), sample_rate, title="a fifth higher, everything moved")

# %%
play(with_partials(keep_timbre=True), sample_rate, title="a fifth higher, same mouth")

# %% [markdown]
# **Bells of a voice.** Stretch the harmonics: each is raised by 4 % more than the one
# below it. What was a pitch becomes a chord.

# %%
bells = with_partials(stretching=1.04)
play(0.9 * bells, sample_rate, title="stretched harmonics")

# %% [markdown]
# **From one to the other.** The share runs from 0 to 1, and a singer turns into a
# trumpet while the note lasts. Where does the voice end?

# %%
n_frames = models["voice"].partials.frequency.shape[1]
share = np.clip(np.linspace(-0.4, 1.4, n_frames), 0, 1)
moving = sm.morph_with_noise(*models.values(), share, sample_rate, hop_length=hop)
y = sm.add_noise(moving, white, sample_rate, hop_length=hop)
play(y, sample_rate, title="from voice to trumpet")

# %% alt="The share over time, and a spectrogram in which one sound becomes another"
fig, axes = plt.subplots(
    2, 1, figsize=(9, 4), layout="constrained", height_ratios=[1, 3]
)
axes[0].plot(np.arange(n_frames) * hop / sample_rate, share)
axes[0].set(xlabel="time (s)", ylabel="share", xlim=(0, 2.25))
plot_spectrogram(y, sample_rate, n_fft=1024, hop_length=128, ax=axes[1])
axes[1].set(ylim=(0, 4000))
plt.show()

# %% [markdown]
# **Cross synthesis.** A morph need not touch pitch at all. Take the spectrum of a noise
# and give it, moment by moment, the envelope of the voice: wind that sings a vowel.
# Nothing has to be found for that, no peak and no pitch, so it works with any two
# sounds.

# %%
surf = 0.1 * np.random.default_rng(3).standard_normal(voice.size)
options = {"balance": 1.0, "smoothing": 0.08, "n_fft": 1024}
y = sm.morph_spectra(surf, voice, sample_rate, **options)
play(0.5 * y / np.abs(y).max(), sample_rate, title="wind that sings")

# %% [markdown]
# The commands are `dsplab morph one.wav other.wav out.wav --share 0.5`, and with
# `--method spectrum` the last one.
#
# ## Exercises
#
# Those above were 1 to 3. These go from changing a number to a proof.
#
# * **4** (change and run). Morph with the frequencies of the voice and the amplitudes
#   of the trumpet (`amplitude_share`), and the other way round. Which of the two is
#   "the voice"?
# * **5** (listen). Add voice and trumpet at half the level each, and compare with
#   `half`. Describe the difference.
# * **6** (change and run). In the bells, take a stretching of 0.97 and of 1.005. What
#   is the smallest that you hear?
# * **7** (program). Replace `between` by the arithmetic mean, for frequency, and let
#   the share run. What happens in the middle to a morph over two octaves? And for
#   amplitude, if one of the two is 0?
# * **8** (program). Freeze: `scale_time` with a time map that stands still at 1 s.
#   Which sounds are good to freeze?
# * **9** (program). Give the voice a second one, a third higher and 20 ms late, vowel
#   kept, with its own vibrato: a choir of two.
# * **10** (think). A drum and a bell have no harmonics with numbers. How could one
#   still decide which partial goes with which?
# * **11** (prove). Show that two morphs with shares $s$ and $t$, one after the other
#   towards the same sound, are one morph with share $s + t - st$. Is it true for the
#   arithmetic mean?

# %% [markdown] tags=["solution"]
# **Answers.** *4.* The ear takes the amplitudes (the vowel) for who it is, and the
# frequencies for what is played; vibrato says "voice", too. *5.* Two musicians against
# one; the sum has two pitches. *6.* 1.005 beats and shimmers; below 1.002 hardly
# anything. *7.* Half way between 200 and 800 Hz it is 500, a sixth too high; and a
# partial that one of the sounds lacks is half as loud instead of gone: the sum of both
# sounds. *8.* Steady ones; a moment of an attack is a click held for ever. *10.* By
# what is nearest in frequency, or by rank in loudness; or not at all: let the partials
# of the one fade out while those of the other fade in. *11.* $(f_1^{1-s}
# f_2^s)^{1-t} f_2^t = f_1^{(1-s)(1-t)} f_2^{s(1-t) + t}$, and $s(1-t) + t = s + t -
# st$. Yes: $(1-t)((1-s) f_1 + s f_2) + t f_2$ has the same shares.
