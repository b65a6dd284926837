# %% [markdown]
# # 10. WaveNet
#
# You need: arrays, derivatives as an idea, and half an hour. By the end you have
# written a neural network that composes sound one sample at a time, with nothing in it
# that you have not seen: its parameters are a plain dictionary of arrays. You have
# trained it, and you have heard what it says when nobody tells it what to say.
#
# The paper: A. van den Oord and others, "WaveNet: a generative model for raw audio",
# 2016. The model that this project ships is `neural/notes/wavenet.py`; after this
# lesson you can read it.
#
# ## Listen
#
# First what it is to learn from: three notes of a synthetic clarinet, in a random
# order, each a little different every time. 8000 samples a second are enough for it.

# %%
import jax
import jax.numpy as jnp
import numpy as np

from dsplab.check import check
from dsplab.show import play
from neural.data import notes

sample_rate = 8000

# %%
rng = np.random.default_rng(0)
tune = rng.choice([57, 60, 64], size=24)  # MIDI numbers: A, C, E
options = {"duration": 0.75, "sample_rate": sample_rate, "hop_length": 80}
x = np.concatenate([notes.render(rng, "clarinet", p, **options)[0] for p in tune])
play(x[: 4 * sample_rate], sample_rate, title="four seconds of the training data")

# %% [markdown]
# ## Look
#
# A network is to say which sample comes next. It cannot *know*; it should say how
# probable each possibility is. For that the possibilities must be a list, so we allow
# only 256 amplitudes. Which 256? If they are equally spaced, a quiet tone uses only a
# few of them and is buried in rounding noise. Listen: the same notes at a thirtieth of
# the level, rounded to 256 equal steps, and brought back up.

# %%
steps = np.round(x[:12000] / 30 * 128) / 128
play(30 * steps, sample_rate, title="a quiet note in 256 equal steps")

# %% [markdown]
# The remedy is from the telephone: put the amplitudes close together near zero, where
# most samples are, and further apart where it is loud and nobody hears the difference.

# %% alt="A curve, steep at 0 and flat at -1 and 1; levels dense around zero"
import matplotlib.pyplot as plt

a = np.linspace(-1, 1, 500)
plt.figure(figsize=(6, 3))
plt.plot(a, np.sign(a) * np.log1p(255 * np.abs(a)) / np.log(256))
plt.gca().set(xlabel="amplitude x", ylabel="f(x)", title="mu-law")
plt.grid()
plt.show()

# %% [markdown]
# ## Derive
#
# **Codes.** The curve above is $f(x) = \mathrm{sign}(x) \, \ln(1 + 255 |x|) / \ln 256$.
# It takes $[-1, 1]$ to $[-1, 1]$. Cut the result into 256 equal cells; the number of
# the cell is the code, $c = \lfloor 128 \, (f(x) + 1) \rfloor$, at most 255.
#
# **One sample at a time.** The probability of a whole sound is, whatever the sound, the
# product of "what comes next, given all before":
#
# $$ p(c_0, c_1, \dots, c_{T-1}) = \prod_t p(c_t \,|\, c_0, \dots, c_{t-1}). $$
#
# So one network suffices, which reads codes and puts out 256 numbers, the *logits*;
# their softmax are the probabilities of the next code. To train it, show it true sound
# and make the true next code as probable as possible: minimise the mean of $-\ln p$,
# the *loss*. One that knows nothing says $1/256$ for every code and pays $\ln 256 =
# 5.55$ nats.
#
# **Seeing only the past.** The network is a stack of convolutions, each of which may
# look back but not ahead. With kernel size 2 and *dilation* $d$ a layer combines just
# two moments,
#
# $$ y[t] = W_1 x[t] + W_0 x[t - d], $$
#
# and with dilations 1, 2, 4, 8, ... each layer doubles what is seen. Eight layers see
# 256 samples; plain ones would need 255 layers.
#
# **The gate.** Two such convolutions, one says *what* (between -1 and 1), one *how
# much* (between 0 and 1): $z = \tanh(W_f * x) \cdot \sigma(W_g * x)$. From $z$ a matrix
# makes what is added to $x$ for the next layer (*residual*), another what goes straight
# to the output (*skip*).
#
# ## Implement
#
# **Exercise 1.** `mu_law_encode`: amplitudes to codes, integers.


# %% tags=["solution"]
def mu_law_encode(x):
    f = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)
    return np.clip(np.floor(128 * (f + 1)), 0, 255).astype(int)


# %% tags=["check"]
check("mu_law_encode", mu_law_encode)

# %% [markdown]
# **Exercise 2.** `mu_law_decode`: each code to the amplitude in the middle of its cell,
# $f = (2c + 1)/256 - 1$. Solve $f$ for $x$ first, on paper.


# %% tags=["solution"]
def mu_law_decode(codes):
    f = (2 * codes + 1) / 256 - 1
    return np.sign(f) * (256 ** np.abs(f) - 1) / 255


# %% tags=["check"]
check("mu_law_decode", mu_law_decode)

# %%
quiet = mu_law_decode(mu_law_encode(x[:12000] / 30))
play(30 * quiet, sample_rate, title="the quiet note in 256 mu-law steps")

# %% [markdown]
# **Exercise 3.** `causal_convolution(x, kernel, dilation)`: `x` has shape (time,
# channels in), `kernel` (taps, channels in, channels out), the last tap for the
# present. From here on we use `jax.numpy`: the same functions as NumPy's, and JAX can
# differentiate what is written with them. (It wants no assignments into arrays: pad and
# add whole arrays instead.)


# %% tags=["solution"]
def causal_convolution(x, kernel, dilation):
    past = (len(kernel) - 1) * dilation
    padded = jnp.pad(x, ((past, 0), (0, 0)))
    taps = [padded[j * dilation :][: len(x)] for j in range(len(kernel))]
    return sum(tap @ matrix for tap, matrix in zip(taps, kernel, strict=True))


# %% tags=["check"]
check("causal_convolution", causal_convolution)

# %% [markdown]
# **Exercise 4.** `receptive_field(kernel_size, dilations)`: how many samples does one
# output of the whole stack see, the present one included?


# %% tags=["solution"]
def receptive_field(kernel_size, dilations):
    return 1 + (kernel_size - 1) * sum(dilations)


# %% tags=["check"]
check("receptive_field", receptive_field)

# %%
dilations = [1, 2, 4, 8, 16, 32, 64, 128]
field = receptive_field(2, dilations)
print(field, "samples,", 1000 * field / sample_rate, "ms: seven periods of the low A")

# %% [markdown]
# **Exercise 5.** `teacher_forced_loss(logits, codes)`: row `t` of `logits` was computed
# from codes 0 to `t` and is about code `t + 1`. "Teacher-forced", because at every
# moment the network is given the true past, even where it would have gone astray by
# itself. (`jax.nn.log_softmax` is safe for large logits.)


# %% tags=["solution"]
def teacher_forced_loss(logits, codes):
    log_p = jax.nn.log_softmax(logits[:-1])
    return -log_p[jnp.arange(len(log_p)), codes[1:]].mean()


# %% tags=["check"]
check("teacher_forced_loss", teacher_forced_loss)

# %% [markdown]
# ### The network
#
# All that it learns is one dictionary. `random_matrix` scales its numbers such that a
# signal neither grows nor shrinks on its way through.


# %%
def random_matrix(key, *shape):
    return jax.random.normal(key, shape) / np.sqrt(np.prod(shape[:-1]))


def new_layer(key, c=16, skip=48):
    a, b, d = jax.random.split(key, 3)
    kernel = random_matrix(a, 2, c, 2 * c)  # filter and gate side by side
    residual, to_skip = random_matrix(b, c, c), random_matrix(d, c, skip)
    return {"kernel": kernel, "residual": residual / 2, "skip": to_skip / 2}


# %%
def new_network(key, c=16, skip=48):
    embed, head, out, *layers = jax.random.split(key, 3 + len(dilations))
    return {
        "embedding": 16 * random_matrix(embed, 256, c),  # a row for each code
        "layers": [new_layer(k) for k in layers],
        "head": random_matrix(head, skip, skip),
        "out": 0.1 * random_matrix(out, skip, 256),
    }


# %% [markdown]
# And this is WaveNet. There is nothing else. (Real ones are wider and deeper, and a
# library such as Flax saves them the dictionaries; the function is the same.)


# %%
def layer(p, x, dilation):
    what, gate = jnp.split(causal_convolution(x, p["kernel"], dilation), 2, axis=-1)
    z = jnp.tanh(what) * jax.nn.sigmoid(gate)
    return x + z @ p["residual"], z @ p["skip"]


# %%
def network(params, codes):
    x, skips = params["embedding"][codes], 0.0  # (time, channels)
    for p, dilation in zip(params["layers"], dilations, strict=True):
        x, skip = layer(p, x, dilation)
        skips += skip
    hidden = jax.nn.relu(jax.nn.relu(skips) @ params["head"])
    return hidden @ params["out"]  # (time, 256)


# %% [markdown]
# ### Training
#
# One step: take four pieces of the sound, compute the mean loss, let JAX compute its
# derivative by every number in the dictionary, and let the rule "Adam" (from `optax`)
# move each number a little downhill. `jax.jit` compiles the step when it is first
# called.

# %%
import optax

n_steps = 250
optimizer = optax.adam(optax.cosine_decay_schedule(8e-3, n_steps))


def loss(params, batch):
    each = jax.vmap(lambda codes: teacher_forced_loss(network(params, codes), codes))
    return each(batch).mean()


# %%
@jax.jit
def train_step(params, state, batch):
    value, slope = jax.value_and_grad(loss)(params, batch)
    change, state = optimizer.update(slope, state)
    return optax.apply_updates(params, change), state, value


def pieces(codes, n=4, length=1024):
    starts = rng.integers(0, len(codes) - length, n)
    return np.stack([codes[s : s + length] for s in starts])


# %% [markdown]
# About twenty seconds on a laptop. Two numbers to compare with: 5.55 for knowing
# nothing, and the loss of one that knows how frequent each code is, but not what came
# before.

# %%
codes = mu_law_encode(x)
share = np.bincount(codes, minlength=256) / len(codes)
unigram = -np.sum(share * np.log(np.maximum(share, 1e-12)))
params = new_network(jax.random.key(0))
state, losses = optimizer.init(params), []
for _ in range(n_steps):
    params, state, value = train_step(params, state, pieces(codes))
    losses.append(float(value))
print(f"first {losses[0]:.2f}, last ten {np.mean(losses[-10:]):.2f} nats per sample")

# %% alt="The loss falls from 5.5, crosses the unigram line, and flattens out"
plt.figure(figsize=(8, 2.5))
plt.plot(losses)
plt.axhline(np.log(256), color="gray", linestyle=":", label="knowing nothing")
plt.axhline(unigram, color="gray", linestyle="--", label="knowing the frequencies")
plt.gca().set(xlabel="step", ylabel="loss (nats per sample)")
plt.legend()
plt.show()

# %% [markdown]
# ## Check
#
# A network that could see the future would be perfect in training and useless. So ask
# its derivative: on which inputs does the output at $t = 300$ depend? It must be the
# last `receptive_field` ones and no other.


# %%
def output_at(embedded):
    x, skips = embedded, 0.0
    for p, dilation in zip(params["layers"], dilations, strict=True):
        x, skip = layer(p, x, dilation)
        skips += skip
    return (jax.nn.relu(skips) @ params["head"])[300].sum()


# %%
slope = jax.jit(jax.grad(output_at))(params["embedding"][codes[1000:1400]])
seen = np.flatnonzero(np.abs(slope).sum(axis=-1))
print("depends on samples", seen.min(), "to", seen.max(), "=", len(seen), "samples")

# %% [markdown]
# ## Play
#
# Now let it write. Begin with silence; ask for the probabilities of the next code; draw
# one; append it; ask again. `lax.scan` is a loop that JAX compiles.


# %%
@jax.jit
def babble(params, key):
    def step(context, key):
        code = jax.random.categorical(key, network(params, context)[-1])
        return jnp.append(context[1:], code), code

    silence = jnp.full(field, 128)
    return jax.lax.scan(step, silence, jax.random.split(key, 6000))[1]


# %%
written = mu_law_decode(np.array(babble(params, jax.random.key(1))))
play(written, sample_rate, title="what the network makes up")

# %% [markdown]
# It learned from eighteen seconds, for less than a minute, and nobody told it what to
# play: expect a clarinet-like tone, rough, drifting from note to note or falling
# silent. Without a condition, says the lecture, a WaveNet "babbles". What is it unsure
# about? Below, the probabilities it gave while reading true sound, sample by sample.

# %% alt="Probability of each code over 120 samples: a narrow band along the wave"
p = jax.nn.softmax(jax.jit(network)(params, codes[3000:3600]))[400:520]
plt.figure(figsize=(8, 3))
plt.imshow(np.log10(p.T + 1e-6), origin="lower", aspect="auto", vmin=-4)
plt.plot(codes[3401:3521], "w.", markersize=3)
plt.gca().set(xlabel="sample", ylabel="code", title="dots: what really came next")
plt.colorbar(label="log10 of probability")
plt.show()

# %% [markdown]
# Each sample that you heard took one pass over 256 past ones, nearly all of them
# computed before. The shipped model remembers them in a ring buffer for each layer and
# computes one new column per sample. It has also been trained for longer, and is told
# which note to play and on what: *conditioning*.

# %%
import neural
from neural.notes import wavenet

trained, config = neural.pretrained("wavenet")
told = {"pitch": jnp.array([60, 64, 67]), "instrument": jnp.array([1, 1, 1])}
chord = wavenet.generate(
    trained, jax.random.key(0), n_samples=6000, config=config, temperature=0.8, **told
)
arpeggio = np.concatenate([np.array(note) for note in chord])
play(arpeggio, config.sample_rate, title="the shipped WaveNet plays C, E, G")

# %% [markdown]
# ## Exercises
#
# * **6** (change and run). Divide the logits in `babble` by a *temperature* of 0.7,
#   then 0.4, before drawing. What happens to the sound, and what at temperature 0.01?
# * **7** (change and run). Train with `dilations = [1] * 8`. Which loss do you reach?
#   And which sound? Explain it by the period of the low A.
# * **8** (measure). Loss in bits is loss in nats divided by $\ln 2$. How small a file
#   could your network, as a compressor, make of the eighteen seconds? Compare with 8
#   bits per sample, and with FLAC.
# * **9** (program). Tell the network the note: add to `x`, in `network`, a row of a new
#   matrix `params["pitch"]` (128, channels), chosen by the MIDI number. Train on pieces
#   from within one note each. Then order an arpeggio.
# * **10** (program). Write `babble` with ring buffers: each layer keeps its last
#   `dilation` inputs. Test it as the project does: the logits must be the same as
#   before.
# * **11** (prove). Why are $T$ steps of training one pass, while $T$ steps of writing
#   are $T$ passes? And prove the doubling: with kernel 2 and dilations $1, 2, \dots,
#   2^{n-1}$ the field is $2^n$.

# %% [markdown] tags=["solution"]
# **Answers.** *6.* It dares less: purer, then a machine's tone; at 0.01 nearly always
# the same code, and often silence for ever, since silence is what most probably follows
# silence. *7.* The field is 9 samples, a quarter of the low A's
# period of 36: it can continue a curve, and cannot know which note it is in;
# the loss stays higher and the tone wavers. *8.* At 2.5 nats, 3.6 bits a sample: 144
# 000 samples in 65 kB instead of 144 kB. *11.* In training all codes are known, so all
# columns are computed side by side; in writing, code $t$ must exist before column $t +
# 1$ can be. $1 + \sum_{i<n} 2^i = 2^n$.
