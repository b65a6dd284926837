# %% [markdown]
# # 22. GANSynth
#
# You need the short-time Fourier transform (lesson 13) and what a network and its loss
# are (lesson 10). By the end you know why phase is hard to learn and its *turning* is
# easy, and how two networks that play against each other draw a whole note at once.
#
# ## Listen
#
# WaveNet composes one sample after the other. Here is a network that draws a note of
# half a second in one go: a tune, with one timbre, then with another.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import neural
from dsplab.check import check
from dsplab.show import play
from dsplab.spectral import istft, stft

# %%
from neural.latents import between
from neural.notes import gansynth, progressive_gan
from neural.recipes.gansynth import in_tune

params, config = neural.pretrained("gansynth")
sample_rate = config.sample_rate


def draw_notes(pitch, z):
    return np.asarray(gansynth.generate(params, None, config=config, pitch=pitch, z=z))


# %%
def timbre(seed):
    return jax.random.normal(jax.random.key(seed), (config.n_latent,))


tune = np.array([60, 64, 67, 72, 76, 79, 84, 72])
play(draw_notes(tune, timbre(1)).ravel(), sample_rate, title="a timbre")

# %%
play(draw_notes(tune, timbre(4)).ravel(), sample_rate, title="another timbre")

# %% [markdown]
# ## Look
#
# Convolutional networks are good at pictures. So a note becomes one: the loudness of
# every bin and frame, and its phase. Below a tone of 330 Hz with five harmonics.


# %%
def tone(f0, start=0.0, n_samples=4000):
    t = np.arange(n_samples) / sample_rate + start
    fade = np.exp(-3 * np.arange(n_samples) / n_samples)
    partials = [np.sin(2 * np.pi * k * f0 * t) / k for k in range(1, 6)]
    return 0.3 * fade * sum(partials)


def spectrum(x):
    return stft(x, n_fft=256, hop_length=64, center=False)


# %% alt="Loudness: five straight lines. Phase: a pattern like noise."
X = spectrum(tone(330.0))
figure, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
for ax, picture, title in zip(
    axes, (np.log(np.abs(X) + 1e-6), np.angle(X)), ("loudness", "phase"), strict=True
):
    ax.imshow(picture, origin="lower", aspect="auto")
    ax.set(title=title, xlabel="frame")
axes[0].set_ylabel("bin")
plt.show()

# %% [markdown]
# The left picture says "a note with five harmonics" at a glance. The right one looks
# like noise, although it belongs to the most regular of sounds. And it changes when the
# note begins a little earlier: ten starts within one period, and the phase of the
# loudest bin in one frame takes any value.

# %%
rng = np.random.default_rng(0)
starts = rng.uniform(0, 1 / 330, 10)
loudest = np.abs(X[:, 20]).argmax()
phases = [np.angle(spectrum(tone(330.0, start))[loudest, 20]) for start in starts]
print("phases:", np.round(phases, 1))

# %% [markdown]
# What would a network learn that is shown all of these, and asked for the phase? Their
# mean, which is nothing.
#
# ## Derive
#
# A partial of frequency $f$ turns by the same angle from each frame to the next,
#
# $$ \varphi[m+1] - \varphi[m] = 2\pi f H / f_s \pmod{2\pi}, $$
#
# with $H$ the hop, wherever it began. That step, in half turns and brought into
# $[-1, 1]$, is the **instantaneous frequency**, IF. A steady partial is a steady row;
# every start gives the same; what is left to be learned is *which note it is*. The
# first frame has no frame before it and keeps its phase, so that a sum gives all phases
# back: nothing is lost.
#
# With **mel** rows the low harmonics get more room: bins are gathered by triangles,
# even in mel (lesson 19 has such bands).
#
# **Two networks.** The generator $G$ makes a picture of noise $z$ and a pitch $p$. The
# critic $D$ gives real pictures high numbers and generated ones low numbers; $G$ wants
# high ones. $D$ must not be steep, or it tells $G$ nothing: its slope is held near 1 on
# the way from real to fake.
#
# $$ L_D = \mathrm{E} D(G(z, p)) - \mathrm{E} D(x) + 10\,\mathrm{E}
#    (|\nabla D(u)| - 1)^2, \qquad L_G = -\mathrm{E} D(G(z, p)) $$
#
# $D$ also says which pitch it sees; both networks are paid for its being right. So $G$
# draws the pitch it is told, and $z$ is left with everything else: the timbre.
#
# ## Implement
#
# **Exercise 1.** `phase_turns(angle)`: how far the phases turn from frame to frame, in
# half turns within $[-1, 1]$; column 0 is the first phase itself, over $\pi$.


# %% tags=["solution"]
def phase_turns(angle):
    half = np.diff(angle, axis=1) / np.pi
    wrapped = half - 2 * np.round(half / 2)
    return np.concatenate([angle[:, :1] / np.pi, wrapped], axis=1)


# %% tags=["check"]
check("phase_turns", phase_turns)

# %% [markdown]
# **Exercise 2.** `phases_again(turns)`: the way back, radians within $[-\pi, \pi]$.


# %% tags=["solution"]
def phases_again(turns):
    half = np.cumsum(turns, axis=1)
    return np.pi * (half - 2 * np.round(half / 2))


# %% tags=["check"]
check("phases_again", phases_again)

# %% [markdown]
# ## Check
#
# From sound to loudness and turns and back, with your functions: what is lost?

# %%
x = tone(330.0)
turns = phase_turns(np.angle(spectrum(x)))
again = np.abs(spectrum(x)) * np.exp(1j * phases_again(turns))
y = istft(again, hop_length=64, center=False, length=len(x))
inner = slice(256, -256)
print("largest difference:", np.abs(y - x)[inner].max())

# %% [markdown]
# Now the same two pictures with your turns in place of the phase. Where the lines are,
# the turning keeps still.

# %% alt="Loudness: straight lines. Turning: straight bands of one colour along them."
figure, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
for ax, picture, title in zip(
    axes, (np.log(np.abs(X) + 1e-6), turns), ("loudness", "turning"), strict=True
):
    ax.imshow(picture, origin="lower", aspect="auto")
    ax.set(title=title, xlabel="frame")
axes[0].set_ylabel("bin")
plt.show()

# %% alt="Phase of one bin: a saw tooth. The same, unwrapped: a straight line."
k = np.abs(X).sum(axis=1).argmax()
plt.figure(figsize=(7, 2.6))
plt.plot(np.angle(X[k]), label=f"phase of bin {k}")
plt.plot(np.unwrap(np.angle(X[k])), label="unwrapped")
plt.gca().set(xlabel="frame", ylabel="radians")
plt.legend()
plt.show()

# %% [markdown]
# How much is there to guess? Take fifty tones of one pitch that begin anywhere, and of
# each bin and frame the mean direction on the circle: 1 if all agree, near 0 if they
# point anywhere. Loud places count more.


# %%
def agreement(pictures, weights):
    mean = (weights * np.exp(1j * np.pi * pictures)).sum(axis=0)
    return np.abs(mean)[:, 1:].sum() / weights[..., 1:].sum()


many = [spectrum(tone(330.0, s)) for s in rng.uniform(0, 1 / 330, 50)]
loud = np.abs(many)
for name, picture in (("phase", lambda X: np.angle(X) / np.pi),
                      ("turning", lambda X: phase_turns(np.angle(X)))):  # fmt: skip
    print(f"{name}: {agreement(np.array([picture(X) for X in many]), loud):.2f}")

# %% [markdown]
# The turning is the same in all of them. A network that draws phases has to make up a
# start for each note and keep to it in every row and frame; one that draws the turning
# need not.
#
# Do not take that for a proof; ask the sound. How much of a note comes again 64 ms, a
# whole frame, later, at the best delay within one period? Of real notes 0.90. Trained
# for 3000 steps on phases, a small GANSynth's notes have 0.23, no more than with phases
# drawn by lot (0.24): no phase was learned. On the turning they have 0.38, by lot 0.19.
#
# Yet 83 % of the notes drawn by phases are heard at the pitch asked for, and 62 % of
# the others! By lot it is the same: pitch is in the loudness, where each harmonic has
# its rows, and beside phases loudness is learned sooner, if less well in the end: after
# 9000 steps phases have 84 %, the turning of mel rows, which is shipped, 93 %. Frames
# that overlap four times instead of twice change none of this, and another seed changes
# pitch by twenty points. The paper found the turning better by ear, and pitch hardly
# different: always ask what a measure can hear. `python -m bench gan_pictures`.
#
# ## Play
#
# **Timbre moves, pitch holds.** $z$ is drawn from a normal law, so all $z$ lie near a
# sphere; between two of them one walks along it. Eight stops at one pitch:

# %%
way = between(timbre(1), timbre(4), jnp.linspace(0.0, 1.0, 8))
morph = draw_notes(np.full(8, 67), way)
play(morph.ravel(), sample_rate, title="from one timbre to the other, pitch 67")

# %% [markdown]
# Does the pitch hold? Take ten ways at every fifth pitch, and listen to their ends and
# to the middle; then on, half as far again beyond the second end.


# %%
def share_in_tune(part):
    pitch = np.tile(np.arange(60, 85, 5), 10)
    a, b = (jax.random.normal(jax.random.key(k), (50, config.n_latent)) for k in (8, 9))
    return in_tune(draw_notes(pitch, between(a, b, part)), pitch, config)


for part in (0.0, 0.5, 1.0, 1.5):
    print(f"part {part}: {share_in_tune(part):.0%} in tune")

# %% [markdown]
# **A chord whose notes have different timbres**, and one whose timbre drifts through
# the whole keyboard.

# %%
chord = draw_notes(
    np.array([60, 64, 67, 72]), between(timbre(2), timbre(7), jnp.linspace(0, 1, 4))
)
play(chord.sum(axis=0) / 2, sample_rate, title="a chord, four timbres")  # fmt: skip

# %%
scale = np.array([60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83, 84])
drift = between(timbre(4), timbre(11), jnp.linspace(0, 1, len(scale)))
play(draw_notes(scale, drift).ravel(), sample_rate, title="a scale that changes")

# %% [markdown]
# **Nobody told it the pitch.** The progressive GAN, on which GANSynth is built, learned
# the same notes, first as pictures of 4 x 32 points, then larger. It was never told a
# key; listen to whether its notes have one.

# %%
growing, sizes = neural.pretrained("progressive-gan")
notes = progressive_gan.play(growing, jax.random.key(0), n_notes=8, config=sizes)
play(np.asarray(notes).ravel(), sample_rate, title="notes of no particular key")

# %% [markdown]
# ## Exercises
#
# * **3** (change and run). Add noise of 0.1 to `turns`, then to the phases over $\pi$
#   instead, and play what comes back. Which error sounds worse, and when does it grow?
# * **4** (change and run). `tone` with a vibrato: what does the turning look like now?
# * **5** (change and run). Walk from timbre 1 to 4 on the straight line,
#   `neural.latents.straight`. What is different in the middle? Print the length of $z$
#   there.
# * **6** (program). The slope: `jax.grad` of `lambda x: D(x).sum()` gives every row its
#   own gradient. Write the penalty in two lines, and check it with $D(x) = 3 x_0 + 4
#   x_1$.
# * **7** (think). With a hop of half the window a tone one bin higher turns half a
#   turn more each frame. Do the rows around one partial then differ in their turning?
#   What happens to a row's turning when the pitch slides up by two bins?
# * **8** (prove). $D$ gains nothing from adding a constant to all its numbers. Which
#   term of GANSynth's loss keeps them near 0 all the same?
# * **9** (measure). Draw 16 notes of one key, each from another $z$. How different are
#   their log spectra from each other, and how different are those of real notes of that
#   key? What would a generator do that has found one note that fools its critic?

# %% [markdown] tags=["solution"]
# **Answers.** *3.* Errors of the turning add up: after $m$ frames they are $\sqrt m$
# times as large, so the tone trembles more and more, and its pitch wavers. Errors of
# the phase stay as they are: an even roughness. *4.* Its rows swing with the vibrato,
# the higher the harmonic the wider, and where a step passes a half turn they jump. *5.*
# The middle of the line is nearer to the origin, by up to $\sqrt 2$ if the two are at
# right angles: duller, more like the mean. (The generator's first step scales $z$
# together with the pitch, so a shorter $z$ also tells the pitch louder.) *6.* `g =
# jax.grad(lambda x: D(x).sum())(u); jnp.mean((jnp.linalg.norm(g, axis=1) - 1) ** 2)`:
# the slope is 5, the penalty 16. *7.* No: all rows that a partial reaches turn as it
# does, one colour. It runs through all colours once, $-1$ following on $1$; with a
# quarter of the window, over four bins. *8.* The drift, $0.001\,\mathrm{E} D(x)^2$; the
# distance and the slope do not change. *9.* Over all keys the shipped one has about
# three quarters of the spread of real notes. It would draw that note from every $z$: a
# spread near 0, which is called mode collapse.
