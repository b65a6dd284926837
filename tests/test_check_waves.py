"""Exercises of lesson 10: eight or more wrong solutions caught, right ones pass."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy.signal
import scipy.special

from dsplab.quantise import mu_law_decode, mu_law_encode


def compress(x):
    return np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)


def encode(x):
    return np.clip(np.floor(128 * (compress(x) + 1)), 0, 255).astype(int)


def encode_loop(x):
    codes = []
    for value in x:
        f = np.log(1 + 255 * abs(value)) / np.log(256)
        f = -f if value < 0 else f
        codes.append(min(int(128 * (f + 1)), 255))
    return codes


def encode_search(x):
    edges = np.arange(1, 256) / 128 - 1
    return np.searchsorted(edges, compress(x), side="right")


def decode(codes):
    y = (2 * codes + 1) / 256 - 1
    return np.sign(y) * (256 ** np.abs(y) - 1) / 255


def decode_loop(codes):
    x = []
    for code in codes:
        y = (code + 0.5) / 128 - 1
        x.append((256 ** abs(y) - 1) / 255 * (1 if y > 0 else -1))
    return x


def decode_table(codes):
    return decode(np.arange(256))[codes]


def expand(y):
    return np.sign(y) * (256 ** np.abs(y) - 1) / 255


def convolve(x, kernel, dilation, back=1, ahead=0, reverse=False):
    k, time = len(kernel), len(x)
    y = np.zeros((time, kernel.shape[2]))
    for j in range(k):
        shift = back * j * dilation - ahead
        tap = kernel[j] if reverse else kernel[k - 1 - j]
        for t in range(time):
            if 0 <= t - shift < time:
                y[t] += x[t - shift] @ tap
    return y


def convolve_padded(x, kernel, dilation):
    past = (len(kernel) - 1) * dilation
    padded = np.concatenate([np.zeros((past, x.shape[1])), x])
    shifted = [padded[j * dilation : j * dilation + len(x)] for j in range(len(kernel))]
    return sum(s @ tap for s, tap in zip(shifted, kernel, strict=True))


def convolve_jax(x, kernel, dilation):
    return jax.lax.conv_general_dilated(
        jnp.asarray(x)[None],
        jnp.asarray(kernel),
        (1,),
        [((len(kernel) - 1) * dilation, 0)],
        rhs_dilation=(dilation,),
        dimension_numbers=("NTC", "TIO", "NTC"),
    )[0]


def convolve_scipy(x, kernel, dilation):
    y = np.zeros((len(x), kernel.shape[2]))
    for i, o in np.ndindex(kernel.shape[1:]):
        sparse = np.zeros((len(kernel) - 1) * dilation + 1)
        sparse[::dilation] = kernel[::-1, i, o]
        y[:, o] += scipy.signal.lfilter(sparse, [1.0], x[:, i])
    return y


def convolve_circular(x, kernel, dilation):
    k = len(kernel)
    return sum(np.roll(x, j * dilation, axis=0) @ kernel[k - 1 - j] for j in range(k))


def convolve_valid(x, kernel, dilation):
    return convolve(x, kernel, dilation)[(len(kernel) - 1) * dilation :]


def convolve_unrolled(x, kernel, dilation):
    return np.stack([x[t - 1] @ kernel[0] + x[t] @ kernel[1] for t in range(len(x))])


def field(kernel_size, dilations):
    return 1 + (kernel_size - 1) * sum(dilations)


def field_loop(kernel_size, dilations):
    sees = 1
    for dilation in dilations:
        sees += (kernel_size - 1) * dilation
    return sees


def field_probing(kernel_size, dilations):
    x = np.zeros((200, 1))
    x[0] = 1.0
    for dilation in dilations:
        x = convolve(x, np.ones((kernel_size, 1, 1)), dilation)
    return int(np.flatnonzero(x[:, 0]).max()) + 1


def loss(logits, codes, shift=1, log_softmax=scipy.special.log_softmax, reduce=np.mean):
    log_p = log_softmax(logits[: len(codes) - shift], axis=-1)
    return -reduce(log_p[np.arange(len(log_p)), codes[shift:]])


def loss_loop(logits, codes):
    total = 0.0
    for t in range(len(codes) - 1):
        row = logits[t] - logits[t].max()
        total -= np.log(np.exp(row[codes[t + 1]]) / np.exp(row).sum())
    return total / (len(codes) - 1)


def loss_jax(logits, codes):
    costs = optax.softmax_cross_entropy_with_integer_labels(logits[:-1], codes[1:])
    return costs.mean()


def loss_one_hot(logits, codes):
    target = np.eye(logits.shape[-1])[codes[1:]]
    return -(scipy.special.log_softmax(logits[:-1], axis=-1) * target).sum(-1).mean()


def naive(logits, axis):
    p = np.exp(logits)
    return np.log(p / p.sum(axis=axis, keepdims=True))


RIGHT = {
    "mu_law_encode": [encode, encode_loop, encode_search, mu_law_encode],
    "mu_law_decode": [decode, decode_loop, decode_table, mu_law_decode],
    "causal_convolution": [convolve, convolve_padded, convolve_jax, convolve_scipy],
    "receptive_field": [field, field_loop, field_probing],
    "teacher_forced_loss": [loss, loss_loop, loss_jax, loss_one_hot],
}  # fmt: skip

WRONG = {
    "mu_law_encode": [
        (lambda x: np.floor(128 * (compress(x) + 1)).astype(int), "does not exist"),
        (lambda x: encode(x) - 128, "within 0 ... 255|1.0 was given|0.999"),
        (lambda x: np.floor(128 * (compress(x) + 1)), ".astype(int)"),
        (lambda x: np.clip(np.round(127.5 * (compress(x) + 1)), 0, 255).astype(int),
         "128 and not 127.5"),
        (lambda x: np.clip(np.floor(128 * (x + 1)), 0, 255).astype(int), "128 (f + 1)"),
        (lambda x: np.clip(np.floor(128 * (abs(compress(x)) + 1)), 0, 255).astype(int),
         "sign(x)"),
        (lambda x: (encode(x) - 128).astype(np.int8), "-0.5 was given|-1.0 was given"),
        (lambda x: np.clip(np.round(128 * (compress(x) + 1)), 0, 255).astype(int),
         "not rounding"),
        (lambda x: np.sign(x) * np.log(255 * abs(x)) / np.log(256), "NaN or infinite"),
        (lambda x: encode(x)[0], "Work on the whole array"),
        (lambda x: encode(x) // 2, "was given the code"),
        (lambda x: int(128 * (x + 1)), "Error"),
    ],
    "mu_law_decode": [
        (lambda c: expand(c / 128 - 1), "its middle is a little above|half a cell"),
        (lambda c: expand((c - 128) / 128), "its middle is a little above|half a cell"),
        (lambda c: expand(c / 127.5 - 1), "half a cell"),
        (lambda c: (2 * c + 1) / 256 - 1, "Then undo f"),
        (lambda c: (2 * c + 1) // 256 - 1, "after the decimal point"),
        (lambda c: abs(decode(c)), "sign(y)"),
        (lambda c: decode(c) * 255, "divides by 255"),
        (lambda c: -decode(c), "sign(y)"),
        (lambda c: decode(c)[0], "take whole arrays"),
        (lambda c: decode(c - 128), "not at -128"),
        (lambda c: np.sign(decode(c)) * (255 ** abs((2 * c + 1) / 256 - 1) - 1) / 255,
         "minus one, over 255"),
    ],
    "causal_convolution": [
        (lambda x, w, d: convolve(x, w, d, ahead=d), "on the left"),
        (lambda x, w, d: convolve(x, w, d, back=-1), "on the left"),
        (lambda x, w, d: convolve(x, w, d, reverse=True), "last tap|turned round"),
        (lambda x, w, d: convolve(x, w, 1), "taps are dilation samples apart"),
        (convolve_circular, "on the left"),
        (convolve_valid, "Put (k - 1) * dilation rows of zeros before"),
        (convolve_unrolled, "Error|on the left"),
        (lambda x, w, d: np.tanh(convolve(x, w, d)), "nothing is turned round|formula"),
        (lambda x, w, d: convolve(x, w, d) + 0.1, "index"),
        (lambda x, w, d: convolve(x, w, d, ahead=-1), "kernel[-1] belongs to x[t]"),
        (lambda x, w, d: convolve(x, w, d).T, "wrong way round|(k - 1) * dilation"),
        (lambda x, w, d: convolve(x, w, d).astype(int), "holds integers"),
        (lambda x, w, d: convolve(x, w, d) / len(w), "y[0] is"),
    ],
    "receptive_field": [
        (lambda k, d: sum(d), "begin at 1"),
        (lambda k, d: 1 + sum(d), "(kernel_size - 1) * dilation"),
        (lambda k, d: 1 + k * sum(d), "(kernel_size - 1) * dilation"),
        (lambda k, d: (k - 1) * sum(d), "begin at 1"),
        (lambda k, d: 1 + (k - 1) * max(d, default=0), "added, not multiplied"),
        (lambda k, d: k ** len(d), "see x[t] and x[t - 8]"),
        (lambda k, d: 1 + (k - 1) * len(d), "Kernel 2 and dilation 8"),
        (lambda k, d: 1 + (k - 1) * int(np.prod(d)), "multiplied|expected 1"),
        (lambda k, d: 1 + (k - 1) * sum(set(d)), "repeated"),
        (lambda k, d: 1 + (k - 1) * np.array(d), "one number"),
        (lambda k, d: 2 ** len(d), "(kernel_size - 1) * dilation"),
    ],
    "teacher_forced_loss": [
        (lambda a, c: loss(a, c, shift=0), "logits[:-1] against codes[1:]"),
        (lambda a, c: -loss(a, c), "minus makes -ln p positive"),
        (lambda a, c: loss(a, c) / np.log(2), "logarithm is natural"),
        (lambda a, c: loss(a, c, reduce=np.sum), "the mean (not the sum)"),
        (lambda a, c: loss(a, c) * (len(c) - 1) / len(c), "time - 1 predictions"),
        (lambda a, c: loss(a, c, log_softmax=naive), "subtract the largest first"),
        (lambda a, c: loss(a, c, log_softmax=lambda a, axis: a), "Equal logits mean"),
        (lambda a, c: loss(a, c, reduce=lambda p: p), ".mean()"),
        (lambda a, c: loss(a[1:], c[:-1], shift=0), "row t|logits[:-1]"),
        (lambda a, c: np.mean(np.argmax(a[:-1], -1) != c[1:]), "Equal logits mean"),
        (lambda a, c: -loss(a, c, log_softmax=scipy.special.softmax), "logarithm"),
        (lambda a, c: np.mean((a[:-1].max(-1) - c[1:]) ** 2), "Equal logits mean"),
        (lambda a, c: loss(a[::-1], c), "logits[:-1] against codes[1:]"),
    ],
}  # fmt: skip
