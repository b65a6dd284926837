# %% [markdown]
# # 3. Filters
#
# You need lesson 1 (spectra) and complex numbers. By the end you can read a filter off
# a picture with crosses and circles, write one that sweeps as fast as you like without
# blowing up, and know why the obvious one does.
#
# ## Listen
#
# A saw contains every harmonic. A *filter* takes some of them away. Here the saw is
# alone, and then behind the filter of a synthesizer whose *cutoff*, the frequency above
# which it takes away, falls after each note and whose *resonance* makes it whistle.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.filters import design, response
from dsplab.show import play
from dsplab.sources.oscillators import oscillator

# %%
sample_rate = 16000
n = np.arange(3 * sample_rate)
notes = 55.0 * 2.0 ** (np.array([0, 0, 12, 0, 3, 0, 10, 12])[n // 6000] / 12)
saw = 0.3 * oscillator(notes, sample_rate, shape="saw")
play(saw, sample_rate, title="a saw")

# %%
from dsplab.filters.ladder import ladder

cutoff = 150.0 + 3000.0 * np.exp(-(n % 6000) / 1200)
y = ladder(saw, cutoff, sample_rate, resonance=0.85)
play(y, sample_rate, title="the same saw through a ladder filter")

# %% [markdown]
# ## Look
#
# A filter that stands still is known completely by what it does to each sine: how much
# louder or softer it comes out (*magnitude*), and how far it is shifted (*phase*). The
# lowpass below has a cutoff of 1 kHz; its resonance is a number called $q$.

# %%
frequency = np.geomspace(50.0, 7900.0, 500)


def draw(axes, q):
    b, a = design.second_order("lowpass", 1000.0, sample_rate, q=q)
    level = response.magnitude_db(b, a, frequency, sample_rate=sample_rate)
    angle = response.phase_response(b, a, frequency, sample_rate=sample_rate)
    axes[0].semilogx(frequency, level, label=f"q = {q}")
    axes[1].semilogx(frequency, angle / np.pi)


# %% alt="Magnitude responses: three lowpasses, the one of q 8 with a high peak"
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for q in (0.5, 0.707, 8.0):
    draw((left, right), q)
left.set(xlabel="frequency (Hz)", ylabel="gain (dB)", ylim=(-50, 22))
right.set(xlabel="frequency (Hz)", ylabel="angle / pi")
left.legend()
plt.show()

# %% [markdown]
# ## Derive
#
# **One sample later is a factor.** Write a sine as $z^n$, with $z = e^{i \omega}$ and
# $\omega = 2 \pi f / \mathrm{sample\_rate}$. One sample earlier it was $z^{n-1} =
# z^{-1} z^n$: to wait for one sample is to multiply by $z^{-1}$. So the *difference
# equation*
#
# $$ y[n] = b_0 x[n] + b_1 x[n-1] + b_2 x[n-2] - a_1 y[n-1] - a_2 y[n-2] $$
#
# makes of each sine $z^n$ the sine $H(z) \, z^n$, with the *transfer function*
#
# $$ H(z) = \frac{b_0 + b_1 z^{-1} + b_2 z^{-2}}{1 + a_1 z^{-1} + a_2 z^{-2}}. $$
#
# **Zeros and poles.** Where the numerator is 0, nothing comes out: a *zero*. Where the
# denominator is 0, something comes out although nothing goes in: a *pole*, a ringing.
# Frequencies live on the circle $|z| = 1$. Walk along it: near a pole $H$ is large,
# near a zero it is small. A pole at $r e^{i \theta}$ rings at the angle $\theta$ and
# dies away as $r^n$; outside of the circle it would grow for ever.

# %% alt="Unit circle with two poles near it at 22 degrees and a double zero at -1"
b, a = design.second_order("lowpass", 1000.0, sample_rate, q=8.0)
zeros, poles, gain = response.poles_and_zeros(b, a)
circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
plt.figure(figsize=(3.5, 3.5))
plt.plot(circle.real, circle.imag, linewidth=0.8)
plt.plot(poles.real, poles.imag, "x", markersize=9, label="poles")
plt.plot(zeros.real, zeros.imag, "o", fillstyle="none", label="zeros (two)")
plt.gca().set(aspect="equal", xlabel="real part", ylabel="imaginary part")
plt.legend(loc="lower left")
plt.show()

# %% [markdown]
# ## Implement
#
# **Exercise 1.** Write `biquad`, the difference equation. Before their start, $x$ and
# $y$ are 0.


# %% tags=["solution"]
def biquad(b, a, x):
    y = np.zeros(len(x))
    for n in range(len(x)):
        for k in range(min(n, 2) + 1):
            y[n] += b[k] * x[n - k]
            if k > 0:
                y[n] -= a[k] * y[n - k]
    return y


# %% tags=["check"]
check("biquad", biquad)

# %% [markdown]
# **Where do the coefficients come from?** From circuits. An analogue filter is a
# transfer function in $s = i \, 2 \pi f$; the lowpass of our pictures is
#
# $$ H(s) = \frac{1}{s^2 + s / q + 1} $$
#
# for a cutoff of 1. An integrator is $1 / s$. Replace every integral by the trapezoidal
# rule, $y[n] = y[n-1] + \frac{1}{2} (x[n] + x[n-1])$, which is $\frac{1}{2} (1 +
# z^{-1}) / (1 - z^{-1})$, and you have put
#
# $$ s = c \, \frac{1 - z^{-1}}{1 + z^{-1}} $$
#
# into $H$: the *bilinear transform*. On the circle it is $s = i c \tan(\omega / 2)$. So
# the frequencies are bent, but with $c = 1 / \tan(\omega_c / 2)$ the cutoff stays where
# it belongs. That is all `design.second_order` does.

# %%
g = np.tan(np.pi * 1000.0 / sample_rate)
mine = design.bilinear([1.0], [1.0, 1.0 / 8.0, 1.0], 0.5 / g)  # c = 2 (0.5 / g)
print(mine[0] - b, mine[1] - a)

# %% [markdown]
# ### A filter that moves
#
# Compute new coefficients for each sample, and `biquad` can be swept. Slowly that
# works. Watch what happens when the cutoff goes two octaves up and down, 500 times a
# second. (The library's `direct_form` is your loop with coefficients for each sample.)

# %%
from dsplab.filters.time_varying import direct_form
from dsplab.filters.time_varying import state_variable as library_filter

noise = np.random.default_rng(0).uniform(-0.4, 0.4, 1500)
octaves = 2 * np.sin(2 * np.pi * 500 * np.arange(1500) / sample_rate)
swept = np.minimum(1000.0 * 2.0**octaves, 7800.0)
b_n, a_n = design.second_order("lowpass", swept, sample_rate, q=50.0)

# %% alt="Two waves: the difference equation explodes, the state-variable does not"
fig, axes = plt.subplots(1, 2, figsize=(9, 2.5), layout="constrained")
axes[0].plot(direct_form(noise, b_n, a_n))
axes[0].set(title="difference equation", xlabel="samples")
axes[1].plot(library_filter(noise, swept, sample_rate, q=50.0))
axes[1].set(title="two integrators", xlabel="samples")
plt.show()

# %% [markdown]
# Look at the scale on the left. What the difference equation remembers are old
# *outputs*, and under new coefficients they mean more energy than there was. A circuit
# remembers *charges*. So simulate the circuit: two integrators in a loop, each a
# trapezoid with one memory, $s_1$ and $s_2$. The loop has no delay, and needs none: its
# equation is linear, and solved by one division.
#
# $$ \mathrm{band} = \frac{s_1 + g \, (x - s_2)}{1 + g \, (g + 1/q)}, \qquad
# \mathrm{low} = s_2 + g \, \mathrm{band}, $$
#
# $$ s_1 \leftarrow 2 \, \mathrm{band} - s_1, \qquad s_2 \leftarrow 2 \, \mathrm{low} -
# s_2, \qquad g = \tan(\pi \, \mathrm{cutoff} / \mathrm{sample\_rate}). $$
#
# **Exercise 2.** Write `state_variable`, the lowpass of it, with a `cutoff` for each
# sample.


# %% tags=["solution"]
def state_variable(x, cutoff, q, sample_rate):
    y, s1, s2 = np.zeros(len(x)), 0.0, 0.0
    for n in range(len(x)):
        g = np.tan(np.pi * cutoff[n] / sample_rate)
        band = (s1 + g * (x[n] - s2)) / (1 + g * (g + 1 / q))
        y[n] = s2 + g * band
        s1, s2 = 2 * band - s1, 2 * y[n] - s2
    return y


# %% tags=["check"]
check("state_variable", state_variable)

# %% [markdown]
# ## Check
#
# Standing still, the two filters are one and the same. Moving, yours must be the
# library's, which solves all samples at once as a system of equations.

# %%
click = np.eye(1, 2000)[0]
still = state_variable(click, np.full(2000, 1000.0), 8.0, sample_rate)
print("against biquad:", np.abs(still - biquad(b, a, click)).max())
moving = state_variable(noise, swept, 50.0, sample_rate)
theirs = library_filter(noise, swept, sample_rate, q=50.0)
print("against the library:", np.abs(moving - theirs).max())

# %% [markdown]
# ## Play
#
# Your filter, on the saw, with a slow wave at the cutoff.

# %%
wah = 500.0 * 2.0 ** (2 * np.sin(2 * np.pi * 1.5 * n / sample_rate))
play(state_variable(saw, wah, 6.0, sample_rate), sample_rate, title="wah")

# %% [markdown]
# Faster than you can hear it as a movement: 180 times a second. The filter becomes an
# instrument of its own.

# %%
growl = 700.0 * 2.0 ** (2 * np.sin(2 * np.pi * 180 * n / sample_rate))
play(state_variable(saw, growl, 8.0, sample_rate), sample_rate, title="growl")

# %% [markdown]
# And several resonances in a row, where a throat has them: *formants*. The position
# moves from vowel to vowel.

# %%
from dsplab.filters.formants import formant_filter, vowel_curve

buzz = oscillator(np.full(len(n), 110.0), sample_rate, shape="saw")
position = np.linspace(0.0, 4.0, len(n))
throat = vowel_curve(["a", "e", "i", "o", "u"], position)
speech = formant_filter(buzz, throat, sample_rate)
play(0.1 * speech, sample_rate, title="a, e, i, o, u")

# %% [markdown]
# ## Exercises
#
# * **3** (change and run). Put `resonance=1.0` into the ladder of the first cell. What
#   is it now? Then add `drive=2.0`.
# * **4** (listen). Play white noise through `state_variable` with $q = 200$, a cutoff
#   of 440 Hz for half a second and of 660 Hz afterwards. How long does it take until
#   you hear the new note? Which law connects that time with $q$ and the cutoff?
# * **5** (measure). In the picture of poles and zeros, change the cutoff, then $q$. How
#   do the poles move? Predict where they are for $q = 0.5$, then look.
# * **6** (derive). Which $H(s)$ have `band` and `high` $= x - \mathrm{band} / q -
#   \mathrm{low}$? Add up all three, with the right factor for `band`.
# * **7** (prove). Show that the bilinear transform takes the left half of the $s$ plane
#   to the inside of the circle, so that stable circuits become stable filters.
# * **8** (prove). The ladder is $1 / ((1 + s)^4 + k)$. Show that it oscillates for $k =
#   4$, at $s = i$.
# * **9** (prove). Two lowpasses with $q = 1/\sqrt{2}$ in a row are 6 dB down at the
#   cutoff. Show that with $q = 0.541$ and $1.307$ they are 3 dB down, and that
#   $|H|^2 = 1 / (1 + \omega^8)$: Butterworth's filter of order 4.

# %% [markdown] tags=["solution"]
# **Answers.** *3.* A sine that does not stop: an oscillator; with drive its loudness
# limits itself. *4.* About $q / (\pi f)$ seconds, the time in which a pole's ringing
# falls to a third: narrow filters are slow. *5.* The cutoff turns them along the
# circle, $q$ moves them towards it; at 0.5 they meet on the real axis. *6.* $s / d$ and
# $s^2 / d$ with $d = s^2 + s/q + 1$; low + band / q + high is $x$. *7.* $z = (c + s) /
# (c - s)$, and $|c + s| < |c - s|$ where the real part of $s$ is negative. *8.* $(1 +
# i)^4 = -4$. *9.* $|s^2 + s/q + 1|^2 = 1 + (1/q^2 - 2) \omega^2 + \omega^4$ on $s = i
# \omega$, and $1/q^2 - 2 = \pm\sqrt{2}$ for the two: in the product $(1 + \omega^4)^2 -
# 2\omega^4$ only $1 + \omega^8$ is left, which is 2 at the cutoff.
