# %% [markdown]
# # 14. Sinusoidal and harmonic models
#
# You need lessons 12 and 13. By the end you can take a sound apart into sines that
# come, move and go, measure each to a fraction of a cent, put it together again from a
# list of numbers, and find the harmonics of a voice among all of them.
#
# ## Listen
#
# A bell, and a singer. Both are sums of sines. In the bell the sines are wherever the
# metal puts them, and each dies away by itself; in the voice they are multiples of one
# pitch, and move together.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play, plot_spectrogram
from dsplab.sources.oscillators import harmonic_oscillator
from dsplab.synths import modal

sample_rate = 16000
bell = modal.play([(0.0, 1.5, 57)], sample_rate, patch="bell")[:32000]
play(bell, sample_rate, title="a bell")

# %%
time = np.arange(32000) / sample_rate
f0 = 165 * 2 ** ((np.sin(2 * np.pi * 5 * time) / 4 + 4 * (time > 1)) / 12)
partial = 190 * np.arange(1, 31)
vowel = sum(g * np.exp(-(((partial - f) / 160) ** 2))
            for f, g in [(650, 1.0), (1100, 0.6), (2700, 0.3)])  # fmt: skip
breath = 0.003 * np.random.default_rng(0).standard_normal(time.size)
fade = np.minimum(1, np.minimum(time, 2 - time) * 20)
voice = fade * (0.25 * harmonic_oscillator(f0, vowel, sample_rate) + breath)
play(voice, sample_rate, title="a singer")

# %% [markdown]
# ## Look
#
# Every line in these pictures is a sine. If we knew, for each line and each moment, its
# frequency, its amplitude and its phase, we could throw the sound away.

# %% alt="Spectrograms: level lines of a bell that fade, wavy ones of a voice"
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for ax, x in zip(axes, (bell, voice), strict=True):
    plot_spectrogram(x, sample_rate, n_fft=1024, hop_length=64, ax=ax)
    ax.set(ylim=(0, 4000))
axes[0].set_title("bell")
axes[1].set_title("voice")
plt.show()

# %% [markdown]
# ## Derive
#
# **A sum of sines.** The model is
#
# $$ x(t) = \sum_p A_p(t) \cos \varphi_p(t), \qquad
#    f_p(t) = \frac{1}{2\pi} \varphi_p'(t), $$
#
# with amplitudes and frequencies that change slowly, compared with a frame.
#
# **Peaks.** In the spectrum of a frame each sine is a copy of the window's transform
# (lesson 12). So a sine is a *local maximum*: a bin above both its neighbours. Side
# lobes are maxima, too; a window with low ones and a threshold keep them out.
#
# **Between the bins.** The top of a peak falls between bins as a rule. Around its top,
# the transform of a window, in decibels, is nearly a parabola, because that is what a
# smooth maximum is. With the levels $l$, $m$, $r$ of the three bins at the top, the
# parabola through them has its vertex at
#
# $$ p = \frac{l - r}{2 \, (l - 2m + r)}, \qquad
#    \mathrm{height} = m - \frac{(l - r) \, p}{4}, $$
#
# $p$ bins from the middle one, between $-\frac12$ and $\frac12$. The frequency is $(k +
# p) \, \mathrm{sample\_rate} / N$.
#
# **Tracks.** A peak of this frame goes on in the next if that has a peak near enough in
# frequency, and neither has a nearer one. What finds no successor ends; what has no
# predecessor is born. (McAulay and Quatieri, 1986.)
#
# **Harmonics.** If the sound has one pitch $f_0$, most peaks are near its multiples.
# Harmonic $h$ is the peak nearest to $h f_0$, if it is nearer than some share of $f_0$:
# the rest is noise, or somebody else. Now row $h$ of a table means the same in every
# sound, which is what morphing will need (lesson 16).
#
# ## Implement
#
# **Exercise 1.** Write `find_peaks(level, threshold)`: the indices $k$, ascending, of
# bins that are above the threshold, above their left neighbour, and not below their
# right one. The first and the last bin are none.


# %% tags=["solution"]
def find_peaks(level, threshold):
    left, here, right = level[:-2], level[1:-1], level[2:]
    return 1 + np.flatnonzero((here > left) & (here >= right) & (here > threshold))


# %% tags=["check"]
check("find_peaks", find_peaks)

# %% [markdown]
# **Exercise 2.** Write `vertex(left, here, right)`: place and height of the top of the
# parabola, two numbers. If the three levels are arrays, so are the two.


# %% tags=["solution"]
def vertex(left, here, right):
    p = (left - right) / (2 * (left - 2 * here + right))
    return p, here - (left - right) * p / 4


# %% tags=["check"]
check("vertex", vertex)

# %% [markdown]
# Together they make the sines of a frame. Here are those of the bell.


# %%
from dsplab.windows import blackman_harris


def sines_of(x, n_fft=4096, threshold=-70.0):
    w = blackman_harris(len(x))
    level = 20 * np.log10(np.abs(np.fft.rfft(x * w, n_fft)) * 2 / w.sum() + 1e-9)
    k = find_peaks(level, threshold)
    p, height = vertex(level[k - 1], level[k], level[k + 1])
    return (k + p) * sample_rate / n_fft, height, level


# %% alt="A spectrum of the bell with a dot on the tip of every peak"
frequency, height, level = sines_of(bell[4000:5501])
plt.figure(figsize=(9, 2.8), layout="constrained")
plt.plot(np.arange(level.size) * sample_rate / 4096, level)
plt.plot(frequency, height, "o")
plt.gca().set(xlabel="frequency (Hz)", ylabel="level (dB)", xlim=(0, 1500))
plt.ylim(-90, 0)
plt.show()

# %% [markdown]
# **Exercise 3.** Write `harmonics(peaks, f0, n_harmonics)`: for $h = 1 \dots$
# `n_harmonics` the frequency of the peak that is nearest to $h f_0$, or 0 where none is
# within $f_0 / 3$ of it. `peaks` are frequencies, at least one.


# %% tags=["solution"]
def harmonics(peaks, f0, n_harmonics):
    wanted = f0 * np.arange(1, n_harmonics + 1)
    distance = np.abs(peaks - wanted[:, None])
    nearest = peaks[distance.argmin(axis=1)]
    return np.where(distance.min(axis=1) <= f0 / 3, nearest, 0.0)


# %% tags=["check"]
check("harmonics", harmonics)

# %% [markdown]
# ## Check
#
# How exact is the parabola? A sine at a hundred frequencies between two bins; the
# error of the nearest bin, of your vertex, and of `spectral_peaks` of `dsplab`, which
# knows the window's transform and corrects the parabola by it.


# %%
from dsplab.spectral_models import spectral_peaks

wanted, n = 440 + np.linspace(0, 4, 100), np.arange(1501)
errors = {"bin": [], "parabola": [], "dsplab": []}
for f in wanted:
    x = 0.5 * np.cos(2 * np.pi * f * n / sample_rate)
    errors["bin"] += [round(f * 4096 / sample_rate) * sample_rate / 4096]
    found, height, _ = sines_of(x)
    errors["parabola"] += [found[height.argmax()]]
    found = spectral_peaks(x, sample_rate, n_peaks=1, hop_length=750)
    errors["dsplab"] += [found.frequency[0, 1]]

# %% alt="Errors in cents: bins up to ten, the parabola far below, dsplab at the bottom"
plt.figure(figsize=(9, 2.6), layout="constrained")
for name, found in errors.items():
    cents = 1200 * np.log2(np.array(found) / wanted)
    plt.semilogy(wanted, np.abs(cents) + 1e-9, label=name)
    print(f"{name:10} within {np.abs(cents).max():.2g} cents")
plt.gca().set(xlabel="frequency (Hz)", ylabel="error (cents)")
plt.legend()
plt.show()

# %% [markdown]
# With all frames, tracked, that is `sinusoidal_analysis`. Its result is three tables,
# one row for each partial, one column for each frame; `sinusoidal_synthesis` makes a
# sound of such tables. How much is lost on the way? (The bell has pairs of partials a
# few dozen hertz apart, so its window is long, 94 ms; lesson 12 says how long.)

# %%
from dsplab.spectral_models import sinusoidal_analysis, sinusoidal_synthesis

hop = 64
options = {"hop_length": hop, "n_partials": 60, "window_length": 1501}
partials = sinusoidal_analysis(bell, sample_rate, **options)
y = sinusoidal_synthesis(partials, sample_rate, hop_length=hop, length=bell.size)
inside = slice(2000, -2000)
error = np.linalg.norm((y - bell)[inside]) / np.linalg.norm(bell[inside])
print(partials.frequency.shape, f"error {20 * np.log10(error):.1f} dB")

# %% [markdown]
# ## Play
#
# The bell of sines only, and what the sines are not: the stroke.

# %%
play(y, sample_rate, title="the bell as sines")

# %%
play(bell - y, sample_rate, title="what the sines leave over")

# %% [markdown]
# **Few sines.** The three partials of the bell that are strongest on the whole, and the
# ten strongest.


# %%
def strongest(count):
    loud = np.argsort(-partials.amplitude.sum(axis=1))[:count]
    few = type(partials)(*(table[loud] for table in partials))
    return sinusoidal_synthesis(few, sample_rate, hop_length=hop)


play(strongest(3), sample_rate, title="three partials")

# %%
play(strongest(10), sample_rate, title="ten partials")

# %% [markdown]
# **The singer's harmonics.** `harmonic_analysis` finds the pitch by itself and gives
# row $h - 1$ to harmonic $h$. Below they are drawn over the spectrogram. The threshold
# is above the breath, or peaks of the noise would pass for harmonics.

# %% alt="The spectrogram of the voice, and on each harmonic a line that was found"
from dsplab.spectral_models import harmonic_analysis

options = {"hop_length": hop, "n_harmonics": 24, "threshold_db": -60.0}
sung = harmonic_analysis(voice, sample_rate, **options)
ax = plot_spectrogram(voice, sample_rate, n_fft=1024, hop_length=64)
when = np.arange(sung.frequency.shape[1]) * hop / sample_rate
ax.plot(when, np.where(sung.frequency > 0, sung.frequency, np.nan).T, "c", linewidth=1)
ax.set(ylim=(0, 4000), title="harmonics found")
plt.show()

# %% [markdown]
# With a row for each harmonic, a timbre is easily changed. Only the odd ones: a singer
# in a clarinet.

# %%
odd = sung._replace(amplitude=np.where(np.arange(24)[:, None] % 2, 0, sung.amplitude))
y = sinusoidal_synthesis(odd, sample_rate, hop_length=hop)
play(1.4 * y, sample_rate, title="odd harmonics only")

# %% [markdown]
# Left and right: odd ones on the left, even ones on the right. At first you hear one
# voice in the middle, for the ear puts together what moves together. Then let the right
# side have a vibrato of its own, and the voice falls apart into two.


# %%
def bank(frequency, amplitude):
    """Sines with curves of frequency and amplitude; phases as they come."""
    n = np.arange(hop * (frequency.shape[1] - 1)) / hop
    frames = np.arange(frequency.shape[1])
    f, a = (np.array([np.interp(n, frames, row) for row in table])
            for table in (frequency, amplitude))  # fmt: skip
    return (a * np.cos(2 * np.pi * np.cumsum(f, axis=1) / sample_rate)).sum(axis=0)


# %%
f, a = sung.frequency, sung.amplitude
wobble = 2 ** (0.4 * np.sin(2 * np.pi * 3.7 * when) * (when > 0.8) / 12)
sides = np.stack([bank(f[::2], a[::2]), bank(f[1::2] * wobble, a[1::2])])
play(sides, sample_rate, title="odd ones left, even ones right")

# %% [markdown]
# ## Exercises
#
# Those above were 1 to 3. These go from changing a number to a proof.
#
# * **4** (change and run). In `sines_of`, take Hann instead of Blackman-Harris and
#   lower the threshold to -90. How many peaks do you get? Which of them are none of the
#   bell's?
# * **5** (measure). Give `sines_of` frames of 200, 400, 800 and 3000 samples of the
#   *voice*. When are the harmonics apart, and when does vibrato blur the high ones?
# * **6** (listen). Resynthesise the bell by `bank`, which forgets the phases. Can you
#   hear it? Subtract it from the bell: what does the residual sound like now?
# * **7** (program). Take the parabola through linear amplitudes instead of decibels.
#   How much worse is it, and for which window least?
# * **8** (program). Write the tracking: two lists of peak frequencies in, pairs out. A
#   pair is made of two that are each other's nearest, and nearer than 20 Hz.
# * **9** (think). Harmonic 10 of a voice with a vibrato of 50 cents at 5 Hz moves how
#   many hertz in a second, at most? And while a window of 45 ms lasts? How many bins
#   are that, and what happens to its peak?
# * **10** (think). In `harmonics`, why a third of $f_0$, not a half? What does a stiff
#   string, whose partials are sharp, want instead?
# * **11** (prove). Derive the two formulas of the vertex. Then show that for a Gaussian
#   window the parabola in decibels is exact.

# %% [markdown] tags=["solution"]
# **Answers.** *4.* Hann's side lobes at -31, -41 ... dB now count as peaks, a picket
# fence about every strong partial. *5.* They need 8 periods, 780 samples; from 2000 on
# the upper harmonics move by more than a peak's width within a frame. *6.* Hardly; but
# the residual is as loud as the bell, since waves in other phases do not cancel. *7.*
# By a factor of about ten; least for windows with wide, round peaks. *9.* At $2\pi
# \cdot 5$ times the deviation of 1650 Hz by 2.9 %, some 1500 Hz a second, 68 Hz in 45
# ms: three bins of 22 Hz. The peak becomes wide and low. *10.* At a half, each peak of
# the noise would belong to some harmonic; a third leaves room for what belongs to none.
# A stiff string wants a tolerance that grows with $h$. *11.* Put the curve $y =
# \alpha (x - p)^2 + c$ through the points at -1, 0, 1: $l - r = 4 \alpha p$ and $l -
# 2m + r = 2\alpha$. A Gaussian's transform is a Gaussian, and its logarithm a parabola.
