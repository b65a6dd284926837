# %% [markdown]
# # 2. Additive and subtractive synthesis
#
# You need lesson 1: partials, spectra, the spectrogram. By the end you can build a
# sound in two ways: by adding what should be in it, or by starting with too much and
# taking away; and you have written the envelope that both of them need.
#
# ## Listen
#
# An organ, a bell, a choir. None of them was recorded. Each is a sum of sines.

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play
from dsplab.synths import additive, subtractive

sample_rate = 16000
chord = [(0.0, 1.5, 48), (0.0, 1.5, 60), (0.0, 1.5, 64), (0.0, 1.5, 67)]
play(additive.play(chord, sample_rate, patch="organ"), sample_rate, title="organ")

# %%
bell = additive.play([(0.0, 1.0, 64)], sample_rate, patch="bell")
play(bell, sample_rate, title="bell")

# %%
play(additive.play(chord, sample_rate, patch="choir"), sample_rate, title="choir")

# %% [markdown]
# And a bass that was made the other way round: a bright, buzzing wave, most of which a
# filter then took away.

# %%
from dsplab.sources.sequencer import sequence

line = sequence("A1 A1 A2 - A1 C2 - G1", tempo=120, accents="x..x..x.", n_repeats=2)
bass = subtractive.play(line, sample_rate, patch="bass")
play(bass, sample_rate, title="a bass line")

# %% [markdown]
# ## Look
#
# Spectrograms, as in lesson 1. Follow single lines in the bell: they do not stand at
# equal distances (that is why it has no clear pitch), and the higher they are, the
# sooner they end. In the bass every note begins with many lines and keeps only a few:
# you can see the filter close.


# %%
def show_spectrogram(x, ax, title, top=3000):
    from dsplab.spectral import stft

    level = 20 * np.log10(np.abs(stft(x, n_fft=1024, hop_length=128)) + 1e-3)
    extent = (0, len(x) / sample_rate, 0, sample_rate / 2)
    ax.imshow(level, origin="lower", aspect="auto", extent=extent, vmin=-50)
    ax.set(xlabel="time (s)", ylabel="frequency (Hz)", title=title, ylim=(0, top))


# %% alt="Spectrograms: lines of a bell that end one by one; a bass that gets duller"
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
show_spectrogram(bell[: 3 * sample_rate], left, "bell")
show_spectrogram(bass, right, "bass line")
plt.show()

# %% [markdown]
# ## Derive
#
# **Adding.** A wave that repeats $f_0$ times a second is a sum of *harmonics*, sines at
# $f_0, 2 f_0, 3 f_0, \dots$ (Fourier). So choose how strong each is, and add:
#
# $$ y[n] = \sum_{k=1}^{K} a_k \sin(2\pi k \, \varphi[n]). $$
#
# $\varphi[n]$ is the *phase* of the fundamental in cycles: how often it has gone round
# by sample $n$. At a steady pitch that is $f_0 \, n / \mathrm{sample\_rate}$. But a
# pitch that moves goes round by $f_0[m] / \mathrm{sample\_rate}$ at each sample $m$,
# and what is past is past. So the steps are added up:
#
# $$ \varphi[n] = \sum_{m < n} \frac{f_0[m]}{\mathrm{sample\_rate}}. $$
#
# **What does not fit.** Samples can only say frequencies below $\mathrm{sample\_rate} /
# 2$. A sine above that is not silent: its samples are exactly those of a lower one, at
# $\mathrm{sample\_rate} - f$, and that is what you hear: *aliasing*, a wrong note. Who
# adds has an easy remedy: leave out what does not fit.
#
# ## Implement
#
# **Exercise 1.** Write `harmonic_sum`. `f0` is an array with the pitch at every sample.
# Mind both points above: the phase of a moving pitch, and harmonics that come and go.


# %% tags=["solution"]
def harmonic_sum(f0, amplitudes, sample_rate):
    phase = np.concatenate([[0.0], np.cumsum(f0[:-1])]) / sample_rate
    y = np.zeros(len(f0))
    for k, amplitude in enumerate(amplitudes, start=1):
        heard = k * f0 < sample_rate / 2
        y += np.where(heard, amplitude * np.sin(2 * np.pi * k * phase), 0.0)
    return y


# %% tags=["check"]
check("harmonic_sum", harmonic_sum)

# %% [markdown]
# Three recipes that you should know by heart. All harmonics, falling as $1/k$: the
# *saw*, which sounds like strings and brass. Only odd ones, also $1/k$: the *square*,
# hollow like a clarinet. Only odd ones, as $1/k^2$ with alternating signs: the
# *triangle*, nearly a flute.

# %%
k = np.arange(1, 40)
odd = k % 2
recipes = {
    "saw": 1 / k,
    "square": odd / k,
    "triangle": odd * np.sin(np.pi * k / 2) / k**2,
}
f0 = np.full(sample_rate, 220.0)
waves = {name: harmonic_sum(f0, a, sample_rate) for name, a in recipes.items()}
play(0.2 * np.concatenate(list(waves.values())), sample_rate, title="three recipes")

# %% alt="Three waves made of sines: a falling saw, a square, a triangle"
plt.figure(figsize=(9, 2.5))
for name, wave in waves.items():
    plt.plot(1000 * np.arange(200) / sample_rate, wave[:200], label=name)
plt.gca().set(xlabel="time (ms)", ylabel="amplitude")
plt.legend()
plt.show()

# %% [markdown]
# Sums that end cannot jump: the edges swing a little before and after. Those ripples
# are what a saw *must* look like when nothing above half the sample rate is in it.
#
# ### Envelopes
#
# So far every tone is switched on and off. What tells a struck string from a bowed one
# is how its level moves. The classic *envelope* has four parts: in the *attack* it
# rises to 1, in the *decay* it falls to the *sustain* level, there it stays while the
# key is held, and in the *release* it goes to 0.
#
# The difficult moment is a short note, let go before the sustain is reached. The sound
# must end from the level where it is at that moment. If it jumped to the sustain level
# first, you would hear a click.
#
# **Exercise 2.** Write `envelope`, with straight lines. (`np.interp` draws a line
# through points.)


# %% tags=["solution"]
def envelope(held, attack, decay, sustain, release, length, sample_rate):
    def level(t):
        return np.interp(t, [0.0, attack, attack + decay], [0.0, 1.0, sustain])

    t = np.arange(length) / sample_rate
    end = level(held) * np.clip(1.0 - (t - held) / release, 0.0, 1.0)
    return np.where(t < held, level(t), end)


# %% tags=["check"]
check("envelope", envelope)

# %%
saw = waves["saw"]
struck = envelope(1.0, 0.002, 0.7, 0.0, 0.1, len(saw), sample_rate)
bowed = envelope(0.7, 0.3, 0.1, 0.8, 0.3, len(saw), sample_rate)
both = np.concatenate([struck**2 * saw, bowed * saw])
play(0.25 * both, sample_rate, title="the same saw, struck and bowed")

# %% [markdown]
# ### Every partial its own life
#
# One envelope for all is a loudspeaker being turned up. In a real sound every partial
# has its own, and additive synthesis can do that: here each harmonic of a string dies
# away the sooner the higher it is, $a_k[n] = e^{-k t} / k$. Compare with the same
# harmonics that all end together.

# %%
t = np.arange(2 * sample_rate) / sample_rate
sines = [np.sin(2 * np.pi * 110 * m * t) / m for m in k]
together = sum(sines) * np.exp(-3 * t)
each = sum(s * np.exp(-0.7 * m * t) for m, s in zip(k, sines, strict=True))
play(0.2 * np.concatenate([together, each]), sample_rate, title="together; each alone")

# %% [markdown]
# ### Taking away
#
# To give 40 partials a life each is a lot to decide. The *subtractive* synthesizer
# decides two things: a wave that has everything (a saw, say), and a filter that lets
# through what is below its *cutoff*. An envelope on the loudness, another on the
# cutoff, and you have nearly every synthesizer that was sold in the seventies:
#
# $$ y[n] = \mathrm{envelope}_1[n] \cdot \mathrm{filter}(\mathrm{saw}[n],
# \mathrm{cutoff} \cdot 2^{\,\mathrm{octaves} \cdot \mathrm{envelope}_2[n]}). $$
#
# How such a filter works is lesson 3. Here we use one. Its `q` makes what is near the
# cutoff louder: *resonance*.

# %%
from dsplab.filters.time_varying import state_variable
from dsplab.sources.oscillators import oscillator

n = 2 * sample_rate
buzz = oscillator(np.full(n, 82.4), sample_rate, shape="saw")
opening = envelope(1.0, 0.02, 0.6, 0.2, 0.5, n, sample_rate)
cutoff = 150 * 2 ** (4 * opening)
y = opening * state_variable(buzz, cutoff, sample_rate, q=4.0)
play(0.3 * np.concatenate([buzz[:sample_rate], y]), sample_rate, title="saw; filtered")

# %% alt="Spectrogram: the lines of a saw, cut off along a curve that falls with time"
fig, ax = plt.subplots(figsize=(9, 2.5), layout="constrained")
show_spectrogram(y, ax, "what the filter leaves")
ax.plot(np.arange(n) / sample_rate, cutoff, "w--", linewidth=1)
plt.show()

# %% [markdown]
# `oscillator` does not add sines: it draws the saw and repairs its jumps, which costs
# the same whatever the pitch. What is there to repair? Draw the saw by its formula and
# let it glide upwards, and you hear partials that should not be there come *down*.

# %%
glide = 300 * 16.0 ** np.linspace(0, 1, n)
plain = oscillator(glide, sample_rate, shape="saw", antialiasing="none")
clean = oscillator(glide, sample_rate, shape="saw")
play(0.15 * plain, sample_rate, title="the saw by its formula")

# %%
play(0.15 * clean, sample_rate, title="the jumps repaired")

# %% alt="Spectrograms: lines that are reflected at the top; lines that end there"
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
show_spectrogram(plain, axes[0], "by its formula", top=8000)
show_spectrogram(clean, axes[1], "repaired", top=8000)
plt.show()

# %% [markdown]
# What still comes back on the right stays above 6 kHz: no repair is perfect up to the
# very last frequency. (At 44.1 kHz that is beyond what anybody hears.)
#
# ## Check
#
# Your functions agree with their definitions. Do they agree with the rest? `dsplab` has
# the same sum, and the same envelope, whose segments may bend (`curve=0`: straight).
# The last line asks for the error of the fast way in which the additive synthesizer
# adds: it makes one cycle for each moment by an inverse Fourier transform.

# %%
from dsplab.sources.envelopes import adsr
from dsplab.sources.oscillators import harmonic_oscillator
from dsplab.sources.partials import sum_partials

# %%
mine = harmonic_sum(glide, recipes["saw"], sample_rate)
theirs = harmonic_oscillator(glide, recipes["saw"], sample_rate)
print("harmonic sum:", np.abs(mine - theirs).max())
straight = {"attack_curve": 0, "decay_curve": 0, "release_curve": 0}
times = {"attack": 0.02, "decay": 0.6, "sustain": 0.2, "release": 0.5}
theirs = adsr(1.0, n, sample_rate, **times, **straight)
print("envelope:", np.abs(opening - theirs).max())
fast = sum_partials(f0, recipes["saw"][:30, None], sample_rate)
slow = harmonic_sum(f0, recipes["saw"][:30], sample_rate)
print(f"fast way: {20 * np.log10(np.abs(fast - slow).max()):.0f} dB")

# %% [markdown]
# ## Play
#
# An arpeggiator plays the keys of a chord one by one, a sequencer a row of steps, a
# drum machine a beat. All three are lists of notes, and any synthesizer can play them.
# Change the patches (`subtractive.PRESETS`, `additive.PRESETS`), the chords, the style.

# %%
from dsplab.sources.arpeggiator import arpeggiate
from dsplab.sources.notes import parse_score
from dsplab.synths.drum_loops import drum_loop

tempo = 120
chords = parse_score("A3+C4+E4/4 F3+A3+C4/4", tempo=tempo)
figure = arpeggiate(chords, tempo=tempo, order="up_down", octaves=2, latch=True)

# %%
high = subtractive.play(figure, sample_rate, patch="pluck")
rng = np.random.default_rng(1)
beat = drum_loop("house", sample_rate=sample_rate, tempo=tempo, bars=2, rng=rng)
length = len(beat)
song = 0.5 * beat + 0.6 * np.resize(bass[: length // 2], length)
song[: min(length, len(high))] += 0.7 * high[:length]
play(song, sample_rate, title="beat, bass and arpeggio")

# %% [markdown]
# ## Exercises
#
# Those above were 1 and 2. These go from changing a number to a proof.
#
# * **3** (change and run). Give `additive.drawbars` other digits and play the chord
#   with `additive.PRESETS["organ"]._replace(levels=...)`. Which drawbar makes the
#   "flute", which the "scream"?
# * **4** (change and run). In the subtractive tone, set `q` to 0.7 and to 20, and the
#   four octaves of the cutoff to one and to six. Which is "more synthesizer"?
# * **5** (listen). Play `harmonic_sum` with the amplitudes of the saw, then with random
#   signs, `rng.choice([-1, 1], 39)`. The wave looks different. Does it sound so?
# * **6** (measure). How much louder than the fundamental can a filter with `q = 10`
#   make the third harmonic of a square? Find the cutoff, then measure it with an FFT.
# * **7** (think). A saw of 440 Hz at 16 kHz, drawn by its formula: where do partials
#   18, 19 and 20 end up? Why is the result not even a wrong *chord*?
# * **8** (prove). Show that a square wave is the difference of two saws, one of them
#   moved by half a period, from the recipes alone.
# * **9** (prove). A wave that jumps has amplitudes that fall as $1/k$, one with corners
#   but no jumps, as the triangle, as $1/k^2$. Show it. (Integrate by parts.)

# %% [markdown] tags=["solution"]
# **Answers.** *3.* 8 and 4 feet (the third and fourth digit) are mild; the ninth, 1
# foot, screams. *4.* The range of the cutoff is the gesture, $q$ its accent. *5.*
# Hardly different at this pitch: the ear listens to levels first, to phases little.
# *6.* By about 9.5 dB. With the cutoff at the third harmonic, it gains $20 \log_{10} 10
# = 20$ dB; it was 9.5 dB weaker; and the fundamental gains 1 dB, too. *7.* $18 \cdot
# 440 = 7920$ Hz still fits; 19 and 20 come back at $16000 - 8360 = 7640$ and $16000 -
# 8800 = 7200$ Hz, which are no multiples of 440. *8.* Half a period later, $\sin(2\pi
# k(\varphi - 1/2)) = (-1)^k \sin(2\pi k \varphi)$: in the difference even harmonics
# vanish and odd ones double. *9.* To integrate the wave times a sine by parts is to
# integrate its slope times a cosine, divided by $2\pi k$. A jump is left over at once,
# with $1/k$; a corner is a jump of the slope, and is left over the second time.
