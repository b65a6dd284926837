"""Chapter 2: notes drawn at once, by a GAN that grows, and by GANSynth."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

import neural
from neural import latents
from neural.notes import gansynth, progressive_gan
from neural.recipes import gansynth as recipe
from neural.recipes import progressive_gan as growing_recipe
from neural.spectrogram_pictures import drawn, from_patches
from tour import measures
from tour.chapters.notes import chapter
from tour.pictures import Picture, heights, panels
from tour.records import Figure, Player, Result
from tour.sounds import Sound

LESSON = "tutorials/lesson_22_gansynth.py"
TUNE = (60, 64, 67, 72, 76, 79, 84, 72)  # MIDI numbers
TIMBRES = 1, 4


@functools.cache
def _model():
    return neural.pretrained("gansynth")


@chapter.system(
    "Progressive GAN", source="neural/notes/progressive_gan.py", lesson=LESSON
)
def grown(_material):
    """Learned notes small and coarse first, then finer. Nobody told it which key a note
    was of; what it draws of nothing has one, mostly. Half a second at 4 kHz.
    """
    params, config = neural.pretrained("progressive-gan")

    def play():
        key = jax.random.key(0)
        x = progressive_gan.play(params, key, n_notes=100, config=config)
        return np.asarray(x, dtype=float)

    notes, seconds = measures.timed(play)
    patches = drawn(notes[:4].astype(np.float32), config)
    pictures = np.asarray(from_patches(patches, config.patch))[..., 0]
    score = growing_recipe.inception_of(notes, config)
    return Result(
        players=[Player("ten notes", loud(notes[:10].ravel(), config))],
        picture=side_by_side(
            pictures,
            [f"note {n}" for n in range(1, 5)],
            "The loudness of four notes that it drew, row by row: bright lines lie one "
            "above the other at the harmonics of a key, another in each.",
        ),
        figures=[
            Figure(
                "Inception score", measures.number(score), "", "of keys; at most 25"
            ),
            measures.speed(notes.size / config.sample_rate, seconds),
        ],
    )


@chapter.system("GANSynth", source="neural/notes/gansynth.py", lesson=LESSON)
def painted(_material):
    """Draws a whole note at once, as a picture of how loud and how fast each frequency
    turns. A critic that learned from real notes taught it. Half a second at 4 kHz.
    """
    params, config = _model()
    pitch = np.tile(TUNE, len(TIMBRES))
    z = jnp.stack([timbre(seed, config) for seed in TIMBRES])
    z = jnp.repeat(z, len(TUNE), axis=0)

    def play():
        x = gansynth.generate(params, None, config=config, pitch=pitch, z=z)
        return np.asarray(x, dtype=float)

    notes, seconds = measures.timed(play)
    way = latents.between(z[0], z[-1], jnp.linspace(0.0, 1.0, len(pitch)))
    morph = gansynth.generate(params, None, config=config, pitch=0 * pitch + 67, z=way)
    rows = notes.reshape(len(TIMBRES), -1)
    players = [
        Player(f"a timbre, {name}", loud(row, config))
        for name, row in zip(("z", "another z"), rows, strict=True)
    ]
    morphed = loud(np.asarray(morph, dtype=float).ravel(), config)
    players.append(Player("from one timbre to the other", morphed))
    tuned = 100 * recipe.in_tune(notes, pitch, config)
    return Result(
        players=players,
        picture=channels(params, z, pitch, config),
        figures=[
            Figure("In tune", measures.number(tuned), "%", "of these, to 50 cents"),
            measures.speed(notes.size / config.sample_rate, seconds),
        ],
    )


def timbre(seed, config):
    """A vector z."""
    return jax.random.normal(jax.random.key(seed), (config.n_latent,), jnp.float32)


def loud(x, config):
    """A sound at a level that is heard."""
    return Sound("notes", 0.5 * x / np.abs(x).max(), config.sample_rate)


def channels(params, z, pitch, config):
    """The two channels of two notes, as the network draws them."""
    rows = np.array([0, 3])
    patches = gansynth.apply(params, z[rows], jnp.asarray(pitch[rows]), config)
    pictures = np.asarray(from_patches(patches, config.patch))
    names = "loudness", "turn"
    labels = [f"{name}, pitch {p}" for p in pitch[rows] for name in names]
    return side_by_side(
        [picture[..., c] for picture in pictures for c in range(2)],
        labels,
        "Two notes as the generator draws them: the loudness of each row, with strong "
        "lines at the harmonics, and how far its phase turns from frame to frame: it "
        "keeps still where the lines are.",
    )


def side_by_side(pictures, labels, alt):
    """Four pictures (frames, rows) in [-1, 1]."""

    def draw(figure, narrow):
        axes = panels(figure, 4, narrow)
        for ax, picture, label in zip(axes, pictures, labels, strict=True):
            ax.imshow(picture.T, origin="lower", aspect="auto", vmin=-0.9, vmax=0.9)
            ax.set_title(label)
            ax.grid(False)
        for ax in axes[-1:] if narrow else axes:
            ax.set_xlabel("frame")
        for ax in () if narrow else axes[1:]:
            ax.tick_params(labelleft=False)
        axes[0].set_ylabel("mel row")

    return Picture(draw, alt, heights(4))
