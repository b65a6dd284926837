# %% [markdown]
# # 13. The short-time Fourier transform
#
# You need lesson 12 (windows, zero phase). By the end you can choose frame and hop for
# a sound and say what the choice costs, read a frequency to a fraction of a hertz from
# two phases, and change sounds moment by moment: gate, sweep, whisper, robot, freeze.
#
# ## Listen
#
# A sound that asks for two different spectra: two tones a semitone apart, and clicks
# that follow each other after 30 ms.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab import spectral, windows
from dsplab.check import check
from dsplab.show import play, plot_spectrogram

# %%
sample_rate = 16000
time = np.arange(2 * sample_rate) / sample_rate
tones = 0.2 * np.sin(2 * np.pi * 880 * time) + 0.2 * np.sin(2 * np.pi * 932 * time)
n = np.arange(time.size)
clicks = 1.0 * ((n % 500 == 0) & (n % 4000 < 1000))
play(tones + 0.5 * clicks, sample_rate, title="two tones and pairs of clicks")

# %% [markdown]
# And a singer on a vowel, with vibrato and a breath of noise, with whom most of this
# lesson is done.

# %%
from dsplab.sources.oscillators import harmonic_oscillator

f0 = 165 * 2 ** ((np.sin(2 * np.pi * 5 * time) / 4 + 4 * (time > 1)) / 12)
partial = 190 * np.arange(1, 31)
vowel = sum(g * np.exp(-(((partial - f) / 160) ** 2))
            for f, g in [(650, 1.0), (1100, 0.6), (2700, 0.3)])  # fmt: skip
breath = 0.004 * np.random.default_rng(0).standard_normal(time.size)
fade = np.minimum(1, np.minimum(time, 2 - time) * 20)
voice = fade * (0.25 * harmonic_oscillator(f0, vowel, sample_rate) + breath)
play(voice, sample_rate, title="a singer")

# %% [markdown]
# ## Look
#
# Tones and clicks with frames of 8 ms and of 128 ms. What one picture shows the other
# hides: with short frames the clicks are lines, and the tones are one fat band that
# beats; with long ones the tones are two lines, and the clicks a fog.

# %% alt="Spectrograms: short frames show clicks as lines, long ones the two tones"
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for ax, n_fft in zip(axes, (128, 2048), strict=True):
    plot_spectrogram(tones + clicks, sample_rate, n_fft=n_fft, hop_length=32, ax=ax)
    ax.set(xlim=(0, 0.6), ylim=(0, 2000), title=f"frames of {n_fft} samples")
plt.show()

# %% [markdown]
# ## Derive
#
# **One number for two questions.** A peak is as wide as the window's transform, $B$
# bins of $\mathrm{sample\_rate} / M$ hertz, with $M$ samples under the window and $B =
# 4$ for Hann (lesson 12). So two tones that are $\Delta f$ apart need
#
# $$ M \ge B \; \mathrm{sample\_rate} / \Delta f, $$
#
# 1230 samples for our semitone, while two clicks are two only if no frame holds both,
# $M \le 480$. Nothing satisfies both. (What can be done: two transforms, one for high
# and one for low frequencies, because pitches lie closer below: *multi-resolution*.)
#
# **Hop.** Frame $m$ looks at the sound around sample $m H$:
#
# $$ X[k, m] = \sum_n w[n] \; x[n + mH] \; e^{-2\pi i k n / N},
#    \qquad n = -\tfrac{M-1}{2} \dots \tfrac{M-1}{2}. $$
#
# To miss nothing, every sample must count equally in the whole: the windows, moved by
# $H$, must add up to a constant. Then adding up the frames gives the sound back. For
# that $H$ may be at most $M/2$ for Hann, $M/4$ for Blackman-Harris; spectra that are
# changed want more overlap than that.
#
# **A bin is a filter.** Read the formula along $m$ instead of $k$: bin $k$ is what
# comes out of a bandpass of width $B$ about $k \, \mathrm{sample\_rate} / N$, shifted
# down to 0 Hz and read every $H$ samples. What stands in it is the *amplitude and
# phase of the partial that is in its band*, and how they move.
#
# **Frequency from phase.** From frame to frame a partial of frequency $f$ turns by
# $2\pi f H / \mathrm{sample\_rate}$. Measured is the difference of two angles, and
# whole turns are lost. But bin $k$ knows about where its partial is: if it were at the
# bin's own frequency, it would turn by $2\pi k H / N$. So take
#
# $$ d = \angle X[k, m+1] - \angle X[k, m] - 2\pi k H / N, $$
#
# bring $d$ into $-\pi \dots \pi$ by adding whole turns, and
#
# $$ f = \left( \frac{k}{N} + \frac{d}{2\pi H} \right) \mathrm{sample\_rate}. $$
#
# It works as long as the partial is less than $N / 2H$ bins from the bin.
#
# ## Implement
#
# **Exercise 1.** Write `centred_stft(x, w, n_fft, hop_length)` after the formula above.
# There are `1 + len(x) // hop_length` frames. Outside of `x` there is silence: put half
# a window of zeros before it, enough behind it, and frame $m$ begins at sample $m H$ of
# that. Then each frame is what you did in lesson 12: the middle sample at index 0,
# `np.fft.rfft`, divided by the sum of the window.


# %% tags=["solution"]
def centred_stft(x, w, n_fft, hop_length):
    half = len(w) // 2
    n_frames = 1 + len(x) // hop_length
    x = np.pad(x, (half, half + hop_length))
    starts = hop_length * np.arange(n_frames)
    frames = x[starts + np.arange(len(w))[:, None]] * w[:, None]
    buffer = np.pad(frames, ((0, n_fft - len(w)), (0, 0)))
    return np.fft.rfft(np.roll(buffer, -half, axis=0), axis=0) / w.sum()


# %% tags=["check"]
check("centred_stft", centred_stft)

# %% [markdown]
# **Exercise 2.** Write `window_sum(w, hop_length)`: what the windows add up to, far
# from the ends, at each of the `hop_length` samples from one frame to the next:
# $\sum_m w[n + mH]$ for $n = 0 \dots H - 1$.


# %% tags=["solution"]
def window_sum(w, hop_length):
    return np.array([w[n::hop_length].sum() for n in range(hop_length)])


# %% tags=["check"]
check("window_sum", window_sum)

# %% [markdown]
# With it you can see at once which hop a window permits. The ripple, from the least to
# the greatest of the sums, for windows of 512 samples:

# %% alt="Ripple over the hop: it falls to nothing below a half, a third, a quarter"
hops = [512 // share for share in (1, 2, 4, 8)] + list(range(40, 400, 8))
plt.figure(figsize=(9, 2.6), layout="constrained")
for name in ("hann", "hamming", "blackman_harris"):
    sums = [window_sum(windows.get_window(name, 512), hop) for hop in sorted(hops)]
    ripple = [np.ptp(s) / s.mean() for s in sums]
    plt.semilogy(sorted(hops), np.array(ripple) + 1e-17, ".-", label=name)
plt.gca().set(xlabel="hop (samples)", ylabel="ripple", ylim=(1e-10, 3))
plt.legend()
plt.show()

# %% [markdown]
# At exactly a half, a quarter, an eighth the sum is constant to the last digit, and in
# between it is only nearly so: the lower the window's side lobes, the more nearly. (The
# ripple is what $W$ has at multiples of $N / H$ bins: exercise 11.)
#
# **Exercise 3.** Write `true_frequency(X, hop_length, n_fft, sample_rate)`: from
# spectra `(n_bins, n_frames)` to hertz `(n_bins, n_frames - 1)`. To bring an angle into
# $-\pi \dots \pi$: `d - 2 * np.pi * np.round(d / (2 * np.pi))`.


# %% tags=["solution"]
def true_frequency(X, hop_length, n_fft, sample_rate):
    k = np.arange(len(X))[:, None]
    d = np.diff(np.angle(X), axis=1) - 2 * np.pi * k * hop_length / n_fft
    d = d - 2 * np.pi * np.round(d / (2 * np.pi))
    return (k / n_fft + d / (2 * np.pi * hop_length)) * sample_rate


# %% tags=["check"]
check("true_frequency", true_frequency)

# %% [markdown]
# ## Check
#
# The strongest bin of the singer's first harmonics tells the pitch in steps of a bin,
# 15.6 Hz. The phases tell it far better: here is the third harmonic, divided by three,
# and what was sung.

# %%
X = centred_stft(voice, windows.hann(511, symmetric=True), 1024, 64)
low, high = 400 * 1024 // sample_rate, 680 * 1024 // sample_rate
best = low + np.abs(X[low:high, :-1]).argmax(axis=0)
frames = np.arange(best.size)

# %% alt="Pitch over time: bins jump in steps, the phases lie on the line that was sung"
found = true_frequency(X, 64, 1024, sample_rate)[best, frames] / 3
plt.figure(figsize=(9, 2.7), layout="constrained")
plt.plot(frames * 64 / sample_rate, best * sample_rate / 1024 / 3, label="the bin")
plt.plot(time, f0, color="0.7", linewidth=5, label="sung")
plt.plot((frames + 0.5) * 64 / sample_rate, found, label="the phases")
plt.gca().set(xlabel="time (s)", ylabel="f0 (Hz)", ylim=(150, 230))
plt.legend()
plt.show()

# %%
theirs = spectral.stft(voice, n_fft=512, hop_length=128, scaling="magnitude")
mine = centred_stft(voice, windows.hann(513, symmetric=True), 1024, 128)
print("loudest bin here and in dsplab:", abs(mine).max(), abs(theirs).max())
sung = np.interp((frames + 0.5) * 64 / sample_rate, time, f0)
cents = 1200 * np.log2(found / sung)[20:-20]
print(f"half of the frames are within {np.median(np.abs(cents)):.2f} cents")

# %% [markdown]
# ## Play
#
# Five machines. Each takes spectra, changes them, and goes back with `istft`, which
# divides by the sum of the windows, so that any hop will do.
#
# **A gate.** Keep only what is louder than 60 dB below the loudest. The breath is gone,
# and so is what was quiet in the voice.

# %%
options = {"n_fft": 1024, "hop_length": 128}
X = spectral.stft(voice, **options)
gated = np.where(np.abs(X) > 1e-3 * np.abs(X).max(), X, 0)
y = spectral.istft(gated, **options, length=voice.size)
play(y, sample_rate, title="what is loud")

# %%
rest = spectral.istft(X - gated, **options, length=voice.size)
play(10 * rest, sample_rate, title="what is quiet, ten times louder")

# %% [markdown]
# **A sweep.** A filter that lets a band through, which climbs with the frames. No
# recursion, no state: every frame has its own response.

# %%
bins = np.arange(513)[:, None] * sample_rate / 1024
centre = np.geomspace(200, 4000, X.shape[1])
band = np.exp(-((np.log2(np.maximum(bins, 1) / centre) / 0.4) ** 2))
swept = spectral.istft(X * band, **options, length=voice.size)
play(2 * swept, sample_rate, title="a band that climbs")

# %% [markdown]
# **A robot.** Give all bins the phases of a click in the middle of the frame: 0 and
# $\pi$ in turn, as `dsplab` counts from the start of the frame. Now all sines meet once
# in every hop, 125 times a second, and that is the pitch of the robot, whatever is
# sung. The vowel stays, as it is in the magnitudes.

# %%
middle = (-1.0 + 0j) ** np.arange(513)[:, None]
robot = spectral.istft(np.abs(X) * middle, **options, length=voice.size)
play(0.5 * robot / np.abs(robot).max(), sample_rate, title="a click in every frame")

# %% [markdown]
# **A whisper.** Random phases, in short frames: nothing repeats, and so there is no
# pitch. The frame must be shorter than a period, or the harmonics survive as lines.

# %%
short = spectral.stft(voice, n_fft=128, hop_length=32)
turns = np.exp(2j * np.pi * np.random.default_rng(1).uniform(size=short.shape))
whisper = spectral.istft(short * turns, n_fft=128, hop_length=32)
play(0.5 * whisper / np.abs(whisper).max(), sample_rate, title="phases at random")

# %% [markdown]
# **A freeze.** Hold the magnitudes of one moment, and let every bin turn on by its own
# true frequency: a photograph of a sound, as long as you like.

# %%
m = 60
pace = true_frequency(X, 128, 1024, sample_rate)[:, m : m + 1]
angle = np.angle(X[:, m : m + 1]) + 2 * np.pi * pace * 128 / sample_rate * np.arange(
    250
)
frozen = spectral.istft(np.abs(X[:, m : m + 1]) * np.exp(1j * angle), **options)
play(0.8 * frozen, sample_rate, title="one moment, held for two seconds")

# %% [markdown]
# ## Exercises
#
# Those above were 1 to 3. These go from changing a number to a proof.
#
# * **4** (change and run). Find the frame length at which the two tones of `Listen`
#   come apart in the spectrogram, and the one at which a pair of clicks does.
# * **5** (listen). Make the robot sing 200 Hz. Then let it glide: which number must
#   change from frame to frame?
# * **6** (listen). Whisper with frames of 1024 samples. What do you hear, and why?
# * **7** (measure). In the gate, lower the threshold to 80 dB and raise it to 40. At
#   which one does the voice begin to tinkle ("musical noise")? What is it that tinkles?
# * **8** (program). Exchange the magnitudes of voice and clicks, keeping each one's
#   phases. Who wins, magnitude or phase? Does the frame length decide?
# * **9** (think). `true_frequency` fails if a partial is more than $N / 2H$ bins away.
#   With Hann, how large may $H$ be so that it is right over the whole peak?
# * **10** (think). An STFT with $H = N/4$ holds how many numbers for each sample of
#   the sound? So not every array is an STFT. What does `istft` do with one that is not?
# * **11** (prove). Show that $\sum_m w[n + mH]$ is constant if and only if $W$ is zero
#   at all multiples of $1/H$ cycles per sample but 0. (A sum of shifted windows is
#   periodic: write its DFT of length $H$.)

# %% [markdown] tags=["solution"]
# **Answers.** *4.* About 1200 samples (4 bins of 16000 / 1200 = 53 Hz), and below 500.
# *5.* `hop_length=80`; the hop. *6.* The singer, in a cave: frames are longer than a
# period, so harmonics stay lines, whose phases jump from frame to frame. *7.* From
# about 45 dB on; single bins of the breath that are by chance above it, for the length
# of a frame. *8.* With long frames magnitude, with frames of a few milliseconds phase
# (that is: time). *9.* The peak reaches 2 bins to either side; less than $N/4$. *10.* 2
# complex ones for each hop's worth of 1/2 bins: four real numbers for each sample. It
# returns the sound whose STFT is nearest. *11.* $\sum_n \sum_m w[n + mH] e^{-2\pi i jn
# / H} = W(j / H)$, since the exponential has period $H$; a sequence is constant if only
# its DFT's bin 0 is not zero.
