"""Layers that more than one model uses.

    CausalConv      a dilated convolution that sees only the past, in two forms: the
                    whole sequence at once (training), or one sample at a time with a
                    ring buffer (generation)
    GatedLayer      WaveNet's layer: such a convolution, a gate, residual and skip
    GatedStack      many of them, from the input to the sum of the skips
    NormDense       a linear layer with weight normalisation
    GRU             a recurrent layer, over a sequence or a step at a time
    once            compile the function that makes a model's first parameters
    n_parameters    how many numbers a model has learned; count_parameters, before it is
                    built

Arrays are `(batch, time, channels)`.
"""

import functools

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


class GatedStack(nn.Module):
    """WaveNet's body: a causal convolution, then gated layers, each told something.

        x = front(input),   (x, skip_i) = layer_i(x, V_i h),   out: x_0, sum skip_i

    h is told in frames that hold for hop_length samples each; V_i, a 1x1 convolution,
    is applied to frames, before they are repeated. n_told: width of h, 0 for none.
    """

    in_channels: int
    n_channels: int
    n_gated: int
    n_skip: int
    dilations: tuple[int, ...]
    kernel_size: int = 2
    front_kernel_size: int = 1
    front_bias: bool = False
    n_told: int = 0
    told_bias: bool = False

    def setup(self):
        """Declare front, layers and conditions."""
        self.front = CausalConv(
            self.in_channels,
            self.n_channels,
            self.front_kernel_size,
            use_bias=self.front_bias,
        )
        sizes = (self.n_channels, self.n_gated, self.n_skip, self.kernel_size)
        self.layers = [GatedLayer(*sizes, dilation) for dilation in self.dilations]
        if self.n_told:
            self.conditions = [
                nn.Dense(2 * self.n_gated, use_bias=self.told_bias)
                for _ in self.dilations
            ]

    def condition(self, h):
        """What each layer adds before its gate: a list of (..., frames, 2 n_gated)."""
        if h is None:
            nothing = jnp.zeros((1, 1, 2 * self.n_gated), self.dtype)
            return [nothing] * len(self.layers)
        return [dense(h.astype(self.dtype)) for dense in self.conditions]

    def __call__(self, x, h, hop_length):
        """(batch, time, in) to the front's output and the sum of the skips."""
        first = x = self.front(x)
        skips = 0.0
        for layer, frames in zip(self.layers, self.condition(h), strict=True):
            x, skip = layer(x, held(frames, hop_length, x.shape[1]))
            skips += skip
        return first, skips

    def empty_buffers(self, batch):
        """What is remembered before the first sample."""
        convs = [self.front, *(layer.conv for layer in self.layers)]
        return [conv.empty_buffer(batch) for conv in convs]

    def step(self, x, conditions, buffers, t):
        """One sample (batch, in) of the same, each layer's condition given; buffers."""
        x, buffer = self.front.step(x, buffers[0], t)
        first, skips, after = x, 0.0, [buffer]
        rows = zip(self.layers, conditions, buffers[1:], strict=True)
        for layer, condition, buffer in rows:
            x, skip, buffer = layer.step(x, condition, buffer, t)
            skips += skip
            after.append(buffer)
        return first, skips, after

    @property
    def dtype(self):
        """What the parameters come in, which everything is computed in."""
        return self.front.kernel.dtype


def held(frames, hop_length, n_samples):
    """Repeat each of (batch, frames, ...) for hop_length samples; one, for ever."""
    if frames.shape[1] == 1:
        return frames
    return jnp.repeat(frames, hop_length, axis=1)[:, :n_samples]


def frame_at(frames, t, hop_length):
    """The frame, (batch, ...), of (batch, frames, ...) that holds at sample t."""
    # JAX clamps an index: the last frame holds for ever
    now = jnp.minimum(t // hop_length, frames.shape[1] - 1)
    return jax.lax.dynamic_index_in_dim(frames, now, axis=1, keepdims=False)


class NormDense(nn.Module):
    """A linear layer whose columns have a length of their own: weight normalisation.

        y = x (g . V / |V|) + b,   |V| the length of each column of V

    Direction V and length g of what an output listens for are learned apart, which
    lets gradient descent turn a column without stretching it. At the start g = |V|.

    Reference: T. Salimans, D. P. Kingma, "Weight normalization", NIPS 2016.
    """

    in_features: int
    features: int
    use_bias: bool = True
    kernel_init: nn.initializers.Initializer = nn.initializers.lecun_normal()

    def setup(self):
        """Declare V (in, out), g (out,) and b (out,)."""
        shape = (self.in_features, self.features)
        self.kernel = self.param("kernel", self.kernel_init, shape, jnp.float32)
        self.scale = self.param("scale", lambda _: self._lengths())
        if self.use_bias:
            zeros = nn.initializers.zeros
            self.bias = self.param("bias", zeros, (self.features,), jnp.float32)

    def _lengths(self):
        return jnp.sqrt(jnp.sum(self.kernel**2, axis=0))

    def weight(self):
        """The matrix (in, out) that x is multiplied by."""
        return self.kernel * (self.scale / self._lengths())

    def __call__(self, x):
        """(..., in) to (..., out)."""
        y = x @ self.weight()
        return y + self.bias if self.use_bias else y


class GRU(nn.Module):
    """A gated recurrent unit: a memory that decides what to keep.

        u = sigmoid(W_u x + U_u h),   r = sigmoid(W_r x + U_r h)
        c = tanh(W_c x + U_c (r . h))
        h <- u . c + (1 - u) . h

    The reset gate r acts on h *before* the product with U_c, as in the first paper
    (cuDNN and Keras multiply first). All matrices are weight-normalised, biases are
    those of W; the first h is learned.

    Reference: K. Cho et al., "Learning phrase representations using RNN
    encoder-decoder for statistical machine translation", EMNLP 2014.
    """

    in_features: int
    n_hidden: int

    def setup(self):
        """Declare W (in, 3 n), [U_u U_r] (n, 2 n), U_c (n, n) and the first h (n,)."""
        n, orthogonal = self.n_hidden, nn.initializers.orthogonal()
        self.inward = NormDense(self.in_features, 3 * n)
        self.gates = NormDense(n, 2 * n, use_bias=False, kernel_init=orthogonal)
        self.candidate = NormDense(n, n, use_bias=False, kernel_init=orthogonal)
        self.first = self.param("first", nn.initializers.zeros, (n,), jnp.float32)

    def __call__(self, x, h, extra=0.0):
        """Read a sequence.

        Args:
          x: (batch, time, in).
          h: (batch, n_hidden), the state before it.
          extra: added to W x, (batch, time, 3 n_hidden): a condition.

        Returns:
          States (batch, time, n_hidden), and the last of them.
        """
        gates, candidate = self.gates.weight(), self.candidate.weight()
        n = self.n_hidden

        def step(h, a):
            both = nn.sigmoid(a[:, : 2 * n] + h @ gates)
            update, reset = jnp.split(both, 2, axis=-1)
            new = jnp.tanh(a[:, 2 * n :] + (reset * h) @ candidate)
            h = update * new + (1.0 - update) * h
            return h, h

        rows = jnp.moveaxis(self.inward(x) + extra, 1, 0)
        h, states = jax.lax.scan(step, h, rows)
        return jnp.moveaxis(states, 0, 1), h


def once(init):
    """jit of (key, config) to parameters, which is run once and so need not be quick.

    Each shape has a random generator of its own, and LLVM would polish them for longer
    than all of them run. Unpolished, the first parameters are there in a third of the
    time. Traced by another function, `init` becomes part of that.
    """
    options = {"xla_backend_optimization_level": 0}
    compiled = jax.jit(init, static_argnames="config", compiler_options=options)

    @functools.wraps(init)
    def first(key, config):
        traced = isinstance(key, jax.core.Tracer)
        return init(key, config) if traced else compiled(key, config)

    return first


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
