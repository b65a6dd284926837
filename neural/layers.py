"""Layers that more than one model uses.

    CausalConv      a dilated convolution that sees only the past, in two forms: the
                    whole sequence at once (training), or one sample at a time with a
                    ring buffer (generation)
    GatedLayer      WaveNet's layer: such a convolution, a gate, residual and skip
    n_parameters    how many numbers a model has learned; count_parameters, before it is
                    built

Arrays are `(batch, time, channels)`.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn


class CausalConv(nn.Module):
    """A dilated causal convolution that can also take one sample at a time.

        y[t] = b + sum_{j < k} W[k - 1 - j] x[t - j d],   x[t] = 0 for t < 0

    d is the dilation, k the kernel size. The last (k - 1) d inputs are all it needs to
    know of the past, so a *ring buffer* of that many slots replaces the convolution in
    generation: read the taps, then overwrite the oldest slot, t mod (k - 1) d.
    A buffer of zeros means the same as the zeros left of the sequence.
    """

    in_channels: int
    out_channels: int
    kernel_size: int = 2
    dilation: int = 1
    use_bias: bool = True

    def setup(self):
        """Declare kernel (k, in, out), oldest tap first, and bias."""
        shape = (self.kernel_size, self.in_channels, self.out_channels)
        lecun, zeros = nn.initializers.lecun_normal(), nn.initializers.zeros
        self.kernel = self.param("kernel", lecun, shape, jnp.float32)
        if self.use_bias:
            self.bias = self.param("bias", zeros, shape[-1:], jnp.float32)

    @property
    def n_past(self):
        """How many past inputs an output depends on."""
        return (self.kernel_size - 1) * self.dilation

    def __call__(self, x):
        """Whole sequences: (batch, time, in) to (batch, time, out)."""
        y = jax.lax.conv_general_dilated(
            x,
            self.kernel,
            window_strides=(1,),
            padding=[(self.n_past, 0)],
            rhs_dilation=(self.dilation,),
            dimension_numbers=("NTC", "TIO", "NTC"),
        )
        return y + self.bias if self.use_bias else y

    def step(self, x, buffer, t):
        """One sample: x (batch, in) at time t and the buffer to y (batch, out), buffer.

        Args:
          x: input at time t.
          buffer: (n_past, batch, in), zeros at t = 0.
          t: number of samples before this one, may be traced.
        """
        taps = [x]
        for j in range(1, self.kernel_size):
            slot = (t - j * self.dilation) % self.n_past
            past = jax.lax.dynamic_index_in_dim(buffer, slot, keepdims=False)
            taps.insert(0, past)
        flat = self.kernel.reshape(-1, self.out_channels)  # (k * in, out)
        y = jnp.concatenate(taps, axis=-1) @ flat
        if self.n_past:
            buffer = jax.lax.dynamic_update_index_in_dim(
                buffer, x, t % self.n_past, axis=0
            )
        return y + self.bias if self.use_bias else y, buffer

    def empty_buffer(self, batch):
        """The buffer at the start of time: (n_past, batch, in) zeros."""
        return jnp.zeros((self.n_past, batch, self.in_channels), self.kernel.dtype)


class GatedLayer(nn.Module):
    """Dilated causal convolution, gated unit, 1x1 convolutions to residual and skip.

        z = tanh(W_f * x + v_f) . sigmoid(W_g * x + v_g)
        next layer's x = x + W_r z,   skip = W_s z

    (v_f, v_g) is the condition, (..., 2 n_gated), already projected. Filter and gate
    are halves of one convolution, residual and skip of one 1x1: fewer, larger products.
    """

    n_channels: int
    n_gated: int
    n_skip: int
    kernel_size: int = 2
    dilation: int = 1

    def setup(self):
        """Declare the convolution before the gate and the 1x1 after it."""
        self.conv = CausalConv(
            self.n_channels, 2 * self.n_gated, self.kernel_size, self.dilation
        )
        self.out = nn.Dense(self.n_channels + self.n_skip)

    def __call__(self, x, condition):
        """(batch, time, n_channels) to the next layer's input and this one's skip."""
        return self._gate(x, self.conv(x) + condition)

    def step(self, x, condition, buffer, t):
        """One sample (batch, n_channels) of the same, and the new buffer."""
        a, buffer = self.conv.step(x, buffer, t)
        return *self._gate(x, a + condition), buffer

    def _gate(self, x, a):
        filter_, gate = jnp.split(a, 2, axis=-1)
        z = jnp.tanh(filter_) * nn.sigmoid(gate)
        residual, skip = jnp.split(self.out(z), [self.n_channels], axis=-1)
        return x + residual, skip


def n_parameters(params):
    """Count the numbers in a tree of parameters.

    >>> n_parameters({"kernel": jnp.zeros((2, 3)), "bias": jnp.zeros(3)})
    9
    """
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def count_parameters(init, config):
    """Count the parameters of a model that is not built, however large.

    Args:
      init: (key, config) to parameters.
      config: the sizes.
    """
    return n_parameters(jax.eval_shape(lambda: init(jax.random.key(0), config)))
