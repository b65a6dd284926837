# %% [markdown]
# # 4. Frequency modulation
#
# You need lesson 1 (spectra). By the end you can make bells, brass and basses from two
# sines, and say beforehand which partials they will have, and how strong.
#
# ## Listen
#
# Vibrato: the pitch of a tone goes up and down, six times a second. A player does it
# with a finger; here one sine moves the pitch of another.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play

sample_rate = 16000
t = np.arange(2 * sample_rate) / sample_rate
play(0.4 * np.sin(2 * np.pi * 440 * t + 5 * np.sin(2 * np.pi * 6 * t)), sample_rate,
     title="440 Hz, moved 6 times a second")  # fmt: skip

# %% [markdown]
# Now let the movement become faster and faster, from 1 to 220 times a second. For a
# while you hear the pitch move. Somewhere around 20 the ear gives up following, and
# something else is there: a *timbre*. Nothing has been added but a quicker finger.

# %%
rate = 220 ** (t / t[-1])
finger = np.cumsum(rate) / sample_rate
play(0.4 * np.sin(2 * np.pi * 440 * t + 5 * np.sin(2 * np.pi * finger)), sample_rate,
     title="from vibrato to timbre")  # fmt: skip

# %% [markdown]
# John Chowning heard this in Stanford in 1967. Sixteen years later it was the Yamaha
# DX7, and on half of the records of the decade.
#
# ## Look
#
# The spectrum of the end of that sound, where a sine of 440 Hz (the *carrier*) is moved
# by one of 220 Hz (the *modulator*). Lesson 1 would expect one line for a sine. There
# is a whole series.


# %%
def show_spectrum(y, title):
    window = np.hanning(len(y))
    level = 20 * np.log10(np.abs(np.fft.rfft(y * window)) / (window.sum() / 2) + 1e-6)
    plt.figure(figsize=(9, 2.5))
    plt.plot(np.fft.rfftfreq(len(y), 1 / sample_rate), level)
    plt.gca().set(xlabel="frequency (Hz)", ylabel="level (dB)", title=title)
    plt.gca().set(xlim=(0, 4000), ylim=(-80, 3))


# %% alt="Spectrum with some twelve lines, 220 Hz apart"
y = np.sin(2 * np.pi * 440 * t + 5 * np.sin(2 * np.pi * 220 * t))
show_spectrum(y, "440 Hz, moved by 220 Hz")
plt.show()

# %% [markdown]
# ## Derive
#
# **Which lines?** The sound is
#
# $$ y(t) = \sin(2\pi f_c t + I \sin(2\pi f_m t)), $$
#
# with the carrier $f_c$, the modulator $f_m$ and the *index* $I$, which says by how
# many radians the phase is moved. (It is the phase that is moved here. Its slope is the
# frequency: $f_c + I f_m \cos(2\pi f_m t)$. So a phase moved by $I$ is a frequency
# moved by $I f_m$ hertz, and the two names, phase and frequency modulation, are two
# views of one thing.)
#
# Seen from the carrier, the movement repeats with $f_m$. What repeats is a sum of sines
# at the multiples of $f_m$: so $y$ has lines at
#
# $$ f_c + k f_m, \qquad k = \dots, -2, -1, 0, 1, 2, \dots $$
#
# and nowhere else. They are called *sidebands*.
#
# **How strong?** The number that belongs to line $k$ depends on the index alone. It is
# called $J_k(I)$, after Friedrich Bessel, who needed it in 1824 for the orbits of
# planets:
#
# $$ y(t) = \sum_k J_k(I) \, \sin(2\pi (f_c + k f_m) t). $$
#
# To the left the same numbers come back with alternating signs, $J_{-k} = (-1)^k J_k$.
# With index 0 only $J_0 = 1$ is there. As the index grows, power moves from the carrier
# to the sides, and about $I + 1$ lines on either side matter. That is *Carson's rule*:
# the sound is $2 (I + 1) f_m$ wide.

# %% alt="Bessel functions J0 to J4 over the index: each begins later than the last"
from dsplab.synths.operators import bessel

index = np.linspace(0, 12, 300)
plt.figure(figsize=(9, 2.8))
for k, curve in enumerate(bessel(index, n_orders=5).T):
    plt.plot(index, curve, label=f"$J_{k}$")
plt.gca().set(xlabel="index", ylabel="height of sideband")
plt.legend(ncols=5)
plt.show()

# %% [markdown]
# At 2.4 the first curve crosses zero: the carrier itself is silent there, and all is in
# its sides. Engineers use that to measure transmitters.
#
# **Below zero.** With $f_c = 440$ and $f_m = 220$ the line $k = -3$ is at $-220$ Hz. A
# sine of negative frequency is a sine upside down, $\sin(-a) = -\sin(a)$: the line is
# *reflected* at 0 and adds to, or takes from, the one that is at 220 Hz already. If
# $f_m / f_c$ is a simple fraction, reflected lines fall on others, and all are
# multiples of one fundamental: a tone. If not, they fall between: a bell. At the other
# end, above half the sampling rate, the same happens again: wrong notes.
#
# ## Implement
#
# **Exercise 1.** Write `fm`. The index may be one number, or one for each sample.


# %% tags=["solution"]
def fm(carrier, modulator, index, duration, sample_rate):
    t = np.arange(round(duration * sample_rate)) / sample_rate
    moved = index * np.sin(2 * np.pi * modulator * t)
    return np.sin(2 * np.pi * carrier * t + moved)


# %% tags=["check"]
check("fm", fm)

# %%
play(0.4 * fm(400, 400, 3, 1.0, sample_rate), sample_rate, title="ratio 1 : 1")

# %%
play(0.4 * fm(600, 400, 3, 1.0, sample_rate), sample_rate, title="ratio 3 : 2")

# %%
play(0.4 * fm(400, 560, 3, 1.0, sample_rate), sample_rate, title="ratio 1 : 1.4")

# %% [markdown]
# The first two are tones: the first has all harmonics of 400 Hz, the second only the
# odd ones of 200 Hz, which makes it hollow, as a clarinet. The third has no pitch that
# one would agree upon.
#
# **Exercise 2.** Write `reflect`: where is a line heard that lies at some frequency,
# below 0 or beyond half the sampling rate? It takes an array.


# %% tags=["solution"]
def reflect(frequency, sample_rate):
    f = np.abs(frequency) % sample_rate
    return np.minimum(f, sample_rate - f)


# %% tags=["check"]
check("reflect", reflect)

# %% [markdown]
# Now the prediction. All lines, where they are heard and how strong, against what is
# measured. Every line is hit, also the reflected ones; those that fall on the same spot
# have been added with their signs.

# %% alt="Measured line spectrum of FM with a predicted dot on the tip of every line"
from dsplab.synths.operators import lines, sidebands

where, height = sidebands(600.0, 400.0, 3.0, sample_rate=sample_rate)
print(np.allclose(where, reflect(600 + 400 * np.arange(-15, 16), sample_rate)))
where, height = lines(where, height)
show_spectrum(fm(600, 400, 3, 1.0, sample_rate), "600 Hz, moved by 400 Hz")
plt.plot(where, 20 * np.log10(np.abs(height) + 1e-6), "o")
plt.show()

# %% [markdown]
# ## Check
#
# Both functions are judged. And one law, which needs no spectrum: a movement of the
# phase takes nothing from the power, whatever the index. So all squares of Bessel's
# numbers must sum to one.

# %%
for index in (0.5, 3.0, 10.0):
    J = bessel(index, n_orders=40)
    print(index, J[0] ** 2 + 2 * (J[1:] ** 2).sum())

# %% [markdown]
# ## Play
#
# The secret of FM is that brightness is one number, and so can have an *envelope*. A
# bell: a ratio that is no simple fraction, and an index that dies away with the sound.
# Brass: a ratio of 1, and an index that rises with the loudness, because a trumpet
# blown harder is brighter.

# %%
n = 2 * sample_rate
fade = np.exp(-2.5 * np.arange(n) / sample_rate)
bell = fade * fm(400, 560, 6 * fade, 2.0, sample_rate)
play(0.5 * bell, sample_rate, title="bell")

# %%
blow = np.interp(np.arange(n) / n, [0, 0.05, 0.15, 0.85, 1], [0, 1, 0.75, 0.75, 0])
brass = blow * fm(294, 294, 5 * blow, 2.0, sample_rate)
play(0.5 * brass, sample_rate, title="brass")

# %% alt="Spectrograms: a bell whose lines vanish from the top; brass that opens"
fig, axes = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained", sharey=True)
for ax, (name, y) in zip(axes, {"bell": bell, "brass": brass}.items(), strict=True):
    ax.specgram(y + 1e-6, NFFT=512, Fs=sample_rate, noverlap=384, vmin=-110)
    ax.set(xlabel="time (s)", title=name, ylim=(0, 6000))
axes[0].set_ylabel("frequency (Hz)")
plt.show()

# %% [markdown]
# **More operators.** A sine with its envelope is called an *operator*, and there may be
# any number: one can modulate one that modulates a third, two can modulate the same,
# one can modulate itself. Who modulates whom is called the *algorithm*. In
# `dsplab.synths.fm` a patch is a tuple of operators and that list. Here a short tine of
# ratio 14 gives an electric piano its hammer.

# %%
from dsplab.synths import fm as synth

chord = [(0, 1, 57), (0.25, 1, 60), (0.5, 1, 64), (0.75, 1.5, 71)]
play(synth.play(chord, sample_rate, patch="electric piano"), sample_rate,
     title="electric piano: four operators")  # fmt: skip

# %%
line = [(0.25 * k, 0.2, pitch) for k, pitch in enumerate((33, 33, 45, 36, 40))]
play(synth.play(line, sample_rate, patch="bass"), sample_rate,
     title="bass: a stack of three, the last modulates itself")  # fmt: skip

# %% [markdown]
# **Your own.** Change one number at a time.

# %%
from dsplab.synths.fm import Operator, Patch

wood = Operator(decay=0.5, sustain=0.0)
knock = Operator(ratio=3.4, level=4.0, decay=0.06, sustain=0.0)
tune = [(0.2 * k, 0.15, pitch) for k, pitch in enumerate((60, 67, 64, 72))]
play(synth.play(tune, sample_rate, patch=Patch((wood, knock))), sample_rate,
     title="a wooden box")  # fmt: skip

# %% [markdown]
# ## Exercises
#
# Those above were 1 and 2. These go from changing a number to a proof.
#
# * **3** (change and run). Play `fm(400, 401, 3, 2.0, sample_rate)`. What beats, how
#   often a second, and why?
# * **4** (listen). Give the wooden box a `ratio` of 1, 2, 3, then 1.5, then $\sqrt 2$.
#   Which have a pitch?
# * **5** (measure). At which index is the carrier silent for the second time? Find it
#   in the picture, then in the spectrum of `fm`.
# * **6** (build). Let one operator modulate itself: $y[n] = \sin(2\pi f n / f_s + b
#   \, y[n-1])$. A loop will do. Compare $b = 0.5$, $1$ and $2$; look at the spectra.
# * **7** (think). A tone of 3000 Hz, ratio 1, index 5, at 16 kHz. Which sidebands come
#   back from above 8 kHz, and where are they heard? What would you do about it in a
#   keyboard?
# * **8** (think). Why do two operators in a row sound rougher than the same two side by
#   side on one carrier?
# * **9** (prove). Show that $y$ has no line but $f_c + k f_m$, and that the squares of
#   all $J_k(I)$ sum to one. (Write $y$ as the imaginary part of $e^{2\pi i f_c t} g$;
#   what is the period of $g$, and what is $|g|$?)

# %% [markdown] tags=["solution"]
# **Answers.** *3.* Each reflected line falls 2 Hz beside another: 402 Hz (from -402)
# beside 400, 803 beside 801 and so on. So the timbre turns twice a second. *4.* Whole
# numbers and 1.5 (the pitch is then an octave lower); with
# $\sqrt 2$ no line is a multiple of another. *5.* At 5.52. *6.* At 0.5 nearly a sine,
# at 1 a saw, whose harmonics fall as $1/k$; at 2 noise. *7.* Those at 9000, 12000,
# 15000 and 18000 Hz: they are heard at 7000, 4000, 1000 and 2000 Hz. Make the index
# smaller for high notes. *8.* In a row the modulator of the last is already broad, and
# each of its lines makes sidebands of all the others; side by side their sidebands
# combine too, but each with its own index only. *9.* $g(t) = e^{i I \sin(2\pi f_m
# t)}$ has the period $1/f_m$, so it is a Fourier series $\sum_k J_k e^{2\pi i k f_m
# t}$, and the product has lines at $f_c + k f_m$. $|g| = 1$ at all times, and by
# Parseval the mean of $|g|^2$ is the sum of the squares.
