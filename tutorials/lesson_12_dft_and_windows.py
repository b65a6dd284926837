# %% [markdown]
# # 12. The DFT and its windows
#
# You need lesson 1 (the DFT, the Hann window). By the end you can read a spectrum and
# say which of its shapes come from the sound and which from the window, choose a window
# for a purpose, measure a phase that means something, and filter by multiplying
# spectra. Lessons 13 to 16 stand on this one.
#
# ## Listen
#
# A tone, and with it a second one, 54 dB weaker: five hundred times less. First the
# strong one alone, then both. The difference is small, but you hear it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play

sample_rate = 16000
time = np.arange(2 * sample_rate) / sample_rate
strong = 0.5 * np.sin(2 * np.pi * 445 * time)
play(strong, sample_rate, title="445 Hz")

# %%
weak = 0.001 * np.sin(2 * np.pi * 1300 * time)
both = strong + weak
play(both, sample_rate, title="445 Hz, and 1300 Hz far below it")

# %% [markdown]
# The ear finds the weak tone beside one that has a quarter of a million times its
# power. Does a spectrum?
#
# ## Look
#
# Here are the DFTs of the same 512 samples of both tones, once as they are and once
# under two windows. The weak tone is in all three.


# %%
def level_db(x, w, n_fft):
    """Level of each bin; a sine of amplitude 1 has 0 dB."""
    X = np.fft.rfft(x * w, n_fft) * 2 / w.sum()
    return 20 * np.log10(np.abs(X) + 1e-9)


def show_levels(curves, n_fft, **limits):
    plt.figure(figsize=(9, 2.7), layout="constrained")
    for name, level in curves.items():
        plt.plot(np.arange(level.size) * sample_rate / n_fft, level, label=name)
    plt.gca().set(xlabel="frequency (Hz)", ylabel="level (dB)", **limits)
    plt.legend()


# %% alt="Three spectra: only under the Blackman-Harris window the weak tone stands out"
from dsplab import windows

piece = both[:512]
curves = {name: level_db(piece, windows.get_window(name, 512), 512)
          for name in ("rectangular", "hann", "blackman_harris")}  # fmt: skip
show_levels(curves, 512, xlim=(0, 3000), ylim=(-120, 3))
plt.show()

# %% [markdown]
# Without a window the weak tone is lost under the skirts of the strong one. Under
# *Hann* it rises from a slope. Under *Blackman-Harris* it stands free, 54 dB below the
# other, as it should; but both peaks have become fat. Where do the skirts come from,
# and why does each window have its own?
#
# ## Derive
#
# **A sine under a window.** Take $N$ samples of a complex sine of frequency $f_0$ (in
# bins: periods in $N$ samples) and multiply them by a window $w$. The sum that asks for
# frequency $f$ is
#
# $$ \sum_n w[n] \, e^{2\pi i f_0 n / N} \, e^{-2\pi i f n / N}
#    = \sum_n w[n] \, e^{-2\pi i (f - f_0) n / N} = W(f - f_0). $$
#
# The transform of the window, moved to where the sine is. Nothing else is ever seen:
# *a spectrum is a sum of copies of* $W$, one for each sine in the sound, each as high
# as the sine is strong. For a real sine, one copy is at $f_0$ and one at $-f_0$.
#
# **No window is a window.** Cutting out $N$ samples multiplies by a rectangle, and its
# transform is the sum of a geometric series,
#
# $$ W(f) = \frac{\sin \pi f}{\sin (\pi f / N)} \, e^{-i \pi f (N-1) / N}. $$
#
# It is zero at all whole $f$ but 0. So a sine that fits whole into the frame shows as
# one bin, because all others lie on the zeros; any other sine shows the lobes between
# the zeros, and the first of them is only 13 dB down.
#
# **Sums of cosines.** A cosine is two complex exponentials, so multiplying by a cosine
# of $k$ periods adds copies of $W$ that are moved by $k$ bins. The common windows are
# $w[n] = a_0 - a_1 \cos(2\pi n/N) + a_2 \cos(4\pi n/N) - \dots$, with $a$ chosen such
# that the lobes of the copies cancel. Each further term lowers the lobes and makes the
# peak two bins wider:
#
# | window | $a$ | width of the peak, bins | highest side lobe |
# | --- | --- | --- | --- |
# | rectangular | 1 | 2 | -13 dB |
# | Hann | 0.5, 0.5 | 4 | -31 dB |
# | Hamming | 0.54, 0.46 | 4 | -43 dB |
# | Blackman | 0.42, 0.5, 0.08 | 6 | -58 dB |
# | Blackman-Harris | 0.35875, 0.48829, 0.14128, 0.01168 | 8 | -92 dB |
#
# Two sines are seen as two when they are a peak's width apart: *resolution* is the
# width in bins times `sample_rate / N`. Resolution is bought with length, and only with
# length.
#
# **Zero padding.** Put zeros behind the frame and take a longer DFT. The sum runs over
# the same samples, but asks for more frequencies: the same curve $W$, drawn with more
# points. Peaks become no narrower. They are only drawn smoothly, so that their tops can
# be found.

# %% alt="One spectrum of 64 samples: 33 dots, and a smooth curve through them"
x, w = both[:64], windows.hann(64)
show_levels({"zeros up to 4096 samples": level_db(x, w, 4096)}, 4096)
plt.plot(np.arange(33) * sample_rate / 64, level_db(x, w, 64), "o", label="no zeros")
plt.gca().set(xlim=(0, 3000), ylim=(-90, 3))
plt.legend()
plt.show()

# %% [markdown]
# **What is the phase a phase of?** A delay by $d$ samples multiplies bin $k$ by
# $e^{-2\pi i k d / N}$ (put $n - d$ for $n$ in the sum). So the phase of a bin tells
# where the frame *begins*, as much as how the sine is going. It is clearer to count
# time from the middle of the frame: then a window that is symmetric about its middle
# has a real transform, all of the peak has one phase, and it is that of the sine in the
# middle of the frame. The DFT knows no negative time, but it is periodic: sample $-1$
# is sample $N - 1$. So the second half of the windowed frame goes to the start of the
# buffer, the first half to its end, and the zeros come between. This is *zero-phase
# windowing*.
#
# ## Implement
#
# **Exercise 1.** A DFT loses nothing. Write the way back,
#
# $$ x[n] = \frac{1}{N} \sum_k X[k] \, e^{+2\pi i k n / N}, $$
#
# with a loop or one matrix. The result is complex, as a spectrum need not be one of a
# real sound.


# %% tags=["solution"]
def idft(X):
    n = np.arange(len(X))
    return np.exp(2j * np.pi * np.outer(n, n) / len(X)) @ X / len(X)


# %% tags=["check"]
check("idft", idft)

# %% [markdown]
# **Exercise 2.** Write `zero_phase_spectrum(x, w, n_fft)`. `x` and `w` have the same
# odd number of samples, at most `n_fft`. Multiply; put the middle sample at index 0 of
# a buffer of `n_fft` zeros, what comes after it behind it, what comes before it at the
# end of the buffer; take `np.fft.rfft`; divide by the sum of the window, so that a
# constant of 1 has 1 in bin 0.


# %% tags=["solution"]
def zero_phase_spectrum(x, w, n_fft):
    half = len(x) // 2
    buffer = np.zeros(n_fft)
    buffer[: half + 1] = (x * w)[half:]
    buffer[n_fft - half :] = (x * w)[:half]
    return np.fft.rfft(buffer) / w.sum()


# %% tags=["check"]
check("zero_phase_spectrum", zero_phase_spectrum)

# %% [markdown]
# What is it good for? Below is a cosine of 1 radian in the middle of its frame. The
# phase of the plain DFT turns by more than a radian from bin to bin, and says nothing
# to the eye. That of the zero-phase spectrum is flat over the whole peak, and it is 1.

# %%
n = np.arange(-200, 201)
x = np.cos(2 * np.pi * 1000 * n / sample_rate + 1.0)
w = windows.hann(401, symmetric=True)

# %% alt="Phases near a peak: one jumps up and down, the other lies flat at 1 radian"
bins = np.arange(513) * sample_rate / 1024
plt.figure(figsize=(9, 2.5), layout="constrained")
plt.plot(bins, np.angle(np.fft.rfft(x * w, 1024)), ".-", label="from the start")
middle = np.angle(zero_phase_spectrum(x, w, 1024))
plt.plot(bins, middle, "o-", label="from the middle")
plt.gca().set(xlabel="frequency (Hz)", ylabel="phase (rad)", xlim=(930, 1070))
plt.legend()
plt.show()

# %% [markdown]
# ## Check
#
# Your inverse, and the one of the library; and the side lobes of the table, measured:
# transform each window with many zeros, walk down from the top to the first valley,
# and take the highest that is beyond it.


# %%
def highest_side_lobe(w):
    W = 20 * np.log10(np.abs(np.fft.rfft(w, 64 * len(w))) / w.sum() + 1e-9)
    first_valley = np.argmax(np.diff(W) > 0)
    return W[first_valley:].max()


# %%
from dsplab import spectral

noise = np.random.default_rng(0).standard_normal(64)
print("way back:", np.abs(idft(spectral.dft(noise)) - noise).max())
for name, window in windows.WINDOWS.items():
    print(f"{name:16} {highest_side_lobe(window(257)):6.1f} dB")

# %% [markdown]
# ## Play
#
# **Few bins.** Take one DFT of a whole sound, of two seconds, keep only its strongest
# bins, and go back. A plucked chord with 30, with 300 and with 3000 of its 16001 bins.

# %%
from dsplab.synths.plucked import play as pluck

chord = pluck([(0.0, 1.9, n) for n in (45, 52, 57, 61)], sample_rate,
              patch="nylon guitar")[: 2 * sample_rate]  # fmt: skip
X = np.fft.rfft(chord)


def strongest(count):
    least = np.sort(np.abs(X))[-count]
    return np.fft.irfft(np.where(np.abs(X) >= least, X, 0))


# %%
play(strongest(30), sample_rate, title="30 bins of 16001")

# %%
play(strongest(300), sample_rate, title="300 bins")

# %%
play(strongest(3000), sample_rate, title="3000 bins")

# %% [markdown]
# With 30 bins the chord is there, but nothing begins and nothing ends: each bin is a
# sine that lasts for the whole two seconds. To make a beginning out of sines without
# one, very many must work together, and so the pluck comes back last.
#
# **Backwards.** For a real sound, the conjugate spectrum belongs to the sound in
# reverse. No sample is moved, only angles change their sign.

# %%
backwards = np.fft.irfft(np.conj(X))
play(backwards, sample_rate, title="the conjugate spectrum")

# %% [markdown]
# **A room.** When two spectra are multiplied, the sounds are *convolved*: each sample
# of the one starts a copy of the other,
# $y[n] = \sum_m x[m] \, h[n - m]$. If $h$ is what a room answers to a clap, $y$ is the
# sound in that room. Here $h$ is a noise that dies away, which is most of what a room
# is. The DFT is periodic, so leave as many zeros as the echo is long, or the end of the
# sound is heard at its beginning.

# %%
t = np.arange(sample_rate) / sample_rate
room = np.random.default_rng(1).standard_normal(t.size) * np.exp(-7 * t)
room *= 0.02 * np.minimum(200 * t, 1)
n_fft = chord.size + room.size
wet = np.fft.irfft(np.fft.rfft(chord, n_fft) * np.fft.rfft(room, n_fft), n_fft)
play(0.6 * wet + 0.6 * np.pad(chord, (0, room.size)), sample_rate, title="in a room")

# %% alt="Levels of chord, room and their product, which is the sum of both in decibels"
parts = {"chord": chord, "room": 10 * room, "chord in the room": 10 * wet}
every = {name: level_db(x, np.ones(x.size), n_fft) for name, x in parts.items()}
every = {name: level - level.max() for name, level in every.items()}
show_levels(every, n_fft, xlim=(100, 400), ylim=(-90, 3))
plt.show()

# %% [markdown]
# ## Exercises
#
# Those above were 1 and 2. These go from changing a number to a proof.
#
# * **3** (change and run). In `Look`, move the weak tone towards the strong one: 700
#   Hz, 550 Hz, 500 Hz. Which window shows it longest, and with how many samples?
# * **4** (measure). Take two sines of equal strength, 440 and 470 Hz. How many samples
#   does each of the five windows need until you see two peaks? Compare with the table.
# * **5** (listen). Keep the 300 *weakest* bins of the chord, made louder. What have you
#   got? And the strongest 300, all with phase 0?
# * **6** (program). Delay the chord by half a sample with the shift theorem. Then by a
#   quarter of its length: where is its end now?
# * **7** (program). Find the frequency of `strong` from 512 samples to a hundredth of a
#   hertz, by zero padding alone. How large must `n_fft` be? (Lesson 14 does it with one
#   parabola.)
# * **8** (think). Why must the frame of exercise 2 have an odd number of samples, and
#   what would happen to the phases if it had an even one?
# * **9** (prove). Show that the sum of $|x[n]|^2$ is that of $|X[k]|^2$, divided by $N$
#   (Parseval). Which step is the one from lesson 1, that the exponentials do not mix?
# * **10** (prove). Show that the periodic Hann window of length $N$, whose DFT of
#   length $N$ is taken, has exactly three bins that are not zero, and which values they
#   have.

# %% [markdown] tags=["solution"]
# **Answers.** *3.* Down to 700 Hz or so Blackman-Harris: the peak of each tone reaches
# 4 bins, 125 Hz, to either side, and the weak one drowns where they meet; nearer, a
# longer frame is the only help. *4.* About 16000 / 30 = 533 samples times half of the
# width in bins, a little less with lucky phases. *5.* The pluck, the hiss and the
# reverberation; and a click followed by a very blurred chord, since all sines now begin
# together at 0. *6.* Its end is at the beginning: the DFT turns in a circle. *7.* About
# 16000 / 0.01 = 1.6 million. *8.* An even one has no middle sample; the middle lies
# between two, and the phase of bin $k$ would be off by half a sample, $\pi k / N$. *9.*
# Write $x$ as the inverse DFT of $X$, exchange the sums; the exponentials of different
# $k$ give 0. *10.* The cosine is $\frac12 e^{+} + \frac12 e^{-}$: bin 0 has $N/2$, bins
# 1 and $N-1$ have $-N/4$.
