# %% [markdown]
# # 7. Effects
#
# You need lesson 1 (spectra) and, for one paragraph, lesson 3 (poles and zeros). By the
# end you can make echoes, a flanger and a room out of one and the same part, a line of
# samples that waits; and you know what a compressor does with loudness.
#
# ## Listen
#
# A few plucked notes, dry as in a cupboard.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play

sample_rate = 16000


# %%
def note(frequency, duration=0.35):
    t = np.arange(round(duration * sample_rate)) / sample_rate
    partials = [np.sin(2 * np.pi * k * frequency * t) / k for k in range(1, 12)]
    return 0.25 * sum(partials) * np.exp(-9 * t) * np.minimum(1, 200 * t)


dry = np.concatenate([note(f) for f in (220.0, 277.2, 329.6, 440.0)])
play(dry, sample_rate, title="dry")

# %% [markdown]
# The same notes through three effects. Nothing was added that is not in the dry sound:
# everything you hear is that sound again, later, and again.

# %%
from dsplab.effects.delays import delay
from dsplab.effects.feedback_delay_network import feedback_delay_network
from dsplab.effects.flanger import flanger

play(delay(dry, sample_rate, time=0.22), sample_rate, title="echo")

# %%
play(flanger(dry, sample_rate, feedback=0.7), sample_rate, title="flanger")

# %%
play(feedback_delay_network(dry, sample_rate), sample_rate, title="hall")

# %% [markdown]
# ## Look
#
# What does an effect do? Give it the simplest sound there is, a *click*: one sample of
# 1, and silence. What comes back is called the *impulse response*. Here are those of
# the echo and of the hall.

# %% alt="Impulse responses: a few separate echoes; a dense decaying noise"
click = np.eye(1, sample_rate)[0]
answers = {
    "echo": delay(click, sample_rate, time=0.22, mix=1.0, tail=0.0),
    "hall": feedback_delay_network(click, sample_rate, mix=1.0, tail=0.0),
}
fig, axes = plt.subplots(1, 2, figsize=(9, 2.5), layout="constrained")
for ax, (name, answer) in zip(axes, answers.items(), strict=True):
    ax.plot(np.arange(sample_rate) / sample_rate, answer, linewidth=0.6)
    ax.set(xlabel="time (s)", ylabel="amplitude", title=name)
plt.show()

# %% [markdown]
# In the left one you can count: each echo is weaker than the one before it, by the same
# factor. In the right one you cannot, and that is what makes it a room. Between the two
# is only a question of number.
#
# ## Derive
#
# **One echo** is a copy that comes $D$ samples late: $y[n] = x[n] + g \, x[n - D]$.
# **Echoes of echoes** need no second copy. Listen to the *output* instead of the input:
#
# $$ y[n] = x[n] + g \, y[n - D]. $$
#
# A click at $n = 0$ comes back at $D$ with strength $g$, at $2D$ with $g^2$, at $kD$
# with $g^k$: for ever, but for $|g| < 1$ ever softer.
#
# **How long does it ring?** A reverberation is said to have ended when it has fallen by
# 60 dB, to a thousandth. That takes $k$ rounds with $g^k = 10^{-3}$, and each takes $D
# / \mathrm{sample\_rate}$ seconds. So, to ring for $T$ seconds,
#
# $$ g = 10^{-3 D / (T \cdot \mathrm{sample\_rate})}. $$
#
# **Why is it called a comb?** A sine whose period fits $D$ samples a whole number of
# times comes back just as it went: all echoes add, $1 + g + g^2 + \dots = 1 / (1 - g)$.
# Half way to the next such frequency each echo comes back upside down: $1 - g + g^2 -
# \dots = 1 / (1 + g)$. The spectrum has teeth, $\mathrm{sample\_rate} / D$ apart. With
# $D$ of 3500 samples they are 5 Hz apart and nobody hears them as such; with 20 samples
# they are 800 Hz apart, and the sound gets the pitch of a tube.
#
# ## Implement
#
# **Exercise 1.** Write `comb`. (Mind the first `length` samples, where there is no
# output yet to look back to.)


# %% tags=["solution"]
def comb(x, length, gain):
    y = x.copy()
    for n in range(length, len(x)):
        y[n] = x[n] + gain * y[n - length]
    return y


# %% tags=["check"]
check("comb", comb)

# %%
long = np.append(dry, np.zeros(sample_rate))  # room for what rings on
play(comb(long, 3500, 0.6), sample_rate, title="3500 samples: echoes")

# %%
play(0.4 * comb(long, 60, 0.9), sample_rate, title="60 samples: a tube")

# %% alt="Spectrum of a comb with 20 samples: ten teeth"
teeth = np.abs(np.fft.rfft(comb(click, 20, 0.7)))
plt.figure(figsize=(9, 2.5))
plt.plot(np.arange(teeth.size) * sample_rate / click.size, 20 * np.log10(teeth))
plt.gca().set(xlabel="frequency (Hz)", ylabel="gain (dB)", title="20 samples, g = 0.7")
plt.show()

# %% [markdown]
# ### A room
#
# Between bare walls a click comes back thousands of times a second, at no regular
# distance. In 1962 Manfred Schroeder showed out how few lines are enough to fake that.
# Take four combs *side by side*, with lengths that have no beat in common: their echoes
# fall between each other. All are to ring for the same time $T$, which the formula
# above says how to do.
#
# That is dense in frequency, but not yet in time. Putting combs *in a row* would
# multiply echoes, but also multiply the teeth of their spectra. So Schroeder looked for
# an echo without teeth. Subtract a little of the input, just so much that the spectrum
# is flat:
#
# $$ y[n] = -g \, x[n] + x[n - D] + g \, y[n - D], \qquad H(z) = \frac{z^{-D} - g}{1 - g
# z^{-D}}. $$
#
# On the unit circle the numerator is $z^{-D}$ times the complex conjugate of the
# denominator; so $|H| = 1$ at every frequency. It is an *allpass*. Two of them, short,
# in a row, make twenty echoes of each.
#
# **Exercise 2** (with your `comb`). Write `room`: the mean of four combs of 0.0297,
# 0.0371, 0.0411 and 0.0437 seconds, with the gains that make each fall by 60 dB in
# `decay` seconds. Then send it through the allpasses given here, of 5 and 1.7 ms.


# %%
from dsplab.effects.reverb import allpass


# %% tags=["solution"]
def room(x, decay):
    lengths = [round(s * sample_rate) for s in (0.0297, 0.0371, 0.0411, 0.0437)]
    gains = [10 ** (-3 * n / (decay * sample_rate)) for n in lengths]
    y = sum(comb(x, n, g) for n, g in zip(lengths, gains, strict=True)) / 4
    for seconds in (0.005, 0.0017):
        y = allpass(y, round(seconds * sample_rate), 0.7)
    return y


# %%
wet = room(long, decay=1.2)
play(0.7 * long + 0.3 * wet, sample_rate, title="in the room")

# %% [markdown]
# ## Check
#
# `dsplab` has the same reverberator; yours must agree with it to the last digits. And
# does it ring as long as ordered? Add up the energy that is *still to come* after each
# moment. In decibels that is nearly a straight line, and its slope is the answer.

# %%
from dsplab.effects.reverb import schroeder

theirs = schroeder(long, sample_rate, decay=1.2, mix=1.0, tail=0.0)
print("difference to dsplab:", np.abs(wet - theirs).max())

# %% alt="Energy still to come: straight line down to minus 60 dB at 1.2 seconds"
answer = room(np.append(click, np.zeros(sample_rate)), decay=1.2)
to_come = np.cumsum(answer[::-1] ** 2)[::-1]
level = 10 * np.log10(to_come / to_come[0] + 1e-12)
plt.figure(figsize=(9, 2.5))
plt.plot(np.arange(level.size) / sample_rate, level)
plt.axline((0, 0), slope=-60 / 1.2, linestyle="--", color="C1", label="as ordered")
plt.gca().set(xlabel="time (s)", ylabel="dB", xlim=(0, 1.5), ylim=(-80, 3))
plt.legend()
plt.show()

# %% [markdown]
# ### Lines that feed each other
#
# In a real room sound does not stay in its own comb: what the left wall reflects
# reaches the right one. So mix what comes out of all lines before it goes in again,
#
# $$ s_i[n] = w_i[n - D_i], \qquad w[n] = x[n] + A \, (g \cdot s[n]), $$
#
# with a matrix $A$. If $A$ is *orthogonal* ($A^T A = 1$) it moves energy from line to
# line and loses none; all the loss is in the gains $g_i$, by the formula you know.
# Eight lines, and echoes multiply by eight with each round. That is a *feedback delay
# network*, and what you heard first in this lesson. A filter in each line instead of a
# gain lets treble die sooner than bass, as in every hall.

# %%
hall = {"decay": 2.5, "decay_low": 3.0, "decay_high": 0.9, "mix": 0.4}
play(feedback_delay_network(dry, sample_rate, **hall), sample_rate, title="dark hall")

# %% [markdown]
# ## Play
#
# **Let the delay move.** If a line gets longer while you listen, its copy comes ever
# later: it is played too slowly, and is flat. That is what a siren does that drives
# away. With $d(t) = d_0 + a \sin(2 \pi f t)$ seconds, the pitch is multiplied by $1 -
# d'(t)$, so it goes up and down by at most $2 \pi f a$. Mix some such copies with the
# dry sound: a *chorus*. Make the delay short, so that its comb has few teeth, and let
# them sweep: a *flanger*. (The delay falls between samples; lesson 5 says how to read
# there.)

# %%
from dsplab.effects.chorus import chorus, detuning_cents

print("a = 3 ms, f = 1 Hz:", detuning_cents(0.003, 1.0).round(1), "cents")
play(chorus(dry, sample_rate, depth=0.003, frequency=1.0), sample_rate, title="chorus")

# %%
noise = 0.1 * np.random.default_rng(0).standard_normal(4 * sample_rate)
swept = flanger(noise, sample_rate, frequency=0.25, feedback=0.0)
play(swept, sample_rate, title="noise through a flanger")

# %% alt="Spectrogram of noise through a flanger: notches that sweep"
plt.figure(figsize=(9, 2.8))
plt.specgram(swept, NFFT=512, Fs=sample_rate, noverlap=384, vmin=-85)
plt.gca().set(xlabel="time (s)", ylabel="frequency (Hz)")
plt.show()

# %% [markdown]
# **Loudness.** A *compressor* turns down what is loud. It measures the level in dB,
# looks up on a curve how much to take off, and does so smoothly. With a *threshold* of
# -20 dB and a *ratio* of 4, a level of -8 dB, which is 12 dB too loud, comes out 12 / 4
# = 3 dB above the threshold.
#
# **Exercise 3.** Write the curve: the gain in dB (0 or negative) for each level.


# %% tags=["solution"]
def gain_curve(level_db, threshold_db, ratio):
    over = np.maximum(level_db - threshold_db, 0.0)
    return over / ratio - over


# %% tags=["check"]
check("gain_curve", gain_curve)

# %% [markdown]
# Applied to every sample at once, that curve would bend the *wave*, not the loudness:
# distortion (lesson 2 has more of it). The level must be followed slowly enough not to
# see single periods; the time it takes to go down is called *attack*, the time to come
# back up *release*. A program may look ahead, so that the gain is down when the note
# begins. Now the fading of the notes nearly goes, and their end is as loud
# as their beginning.

# %%
from dsplab.effects.dynamics import compressor

options = {"threshold_db": -40.0, "ratio": 6.0, "lookahead": 0.01}
dense = compressor(dry, sample_rate, makeup_db=18.0, **options)
play(dense, sample_rate, title="compressed")

# %% alt="Waveform before and after compression: notes fade less"
fig, axes = plt.subplots(1, 2, figsize=(9, 2.5), layout="constrained", sharey=True)
for ax, (name, y) in zip(axes, {"dry": dry, "compressed": dense}.items(), strict=True):
    ax.plot(np.arange(y.size) / sample_rate, y / np.abs(y).max(), linewidth=0.5)
    ax.set(xlabel="time (s)", title=name)
plt.show()

# %% [markdown]
# **A chain** is one function in another. In which order? Try both.

# %%
squeezed_room = compressor(room(long, 1.2), sample_rate, **options)
room_of_squeezed = room(compressor(long, sample_rate, **options), 1.2)
play(2.0 * squeezed_room, sample_rate, title="room, then compressor")

# %%
play(2.0 * room_of_squeezed, sample_rate, title="compressor, then room")

# %% [markdown]
# ## Exercises
#
# Those above were 1 to 3. These go from changing a number to a proof.
#
# * **4** (change and run). Give `comb` a `gain` of -0.9 and 60 samples. The tube sounds
#   an octave lower, and hollow. Why?
# * **5** (listen). Make all four lengths in `room` equal. What is left of the room?
#   Then make them 0.030, 0.060, 0.090 and 0.120 s.
# * **6** (measure). Take the spectrum of `allpass(click, 80, 0.7)`. It is flat. Now
#   play noise and then the melody through it, and then with 4000 samples. When can you
#   hear that something is done, and why can you not see it in the spectrum?
# * **7** (build). A *ping-pong* echo: two lines, each feeding the other, one for each
#   channel. Write its two equations before you write the program.
# * **8** (think). The flanger's notches are at $(k + 1/2) / d$. Where are they if the
#   delayed copy is *subtracted*? Which of the two does music without bass sound like?
# * **9** (prove). A network's lines hold the energy $\sum_i \sum_n w_i[n]^2$. Show that
#   with $g = 1$ and orthogonal $A$ it never changes once the input is silent.

# %% [markdown] tags=["solution"]
# **Answers.** *4.* Each echo comes back upside down; a tone must fit half a period
# more into the 60 samples, and the lowest that does has a period of 120. Only odd
# multiples fit, as in a clarinet. *5.* One comb is left, that is a tube; and with a
# common beat of 30 ms the echoes fall on top of each other: a flutter. *6.* With 80
# samples, 5 ms, hardly at all; with 4000 every note has echoes. The spectrum of the
# whole sound says how strong a frequency is, not when: an allpass moves only the
# when. *7.* $w_1[n] = x[n] + g \, w_2[n - D]$, $w_2[n] = g \, w_1[n - D]$; left is
# $w_1[n-D]$, right $w_2[n-D]$. *8.* At $k / d$, so also at 0: the bass is cancelled,
# and that one sounds thin. *9.* In each step every line gives up one sample and takes
# one, and the vector of those taken is $A$ times that of those given, which has the
# same length: $|A s|^2 = s^T A^T A s = |s|^2$.
