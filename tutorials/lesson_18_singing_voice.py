# %% [markdown]
# # 18. A voice that sings
#
# You need lessons 14 to 16: harmonics and their phases, residual, transposition under
# an envelope. By the end you have taken a singer apart into small pieces, moved them to
# other notes without changing who sings, and joined them so that nobody hears where.
# This is the principle of the singers that fill concert halls without existing.
#
# ## Listen

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play, plot_spectrogram
from dsplab.synths.singing import STYLES, parse_song, sing
from dsplab.synths.singing.database import find_voice
from dsplab.synths.singing.envelope import transpose
from dsplab.synths.singing.selection import place_units, timetable
from dsplab.synths.singing.singer import plan, render

# %%
sample_rate = 44100
text = """
tempo 100
notes C3  D3 E3 F3 | G3/2  E3 C3/3
words do  re mi fa   sol   la si
"""
play(sing(text, sample_rate), sample_rate, title="do re mi")

# %% [markdown]
# The same score, sung in other ways. Listen to what changes and what does not: the
# words stay intelligible, and in the last it is somebody else.

# %%
play(sing(text, sample_rate, style="soft"), sample_rate, title="soft")

# %%
play(sing(text, sample_rate, style="opera"), sample_rate, title="opera")

# %%
play(sing(text, sample_rate, style="child"), sample_rate, title="child")

# %% [markdown]
# ## Look
#
# Nobody recorded this melody. What was recorded is a list of meaningless words (*ala*,
# *asa*, *ea* ...), each on three pitches, with labels that say when each sound begins.
# They were cut into **units**. An *articulation* reaches from the middle of one sound
# to the middle of the next; a *stationary* unit is a piece of a vowel that is held.

# %%
voice = find_voice("tenor")
pitches = sorted({round(unit.pitch) for unit in voice.units})
print(len(voice.units), "units at pitches", pitches)
la = [u for u in voice.units if u.left == "l" and u.right == "a"]
for unit in la:
    seconds = voice.seconds(unit)
    print(f"l-a at {unit.pitch:.1f}: {seconds:.3f} s, 'a' from {unit.boundary:.3f} s")

# %% [markdown]
# Why cut in the *middle* of sounds? Because the way from one sound to the next is what
# makes speech speech, and it cannot be computed. In the middle of a sound little moves,
# and there is a good place for a seam. For a language with $n$ sounds there are $n^2$
# ways: some hundreds of units, few enough to be recorded in an afternoon.

# %% alt="Formants of the unit l-a rise from a nearly closed mouth to an open one"
unit = la[0]
frames = np.arange(len(unit.f0)) * voice.hop_length / voice.sample_rate
number = np.arange(1, len(unit.level_db) + 1)
plt.figure(figsize=(9, 3.2))
plt.pcolormesh(frames, number * 110 / 1000, unit.level_db, vmin=-70, shading="nearest")
plt.axvline(unit.boundary, color="white", linestyle="--")
plt.gca().set(xlabel="time (s)", ylabel="frequency (kHz)", ylim=(0, 4),
              title="levels of the harmonics in l-a")  # fmt: skip
plt.colorbar(label="dB")
plt.show()

# %% [markdown]
# ## Derive
#
# **When.** A singer is on the beat with the *vowel*; the consonants come before it. So
# the *s* of *sol* is sung while it is still *fa*'s turn. Here is the timetable.

# %%
song = parse_song(text)
for seconds, sound in timetable(place_units(song, voice))[:9]:
    print(f"{seconds:7.3f} s  {sound}")

# %% [markdown]
# **At which pitch.** Transposing by changing the speed moves the formants, too, and
# makes a mouse of the tenor. Instead: harmonic $h$ of the new pitch $f'$ is as loud as
# the throat is at $h f'$. The throat was heard only at $f, 2f, 3f \ldots$, so what lies
# between must be guessed, and a good guess is an *all-pole* model, since that is what a
# tube with a few resonances is:
#
# $$ E(\omega) = \frac{1}{|1 + a_1 e^{-i\omega} + a_2 e^{-2i\omega} + \ldots|^2}. $$

# %%
held = [u for u in voice.units if u.left == u.right == "a"][0]
level = held.level_db[:, 20:21]
ratios = np.linspace(0.3, 40, 1500)
between = transpose(np.repeat(level, 1500, 1), np.full(1500, 110.0), 110.0 * ratios,
                    n_rows=1)[0]  # fmt: skip

# %% alt="Harmonics at two pitches lie on the same curve with the formants of a"
plt.figure(figsize=(9, 3.2))
for ratio, mark in ((1.0, "o"), (2 ** (6 / 12), "s")):
    moved = transpose(level, np.array([110.0]), np.array([110.0 * ratio]))
    plt.plot(number * 0.11 * ratio, moved[:, 0], mark, label=f"{110 * ratio:.0f} Hz")
plt.plot(ratios * 0.11, between, color="gray", linewidth=1, label="envelope")
plt.gca().set(xlim=(0, 4), ylim=(-70, 0), xlabel="frequency (kHz)", ylabel="dB",
              title="the same throat, half an octave higher")  # fmt: skip
plt.legend()
plt.show()

# %% [markdown]
# **Without a seam.** Where two units meet, everything jumps: they come from different
# words, sung at different moments. Pitch is no problem, since we prescribe it. What is
# left are the *levels* of the harmonics and their *phases*. Listen to what happens if
# nobody cares.

# %%
natural = STYLES["natural"]
rough = render(plan(song, voice, natural, joined=False), voice, natural)
play(rough, sample_rate, title="units in a row")

# %% [markdown]
# Write the phase of harmonic $h$ as that of $h$ times the fundamental, plus a *shape*
# $\theta_h$ that says what the wave looks like. First the second unit is moved in time
# by the part of a period that makes the two waves most alike. What each harmonic still
# jumps by, $d_h$, is between $-\tfrac12$ and $\tfrac12$ of a cycle. It is not thrown
# away at once but shared out over $n$ frames to either side:
#
# $$ \theta^{\text{left}}_m \mathrel{+}= \tfrac12 d\,(1 - m/n), \qquad
#    \theta^{\text{right}}_m \mathrel{-}= \tfrac12 d\,(1 - m/n), $$
#
# $m = 0, 1, \ldots$ frames away from the joint. At the joint the two agree. Far away
# nothing has changed, and on the way each harmonic is out of tune by $d / (2n)$ cycles
# a frame, which nobody hears. Levels, in decibels, are treated in the same way. (In
# `dsplab` half a wave of a cosine stands in the place of the straight line, so that
# nothing begins or ends to move in a corner; exercise 11.)
#
# ## Implement
#
# **Exercise 1.** Write `join_phases` for one harmonic: `left` and `right` are phases in
# cycles, one value a frame; return all frames of both in one array.


# %% tags=["solution"]
def join_phases(left, right, n):
    jump = right[0] - left[-1]
    jump = jump - np.round(jump)
    before = np.maximum(1 - np.arange(len(left)) / n, 0)[::-1]
    after = np.maximum(1 - np.arange(len(right)) / n, 0)
    return np.concatenate([left + 0.5 * jump * before, right - 0.5 * jump * after])


# %% [markdown]
# ## Check

# %% tags=["check"]
check("join_phases", join_phases)

# %% alt="Two phase tracks that jump by 0.3 cycles, and the joined track without a jump"
rng = np.random.default_rng(3)
left, right = 0.2 + 0.01 * rng.standard_normal((2, 20)).cumsum(axis=-1)
right = right + 0.3
plt.figure(figsize=(9, 2.8))
plt.plot(np.concatenate([left, right]), "o", label="as recorded")
plt.plot(join_phases(left, right, 10), label="joined over 10 frames")
plt.gca().set(xlabel="frame", ylabel="cycles", title="one harmonic, two units")
plt.legend()
plt.show()

# %% [markdown]
# ## Play
#
# A singer's expression is mostly in the pitch: how long the voice takes from note to
# note, and how it trembles on the long ones. Here are the two extremes.

# %%
slow = STYLES["natural"]._replace(portamento=0.35, vibrato_cents=80.0)
phrase = "tempo 80\nnotes A2/2 E3/2 D3 C3 A2/3\nwords a - ve _ ma-ris"
y = sing(phrase, sample_rate, style=slow)
play(y, sample_rate, title="a great deal of feeling")

# %% alt="Spectrogram of a sung phrase with vibrato and slides between the notes"
plot_spectrogram(y, sample_rate)
plt.ylim(0, 3000)
plt.show()

# %% [markdown]
# Your own songs: write them into a file and say `dsplab sing song.txt song.wav`. A MIDI
# file with lyrics will do as well. And your own voice: sing the words that
# `python -m data_scripts.build_voice --words` prints, label them, and
# `python -m data_scripts.build_voice FOLDER --output me.voice` makes a voice of them.
#
# ## Exercises
#
# * **2** (change and run). Sing one note on *a* at C2, C3, C4 and C5 with
#   `style="straight"`. Where does the tenor stop being one, and why? (Which units are
#   there? How far are they moved?)
# * **3** (listen). Change `formants` of a style from -4 to 4 semitones. What does a
#   throat do to the vowels when it shrinks?
# * **4** (listen). Sing *sta* on short notes at tempo 80, 160 and 320. What becomes of
#   the consonants, and whose time do they take?
# * **5** (program). Replace `transpose` by straight lines of decibels between the
#   harmonics. At which pitch do you begin to hear it, and on which vowel?
# * **6** (program). Write the alignment: find the part $s$ of a period for which
#   $\sum_h a_h b_h \cos 2\pi(d_h - h s)$ is greatest. What does that sum mean in time?
# * **7** (program). Let vibrato move the loudness by itself: compare the level of a
#   harmonic below a formant with that of one above it while the pitch trembles.
# * **8** (change). The voice that comes along was never alive: it is the vowel
#   synthesizer of lesson 3 with noise for the consonants
#   (`data_scripts/voice/throat.py`). Make its *r* roll. Which units
#   are to be built anew?
# * **9** (think). Why is the seam in the middle of a sound, and not at its edge, where
#   things change anyway?
# * **10** (prove). Show that after `join_phases` the frames at the joint agree for
#   every $n \ge 1$, but for whole turns, and that no frame is moved by more than a
#   quarter of a cycle.
# * **11** (compare). A jump of $d$ cycles is spread over $n$ frames of $T$ seconds. How
#   far is the harmonic out of tune, in Hz, on a straight line and on half a wave of a
#   cosine, and where does its pitch jump?

# %% [markdown] tags=["solution"]
# **Answers.** *2.* Units lie at 45, 53 and 61; C5 is 11 semitones above the highest.
# *3.* All formants rise together: another person, a smaller one. *4.* They are said
# faster, and take at most half of the vowel before. *5.* Where a formant lies between
# two harmonics: high notes, and *i* and *u* first. *6.* It is the correlation of one
# period of both waves: $s$ is where they are most alike. *7.* Their levels move in
# opposite directions: the formant stays, the harmonics pass under it. *8.* All with an
# *r* on either side. *9.* At an edge everything moves, so two recordings never agree;
# in the middle they nearly do. *10.* At $m = 0$ both have taken $d/2$: left is
# $l + d/2$, right $r - d/2$, and $r - l = d$ plus whole turns. The shares are at most
# $\tfrac12 |d| \le \tfrac14$. *11.* $d / (2 n T)$ all along the line: its pitch jumps
# at both far ends, and not at the joint, where both sides lean the same way; on the
# cosine at most $\pi/2$ times as far, in the middle of each side, and nowhere a jump.
