"""SING: a note from three numbers, in one pass.

A. Defossez et al., "SING: Symbol-to-Instrument Neural Generator", NeurIPS 2018
(arXiv:1810.09785).

**Idea.** Which instrument, which pitch, how hard: each is looked up in a table. With
the time, also from a table, they are read by a recurrent network (LSTM), which says for
every frame what is to be heard there, as a vector; a *decoder* turns these vectors into
sound, all of them at once. Nothing waits for the sample before it.

    z[m] = W h[m],   h = LSTM(velocity, instrument, pitch, time[m])
    y = overlap-add of  w^2 . (D relu(B relu(A relu(C * z))))[m],  each hop_length

C is a convolution over n_context frames, A and B are 1x1, D has a column for each of
the kernel_size samples of a frame, and w^2 is a squared Hann window, of which those of
all frames add up to a constant.

**Three stages.** `loss` learns whatever it is given:

    autoencoder  an *encoder*, the decoder's mirror image, and the decoder learn to
                 hand sounds through: distance of x and decode(encode(x))
    embedding    the LSTM learns what the encoder says: mean square error of z
    sound        LSTM and decoder together: `spectral_distance` of sounds

**The distance** is that of logarithmic spectra, |log(e + |X|^2) - log(e + |Y|^2)|, its
mean. It does not hear phases, so a network may choose its own. Silence is its trap: the
slope is 0 there, and what sounds wrong is further from x than silence. While e is large
only what is loud counts: a small network needs it to fall little by little, and first
an autoencoder of samples, whose mean square error the published code takes by default.

**A trap** of the published code is kept where its parameters are to fit:
`velocity_index` counts 25, 50, 75, 100, 127 as 0, 1, 2, 4, 5.

**Differences.** The paper teaches the LSTM in pieces of 32 frames; here whole notes are
short enough. `Config.tiny`: ten instruments, two octaves, a wider table of the time.

    params, config = neural.checkpoints.load_model("sing.ckpt", Config)
    y = apply(params, config, instrument=[3], pitch=[60], velocity=[0])
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from dsplab._array import frames_at, overlap_add
from dsplab.spectral import stft
from dsplab.windows import get_window
from neural.optimization import step_of

VELOCITIES = (25, 50, 75, 100, 127)
he = nn.initializers.he_normal()  # a spectrum near silence hardly says where to go


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the networks and of their sounds.

    Attributes:
      sample_rate: Hz.
      n_samples: of a note, a multiple of hop_length.
      n_velocities, n_instruments, n_pitches: rows of the tables.
      velocity_size, instrument_size, pitch_size, time_size: their columns.
      lstm_sizes: width of each recurrent layer.
      n_code: length of a frame's vector.
      kernel_size: samples of a frame.
      hop_length: samples between frames.
      n_context: frames that the decoder's convolution sees, odd.
      n_channels: width of encoder and decoder.
      n_fft: of the distance; its frames are a quarter of it apart.
      floor: power that hardly counts in the distance, e.
      of_samples: whether the autoencoder learns from the samples' square error, not
        from the distance.
    """

    sample_rate: int = 16000
    n_samples: int = 64000
    n_velocities: int = 6
    n_instruments: int = 1006
    n_pitches: int = 109
    velocity_size: int = 2
    instrument_size: int = 16
    pitch_size: int = 8
    time_size: int = 4
    lstm_sizes: tuple[int, ...] = (1024, 1024, 1024)
    n_code: int = 128
    kernel_size: int = 1024
    hop_length: int = 256
    n_context: int = 9
    n_channels: int = 4096
    n_fft: int = 1024
    floor: float = 1.0
    of_samples: bool = False

    @classmethod
    def paper(cls):
        """63.7 million parameters, and 38.3 million of the encoder: all of NSynth."""
        return cls()

    @classmethod
    def tiny(cls):
        """A second at 4 kHz: ten instruments, one velocity, MIDI pitch up to 72."""
        return cls(
            sample_rate=4000,
            n_samples=4096,
            n_velocities=1,
            n_instruments=10,
            n_pitches=73,
            pitch_size=16,
            time_size=32,
            lstm_sizes=(128, 128),
            kernel_size=512,
            hop_length=128,
            n_context=3,
            n_channels=184,
            n_fft=512,
            of_samples=True,
        )

    @property
    def margin(self):
        """Samples that the decoder makes beyond each end of the note."""
        return self.kernel_size // 2

    @property
    def strip(self):
        """Samples of each end that the encoder reads and the decoder cannot make."""
        reach = (self.n_context - 1) // 2 * self.hop_length
        return reach + self.kernel_size - self.hop_length

    @property
    def n_frames(self):
        """Vectors of a note."""
        padded = self.n_samples + 2 * (self.strip + self.margin)
        return (padded - self.kernel_size) // self.hop_length + 1


def squared_hann(config):
    """The window of encoder and decoder: (kernel_size,) float32."""
    return (get_window("hann", config.kernel_size) ** 2).astype(np.float32)


class Encoder(nn.Module):
    """From sounds to a vector for each frame."""

    config: Config

    @nn.compact
    def __call__(self, x):
        """(batch, samples) to (batch, frames, n_code)."""
        c = self.config
        starts = range(0, x.shape[-1] - c.kernel_size + 1, c.hop_length)
        frames = frames_at(x, np.asarray(starts), c.kernel_size)
        h = nn.Dense(c.n_channels, kernel_init=he)(
            frames * jnp.asarray(squared_hann(c), x.dtype)
        )
        for _ in range(2):
            h = nn.Dense(c.n_channels, kernel_init=he)(nn.relu(h))
        return nn.Dense(c.n_code, kernel_init=he)(nn.relu(h))


class Decoder(nn.Module):
    """From vectors of frames to sounds."""

    config: Config

    @nn.compact
    def __call__(self, z):
        """(batch, frames, n_code) to (batch, samples): see `Config.strip`."""
        c = self.config
        h = nn.Conv(c.n_channels, (c.n_context,), padding="VALID")(z)
        for _ in range(2):
            h = nn.Dense(c.n_channels, kernel_init=he)(nn.relu(h))
        frames = nn.Dense(c.kernel_size, use_bias=False, kernel_init=he)(nn.relu(h))
        frames = frames * jnp.asarray(squared_hann(c), z.dtype)
        bias = self.param("bias", nn.initializers.zeros, (1,), jnp.float32)
        ends = c.kernel_size - c.hop_length
        y = overlap_add(frames, c.hop_length) + bias.astype(z.dtype)
        return y[:, ends:-ends]


class LSTM(nn.Module):
    """A layer of long short-term memory, as PyTorch writes it: two biases.

    i, f, o = sigmoid(...), g = tanh(W x[m] + b + V h[m-1] + d)
    c[m] = f c[m-1] + i g,   h[m] = o tanh(c[m])
    """

    size: int

    @nn.compact
    def __call__(self, x):
        """(batch, frames, inputs) to (batch, frames, size), from a state of zeros."""
        n, width = self.size, x.shape[-1]
        small = functools.partial(jax.random.uniform, minval=-(n**-0.5), maxval=n**-0.5)
        kernel = self.param("kernel", small, (width, 4 * n), jnp.float32)
        recurrent = self.param("recurrent", small, (n, 4 * n), jnp.float32)
        biases = self.param("biases", small, (2, 4 * n), jnp.float32)
        told = x @ kernel + biases.sum(axis=0)

        def step(carry, now):
            h, c = carry
            i, f, g, o = jnp.split(now + h @ recurrent, 4, axis=-1)
            c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
            h = nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        still = jnp.zeros((len(x), n), told.dtype)
        _, h = jax.lax.scan(step, (still, still), jnp.moveaxis(told, 1, 0))
        return jnp.moveaxis(h, 0, 1)


class Sequence(nn.Module):
    """From what is wanted to a vector for each frame."""

    config: Config

    @nn.compact
    def __call__(self, velocity, instrument, pitch):
        """Three of (batch,) integers to (batch, frames, n_code); see `apply`."""
        c = self.config
        table = functools.partial(nn.Embed, embedding_init=nn.initializers.normal(1.0))
        known = table(c.n_instruments, c.instrument_size, name="instruments")
        note = [
            table(c.n_velocities, c.velocity_size)(velocity),
            known(instrument) if instrument.ndim == 1 else instrument,
            table(c.n_pitches, c.pitch_size)(pitch),
        ]
        note = jnp.concatenate(note, axis=-1)
        time = table(c.n_frames, c.time_size)(jnp.arange(c.n_frames))
        note = jnp.repeat(note[:, None], c.n_frames, axis=1)
        time = jnp.broadcast_to(time, (len(note), *time.shape))
        h = jnp.concatenate([note, time], axis=-1)
        for size in c.lstm_sizes:
            h = LSTM(size)(h)
        return nn.Dense(c.n_code)(h)


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters: a dict of encoder, decoder and sequence.

    The encoder is a teacher; `playing` leaves it behind.
    """
    c, keys = config, jax.random.split(key, 3)
    one = jnp.zeros(1, jnp.int32)
    x = jnp.zeros((1, c.n_samples + 2 * (c.strip + c.margin)), jnp.float32)
    z = jnp.zeros((1, c.n_frames, c.n_code), jnp.float32)
    return {
        "encoder": Encoder(c).init(keys[0], x)["params"],
        "decoder": Decoder(c).init(keys[1], z)["params"],
        "sequence": Sequence(c).init(keys[2], one, one, one)["params"],
    }


def playing(params):
    """The parameters that `apply` needs: decoder and sequence."""
    return {name: params[name] for name in ("decoder", "sequence")}


def encode(params, x, config):
    """Vectors (batch, n_frames, n_code) of notes (batch, n_samples)."""
    ends = config.strip + config.margin
    padded = jnp.pad(x, ((0, 0), (ends, ends)))
    return Encoder(config).apply({"params": params["encoder"]}, padded)


def decode(params, z, config):
    """Notes (batch, n_samples) of vectors (batch, n_frames, n_code)."""
    y = Decoder(config).apply({"params": params["decoder"]}, z)
    return y[:, config.margin : -config.margin]


def sequence(params, config, *, instrument, pitch, velocity):
    """Vectors (batch, n_frames, n_code) of what is wanted, three of (batch,)."""
    told = (jnp.asarray(number) for number in (velocity, instrument, pitch))
    return Sequence(config).apply({"params": params["sequence"]}, *told)


@functools.partial(jax.jit, static_argnames="config")
def apply(params, config, *, instrument, pitch, velocity):
    """Make notes.

    Args:
      params: from `init` or `playing`.
      config: the sizes.
      instrument: (batch,) rows of the table, or (batch, instrument_size): `timbres`.
      pitch: (batch,) MIDI numbers, whole.
      velocity: (batch,) integers, see `velocity_index`.

    Returns:
      Signals (batch, n_samples).
    """
    told = {"instrument": instrument, "pitch": pitch, "velocity": velocity}
    return decode(params, sequence(params, config, **told), config)


def timbres(params):
    """The table of instruments, (n_instruments, instrument_size)."""
    return params["sequence"]["instruments"]["embedding"]


generate = apply  # nothing is drawn, and nothing waits


def velocity_index(velocity, *, published=True):
    """The row of the velocity table.

    Args:
      velocity: 25, 50, 75, 100 or 127, as in NSynth; an array of them.
      published: as the published code counts, without row 3; else 0 to 4.

    Returns:
      Integers, of the shape of velocity.

    Raises:
      ValueError: if there is another velocity.
    """
    velocity = np.asarray(velocity)
    if not np.isin(velocity, VELOCITIES).all():
        known = ", ".join(map(str, VELOCITIES))
        raise ValueError(f"velocity must be one of {known}; got {velocity}")
    row = np.searchsorted(VELOCITIES, velocity)
    return (row + (row > 2) if published else row).astype(np.int32)


def power_spectrum(x, config):
    """|X|^2, (..., n_bins, n_frames), of frames that lie within x."""
    x = jnp.asarray(x, jnp.float32)  # squares are not for 16 bits
    X = stft(x, n_fft=config.n_fft, hop_length=config.n_fft // 4, center=False)
    return jnp.real(X) ** 2 + jnp.imag(X) ** 2


def log_spectrum(x, config, floor=None):
    """log(floor + |X|^2), (..., n_bins, n_frames); the config's floor if None."""
    floor = config.floor if floor is None else floor
    return jnp.log(floor + power_spectrum(x, config))


def spectral_distance(x, y, config, floor=None):
    """Mean absolute difference of logarithmic spectra: 0 if x and y sound the same."""
    spectra = (log_spectrum(a, config, floor) for a in (x, y))
    return jnp.abs(jnp.subtract(*spectra)).mean()


def loss(params, *, config, autoencoder=None, embedding=None, sound=None):
    """What the stage minimises whose batch is given; one of the three.

    Args:
      params: from `init`.
      config: the sizes.
      autoencoder: dict of x (batch, n_samples).
      embedding: dict of x, instrument, pitch, velocity.
      sound: the same; perhaps floor (batch,), all the same, instead of the config's.
    """
    if autoencoder is not None:
        x = autoencoder["x"]
        y = decode(params, encode(params, x, config), config)
        if config.of_samples:
            return ((y - x) ** 2).astype(jnp.float32).mean()
        return spectral_distance(y, x, config)
    batch = dict(sound if embedding is None else embedding)
    x = batch.pop("x")
    if sound is not None:
        floor = batch.pop("floor").mean() if "floor" in batch else None
        return spectral_distance(apply(params, config, **batch), x, config, floor)
    taught = jax.lax.stop_gradient(encode(params, x, config))
    error = sequence(params, config, **batch) - taught
    return (error**2).astype(jnp.float32).mean()


train_step = step_of(loss, ema_decay=0.98)
