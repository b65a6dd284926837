"""Networks that grow: what GANs of pictures, also of pictures of sound, are made of.

A generator starts with a tiny picture and doubles it block by block; a discriminator
goes the same way back. Both can be trained on small pictures first, and a new block is
then *faded in*. How far they have grown is one number, the progress p: 0 at the first
resolution, p in between while block p + 2 comes in, n_blocks - 1 at the end.

    G: picture = sum_b a_b(p) up(to_picture_b(x_b)),
       a_b = max(0, min(p - (b - 2), b - p)),  b = 1 ... n_blocks,  sum_b a_b = 1
    D: x_b <- c_b(p) from_picture_b(down(picture)) + (1 - c_b(p)) x_b,
       c_b = min(max(b - p, 0), 1)

Real pictures are blended likewise, `blended`, or D would know them by their detail.

What keeps the two in balance without batch normalisation:

    equalised learning rate   weights start at N(0, 1) and are scaled when used, by
                              gain / sqrt(fan in): Adam's steps, which do not see the
                              size of a weight, then suit every layer
    pixel norm                each pixel's channels, after the activation in G, are
                              scaled to mean square 1
    minibatch deviation       D is told how much the pictures of a batch differ, as
                              one more channel: a generator that always makes the same
                              is found out

The sizes come from a model's config: start (time, frequency), n_blocks, n_base,
n_most, n_channels of the picture, squashed. Pictures are (batch, time, frequency,
channels).

Reference: T. Karras, T. Aila, S. Laine, J. Lehtinen, "Progressive Growing of GANs for
Improved Quality, Stability, and Variation", ICLR 2018. Details the paper leaves open
are those of the GANSynth authors' published code.
"""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn

RELU_GAIN = math.sqrt(2.0)


def n_filters(block, config):
    """Channels of block 1 ... n_blocks: half as many for each doubling, n_most at most.

    Block 0 is the dense layer at the end of D.
    """
    return min(config.n_base // 2**block, config.n_most)


def size_of(config):
    """(time, frequency) of the finished picture."""
    return tuple(length * 2 ** (config.n_blocks - 1) for length in config.start)


def pixel_norm(x):
    """Scale the channels of each pixel to mean square 1."""
    return x * jax.lax.rsqrt(jnp.mean(x**2, axis=-1, keepdims=True) + 1e-8)


def minibatch_deviation(x):
    """Append a channel with the mean deviation of all values over the batch."""
    deviation = jnp.mean(jnp.sqrt(jnp.var(x, axis=0) + 1e-6))
    one = jnp.broadcast_to(deviation, (*x.shape[:-1], 1))
    return jnp.concatenate([x, one], axis=-1)


def upscaled(x, times):
    """Repeat each pixel, `times` in both directions."""
    return jnp.repeat(jnp.repeat(x, times, axis=1), times, axis=2)


def downscaled(x, times):
    """Average squares of `times` by `times` pixels."""
    b, height, width, c = x.shape
    squares = x.reshape(b, height // times, times, width // times, times, c)
    return squares.mean(axis=(2, 4))


def generator_share(block, progress):
    """a_b: the part of G's picture that comes from a block."""
    return jnp.maximum(0.0, jnp.minimum(progress - (block - 2), block - progress))


def discriminator_share(block, progress):
    """c_b: the part of a block's input in D that is the picture itself."""
    return jnp.clip(block - progress, 0.0, 1.0)


def progress_of(seen, n_stable, n_fading, n_blocks):
    """How far the networks have grown after so many pictures.

    Args:
      seen: pictures so far.
      n_stable: pictures for which a resolution is kept.
      n_fading: pictures over which the next is faded in.
      n_blocks: resolutions in all.
    """
    last = n_blocks * n_stable + (n_blocks - 1) * n_fading - 1
    stage, rest = jnp.divmod(jnp.minimum(seen, last), n_stable + n_fading)
    return stage + jnp.maximum(0.0, (rest - n_stable) / n_fading)


def blended(pictures, progress, n_blocks):
    """Real pictures as the networks see them at this progress."""
    levels = range(1, n_blocks + 1)
    return sum(
        generator_share(b, progress)
        * upscaled(downscaled(pictures, 2 ** (n_blocks - b)), 2 ** (n_blocks - b))
        for b in levels
    )


class EqualConv(nn.Module):
    """A convolution with equalised learning rate; a kernel of 1 is a dense layer."""

    n_out: int
    kernel: tuple = (3, 3)
    gain: float = RELU_GAIN
    padding: str = "SAME"

    @nn.compact
    def __call__(self, x):
        """(batch, height, width, in) to (batch, height, width, n_out)."""
        shape = (*self.kernel, x.shape[-1], self.n_out)
        normal = nn.initializers.normal(1.0)
        kernel = self.param("kernel", normal, shape, jnp.float32)
        bias = self.param("bias", nn.initializers.zeros, (self.n_out,), jnp.float32)
        kernel = kernel * (self.gain / math.sqrt(math.prod(shape[:-1])))
        if self.kernel == (1, 1):
            return x @ kernel[0, 0] + bias
        y = jax.lax.conv_general_dilated(
            x,
            kernel,
            window_strides=(1, 1),
            padding=self.padding,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
        return y + bias


class FirstPicture(nn.Module):
    """From a vector to the first picture.

    The convolution of a vector, with zeros around it, by a kernel as large as the
    picture: every pixel has a matrix of its own.
    """

    n_out: int
    size: tuple

    @nn.compact
    def __call__(self, z):
        """(batch, in) to (batch, height, width, n_out)."""
        shape = (*self.size, z.shape[-1], self.n_out)
        normal = nn.initializers.normal(1.0)
        kernel = self.param("kernel", normal, shape, jnp.float32)
        bias = self.param("bias", nn.initializers.zeros, (self.n_out,), jnp.float32)
        # fan in as of the convolution, zeros counted
        kernel = kernel * (RELU_GAIN / math.sqrt(math.prod(shape[:-1])))
        # a convolution meets the centre with its last tap first
        return jnp.einsum("bi,hwio->bhwo", z, kernel[::-1, ::-1]) + bias


class Generator(nn.Module):
    """From a vector to a picture."""

    config: object

    @nn.compact
    def __call__(self, z, progress, n_blocks=None):
        """Vectors (batch, n) to pictures (batch, time, frequency, n_channels).

        Args:
          z: what to make, any scale.
          progress: how far the network has grown, up to n_blocks - 1; may be traced.
          n_blocks: how many blocks are computed; those that are not yet needed can be
            left out. All of the config's if None. The picture has its full size.
        """
        c, blocks = self.config, []
        n_built = n_blocks or c.n_blocks
        x = FirstPicture(n_filters(1, c), c.start, name="first")(pixel_norm(z))
        x = _normed(EqualConv(n_filters(1, c), name="block_1")(_normed(x)))
        for b in range(1, n_built + 1):
            if b > 1:
                width = n_filters(b, c)
                x = EqualConv(width, name=f"block_{b}_a")(upscaled(x, 2))
                x = EqualConv(width, name=f"block_{b}_b")(_normed(x))
                x = _normed(x)
            picture = EqualConv(c.n_channels, (1, 1), 1.0, name=f"to_picture_{b}")(x)
            picture = jnp.tanh(picture) if c.squashed else picture
            share = generator_share(b, progress)
            blocks.append(share * upscaled(picture, 2 ** (c.n_blocks - b)))
        return sum(blocks)


class Discriminator(nn.Module):
    """From a picture to numbers: first the logit, then what else is asked."""

    config: object
    n_asked: int = 0  # size of a second answer, such as logits of the pitch

    @nn.compact
    def __call__(self, pictures, progress, n_blocks=None):
        """Pictures to logits (batch,), if asked also (batch, n_asked)."""
        c, x = self.config, 0.0
        newest = n_blocks or c.n_blocks
        for b in range(newest, 0, -1):
            small = downscaled(pictures, 2 ** (c.n_blocks - b))
            seen = EqualConv(n_filters(b, c), (1, 1), 1.0, name=f"from_picture_{b}")
            share = 1.0 if b == newest else discriminator_share(b, progress)
            x = share * _leaky(seen(small)) + (1.0 - share) * x
            if b > 1:
                x = _leaky(EqualConv(n_filters(b, c), name=f"block_{b}_a")(x))
                x = _leaky(EqualConv(n_filters(b - 1, c), name=f"block_{b}_b")(x))
                x = downscaled(x, 2)
        x = EqualConv(n_filters(1, c), name="block_1")(minibatch_deviation(x))
        last = EqualConv(n_filters(0, c), c.start, padding="VALID", name="last")
        x = _leaky(last(_leaky(x)))
        logit = EqualConv(1, (1, 1), 1.0, name="logit")(x)[:, 0, 0, 0]
        if not self.n_asked:
            return logit
        return logit, EqualConv(self.n_asked, (1, 1), 1.0, name="asked")(x)[:, 0, 0]


def _leaky(x):
    return nn.leaky_relu(x, 0.2)


def _normed(x):
    return pixel_norm(_leaky(x))
