# %% [markdown]
# # 6. Physical models
#
# You need lesson 1 (spectra) and, for one paragraph, lesson 3 (what a filter does to a
# phase). By the end you can build a guitar string from a burst of noise and an average,
# say why it is out of tune and put it in tune, and make bells; and you know what a
# clarinet and a flute have in common with it.
#
# ## Listen
#
# Nothing you hear here was recorded, and nobody decided on its harmonics. Each sound is
# a small machine that does what a string, a pipe or a bar does.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play
from dsplab.synths import modal, plucked, winds

sample_rate = 16000
tune = [(0.0, 0.4, 57), (0.3, 0.4, 60), (0.6, 0.4, 64), (0.9, 1.2, 69)]
play(
    plucked.play(tune, sample_rate, patch="nylon guitar"), sample_rate, title="strings"
)

# %%
slow = [(0.0, 0.6, 64), (0.6, 0.6, 67), (1.2, 1.2, 72)]
play(winds.play(slow, sample_rate, patch="clarinet"), sample_rate, title="a clarinet")

# %%
play(modal.play(tune, sample_rate, patch="vibraphone"), sample_rate, title="bars")

# %% [markdown]
# ## Look
#
# A string before and after. At first it is pulled into a corner by a finger. Let go,
# the corner does not swing up and down: it runs. Below, the string is drawn at one
# moment after another, left to right; each column is the whole string.

# %% alt="A string over time: its corner runs to the end and back, upside down"
from dsplab.synths.finite_difference import string_motion

x = np.linspace(0, 1, 101)[1:-1]
corner = np.minimum(x / 0.2, (1 - x) / 0.8)
motion = string_motion(corner, 400)
plt.figure(figsize=(9, 2.6))
plt.imshow(motion, aspect="auto", origin="lower", extent=(0, 400, 0, 1), cmap="RdBu")
plt.gca().set(xlabel="steps of time", ylabel="place on the string", title="let go")
plt.colorbar(label="displacement")
plt.show()

# %% [markdown]
# ## Derive
#
# **Two waves.** Every shape on a string is the sum of two that run, one to the left and
# one to the right, each without changing. At an end, where the string cannot move, both
# must add up to zero at all times; so what arrives there goes back *upside down*.
# Twice upside down is as before: after running to one end, to the other and back, each
# wave is where it was. That time is the period. A string of 220 Hz is a *delay* of 1 /
# 220 s whose end feeds its beginning. That is all.
#
# **A loss.** Each reflection takes something away, and more of the treble than of the
# bass. The cheapest filter that does so is the average of two neighbouring samples. For
# a sine of $\omega$ radians a sample,
#
# $$ \frac{1}{2} \left( e^{i \omega n} + e^{i \omega (n-1)} \right)
#    = \cos\frac{\omega}{2} \; e^{i \omega (n - 1/2)}: $$
#
# it is weaker by $\cos(\omega / 2)$, and *late by half a sample*. Both matter. The
# first makes the sound of a string, bright at first and mellow soon. The second belongs
# to the delay: the period is not $N$ samples but $N + \frac{1}{2}$.
#
# **A beginning.** Kevin Karplus and Alex Strong filled the delay with noise. All
# harmonics are there, each by chance stronger or weaker, and no two plucks are alike.
#
# $$ y[n] = \rho \, \frac{y[n - N] + y[n - N - 1]}{2} $$
#
# ## Implement
#
# **Exercise 1.** Write `karplus_strong`. The burst has $N$ samples; they are the
# first of the result. From then on comes the formula, with zero for what was before
# the beginning. A loop will do. (If you want it quick: a whole period depends only on
# the one before.)


# %% tags=["solution"]
def karplus_strong(burst, rho, n_samples):
    periods, last = [burst], 0.0
    while len(burst) * len(periods) < n_samples:
        now = periods[-1]
        before = np.append(last, now[:-1])  # each sample's neighbour
        last = now[-1]
        periods.append(rho * (now + before) / 2)
    return np.concatenate(periods)[:n_samples]


# %% tags=["check"]
check("karplus_strong", karplus_strong)

# %%
rng = np.random.default_rng(1)
burst = rng.uniform(-0.5, 0.5, 73)
y = karplus_strong(burst, 0.996, 2 * sample_rate)
play(y, sample_rate, title="73 samples of noise")

# %% [markdown]
# Its spectrum at the beginning and a second later: the high harmonics have gone first.

# %% alt="Spectra: at first all harmonics; after a second only the low ones"
plt.figure(figsize=(9, 2.6))
for start, label in ((0, "at once"), (sample_rate, "after a second")):
    piece = y[start : start + 4096] * np.hanning(4096)
    level = 20 * np.log10(np.abs(np.fft.rfft(piece)) + 1e-5)
    plt.plot(np.arange(2049) * sample_rate / 4096, level, label=label)
plt.gca().set(xlabel="frequency (Hz)", ylabel="level (dB)", ylim=(-60, 50))
plt.legend()
plt.show()

# %% [markdown]
# **Out of tune.** You wanted A, 220 Hz: $16000 / 220 = 72.73$ samples. With the half
# sample of the average, $N = 72$ gives 220.7 Hz and $N = 73$ gives 217.7 Hz. That is 5
# and 18 cents off, and an octave higher it is twice as bad. The delay must be able to
# wait for a *fraction* of a sample.
#
# An *allpass* filter $y[n] = C x[n] + x[n-1] - C y[n-1]$ lets every frequency through
# with its full strength and only takes time. David Jaffe and Julius Smith put one in
# the loop. With $C = (1 - d) / (1 + d)$ it waits for about $d$ samples, and exactly
# $d$ samples at $\omega$ if
#
# $$ C = \frac{\sin((1 - d)\, \omega / 2)}{\sin((1 + d)\, \omega / 2)}. $$
#
# `dsplab.synths.plucked.string` does so, and counts every filter's delay. How well, you
# can measure: turn the sound back by the frequency it should have. What still turns is
# the error.


# %%
def cents_off(y, frequency):
    tone = y * np.exp(-2j * np.pi * frequency * np.arange(len(y)) / sample_rate)
    a, b = (np.hanning(4000) @ tone[k : k + 4000] for k in (2000, 3000))
    hertz = np.angle(b / a) * sample_rate / (2 * np.pi * 1000)
    return 1200 * np.log2(1 + hertz / frequency)


from dsplab.synths.plucked import string

push = np.pad(burst, (0, 20000))
tuned = string(push, np.full(len(push), 220.0), sample_rate)
print(f"73 samples and a half:  {cents_off(y, 220.0):8.4f} cents")
print(f"with a tuning allpass:  {cents_off(tuned, 220.0):8.4f} cents")

# %% [markdown]
# **What is struck.** A bell is no string: nothing runs back and forth in one line, and
# its partials are not multiples of anything. One can still say what it does. It has
# *modes*, each with a frequency, each dying away at its own pace:
#
# $$ y(t) = \sum_k 10^{-3 t / T_k} \sin(2 \pi f_k t). $$
#
# $T_k$ is the time in which mode $k$ becomes a thousand times weaker, 60 dB.
#
# **Exercise 2.** Write `ring`.


# %% tags=["solution"]
def ring(frequencies, t60, n_samples, sample_rate):
    t = np.arange(n_samples) / sample_rate
    sines = np.sin(2 * np.pi * frequencies[:, None] * t)
    return (10 ** (-3 * t / t60[:, None]) * sines).sum(axis=0)


# %% tags=["check"]
check("ring", ring)

# %%
church = 220 * np.array([0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0])
bell = ring(church, 4.0 * (220 / church) ** 0.8, 4 * sample_rate, sample_rate)
play(0.08 * bell, sample_rate, title="a church bell")

# %% [markdown]
# The third number, 1.2, is a minor third above the note that you hear: the reason why
# bells sound sad. Make it 1.25 (bell founders have, with great effort, since 1985).
#
# ## Check
#
# `dsplab.synths.modal.modes` computes all the sines as one product of matrices. Is it
# the same sum? And is your string that of `plucked.string`, if both have the same
# period? (The library's delay may have any length; we ask for $N + \frac{1}{2}$.)

# %%
decays = 4.0 * (220 / church) ** 0.8
theirs = modal.modes(church, decays, 1.0, sample_rate=sample_rate, n_samples=len(bell))
print("bell:  ", np.abs(bell - theirs).max())
f0 = sample_rate / 73.5
t60 = -3 / (np.log10(0.996 * np.cos(np.pi * f0 / sample_rate)) * f0)
theirs = string(np.pad(burst, (0, 9927)), np.full(10000, f0), sample_rate, t60=t60)
print("string:", np.abs(karplus_strong(burst, 0.996, 10000) - theirs).max())

# %% [markdown]
# ## Play
#
# Pluck the string at another place, bend it, damp it with the palm of your hand. What
# bends the note is a delay that changes while the wave is in it.

# %%
length = 2 * sample_rate
bend = 110.0 * 2 ** (np.interp(np.arange(length), [0, 6000, 14000], [0, 0, 3]) / 12)
y = plucked.voice(bend, 1.5, sample_rate, patch="steel guitar")
play(y, sample_rate, title="three semitones up")

# %% [markdown]
# A clarinet is a delay as well. At its open end the wave turns round upside down, at
# the reed it does not, so it takes *two* rounds until all is as before: a clarinet is
# half as long as a flute of the same pitch, and has only odd harmonics. And it does not
# die away. The reed is a valve: the wave in the pipe opens and closes it, and each time
# the breath gives back what the pipe has lost.

# %% alt="Spectrum of a clarinet: odd harmonics strong, even ones weak"
note = winds.voice(np.full(length, 220.0), 1.8, sample_rate, patch="clarinet")
piece = note[8000:16192] * np.hanning(8192)
level = 20 * np.log10(np.abs(np.fft.rfft(piece)) + 1e-5)
plt.figure(figsize=(9, 2.6))
plt.plot(np.arange(4097) * sample_rate / 8192 / 220, level)
plt.gca().set(xlabel="harmonic", ylabel="level (dB)", xlim=(0, 12), ylim=(-50, 65))
plt.show()

# %%
flutes = winds.play(slow, sample_rate, patch="shakuhachi")
play(flutes, sample_rate, title="a jet of air instead of a reed")

# %% [markdown]
# ## Exercises
#
# Those above were 1 and 2.
#
# * **3** (change and run). Fill the burst with a single click instead of noise, then
#   with one period of a sine. What do you hear, and why?
# * **4** (change and run). Turn the sign of what comes back at random, sample by
#   sample, with probability one half. What instrument is it?
# * **5** (measure). With $\rho = 1$, how long does harmonic 1 of 220 Hz take to fall by
#   60 dB, how long harmonic 4? Compare with the formula of exercise 7.
# * **6** (listen). Pluck `string` in the middle: subtract from the burst itself, half a
#   period late. Which harmonics are gone? What do players call this?
# * **7** (prove). Show that harmonic $k$ falls by 60 dB in $T_{60} = -60 / (20
#   \log_{10}(\rho \cos(\pi k f_0 / f_s)) \, f_0)$ seconds.
# * **8** (prove). A wave goes round once in $T$ samples, with sign $-1$. Show that it
#   repeats after $2 T$, and that only odd multiples of $f_s / (2 T)$ can be in it.
# * **9** (think). A clarinet is closed at one end, a flute open at both, and they are
#   about equally long. Which one plays the lower notes, by how much, and what else is
#   different in its tone?

# %% [markdown] tags=["solution"]
# **Answers.** *3.* A click has all harmonics alike: a string let go in one point,
# harder and always the same; the sine stays a sine, it loses only strength. *4.* A
# drum: no wave comes back to itself, so there is no pitch, but the loss of treble
# stays. *5.* 33.6 s and 2.1 s: $-3 / (\log_{10} \cos(\pi k \cdot 220 / 16000) \cdot
# 220)$. *6.* The even ones, which have a node in the middle; flautando. *7.* In a
# second a harmonic goes round $f_0$ times and each time is multiplied by $\rho
# \cos(\omega / 2)$ with $\omega = 2 \pi k f_0 / f_s$; so it falls by $-20 \log_{10}
# (\rho \cos(\omega / 2)) f_0$ dB a second. *8.* Twice $-1$ is 1. A sine of $f$ comes
# back as itself with the other sign if $T f / f_s$ is a whole number and a half. *9.*
# The clarinet: its wave comes back upside down and needs two rounds, so it is an octave
# lower; and by exercise 8 it has only odd harmonics.
