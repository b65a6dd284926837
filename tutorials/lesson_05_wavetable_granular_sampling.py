# %% [markdown]
# # 5. Wavetables, grains, samples
#
# You need: lesson 1. By the end you can play a drawn wave at any pitch, say why it then
# sounds wrong and what to do about it, stretch and freeze a recording by cutting it
# into grains, put any recording on a keyboard, and say what a MIDI file holds. The
# first three are one idea: sound that is *stored*, and read again in another order or
# at another pace.
#
# ## Listen
#
# One note, four times. First the same cycle again and again. Then a row of cycles, from
# which another is read at every moment. Then grains of a recording, and the recording
# itself, transposed.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play
from dsplab.synths import granular, sampler, wavetable

sample_rate = 44100
note = [(0.0, 1.6, 48.0, 100.0)]  # onset (s), duration (s), MIDI pitch, velocity
still = wavetable.PRESETS["talking"]._replace(lfo_depth=0.0)
play(wavetable.play(note, sample_rate, patch=still), sample_rate, title="one cycle")

# %%
play(wavetable.play(note, sample_rate, patch="talking"), sample_rate, title="a row")

# %%
cloud_of_strings = granular.play(note, sample_rate, patch="cloud")
play(cloud_of_strings, sample_rate, title="grains")

# %%
strings = sampler.play(note, sample_rate, patch="strings")
play(strings, sample_rate, title="the recording")

# %% [markdown]
# ## Look
#
# The row of cycles: five vowels of a low voice, from *u* to *i*. Each is a single
# period, 1024 numbers. What distinguishes them is which harmonics are strong.

# %% alt="Five cycles that get finer; five spectra whose peaks lie ever further apart"
cycles = wavetable.WAVES["vowels"]()
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for k, (vowel, cycle) in enumerate(zip("uoaei", cycles, strict=True)):
    left.plot(np.arange(1024) / 1024, 0.5 * cycle + k, label=vowel)
    level = np.abs(np.fft.rfft(cycle))[1:25]
    right.plot(np.arange(1, 25), 20 * np.log10(level / level.max()), label=vowel)
left.set(xlabel="cycle", yticks=range(5), yticklabels=list("uoaei"))
right.set(xlabel="harmonic", ylabel="level (dB)", ylim=(-50, 2))
right.legend()
plt.show()

# %% [markdown]
# ## Derive
#
# **Reading a table.** A table holds one cycle in $N$ points. An oscillator of $f$
# cycles a second must pass $f N$ points a second, so $f N / \mathrm{sample\_rate}$
# points from one sample to the next. After $n$ samples it is at the place
#
# $$ p[n] = n \, \frac{f N}{\mathrm{sample\_rate}} \bmod N, $$
#
# which usually lies between two points. With $m$ the point below and $r = p - m$, a
# straight line between the two gives
# $(1 - r)\,\mathrm{table}[m] + r\,\mathrm{table}[m + 1]$, where the point after the
# last is the first.
#
# ## Implement
#
# **Exercise 1.** Write `read_table`.


# %% tags=["solution"]
def read_table(table, frequency, sample_rate, n_samples):
    n_points = len(table)
    place = np.arange(n_samples) * frequency * n_points / sample_rate % n_points
    m = np.floor(place).astype(int)
    r = place - m
    return (1 - r) * table[m % n_points] + r * table[(m + 1) % n_points]


# %% tags=["check"]
check("read_table", read_table)

# %%
a = cycles[2]
tune = [read_table(a, f, sample_rate, 22050) for f in (130.8, 164.8, 196.0)]
play(0.5 * np.concatenate(tune), sample_rate, title="a vowel on three notes")

# %% [markdown]
# ### What comes back
#
# Now take a cycle with many harmonics, a saw, and play it high: at 1245 Hz. The saw has
# harmonics up to 256 times that, 319 kHz, and samples can hold 22 kHz. What is above
# comes back: a sine of frequency $f$ and one of $\mathrm{sample\_rate} - f$ have the
# same samples. The harmonics fall on wrong places, and one hears wrong notes.

# %%
saw = wavetable.WAVES["classic"]()[3]
wrong = read_table(saw, 1245.0, sample_rate, sample_rate)
play(0.4 * wrong, sample_rate, title="a saw at 1245 Hz, wrong notes and all")

# %% [markdown]
# The remedy is to leave out, *before* reading, what would rise too far: keep the cycle
# in many versions with ever fewer harmonics, and read the one that fits the pitch. Such
# a pile is called a *mip map*; `make_tables` builds one with three versions an octave.

# %%
from dsplab.sources.wavetable import make_tables, wavetable_oscillator

steady = np.full(sample_rate, 1245.0)
clean = wavetable_oscillator(steady, make_tables(saw), sample_rate)
play(0.4 * clean, sample_rate, title="the same without what comes back")

# %% alt="Two spectra: lines everywhere; only harmonics, the rest below -100 dB"
fig, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True, layout="constrained")
for ax, y, title in zip(axes, (wrong, clean), ("one table", "mip map"), strict=True):
    level = np.abs(np.fft.rfft(y)) / sample_rate * 2  # one second: a bin is 1 Hz
    level = level[:22050].reshape(-1, 15).max(axis=1)
    ax.plot(np.arange(1470) * 0.015, 20 * np.log10(level + 1e-9), linewidth=0.7)
    ax.set(xlabel="frequency (kHz)", title=title, ylim=(-150, 0))
axes[0].set_ylabel("level (dB)")
plt.show()

# %% [markdown]
# What is left near the top of the right picture lies above 16 kHz: the table's highest
# harmonic may come back there, where nobody hears it, so that no version is too dull.
# Another way, which needs no tables, is to round every jump off as a low-pass filter
# would: `oscillator(..., shape="saw")` does that, and its docstring compares eight
# methods.
#
# ### Grains
#
# **A grain** is a piece of a recording under a window. Lay grains of the *same* place
# one after another, and time stands still; move the place more slowly than time, and
# the recording is stretched. With starts $s_k$ in the recording $x$ and a window $w$ of
# $L$ samples,
#
# $$ y[n] = \sum_k w[n - kH] \; x[s_k + n - kH], \qquad 0 \le n - kH < L. $$
#
# **Exercise 2.** Write `cloud`.


# %% tags=["solution"]
def cloud(x, starts, hop_length, window):
    y = np.zeros(hop_length * (len(starts) - 1) + len(window))
    for k, start in enumerate(starts):
        grain = x[start : start + len(window)] * window
        y[k * hop_length : k * hop_length + len(window)] += grain
    return y


# %% tags=["check"]
check("cloud", cloud)

# %% [markdown]
# ## Check
#
# Two laws. A sine read from a table is a sine but for the error of the straight lines,
# which is four times (12 dB) smaller for each doubling of the points, since it is what
# a parabola of that width leaves. And grains laid out at the pace at which they were
# cut are the recording again, for Hann windows that overlap by three quarters add up
# to 2.

# %%
n = np.arange(sample_rate)
exact = np.sin(2 * np.pi * 440 * n / sample_rate)
for n_points in (64, 128, 256, 512):
    sine = np.sin(2 * np.pi * np.arange(n_points) / n_points)
    error = read_table(sine, 440.0, sample_rate, sample_rate) - exact
    level = 20 * np.log10(np.std(error) / np.std(exact))
    print(f"{n_points:4} points: {level:6.1f} dB")

# %%
hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
again = cloud(exact, np.arange(0, 40000, 256), 256, hann) / 2
inside = slice(1024, 39000)
print("again:", np.abs(again[inside] - exact[inside]).max())
assert np.allclose(again[inside], exact[inside])

# %% [markdown]
# ## Play
#
# A recording to cut up: two seconds of an electric piano, three notes. First stretched
# to three times its length, once with grains in even order and once with each grain
# taken from up to 30 ms aside. Even grains repeat the same phase pattern, and one hears
# a tone that is not in the music; a little disorder turns it into a soft blur.

# %%
tune = [(0.0, 0.6, 60.0), (0.6, 0.6, 67.0), (1.2, 0.7, 64.0)]
piano = sampler.play(tune, sample_rate, patch="electric piano")
play(piano, sample_rate, title="the recording")

# %%
window = np.hanning(2205)  # 50 ms
even = np.arange(0, len(piano) - 6000, 184)  # a third of the hop of 551 samples
play(cloud(piano, even, 551, window), sample_rate, title="three times as long, even")

# %%
rng = np.random.default_rng(0)
aside = np.clip(even + rng.integers(-1300, 1300, len(even)), 0, len(piano) - 2205)
play(cloud(piano, aside, 551, window), sample_rate, title="grains from aside")

# %% [markdown]
# The synthesizer has more to turn: pitch, direction, place in the stereo image,
# density. Here a moment of the same recording is frozen, and then everything is left
# to chance.

# %%
draws = rng.uniform(-1.0, 1.0, 4000)
frozen = granular.granulate(
    piano, sample_rate, noise=draws, duration=3.0, position=0.7, speed=0.0,
    spray=0.05, grain=0.2, spread=1.0,
)  # fmt: skip
play(frozen, sample_rate, title="frozen at 0.7 s")

# %%
rain = granular.granulate(
    piano, sample_rate, noise=draws, duration=3.0, spray=0.8, density=20.0,
    grain=0.15, pitch_spray=12.0, reverse=0.5, spread=1.0, shape="decay",
)  # fmt: skip
play(rain, sample_rate, title="left to chance")

# %% [markdown]
# ### A keyboard of recordings
#
# A sampler reads a recording at the ratio of the wanted pitch to its own. That is
# `read_table` once more, without the modulo, and so it has the same problem: read twice
# as fast, everything above a quarter of the sample rate comes back. `varispeed` leaves
# it out first. And when the recording is over before the key is released, a *loop* goes
# on: `find_loop` looks for two places whose surroundings are alike.

# %%
from dsplab.sources.looping import find_loop
from dsplab.sources.transposition import varispeed

up = varispeed(piano, np.full(sample_rate, 1.5))
play(up, sample_rate, title="a fifth higher, and shorter")

# %% alt="Two waves, one at each end of a loop, which nearly agree"
zone = sampler.instrument("strings")[1]
start, end = find_loop(zone.x, zone.sample_rate, shortest=1.0)
around = np.arange(-300, 300)
fig, ax = plt.subplots(figsize=(9, 2.5), layout="constrained")
for name, place in {"start of the loop": start, "end of the loop": end}.items():
    ax.plot(1000 * around / zone.sample_rate, zone.x[place + around], label=name)
ax.set(xlabel="time around it (ms)", ylabel="amplitude")
ax.legend()
plt.show()

# %%
long = sampler.play([(0.0, 5.0, 55.0)], sample_rate, patch="strings")
play(long, sample_rate, title="2.6 seconds, held for 5")

# %% [markdown]
# Eight players never come round to the same place at the same time, so the two ends do
# not agree exactly; a cross-fade of 0.2 s hides the seam.
#
# ### Who plays? MIDI files
#
# A bank of recorded notes needs somebody to press the keys. A MIDI file says only that:
# which key goes down when and how hard, when it comes up, how the wheels and pedals
# move. It counts time in *ticks*, parts of a beat, and says every now and then how long
# a beat lasts. With the tempo $T_i$ (beats a minute) from beat $b_i$ on, beat $b$ after
# the last of these changes is at
#
# $$ t(b) = t_i + (b - b_i) \, \frac{60}{T_i}, \qquad
# t_i = t_{i-1} + (b_i - b_{i-1}) \, \frac{60}{T_{i-1}}, \qquad t_0 = 0. $$

# %%
from dsplab.formats.midi_notes import midi_of
from dsplab.rendering import render_midi
from dsplab.sources.notes import parse_score

tune = parse_score("C4 E4 G4 C5/2 | A4 F4 E4 D4 | C4+E4+G4/3", tempo=140)
played = render_midi(midi_of(tune, tempo=140), sample_rate, gain=0.6)
play(played, sample_rate, title="a MIDI file, on a bank of samples")

# %%
bells = render_midi(tune, sample_rate, engine="fm:bell", gain=0.6)
play(bells, sample_rate, title="the same, on a synthesizer")

# %% [markdown]
# **Exercise 3.** Write `beat_times`: at which second is each of some beats, if the
# tempos are rows (beat, beats a minute)?


# %% tags=["solution"]
def beat_times(beats, tempos):
    marks, rates = tempos.T
    starts = np.append(0.0, np.cumsum(np.diff(marks) * 60 / rates[:-1]))
    k = np.searchsorted(marks, beats, side="right") - 1
    return starts[k] + (beats - marks[k]) * 60 / rates[k]


# %% tags=["check"]
check("beat_times", beat_times)

# %% [markdown]
# **Exercise 4.** Networks that learn music do not read events, but a picture of them:
# a row for each moment, a column for each key. Write `piano_roll`; notes are rows
# (onset, duration, key, velocity), row $k$ is the moment $k / \mathrm{frame\_rate}$.


# %% tags=["solution"]
def piano_roll(notes, frame_rate, n_frames):
    moments = np.arange(n_frames) / frame_rate
    roll = np.zeros((n_frames, 128))
    for onset, duration, key, velocity in notes:
        held = (onset <= moments) & (moments < onset + duration)
        roll[held, int(key)] = np.maximum(roll[held, int(key)], velocity)
    return roll


# %% tags=["check"]
check("piano_roll", piano_roll)

# %% alt="A piano roll: bars that climb, fall again and end in a chord of three"
roll = piano_roll(np.array(tune), 20, 100)
fig, ax = plt.subplots(figsize=(9, 2.5), layout="constrained")
ax.imshow(roll.T, origin="lower", aspect="auto", extent=(0, 5, -0.5, 127.5))
ax.set(xlabel="time (s)", ylabel="key", ylim=(55, 78))
plt.show()

# %% [markdown]
# ## Exercises
#
# * **5** (listen). Play `read_table(saw, f, ...)` for f from 100 to 4000 Hz, in steps
#   of a semitone. From which pitch on do you hear wrong notes? And with the mip map?
# * **6** (change and run). In `read_table`, take the point below instead of the
#   straight line, and repeat the check. How many dB does a doubling bring now?
# * **7** (derive). A straight line between points is a convolution with a triangle.
#   What does that do to a harmonic at a quarter of the table's length?
# * **8** (change and run). Let `even` run backwards. Why is the melody reversed, but
#   the sound of each moment not? What has happened to the attacks?
# * **9** (play). Make grains of 5, 20, 80 and 300 ms from a recording of your own
#   voice. Where do words end and vowels begin?
# * **10** (think). Which share of the harmonics of a saw recorded at 220 Hz must be
#   left out to play it at 880 Hz? Why is the result not duller than a saw of 880 Hz
#   should be?
# * **11** (build). Spread three recordings over the keyboard with `sampler.map_keys`,
#   and play a scale across the borders. Can you hear where one recording ends?
# * **12** (prove). Copies of the Hann window a quarter of its length apart add up to
#   2. Show it. For which other distances is the sum constant?

# %% [markdown] tags=["solution"]
# **Answers.** *6.* 6 dB: the error is now as large as a step, not as a step squared.
# *7.* The triangle's spectrum is $\operatorname{sinc}^2$; at a quarter of the points it
# is $\operatorname{sinc}^2(1/4) = 0.81$, so the harmonic is 1.8 dB weaker. *8.* A grain
# runs forwards wherever it is taken from; attacks swell instead of striking, as their
# parts come in the wrong order. *10.* Three quarters: up two octaves, harmonics above a
# quarter of 22 kHz rise too far. A saw of 880 Hz has no more than the rest either.
# *12.* Four cosines, a quarter of a period apart, cancel in pairs, and four times one
# half is left: 2. For every $1/n$ of the length, from $n = 2$ on, where the sum is $n /
# 2$.
