# %% [markdown]
# # 1. Sound and spectra
#
# You need: Python with NumPy arrays, and what a sine is. By the end you can say which
# notes are in a sound, see them come and go, take a sound apart into pieces of spectrum
# and put it together again without losing a sample. Every later lesson stands on this.
#
# ## Listen
#
# A sound, for a computer, is a list of numbers: the position of the loudspeaker's
# membrane, measured `sample_rate` times a second. Here is the simplest that is not
# boring: a tone of 220 Hz, which means that the same movement repeats 220 times a
# second.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play

sample_rate = 16000
time = np.arange(sample_rate) / sample_rate  # one second: 0, 1/16000, 2/16000 ...
tone = 0.5 * np.sin(2 * np.pi * 220 * time)
play(tone, sample_rate, title="a sine of 220 Hz")

# %% [markdown]
# Now three notes, each struck and left to fade. A real string does not make one sine
# but many at once, at 1, 2, 3 ... times the lowest frequency (its *partials*), the
# higher ones weaker. Your ear does not hear a dozen sines. It hears three notes with a
# colour.


# %%
def note(frequency, duration=0.5):
    t = np.arange(round(duration * sample_rate)) / sample_rate
    partials = [np.sin(2 * np.pi * k * frequency * t) / k for k in range(1, 9)]
    return 0.3 * sum(partials) * np.exp(-6 * t)


melody = np.concatenate([note(220.0), note(277.2), note(329.6)])
play(melody, sample_rate, title="three notes")

# %% [markdown]
# ## Look
#
# The whole melody, and then a fiftieth of a second of its first note. In the first
# picture you see *when* something happens. In the second you can count that a pattern
# repeats a little more than four times in 20 ms, which is 220 times a second. What you
# cannot see in either is *which* sines were added.

# %% alt="Waveforms: three decaying notes; 20 ms with 4.4 repetitions"
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.5), layout="constrained")
left.plot(np.arange(len(melody)) / sample_rate, melody, linewidth=0.5)
left.set(xlabel="time (s)", ylabel="amplitude", title="the melody")
right.plot(1000 * time[:320], melody[:320])
right.set(xlabel="time (ms)", ylabel="amplitude", title="its first 20 ms")
plt.show()

# %% [markdown]
# ## Derive
#
# **How to find out whether a frequency is in a sound?** Multiply the sound by a sine of
# that frequency, sample by sample, and add up. Where the two swing together the
# products are positive and the sum grows; where they have nothing to do with one
# another, products of both signs cancel. Since we do not know whether the partial
# begins like a sine or like a cosine, we try both at once, with a complex exponential
# $e^{-i\varphi} = \cos\varphi - i \sin\varphi$. For a signal of $N$ samples, and the
# frequency that fits $k$ whole periods into it, the sum is called
#
# $$ X[k] = \sum_{n=0}^{N-1} x[n] \, e^{-2\pi i k n / N}, \qquad k = 0, \dots, N-1, $$
#
# the *discrete Fourier transform* (DFT). Its absolute value says how much of the
# frequency is there, its angle says where in its period the partial began. $k$ periods
# in $N$ samples are $k \cdot \mathrm{sample\_rate} / N$ periods a second: that is the
# frequency of *bin* $k$, in Hz.
#
# **Nothing is lost.** The exponentials of different $k$ have nothing to do with one
# another: multiplied and summed they give 0, and each with itself gives $N$. So the
# sound is the sum of all of them, each as strong as was measured:
# $x[n] = \frac{1}{N} \sum_k X[k] \, e^{+2\pi i k n / N}$.
#
# ## Implement
#
# **Exercise 1** (change and run). Write `sine`, so that `play(sine(330, 1, 16000),
# 16000)` is a tone. Then make it 331 Hz and play the sum of both: what do you hear, and
# how often a second?


# %% tags=["solution"]
def sine(frequency, duration, sample_rate):
    n = np.arange(round(duration * sample_rate))
    return np.sin(2 * np.pi * frequency * n / sample_rate)


# %% tags=["check"]
check("sine", sine)

# %%
both = sine(330, 3, sample_rate) + sine(331, 3, sample_rate)
play(0.4 * both, sample_rate, title="330 and 331 Hz together")

# %% [markdown]
# **Exercise 2.** Write `dft`, straight from the formula. A loop over $k$ is fine, and
# so is the matrix of all $k n$ at once (`np.outer`). `check` does not only tell you
# that something is wrong: it looks for the smallest input on which it is.


# %% tags=["solution"]
def dft(x):
    n = np.arange(len(x))
    return np.exp(-2j * np.pi * np.outer(n, n) / len(x)) @ x


# %% tags=["check"]
check("dft", dft)

# %% [markdown]
# Now ask the melody. We take 1024 samples of its first note, 64 ms. Bin $k$ is at $k
# \cdot 16000 / 1024 = 15.6 k$ Hz. Only half of the bins is new information: for a real
# signal, bin $N - k$ is the mirror image of bin $k$ (exercise 8), so we show the first
# half. Levels are in decibels: 20 dB are a factor of 10.

# %% alt="Spectrum with eight peaks, 220 Hz apart, on wide skirts"
X = dft(melody[:1024])
frequency = np.arange(513) * sample_rate / 1024
plt.figure(figsize=(9, 2.5))
plt.plot(frequency, 20 * np.log10(np.abs(X[:513]) + 1e-6))
plt.gca().set(xlabel="frequency (Hz)", ylabel="level (dB)", xlim=(0, 4000))
plt.show()

# %% [markdown]
# There they are: eight partials, 220 Hz apart, none above 1760 Hz. But look at the
# ground between 2 and 4 kHz. Nothing is there in the sound, and yet the curve only
# sinks slowly.
#
# ### A window
#
# The reason: 220 Hz does not fit a whole number of times into 1024 samples. The DFT
# treats the piece as if it were repeated for ever, and where its end meets its
# beginning there is a jump, and a jump contains all frequencies. The remedy is to fade
# the piece in and out before the DFT, with the *Hann window*
#
# $$ w[n] = \tfrac{1}{2} - \tfrac{1}{2} \cos(2\pi n / N), \qquad n = 0, \dots, N-1. $$
#
# **Exercise 3.** Write `hann`. Mind the end: $n$ stops at $N-1$, and $w[N-1]$ is not 0.
# Such a window is called *periodic*, because the next one can follow without a stutter.


# %% tags=["solution"]
def hann(length):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


# %% tags=["check"]
check("hann", hann)

# %% alt="The same spectrum with a Hann window: far lower between the peaks"
windowed = dft(melody[:1024] * hann(1024))
plt.figure(figsize=(9, 2.5))
for name, spectrum in {"no window": X, "Hann window": windowed}.items():
    plt.plot(frequency, 20 * np.log10(np.abs(spectrum[:513]) + 1e-6), label=name)
plt.gca().set(xlabel="frequency (Hz)", ylabel="level (dB)", xlim=(0, 4000))
plt.legend()
plt.show()

# %% [markdown]
# The ground has gone down; the price is that each peak has become wider, about four
# bins instead of two. This trade is never free. There are dozens of windows, and each
# is a different bargain (`dsplab.windows` has seven).
#
# ### Frames
#
# One spectrum of the whole melody would tell which notes are in it, not when. So cut
# the sound into short *frames* that overlap, and look at each by itself. Frame $m$
# begins at sample $mH$, where $H$ is the *hop length*:
# $\mathrm{frames}[n, m] = x[mH + n]$.
#
# **Exercise 4.** Write `frame`: frames are the columns, and there are as many as fit
# whole. How many is that? (Draw 10 samples, frames of 4, hop 3, before you write a
# formula.)


# %% tags=["solution"]
def frame(x, frame_length, hop_length):
    starts = range(0, len(x) - frame_length + 1, hop_length)
    return np.stack([x[s : s + frame_length] for s in starts], axis=-1)


# %% tags=["check"]
check("frame", frame)

# %% [markdown]
# **Exercise 5.** The *short-time Fourier transform* (STFT) is three things you already
# have: frame, window, transform. Write `stft`. Take `np.fft.rfft(..., axis=0)` as
# transform: it computes the first half of the DFT, in about $N \log N$ steps instead of
# $N^2$. (How? Read `dsplab.spectral.fft`, it is twelve lines.)


# %% tags=["solution"]
def stft(x, n_fft, hop_length):
    frames = frame(x, n_fft, hop_length) * hann(n_fft)[:, None]
    return np.fft.rfft(frames, axis=0)


# %% tags=["check"]
check("stft", stft)

# %% [markdown]
# The absolute value of that matrix, in decibels, with time to the right and frequency
# upwards, is the most used picture of sound there is: the *spectrogram*.


# %%
def show_spectrogram(x, n_fft, ax):
    level = 20 * np.log10(np.abs(stft(x, n_fft, n_fft // 4)) + 1e-4)
    extent = (0, len(x) / sample_rate, 0, sample_rate / 2)
    ax.imshow(level, origin="lower", aspect="auto", extent=extent, vmin=-40)
    ax.set(xlabel="time (s)", title=f"frames of {1000 * n_fft / sample_rate:.0f} ms")
    ax.set(ylabel="frequency (Hz)", ylim=(0, 3000))


# %% alt="Spectrograms: short frames show onsets, long ones partials"
fig, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
for ax, n_fft in zip(axes, (128, 1024, 4096), strict=True):
    show_spectrogram(melody, n_fft, ax)
plt.show()

# %% [markdown]
# Read the three from left to right. With frames of 8 ms you see every attack as a sharp
# edge, but no partial: bins are 125 Hz wide. With 256 ms you could measure each partial
# to a few hertz, but the beginnings of the notes are smeared. A frame that is long
# enough to tell two frequencies apart is too long to say when they began. No cleverness
# helps: it is in the formula (exercise 9).
#
# ### And back
#
# A spectrum is only good for changing sounds if there is a way back. First the frames
# must be added up again where they came from.
#
# **Exercise 6.** Write `overlap_add`, the mirror image of `frame`: column $m$ is
# *added* into the result from sample $m H$ on.


# %% tags=["solution"]
def overlap_add(frames, hop_length):
    frame_length, n_frames = frames.shape
    y = np.zeros(frame_length + hop_length * (n_frames - 1))
    for m in range(n_frames):
        y[m * hop_length : m * hop_length + frame_length] += frames[:, m]
    return y


# %% tags=["check"]
check("overlap_add", overlap_add)

# %% [markdown]
# **Exercise 7.** Write `istft`. Take each column back with `np.fft.irfft(X, axis=0)`,
# which gives windowed frames $w x$. Somebody may have changed the spectrum, so that the
# frames no longer fit together; the best compromise, in the sense of least squares, is
# to window *again* and divide by what the windows sum up to:
#
# $$ y[n] = \frac{\sum_m w[n - mH] \; y_m[n - mH]}{\sum_m w[n - mH]^2} $$
#
# Where no window reaches, nothing can be known: there, make sure not to divide by zero.


# %% tags=["solution"]
def istft(X, hop_length):
    frames = np.fft.irfft(X, axis=0)
    w = np.broadcast_to(hann(len(frames))[:, None], frames.shape)
    energy = overlap_add(w**2, hop_length)
    return overlap_add(frames * w, hop_length) / np.maximum(energy, 1e-8)


# %% tags=["check"]
check("istft", istft)

# %% [markdown]
# ## Check
#
# Your functions agree with their definitions. Do they agree with the rest of the world?
# `dsplab.spectral.stft` puts frame $m$ *around* sample $m H$ by padding the signal with
# half a frame of zeros; told not to (`center=False`), it must be yours. And the way
# back must return the melody, to the precision of the machine.

# %%
from dsplab import spectral

X = stft(melody, 1024, 256)
theirs = spectral.stft(melody, n_fft=1024, hop_length=256, center=False)
y = istft(X, 256)
inside = slice(256, len(y) - 256)
print("difference to dsplab:", np.abs(X - theirs).max())
print("difference to the melody:", np.abs(y[inside] - melody[inside]).max())

# %% [markdown]
# ## Play
#
# Now the spectrum is yours to change. (The first and the last 256 samples lie under the
# edge of one window only, where a changed spectrum is divided by next to nothing; we
# leave them out. See exercise 11.) Keep only what is below 600 Hz: the colour goes, the
# notes stay.

# %%
bins = np.arange(513) * sample_rate / 1024
dull = istft(X * (bins < 600)[:, None], 256)[inside]
play(dull, sample_rate, title="the melody below 600 Hz")

# %% [markdown]
# Throw the angles away, and put random ones in their place. Every bin is as strong as
# it was, and the sound is another. Phases are not decoration: they hold *when*, within
# a frame, things happen. (Lesson 9 is mostly about getting them right.)

# %%
angle = np.random.default_rng(0).uniform(0, 2 * np.pi, X.shape)
y = istft(np.abs(X) * np.exp(1j * angle), 256)[inside]
play(y, sample_rate, title="the melody with random phases")

# %% [markdown]
# And a whisper of what is to come: move every bin up by 8, which adds 125 Hz to every
# frequency. 220, 440, 660 become 345, 565, 785, which are multiples of nothing, and the
# string turns into a bell.

# %%
shifted = np.roll(X, 8, axis=0)
shifted[:8] = 0
play(istft(shifted, 256)[inside], sample_rate, title="moved up by 125 Hz")

# %% [markdown]
# ## Exercises
#
# Those above were 1 to 7. These go from changing a number to a proof.
#
# * **8** (change and run). Print `dft(melody[:8])` and compare bin 1 with bin 7, bin 2
#   with bin 6. Write down the rule. Then show it from the formula, by replacing $k$
#   with $N - k$.
# * **9** (measure). Add two sines of equal strength, 220 Hz and 230 Hz. How many
#   samples must a Hann-windowed frame have before you see two peaks? Try other
#   distances. Which law do you find between distance in hertz and length in seconds?
# * **10** (listen). In `Play`, do not keep what is below 600 Hz but what is *louder*
#   than a hundredth of the loudest bin. What is it that you have invented?
# * **11** (think). `istft(stft(x))` is exact only inside. What happens to the first 256
#   and the last samples, and how does `center=True` of `dsplab.spectral.stft` avoid it?
# * **12** (prove). Periodic Hann windows at half overlap sum to one: $w[n] + w[n + N/2]
#   = 1$. Prove it, and then prove that with hop $N/4$ they sum to two.
# * **13** (prove). Show that `overlap_add` is the *transpose* of `frame`: for all $x$
#   and all frames $F$, $\sum_{n,m} \mathrm{frame}(x)[n, m] \, F[n, m] = \sum_n x[n] \,
#   \mathrm{overlap\_add}(F)[n]$. (One line, if you sum over $n + mH$.)

# %% [markdown] tags=["solution"]
# **Answers.** *8.* $X[N-k] = \overline{X[k]}$: $e^{-2\pi i (N-k) n/N} = e^{+2\pi i k n
# / N}$, and $x$ is real. *9.* About 4 bins between the peaks, so length in seconds is
# about 4 / distance in hertz; a little less is enough when the phases are lucky. *10.*
# A noise gate for each frequency: in essence, what noise reduction in audio editors
# does. *11.* They lie under the flank of one window only and are
# divided by nearly zero; with padding every sample of $x$ is reached by full windows.
# *12.* $\cos(a + \pi) = -\cos a$; for hop $N/4$, the four windows are two such pairs.
# *13.* Both sides are $\sum_m \sum_n x[mH + n] \, F[n, m]$.
