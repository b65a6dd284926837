"""Chapter 2: notes drawn at once, by GANSynth."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

import neural
from neural import latents
from neural.notes import gansynth
from neural.recipes import gansynth as recipe
from neural.spectrogram_pictures import from_patches
from tour import measures
from tour.chapters.notes import LESSON, chapter
from tour.pictures import Picture, heights, panels
from tour.records import Figure, Player, Result
from tour.sounds import Sound

TUNE = (60, 64, 67, 72, 76, 79, 84, 72)  # MIDI numbers
TIMBRES = 1, 4


@functools.cache
def _model():
    return neural.pretrained("gansynth")


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
        picture=drawn(params, z, pitch, config),
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


def drawn(params, z, pitch, config):
    """The two channels of two notes, as the network draws them."""
    rows = np.array([0, 3])
    patches = gansynth.apply(params, z[rows], jnp.asarray(pitch[rows]), config)
    pictures = np.asarray(from_patches(patches, config.patch))
    names = "loudness", "turn"
    labels = [f"{name}, pitch {p}" for p in pitch[rows] for name in names]

    def draw(figure, narrow):
        channels = [picture[..., c].T for picture in pictures for c in range(2)]
        axes = panels(figure, 4, narrow)
        for ax, channel, label in zip(axes, channels, labels, strict=True):
            ax.imshow(channel, origin="lower", aspect="auto", vmin=-0.9, vmax=0.9)
            ax.set_title(label)
            ax.grid(False)
        for ax in axes[-1:] if narrow else axes:
            ax.set_xlabel("frame")
        for ax in () if narrow else axes[1:]:
            ax.tick_params(labelleft=False)
        axes[0].set_ylabel("mel row")

    alt = (
        "Two notes as the generator draws them: the loudness of each row, with strong "
        "lines at the harmonics, and how far its phase turns from frame to frame: it "
        "keeps still where the lines are."
    )
    return Picture(draw, alt, heights(4))
