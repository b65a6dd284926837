"""Exercises of lesson 10: sound as codes, and a network that sees only the past."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.inputs import signals
from dsplab.check.trial import Wrong

mu_law_encode = exercise(
    "mu_law_encode",
    "mu_law_encode(x)",
    "codes 0 ... 255: f(x) = sign(x) ln(1 + 255 |x|) / ln 256 lies in [-1, 1], which "
    "is cut into 256 cells of equal width; the code is the number of the cell, as "
    "integer",
)
LEVELS = (0.0, 0.5, -0.5, 0.1, -0.1, 0.01, -0.01, 0.001, 1.0, -1.0)


def _compress(x):
    return np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)


def _encode(x):
    return np.clip(np.floor(128 * (_compress(x) + 1)), 0, 255).astype(int)


def _decode(codes):
    y = (2 * codes + 1) / 256 - 1
    return np.sign(y) * (256 ** np.abs(y) - 1) / 255


def _codes(student, x):
    codes = student(x)
    same_shape(codes, x.shape)
    if codes.dtype.kind not in "iu":
        raise Wrong(
            f"Codes are whole numbers, yours are {codes.dtype}.",
            "Round down with np.floor, then convert: .astype(int).",
        )
    return codes


@mu_law_encode.property(
    "one integer for each sample",
    "Work on the whole array: np.sign, np.abs and np.log1p take arrays.",
    x=signals(1, 2, 5, 64),
)
def _(student, x):
    _codes(student, x / max(np.abs(x).max(), 1.0))


@mu_law_encode.property(
    "codes stay within 0 ... 255",
    "At x = 1, f is 1 and falls into a cell number 256 that does not exist: np.clip. "
    "And an array of type int8 ends at 127.",
    level=(1.0, -1.0, 0.999, -0.999),
)
def _(student, level):
    codes = _codes(student, np.array([level]))
    if codes.min() < 0 or codes.max() > 255:
        raise Wrong(f"{level} was given the code {codes[0]}.")


@mu_law_encode.property(
    "zero is code 128, and louder is further away",
    "f runs from -1 to 1; 128 (f + 1) runs from 0 to 256. Negative samples get codes "
    "below 128: sign(x).",
    level=LEVELS,
)
def _(student, level):
    code, right = _codes(student, np.array([level]))[0], _encode(np.array([level]))[0]
    if abs(code - right) > 1:
        raise Wrong(f"{level} was given the code {code}, expected {right}.")


@mu_law_encode.property(
    "the cells are cut exactly",
    "np.floor, not rounding: cell k reaches from k to k + 1. 256 cells, so the factor "
    "is 128 and not 127.5, and ln 256 is below.",
    points=2,
    level=LEVELS,
)
def _(student, level):
    x = np.concatenate([[level], np.linspace(-1, 1, 401) + 0.0003])[:-1]
    codes, right = _codes(student, x), _encode(x)
    off = np.flatnonzero(codes != right)
    if len(off) > 2:  # a float32 solution may fall to the other side of an edge
        at = off[0]
        raise Wrong(
            f"{len(off)} of {len(x)} codes are wrong; {x[at]:.4f} was given "
            f"{codes[at]}, expected {right[at]}."
        )


mu_law_decode = exercise(
    "mu_law_decode",
    "mu_law_decode(codes)",
    "the sample in the middle of each code's cell: y = (2 code + 1) / 256 - 1, then "
    "sign(y) (256^|y| - 1) / 255",
)
CODES = (128, 127, 0, 255, 1, 254, 64, 192)


@mu_law_decode.property(
    "one fraction for each code",
    "np.abs, np.sign and ** take whole arrays. Codes are integers: dividing by 256 "
    "with // would leave zeros.",
    code=CODES,
)
def _(student, code):
    x = student(np.array([code, 3, 200]))
    same_shape(x, (3,))
    same_kind(x, np.zeros(3))


@mu_law_decode.property(
    "samples lie between -1 and 1",
    "(2 code + 1) / 256 - 1 takes the codes 0 ... 255 to -1 ... 1; they begin at 0, "
    "not at -128. The last step divides by 255.",
    code=CODES,
)
def _(student, code):
    x = student(np.array([code, 3, 200]))
    if np.abs(x).max() > 1.0:
        raise Wrong(f"A sample is {x[np.argmax(np.abs(x))]:.4g}.")


@mu_law_decode.property(
    "codes 128 and up are positive, mirrored below",
    "Cell 128 begins at 0, so its middle is a little above, and that of cell 127 just "
    "as much below. sign(y) keeps the side.",
    code=CODES,
)
def _(student, code):
    x, mirrored = student(np.array([code, 255 - code]))
    if (x > 0) != (code >= 128) or abs(x + mirrored) > 1e-6:
        raise Wrong(f"Codes {code} and {255 - code} became {x:.4g} and {mirrored:.4g}.")


@mu_law_decode.property(
    "the value is the middle of the cell",
    "code / 128 - 1 is the lower end of the cell, half a cell, 1 / 256, below its "
    "middle. Then undo f: 256^|y|, minus one, over 255.",
    points=2,
    code=CODES,
)
def _(student, code):
    codes = np.array([code])
    agree(student(codes), _decode(codes), tolerance=1e-4, what="The sample")


causal_convolution = exercise(
    "causal_convolution",
    "causal_convolution(x, kernel, dilation)",
    "y[t] = sum_j kernel[k-1-j] applied to x[t - j dilation], j = 0 ... k-1, where x "
    "is zero before it begins; x (time, n_in), kernel (k, n_in, n_out), y (time, "
    "n_out)",
)
SHAPES = {
    "time": (4, 20),
    "k": (2, 1, 3),
    "dilation": (1, 2, 5),
    "n_in": (1, 2),
    "n_out": (1, 3),
}


def _convolve(x, kernel, dilation):
    k, _, n_out = kernel.shape
    y = np.zeros((len(x), n_out))
    for t in range(len(x)):
        for j in range(k):
            if t - j * dilation >= 0:
                y[t] += x[t - j * dilation] @ kernel[k - 1 - j]
    return y


def _layer(time, k, dilation, n_in, n_out):
    draw = np.random.default_rng(time + k)
    x = draw.uniform(-1, 1, (time, n_in))
    return x, draw.uniform(-1, 1, (k, n_in, n_out)), dilation


@causal_convolution.property(
    "its shape is (time, n_out)",
    "Put (k - 1) * dilation rows of zeros before x, and every output finds its past; "
    "none after it.",
    **SHAPES,
)
def _(student, **shapes):
    y = student(*_layer(**shapes))
    same_shape(y, (shapes["time"], shapes["n_out"]))


@causal_convolution.property(
    "the future has no influence",
    "Changing x[t] must not change y before t. All the zeros go on the left: 'same' "
    "padding lets every output look ahead.",
    points=2,
    **SHAPES,
)
def _(student, **shapes):
    x, kernel, dilation = _layer(**shapes)
    cut = len(x) // 2
    changed = x + (np.arange(len(x)) >= cut)[:, None]
    before = student(x, kernel, dilation)[:cut]
    after = student(changed, kernel, dilation)[:cut]
    if np.abs(after - before).max() > 1e-4:
        t = int(np.argmax(np.abs(after - before).max(axis=-1)))
        raise Wrong(f"y[{t}] changed when x[{cut}] and what follows was changed.")


@causal_convolution.property(
    "the last tap is for the present",
    "kernel[-1] belongs to x[t], kernel[-2] to x[t - dilation]: the oldest comes "
    "first, as in x itself, so nothing is turned round.",
    **SHAPES,
)
def _(student, **shapes):
    x, kernel, dilation = _layer(**shapes)
    x = x * (np.arange(len(x)) == 0)[:, None]  # only the first sample sounds
    y = student(x, kernel, dilation)
    agree(y[:1], _convolve(x, kernel, dilation)[:1], tolerance=1e-4, what="y[0]")


@causal_convolution.property(
    "tap j looks back j * dilation samples",
    "The taps are dilation samples apart: with dilation 2 the output at t hears x[t] "
    "and x[t - 2], and not x[t - 1].",
    **SHAPES,
)
def _(student, **shapes):
    x, kernel, dilation = _layer(**shapes)
    x = x * (np.arange(len(x)) == 0)[:, None]
    agree(student(x, kernel, dilation), _convolve(x, kernel, dilation), tolerance=1e-4)


@causal_convolution.property(
    "every output follows the formula",
    "x[t] has n_in numbers and kernel[j] is a matrix (n_in, n_out): x[t] @ kernel[j], "
    "summed over the taps. No bias, no activation.",
    **SHAPES,
)
def _(student, **shapes):
    x, kernel, dilation = _layer(**shapes)
    agree(student(x, kernel, dilation), _convolve(x, kernel, dilation), tolerance=1e-4)


receptive_field = exercise(
    "receptive_field",
    "receptive_field(kernel_size, dilations)",
    "how many input samples one output sample depends on, itself included, after a "
    "stack of causal convolutions with these dilations",
)
STACK = "Each layer adds (kernel_size - 1) * dilation samples to what is seen. "


def _sees(student, kernel_size, dilations):
    field = student(kernel_size, dilations)
    if field.shape != ():
        raise Wrong(f"Your result has shape {field.shape}, expected one number.")
    right = 1 + (kernel_size - 1) * sum(dilations)
    if field != right:
        raise Wrong(f"Your result is {field}, expected {right}.")


@receptive_field.property(
    "one layer sees kernel_size taps",
    STACK + "Before the first layer, a sample sees itself: begin at 1.",
    kernel_size=(2, 3, 1),
    dilations=((1,),),
)
def _(student, kernel_size, dilations):
    _sees(student, kernel_size, dilations)


@receptive_field.property(
    "dilations spread the taps",
    STACK + "Kernel 2 and dilation 8 see x[t] and x[t - 8]: reach 9 samples.",
    kernel_size=(2, 3),
    dilations=((1,), (2,), (8,)),
)
def _(student, kernel_size, dilations):
    _sees(student, kernel_size, dilations)


@receptive_field.property(
    "layers add up",
    STACK + "Contributions are added, not multiplied, and every block of dilations "
    "counts again when it is repeated.",
    kernel_size=(2, 3),
    dilations=((1, 2), (1, 2, 4), (1, 2, 4, 8, 1, 2, 4, 8), ()),
)
def _(student, kernel_size, dilations):
    _sees(student, kernel_size, dilations)


teacher_forced_loss = exercise(
    "teacher_forced_loss",
    "teacher_forced_loss(logits, codes)",
    "mean over t of -ln p(codes[t+1]), where p = softmax(logits[t]): row t of logits "
    "(time, n_codes) is what the network says about the *next* code",
)
GUESSES = {"time": (2, 5), "n_codes": (2, 16)}


def _loss(logits, codes):
    logits = logits[:-1] - logits[:-1].max(axis=-1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return -np.mean([log_p[t, code] for t, code in enumerate(codes[1:])])


def _guess(time, n_codes):
    draw = np.random.default_rng(time * n_codes)
    logits = 2.0 * draw.standard_normal((time, n_codes))
    return logits, draw.integers(0, n_codes, time)


@teacher_forced_loss.property(
    "it is one number",
    "Average over time in the end: .mean().",
    **GUESSES,
)
def _(student, **sizes):
    same_shape(student(*_guess(**sizes)), ())


@teacher_forced_loss.property(
    "not knowing anything costs ln(n_codes)",
    "Equal logits mean p = 1 / n_codes. A minus makes -ln p positive, the logarithm is "
    "natural, and the mean (not the sum) is over the time - 1 predictions.",
    **GUESSES,
)
def _(student, time, n_codes):
    value = student(np.zeros((time, n_codes)), _guess(time, n_codes)[1])
    agree(value, np.log(n_codes), tolerance=1e-4, what="The loss")


@teacher_forced_loss.property(
    "row t is judged by code t + 1",
    "logits[:-1] against codes[1:]. Judged by the code it was given, the network has "
    "nothing to predict and the loss falls to zero without learning.",
    points=2,
    **GUESSES,
)
def _(student, time, n_codes):
    codes = np.arange(time) % n_codes
    logits = 8.0 * (np.arange(n_codes) == (codes[:, None] + 1) % n_codes)
    agree(student(logits, codes), _loss(logits, codes), tolerance=1e-4, what="The loss")


@teacher_forced_loss.property(
    "it is the mean of -ln softmax",
    "-ln p = ln(sum(exp(logits))) - logits[code]: a softmax first, or logsumexp.",
    **GUESSES,
)
def _(student, **sizes):
    logits, codes = _guess(**sizes)
    agree(student(logits, codes), _loss(logits, codes), tolerance=1e-4, what="The loss")


@teacher_forced_loss.property(
    "large logits do not overflow",
    "exp(1000) is infinite. A softmax does not change when the same number is taken "
    "off all logits: subtract the largest first, or use a logsumexp from a library.",
    offset=(1000.0, -1000.0),
)
def _(student, offset):
    logits, codes = _guess(5, 16)
    try:
        value = student(logits + offset, codes)
    except Wrong as wrong:  # the hint about NaN is too general here
        raise Wrong(wrong.message) from None
    agree(value, _loss(logits, codes), tolerance=1e-3, what="The loss")
