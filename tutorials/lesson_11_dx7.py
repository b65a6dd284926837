# %% [markdown]
# # 11. Inside a DX7
#
# You need lesson 4 (frequency modulation). By the end you can take a patch of the most
# sold synthesizer of its time apart, operator by operator, say what each part does, and
# put it together again as something else.
#
# ## Listen
#
# An electric piano, softly and hard. Listen to the beginning of the notes, to how they
# die away, and to what the touch changes besides the loudness.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play
from dsplab.synths.dx7 import ALGORITHMS, PRESETS, voice
from dsplab.synths.dx7 import play as play_notes

# %%
sample_rate = 22050
patch = PRESETS["e piano"]
chords = [(0, 1.2, 57), (0, 1.2, 64), (0.4, 0.8, 60), (0.8, 1.2, 67), (0.8, 1.2, 71)]
soft = play_notes([(*note, 35) for note in chords], sample_rate, patch=patch)
play(soft, sample_rate, title="softly")

# %%
hard = play_notes([(*note, 120) for note in chords], sample_rate, patch=patch)
play(hard, sample_rate, title="hard")

# %% [markdown]
# Soft is not only less: it is *darker*. And in the hard notes there is something like a
# small bell, at the very beginning, that is not there in the soft ones.
#
# ## Look
#
# The patch is 155 numbers, nearly all of them between 0 and 99, as one typed them in
# with two buttons in 1983. Here are those that decide most: who modulates whom, and
# for each of the six operators its frequency (a ratio to that of the key), its output
# level, and how much it listens to the touch.

# %%
carriers, modulators, feedback = ALGORITHMS[patch.algorithm - 1]
print("algorithm", patch.algorithm, "heard:", carriers)
print("modulator, modulated:", modulators)
for k, op in enumerate(patch.operators, start=1):
    print(f"operator {k}: ratio {op.coarse}, detune {op.detune:+d}, level {op.level}, "
          f"touch {op.velocity_sensitivity}")  # fmt: skip

# %% [markdown]
# Three pairs, side by side: 2 modulates 1, 4 modulates 3, 6 modulates 5, and 1, 3 and 5
# are heard. Five operators have the frequency of the key, or nearly. Operator 4 has
# fourteen times as much.
#
# To see one operator at a time we change the patch: algorithm 32 connects nothing and
# lets all six be heard, and five of them get the level 0. What is left is a sine and
# its envelope, just as it works inside the patch.


# %%
def alone(patch, number):
    ops = [op._replace(level=op.level * (k == number))
           for k, op in enumerate(patch.operators, start=1)]  # fmt: skip
    return patch._replace(operators=tuple(ops), algorithm=32, feedback=0)


f0 = np.full(round(2.5 * sample_rate), 220.0)
parts = {k: voice(f0, 2.0, sample_rate, patch=alone(patch, k)) for k in range(1, 7)}
play(np.concatenate([parts[k][: sample_rate // 2] for k in range(1, 7)]), sample_rate,
     title="operators 1 to 6, half a second each, unconnected")  # fmt: skip


# %%
def show_levels(parts, title):
    n = 256
    for k, y in parts.items():
        rows = y[: y.size // n * n].reshape(-1, n)
        level = 20 * np.log10(np.abs(rows).max(axis=1) / (0.5 / 6) + 1e-6)
        plt.plot(np.arange(level.size) * n / sample_rate, level, label=f"operator {k}")
    plt.gca().set(xlabel="time (s)", ylabel="level (dB)", title=title, ylim=(-80, 6))
    plt.legend(ncols=3, fontsize="small")


# %% alt="Levels of six operators: straight lines that fall, each at its own speed"
plt.figure(figsize=(9, 3.2))
show_levels(parts, "the six envelopes, key up after two seconds")
plt.show()

# %% [markdown]
# Straight lines, in decibels. Each operator falls at two speeds, quickly at first. The
# carriers 1, 3 and 5 last for seconds; their modulators fall faster, so the sound gets
# darker; and operator 4, the one with the ratio of 14, has fallen by 40 dB within a
# quarter of a second. At 2 s the key is let go, and all fall at a speed of their own.
#
# ## Derive
#
# **Levels.** The output level of an operator runs from 0 to 99. From 20 on, every step
# is the same factor: eight steps double the amplitude, one is 0.75 dB. A full operator
# moves the phase of the next by two whole cycles either way, which is an index of
# $2 \cdot 2\pi$. So
#
# $$ I = 4\pi \cdot 2^{(L - 99)/8}. $$
#
# Lesson 4 says what an index does: about $I + 1$ sidebands on either side. At $L = 99$
# these are 13, which is harsh. At 75 the index is 1.6, a warm tone; at 50 it is 0.18,
# and the modulator is only just heard.
#
# **Rates.** An envelope has four levels and four rates. A rate from 0 to 99 is first
# reduced to one of 64, $q = \lfloor 41 R / 64 \rfloor$, and then the level falls by
#
# $$ 6.02 \cdot (4 + q \bmod 4) \cdot 2^{\lfloor q / 4 \rfloor - 16} \cdot 689 $$
#
# decibels a second, where 689 is how many times a second the instrument looks at its
# envelopes. The number $4, 5, 6, 7$ times a power of two: this is a floating-point
# number with two bits behind the point. Rate 35 falls by 12 dB a second, rate 70 by
# 519, rate 99 by 14518. Upwards the DX7 does something else: the step becomes smaller
# the higher the level is already, so that an attack rounds off at its top.
#
# **Touch.** The velocity is a level as well, and each operator has its own sensitivity
# to it. If a *carrier* listens, a soft note is softer. If a *modulator* listens, a soft
# note has a smaller index: it is darker. That is what you heard.


# %%
def over_velocity(patch, velocities):
    peak = [np.abs(voice(f0[:2000], 1.0, sample_rate, velocity=v, patch=patch)).max()
            for v in velocities]  # fmt: skip
    return 20 * np.log10(np.array(peak) / max(peak))


# %% alt="Level over velocity of two operators: one falls by 14 dB, one by 40"
velocities = np.arange(8.0, 128.0, 8.0)
plt.figure(figsize=(9, 2.8))
for k in (1, 4):
    plt.plot(velocities, over_velocity(alone(patch, k), velocities), label=f"{k}")
plt.gca().set(xlabel="velocity", ylabel="level (dB)", title="operators 1 and 4")
plt.legend(loc="lower right")
plt.show()

# %% [markdown]
# **Detune.** Operators 1, 3 and 5 differ by a few hundredths of a semitone. Two sines
# of nearly the same frequency beat: at $f$ and $f + d$ the sum swells $d$ times a
# second. That is the slow movement in long notes, and all that there is of "warmth".
#
# ## Implement
#
# **Exercise 1.** Write `index_of_level`, the law of levels from 20 on. It takes a
# number or an array.


# %% tags=["solution"]
def index_of_level(level):
    return 4 * np.pi * 2.0 ** ((np.asarray(level) - 99) / 8)


# %% tags=["check"]
check("index_of_level", index_of_level)

# %% [markdown]
# **Exercise 2.** Write `connect`: any number of operators, of which each is given as
# its phase (in cycles, at every sample) and its level. `modulators[k]` holds the
# numbers of those that modulate operator `k`. They always have higher numbers, so that
# there is an order in which all can be played. Operators are counted from 0 here, as
# Python does.


# %% tags=["solution"]
def connect(phases, levels, modulators, carriers):
    sounds = [0.0] * len(phases)
    for k in reversed(range(len(phases))):
        moved = sum(sounds[j] for j in modulators[k])
        sounds[k] = levels[k] * np.sin(2 * np.pi * phases[k] + moved)
    return sum(sounds[k] for k in carriers)


# %% tags=["check"]
check("connect", connect)

# %% [markdown]
# ## Check
#
# Both are judged. Now the real test: your `connect` against the instrument, for one of
# the three pairs. The patch below has two operators that do not change, at the levels
# 99 and 75. Its first blocks are left out, in which the levels rise.

# %%
from dsplab.formats.dx7 import Operator, Patch

steady = {"rates": (99, 99, 99, 99), "levels": (99, 99, 99, 99)}
pair = (Operator(level=99, coarse=1, **steady), Operator(level=75, coarse=3, **steady))
y = voice(f0, 9.0, sample_rate, patch=Patch((*pair, *(Operator(),) * 4), algorithm=1))
t = np.arange(f0.size) / sample_rate
mine = connect([220 * t, 660 * t], [0.25, index_of_level(75)], ((1,), ()), (0,))
print("largest difference:", np.abs(mine - y)[100:].max())


# %%
from dsplab.synths.operators import lines, sidebands


def show_spectrum(y, title):
    window = np.hanning(y.size)
    level = 20 * np.log10(np.abs(np.fft.rfft(y * window)) / window.sum() * 8 + 1e-6)
    plt.plot(np.fft.rfftfreq(y.size, 1 / sample_rate), level)
    plt.gca().set(xlabel="frequency (Hz)", ylabel="level (dB)", title=title)
    plt.gca().set(xlim=(0, 5000), ylim=(-80, 3))


# %% alt="Spectrum of the pair with the sidebands of Bessel on the tips of its lines"
plt.figure(figsize=(9, 2.8))
show_spectrum(y[100:], "operator 1, modulated by operator 2 at level 75")
where, height = lines(*sidebands(220.0, 660.0, float(index_of_level(75))))
plt.plot(where, 20 * np.log10(np.abs(height) + 1e-6), "o")
plt.show()

# %% [markdown]
# ## Play
#
# Now we take the piano apart. First the modulators off: what remains of each pair is
# its carrier, a sine that dies away.


# %%
def without(patch, *numbers):
    ops = [op._replace(level=op.level * (k not in numbers))
           for k, op in enumerate(patch.operators, start=1)]  # fmt: skip
    return patch._replace(operators=tuple(ops))


bare = play_notes([(*note, 120) for note in chords], sample_rate,
                  patch=without(patch, 2, 4, 6))  # fmt: skip
play(bare, sample_rate, title="carriers only")

# %% [markdown]
# A choir of tuning forks. Now only operator 4 is missing.

# %%
dull = play_notes([(*note, 120) for note in chords], sample_rate,
                  patch=without(patch, 4))  # fmt: skip
play(dull, sample_rate, title="without operator 4")

# %% [markdown]
# The body is there, the hammer is not: operator 4 is the small bell, the *tine*. It is
# the most sensitive to touch, too, and so it was the one that you missed in the soft
# notes. Its ratio of 14 puts sidebands where no other pair has any.
#
# Every number of it is a number that you may change. Put the tine to a ratio that is
# no whole number, let it last, and the piano becomes a bell.

# %%
ops = list(patch.operators)
ops[3] = ops[3]._replace(coarse=3, fine=53, level=82, rates=(99, 30, 25, 40))
bells = patch._replace(operators=tuple(ops))
play(play_notes([(*note, 100) for note in chords], sample_rate, patch=bells),
     sample_rate, title="the tine as a bell")  # fmt: skip

# %% [markdown]
# And the algorithm is a number as well. The same six operators, connected as a stack of
# four and a pair:

# %%
stacked = patch._replace(algorithm=1)
play(play_notes([(*note, 100) for note in chords], sample_rate, patch=stacked),
     sample_rate, title="algorithm 1 instead of 5")  # fmt: skip

# %% [markdown]
# **Voices of others.** For forty years people have sent each other their patches as
# *SysEx* files: 163 bytes for a voice, 4104 for a bank of 32. `read_sysex` reads them,
# `write_sysex` writes yours, for any DX7, also the one in the attic.

# %%
from dsplab.formats.dx7 import encode_sysex, read_sysex

data = encode_sysex(bells._replace(name="MY BELL"))
print(len(data), "bytes:", data[:6].hex(" "), "...", data[-2:].hex(" "))
mine = read_sysex(data)[0]
play(play_notes([(0, 1.5, 64)], sample_rate, patch=mine), sample_rate, title=mine.name)

# %% [markdown]
# ## Exercises
#
# Those above were 1 and 2. These go from changing a number to a proof.
#
# * **3** (change and run). Play the piano with all `detune` set to 0, then with those
#   of the carriers at -7, 0 and 7. How often does it beat at 220 Hz?
# * **4** (listen). Take another voice, `PRESETS["trumpet"]` or `PRESETS["marimba"]`,
#   and find out what each of its operators is for.
# * **5** (measure). In the picture of the envelopes, read off the first slope of
#   operator 4 and compute its rate from the formula. Compare with
#   `patch.operators[3].rates`.
# * **6** (build). Make an organ: algorithm 32, six ratios, envelopes that are on or
#   off. Which harmonics do you need for a clarinet stop?
# * **7** (think). In algorithm 5 three pairs are added, in algorithm 1 a pair and a
#   stack of four. Which can have more partials, and why is it the less useful piano?
# * **8** (think). A note of 2000 Hz with a modulator of ratio 14: where is the
#   modulator heard, at 22050 Hz? What does the DX7 offer against it (look at
#   `right_depth` of operator 4)?
# * **9** (prove). Show that rates whose $q$ differ by 4 differ in speed by exactly 2,
#   and that from any $q$ to the next the speed grows by a factor between 8/7 and 5/4.

# %% [markdown] tags=["solution"]
# **Answers.** *3.* Not at all; then 1.1 times a second between neighbours, and 2.3
# between the outer two: at 220 Hz seven steps of detuning are 9 cents. *4.* Trumpet: 2
# makes it bright, and opens more slowly than 1 gets loud; 3 adds the edge of the
# attack. Marimba: 1 is the bar, 2 its knock, 4 the second mode of the bar at 3.9 times
# its frequency, 5 the stick. *5.* Some 227 dB a second, which is $q = 39$. The rate is
# 56, $q = 35$: the other four come from the operator's `rate_scaling`, which makes high
# keys quicker. *6.* Odd ones: ratios 1, 3, 5, 7. *7.* The stack: each line of a
# modulator makes sidebands of its own. But its parts cannot die away one after the
# other: what is on top of the stack changes everything below. *8.* At 28000 Hz, which
# comes back at 5950 Hz; and so do its sidebands. Level scaling turns the modulator down
# to the right of a key. *9.* With $q + 4$ the remainder stays and the power of two has
# one more. The speeds of four in a row are as 4 : 5 : 6 : 7, and the next is 8: the
# factors are 5/4, 6/5, 7/6, 8/7.
