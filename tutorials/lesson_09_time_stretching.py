# %% [markdown]
# # 9. Time stretching
#
# You need: frames and overlap-add from lesson 1. By the end you can slow down a voice
# without making it deep, you know why the simple way warbles and have cured it twice,
# and you can choose a method for a given sound.
#
# The speed is called `rate`: at rate 2 a sound is over in half the time. (The lecture
# writes $\alpha$ for the *stretch*; it is $1 / \mathrm{rate}$.)
#
# ## Listen
#
# A synthetic singer on one vowel, with a little vibrato, and a drummer made of noise.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play, plot_spectrogram, plot_waveform
from dsplab.sources.oscillators import harmonic_oscillator

sample_rate = 16000
time = np.arange(2 * sample_rate) / sample_rate

# %%
f0 = 130 + 20 * time + 3 * np.sin(2 * np.pi * 5 * time)
partial = 150 * np.arange(1, 26)  # Hz, about
vowel = sum(g * np.exp(-(((partial - f) / 150) ** 2))
            for f, g in [(700, 1.0), (1200, 0.6), (2600, 0.2)])  # fmt: skip
voice = 0.25 * harmonic_oscillator(f0, vowel, sample_rate)
play(voice, sample_rate, title="a voice")

# %%
noise = np.random.default_rng(1).uniform(-1, 1, len(time))
drums = 0.5 * noise * np.exp(-40 * (time % 0.25))
play(drums, sample_rate, title="drums")

# %% [markdown]
# The oldest way to make a sound faster is to turn the tape faster: play every other
# sample. It is over in half the time. It is also an octave higher, and the singer has
# become a mouse, because *everything* that happens now happens twice as fast: the
# melody, and also each single vibration. We want to touch the first and spare the
# second.

# %%
play(voice[::2], sample_rate, title="every other sample of the voice")

# %% [markdown]
# ## Look
#
# Half a second, and 25 ms. What you hear as "slow", the notes and syllables, takes
# place in the upper picture; what you hear as pitch and vowel in the lower. There is a
# factor of twenty between the two time scales, and that gap is what all time stretching
# lives on: pieces of some 50 ms are long enough to have a pitch, and short enough to be
# shifted.

# %% alt="The voice over 0.5 s and over 25 ms, where single periods are seen"
fig, axes = plt.subplots(2, 1, figsize=(9, 4), layout="constrained")
plot_waveform(voice[:8000], sample_rate, ax=axes[0], title="half a second")
plot_waveform(voice[4000:4400], sample_rate, ax=axes[1], title="25 milliseconds")
plt.show()

# %% [markdown]
# ## Derive
#
# **Overlap-add (OLA).** Cut frames out of the input and lay them out again at another
# distance. If frame $m$ is *written* around sample $mH$ of the output, it must be
# *read* around sample $\mathrm{rate} \cdot mH$ of the input. Frames are faded by a
# window $w$, and where they overlap their sum is divided by the sum of the windows:
#
# $$ y[n] = \frac{\sum_m w[n - mH] \; x[n - mH + \mathrm{rate} \cdot mH]}
#                {\sum_m w[n - mH]} $$
#
# Within a frame nothing is stretched: $x$ is read at its own pace, and so the pitch
# stays. Only the frames move.
#
# ## Implement
#
# First a tool: window the columns of `frames`, add them up, and divide.

# %%
from dsplab import spectral
from dsplab.frames import overlap_add
from dsplab.windows import hann


def join(frames, hop_length):
    w = np.repeat(hann(len(frames))[:, None], frames.shape[1], axis=1)
    total = overlap_add(w, hop_length=hop_length)
    y = overlap_add(w * frames, hop_length=hop_length)
    return y / np.maximum(total, 1e-8)


# %% [markdown]
# **Exercise 1.** Write `ola`. A plan that leads to few lines: put half a frame of zeros
# before `x`, so that a frame that *begins* at sample $s$ of the padded signal is
# *centred* on sample $s$ of the original (and enough zeros behind it); compute where
# frames begin; fetch them all with one index array, as in lesson 1; `join` them; drop
# the first half frame.


# %% tags=["solution"]
def ola(x, rate, frame_length=1024, hop_length=512):
    length = round(len(x) / rate)
    written = np.arange(0, length + hop_length, hop_length)
    starts = np.round(rate * written).astype(int)
    x = np.pad(x, (frame_length // 2, starts[-1] + frame_length))
    frames = x[starts + np.arange(frame_length)[:, None]]
    return join(frames, hop_length)[frame_length // 2 :][:length]


# %% tags=["check"]
check("ola", ola)

# %%
play(ola(drums, 0.7), sample_rate, title="the drums, slower, by OLA")

# %%
play(ola(voice, 0.7), sample_rate, title="the voice, slower, by OLA")

# %% [markdown]
# The drums are slower, and still drums, if a little blurred. The voice is slower at the
# right pitch, and it gargles. To see why, look at a sound of which we know all: a sine.

# %% alt="A sine after OLA: its amplitude swells and collapses every frame"
sine = 0.5 * np.sin(2 * np.pi * 260 * time)
ax = plot_waveform(ola(sine, 0.7)[4000:8000], sample_rate, title="a sine after OLA")
plt.show()

# %% [markdown]
# Two frames that overlap were read $(\mathrm{rate} - 1) H$ samples away from where they
# would fit. If that is a whole number of periods, they swing together; if half a period
# is left over, they swing against each other, and in the middle of the overlap there is
# silence. Everything periodic suffers so; noise has no period and does not care.
#
# ### A frame that fits
#
# **WSOLA** (*waveform similarity*). The ear will not notice if a frame comes 5 ms too
# early or too late. So do not read frame $m$ exactly at $\mathrm{rate} \cdot mH$, but
# at that place within `tolerance` where it best goes on from the frame before. And what
# is the best continuation of a frame? What followed it in the input! If the frame
# before was read from sample $s_{m-1}$ on, that is $x[s_{m-1} + H + n]$, and
#
# $$ s_m =
# \underset{|s - \mathrm{rate} \cdot mH| \le \mathrm{tolerance}}{\operatorname{argmin}}
#    \; \sum_n \left( x[s + n] - x[s_{m-1} + H + n] \right)^2. $$
#
# **Exercise 2.** First the search: `best_start(x, wanted, first, last)` returns the
# sample $s$, from `first` to `last`, from which `x` is most like the array `wanted`.


# %% tags=["solution"]
def best_start(x, wanted, first, last):
    region = x[first : last + len(wanted)]
    candidates = np.lib.stride_tricks.sliding_window_view(region, len(wanted))
    distance = ((candidates - wanted) ** 2).sum(axis=-1)
    return first + int(np.argmin(distance))


# %% [markdown]
# **Exercise 3.** Now `wsola`: as `ola`, but the starts are found one after another.
# Mind what the previous start is: the place where the frame *was* read, its shift
# included. (To leave room for the search, put `tolerance` more zeros in front; every
# place in `x` moves by that.)


# %% tags=["solution"]
def wsola(x, rate, frame_length=1024, hop_length=512, tolerance=200):
    length, half = round(len(x) / rate), frame_length // 2
    x = np.pad(x, (half + tolerance, 2 * frame_length + int(rate * frame_length)))
    starts = [tolerance]
    for m in range(1, 2 + length // hop_length):
        place = tolerance + min(round(rate * m * hop_length), len(x) - 2 * frame_length)
        wanted = x[starts[-1] + hop_length :][:frame_length]
        starts += [best_start(x, wanted, place - tolerance, place + tolerance)]
    frames = x[np.array(starts) + np.arange(frame_length)[:, None]]
    return join(frames, hop_length)[half:][:length]


# %% tags=["check"]
check("wsola", wsola)

# %%
play(wsola(voice, 0.7), sample_rate, title="the voice, slower, by WSOLA")

# %% [markdown]
# The gargling is gone. For one voice, spoken or sung, this is hard to beat, and it
# needs no Fourier transform at all. But try two singers at once, with periods that have
# nothing to do with one another: no shift suits both.
#
# ### Every partial for itself
#
# **The phase vocoder.** In a spectrum, partials lie in different bins, and each bin can
# be continued at its own pace. In the STFT, bin $k$ of frame $m$ has a magnitude and a
# phase. Between a frame and another that was read $H$ samples earlier, the phase of a
# steady partial of frequency $f$ advances by
#
# $$ \Delta\varphi = 2\pi f H / \mathrm{sample\_rate} $$
#
# (up to whole turns, which cannot be seen).
# The output frames are also $H$ samples apart, wherever they were read. For the partial
# to go on without a break, the phase *there* must advance by just that, from frame to
# frame:
#
# $$ \psi_m[k] = \psi_{m-1}[k] + \Delta\varphi_m[k], \qquad
#    Y_m[k] = |X_m[k]| \; e^{i \psi_m[k]}. $$
#
# So read two frames for each moment, one at $\mathrm{rate} \cdot mH$ and one $H$ before
# it. Their difference in phase is what to add; whole turns do not matter, as both hops
# are the same. (Where they differ, one has to find $f$ itself, the *instantaneous
# frequency*: exercise 8.)
#
# **Exercise 4.** First `spectra(x, starts, n_fft)`: the spectra of the windowed frames
# that begin at `starts`, one in each column. With it, `phase_vocoder`. For the way
# back, `spectral.istft` with `length=` takes frames that are centred on $mH$, as yours
# are.


# %% tags=["solution"]
def spectra(x, starts, n_fft):
    frames = x[starts + np.arange(n_fft)[:, None]]
    return np.fft.rfft(frames * hann(n_fft)[:, None], axis=0)


# %% tags=["solution"]
def phase_vocoder(x, rate, n_fft=1024, hop_length=128):
    length = round(len(x) / rate)
    places = np.arange(0, length + hop_length, hop_length) * rate
    starts = np.round(places).astype(int)
    x = np.pad(x, (n_fft // 2 + hop_length, starts[-1] + n_fft))
    now, past = (spectra(x, starts + s, n_fft) for s in (hop_length, 0))
    advance = np.angle(now) - np.angle(past)
    angle = np.angle(now[:, :1]) + np.cumsum(advance, axis=1) - advance[:, :1]
    Y = np.abs(now) * np.exp(1j * angle)
    return spectral.istft(Y, hop_length=hop_length, length=length)


# %% tags=["check"]
check("phase_vocoder", phase_vocoder)

# %% [markdown]
# ## Check
#
# The exercises are checked above, by what must be true of any time stretch: the length,
# the identity at rate 1, a sine that stays one. Here is a harder question, put to all
# three: a chord of two sines a fourth apart. How much of the result is something else
# than the two sines? (0 dB: as much as the sines themselves; -40 dB: a hundredth.)


# %%
def foreign(y, frequencies):
    n = np.arange(len(y)) / sample_rate
    angle = 2 * np.pi * np.outer(n, frequencies)
    basis = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    rest = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
    return 20 * np.log10(np.linalg.norm(rest) / np.linalg.norm(y))


# %%
chord = 0.3 * np.sin(2 * np.pi * 225 * time) + 0.3 * np.sin(2 * np.pi * 301.7 * time)
for method in (ola, wsola, phase_vocoder):
    y = method(chord, 0.7)[8000:24000]
    print(f"{method.__name__:14} {foreign(y, [225, 301.7]):6.1f} dB")

# %% [markdown]
# ## Play
#
# Singer and drummer together, by all three. Listen to the voice first, then to the
# strokes.

# %%
band = voice + 0.5 * drums
play(ola(band, 0.7), sample_rate, title="both, by OLA")

# %%
play(wsola(band, 0.7), sample_rate, title="both, by WSOLA")

# %%
play(phase_vocoder(band, 0.7), sample_rate, title="both, by the phase vocoder")

# %% [markdown]
# Each has its own way of failing. OLA keeps the strokes and spoils the voice. WSOLA
# keeps the voice, and stutters where a stroke falls into two frames and is heard twice.
# The phase vocoder keeps every partial, and softens the strokes: an attack is one
# moment at which *all* bins agree, and it has let each bin go its own way. The picture
# shows it.

# %% alt="Spectrograms of voice and drums: input, and slower by phase vocoder"
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for ax, y in zip(axes, (band, phase_vocoder(band, 0.7)), strict=True):
    plot_spectrogram(y, sample_rate, n_fft=512, ax=ax)
axes[0].set_title("input")
axes[1].set_title("by the phase vocoder")
plt.show()

# %% [markdown]
# From here, two roads. One teaches the phase vocoder to keep neighbouring bins together
# and to start afresh at attacks. The other splits the sound into a harmonic and a
# percussive part and stretches each by what suits it: that is HPTSM. All of them are in
# `dsplab.stretch`, one readable file for each method, made for any number of channels
# and for speeds that change on the way; `time_stretch` takes the first road. It also
# takes frames twice as long in the bass, while a low chord sounds: its partials are too
# close together for short frames, in which they beat.

# %%
from dsplab.stretch import hptsm, time_stretch

play(
    time_stretch(band, 0.7, sample_rate=sample_rate),
    sample_rate,
    title="both, afresh at attacks",
)

# %%
play(hptsm(band, 0.7, sample_rate=sample_rate), sample_rate, title="both, by HPTSM")

# %% [markdown]
# ## Exercises
#
# * **5** (change and run). Give `wsola` a tolerance of 20, 60, 200 and 600 samples, on
#   `voice` at rate 0.7. From which on is it good, and which property of the voice is
#   that?
# * **6** (listen). Play `voice` at rate 0.25 by `wsola` and by `phase_vocoder`. What
#   are the two artefacts like? Find words; then find the cause of each.
# * **7** (program). Change the pitch and not the duration: stretch by one of your
#   methods, then resample (`np.interp` is good enough) to the old length. What has
#   become of the vowel, and why? The function `pitch_shift` of `dsplab.stretch` has an
#   option about it.
# * **8** (program). Give `phase_vocoder` different hops for reading and writing. You
#   need the frequency now: subtract the advance of the bin's centre, $2\pi k H / N$,
#   bring the difference into $-\pi \dots \pi$, add the centre back, and divide by $H$.
# * **9** (think). Freeze the sound: at rate 0, and a length that you choose, which of
#   your three methods still gives a result, and what does it sound like?
# * **10** (prove). Show that `wsola` at rate 1 returns its input exactly, whatever it
#   contains, wherever the windows do not sum to zero. (Induction on $m$: which
#   candidate has distance 0?) Does the proof hold if the search maximises $\sum_n
#   x[s+n] \, x[s_{m-1}+H+n]$ instead?

# %% [markdown] tags=["solution"]
# **Answers.** *5.* From about 60: half of the longest period, 16000 / 130 / 2 samples,
# because then some shift always fits. *6.* WSOLA repeats the same period again and
# again: a buzzing, stuttering tone; the vocoder loses the relation between the
# partials: a choir in a pipe ("phasiness"). *7.* It moved with the pitch, since
# resampling moves the whole spectrum, formants included. *9.* OLA repeats one frame,
# once in every hop: a buzz. WSOLA jumps among the tolerance's worth of periods: nearly
# a tone. The vocoder holds the spectrum of the moment: a clean freeze. *10.* If
# $s_{m-1} = (m-1)H$, then the candidate $s = mH$ *is* the continuation: distance 0, and
# no distance is smaller. (Ties do no harm: equal frames.) With the bare product it does
# not hold: a louder passage nearby can have the larger sum.
