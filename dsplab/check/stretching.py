"""Exercises of lesson 9: time stretching by overlap-add, with a search, with phases.

Two right solutions may treat the ends of the sound differently (frames centred on
their time or beginning there), and may differ in how they round. The properties
therefore look at the inside of the signal, and at speeds that need no rounding.
"""

import numpy as np

from dsplab.check.comparing import agree, same_kind
from dsplab.check.exercise import exercise
from dsplab.check.inputs import Signal
from dsplab.check.trial import Wrong

RATES = (1.0, 2.0, 0.5, 1.5)
TOLERANCE = 12  # of the searches, in samples
SIZES = {"frame_length": (64, 128), "share": (2, 4), "n_samples": (1024, 1501)}


def _stretch(student, x, rate, frame_length, share, *more):
    """Call a solution; the result must be real and about as long as it should be."""
    y = student(x, rate, frame_length, frame_length // share, *more)
    same_kind(y, x)
    wanted = len(x) / rate
    if y.ndim != 1 or abs(len(y) - wanted) > 4 * frame_length + 0.1 * wanted:
        raise Wrong(
            f"The result has shape {y.shape}, expected ({round(wanted)},).",
            "rate is a speed: at rate 2 the sound lasts half as long, so there are "
            "n_samples / rate samples.",
        )
    return y


def _has_exact_length(student, *more, n_samples, rate, frame_length, share):
    x = Signal("noise", n_samples).array()
    y = _stretch(student, x, rate, frame_length, share, *more)
    if len(y) != round(n_samples / rate):
        raise Wrong(f"{len(y)} samples, expected {round(n_samples / rate)}.")


def _keeps_silence(student, *more, rate, frame_length, share):
    y = _stretch(student, np.zeros(1024), rate, frame_length, share, *more)
    if np.any(y):
        raise Wrong(f"Silence came out as loud as {np.abs(y).max():.3g}.")


def _keeps_constant(student, *more, rate, frame_length, share):
    y = _stretch(student, np.ones(2048), rate, frame_length, share, *more)
    inside = y[
        2 * frame_length : 4 * frame_length
    ]  # early: read from inside x for sure
    if np.abs(inside - 1.0).max() > 1e-3:
        low, high = inside.min(), inside.max()
        raise Wrong(f"A constant 1 came out between {low:.3f} and {high:.3f}.")


def _keeps_all_at_rate_1(student, *more, n_samples, frame_length, share):
    x = Signal("noise", n_samples).array()
    y = _stretch(student, x, 1.0, frame_length, share, *more)
    edge = 2 * frame_length
    n = min(len(x), len(y)) - edge
    agree(y[:n], x[:n], inside=slice(edge, n), what="The result at rate 1")


def _moves_through_input(student, *more, rate, frame_length, share, slack):
    """On a ramp the output says where it was read: y[n] is about rate n."""
    x = np.arange(3000.0)
    y = _stretch(student, x, rate, frame_length, share, *more)
    n = np.arange(4 * frame_length, int(len(x) / rate) - 4 * frame_length)
    off = (y[n] - rate * n)[np.argmax(np.abs(y[n] - rate * n))]
    if abs(off) > slack:
        at = int(n[len(n) // 2])
        raise Wrong(
            f"Sample {at} of the result should come from near sample {rate * at:g} of "
            f"the input, and comes from near sample {y[at]:.0f}."
        )


def _is_homogeneous(student, *more, rate, frame_length, share):
    x = Signal("noise", 1024).array()
    y = _stretch(student, x, rate, frame_length, share, *more)
    louder = _stretch(student, 4.0 * x, rate, frame_length, share, *more)
    agree(louder, 4.0 * y, what="The result for a signal four times as loud")


def _tone_error(y, frequency, edge):
    """How much of y is not a sine of that frequency, relative to y.

    In its first half, without the edge: there even a solution that reads at a wrong
    speed has not reached the end of x.
    """
    inside = y[edge : len(y) // 2]
    angle = 2 * np.pi * frequency * np.arange(len(inside))
    basis = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    fit = basis @ np.linalg.lstsq(basis, inside, rcond=None)[0]
    norm = max(np.linalg.norm(inside), 1e-9)
    return np.linalg.norm(inside - fit) / norm


def _keeps_tone(student, *more, rate, frequency, frame_length, share, allowed):
    x = np.sin(2 * np.pi * frequency * np.arange(4096))
    y = _stretch(student, x, rate, frame_length, share, *more)
    edge = 2 * frame_length
    if _tone_error(y, frequency, edge) <= allowed:
        return
    if _tone_error(y, frequency * rate, edge) < 0.2:
        raise Wrong(
            f"A tone with {1 / frequency:g} samples to the period comes back with "
            f"{1 / (frequency * rate):g}: the pitch moved with the speed.",
            "That is resampling. Frames must be copied as they are, and only be placed "
            "further apart or closer together.",
        )
    share_off = _tone_error(y, frequency, edge)
    raise Wrong(
        f"A tone with {1 / frequency:.4g} samples to the period does not stay a tone: "
        f"{100 * share_off:.0f} % of the result is something else."
    )


ola = exercise(
    "ola",
    "ola(x, rate, frame_length, hop_length)",
    "change the duration by overlap-add: frame m is read around sample "
    "round(rate m hop_length), windowed by a periodic Hann window, written around "
    "sample m hop_length, and the sum is divided by the sum of the windows",
)
wsola = exercise(
    "wsola",
    "wsola(x, rate, frame_length, hop_length, tolerance)",
    "overlap-add in which every frame may be read up to `tolerance` samples earlier or "
    "later, there where it best continues the frame before it",
)
phase_vocoder = exercise(
    "phase_vocoder",
    "phase_vocoder(x, rate, n_fft, hop_length)",
    "change the duration through the STFT: every bin turns on with the frequency that "
    "its phase shows",
)

HINT_LENGTH = (
    "Cut or fill the sum at the end: y[: round(len(x) / rate)]. When frames were "
    "centred on their time, half a frame goes off the beginning as well. The last "
    "frame must reach the end."
)
HINT_SILENCE = "Zero in, zero out: is something added to the signal?"
HINT_CONSTANT = (
    "Divide by the overlap-added windows. Their sum depends on hop_length: it is 1 at "
    "half overlap, 2 at three quarters."
)
HINT_RATE_1 = (
    "At rate 1 every frame must go back to where it was read, untouched: is the frame "
    "read at the same centre at which it is written?"
)
HINT_TIME = (
    "Read at rate * m * hop_length, write at m * hop_length: a rate above 1 reads "
    "faster than it writes. Count m from 0 for both."
)
HINT_LOUD = "Do not divide by the largest sample: a quiet sound stays quiet."


def _common(item, *more, slack, rate_1=HINT_RATE_1):
    """Add the properties that every time stretch has, with `more` arguments."""
    sizes = {k: SIZES[k] for k in ("frame_length", "share")}

    @item.property(
        "n_samples become round(n_samples / rate)", HINT_LENGTH, rate=RATES, **SIZES
    )
    def _(student, **case):
        _has_exact_length(student, *more, **case)

    @item.property("silence stays silence", HINT_SILENCE, rate=RATES, **sizes)
    def _(student, **case):
        _keeps_silence(student, *more, **case)

    @item.property("louder in, louder out", HINT_LOUD, rate=RATES[1:], **sizes)
    def _(student, **case):
        _is_homogeneous(student, *more, **case)

    @item.property("a constant stays constant", HINT_CONSTANT, rate=RATES, **sizes)
    def _(student, **case):
        _keeps_constant(student, *more, **case)

    @item.property(
        "y[n] is taken from around x[rate n]", HINT_TIME, rate=RATES, **sizes
    )
    def _(student, **case):
        allowed = slack * case["frame_length"] + sum(more)
        _moves_through_input(student, *more, **case, slack=allowed)

    @item.property("at rate 1 the signal comes back", rate_1, **SIZES)
    def _(student, **case):
        _keeps_all_at_rate_1(student, *more, **case)


_common(ola, slack=1.0)


@ola.property(
    "where the frames happen to fit, a tone stays a tone",
    "The tone's period divides every jump between reading and writing, so all frames "
    "agree. If yours do not, one is read a few samples away from rate * m * "
    "hop_length, or the window is not a periodic Hann window.",
    points=2,
    rate=(2.0, 0.5),
    period=(32, 16),
    frame_length=(128,),
    share=(2, 4),
)
def _(student, period, **case):
    _keeps_tone(student, **case, frequency=1 / period, allowed=0.01)


_common(
    wsola,
    TOLERANCE,
    slack=1.0,
    rate_1="At rate 1 the best continuation is the frame that follows, at distance "
    "zero from itself. Does the search include shift 0, and is it centred there?",
)


@wsola.property(
    "a tone stays a tone at every speed",
    "Compare each candidate with what followed the frame chosen before, x[previous + "
    "hop_length : ... + frame_length], where `previous` is where that frame was really "
    "read, its shift included. Take the candidate with the smallest distance (or the "
    "largest correlation), and search on both sides.",
    points=3,
    rate=(0.5, 1.5, 2.0, 0.7),
    period=(16, 20, 10),
    frame_length=(160,),
    share=(2, 4),
)
def _(student, period, rate, **case):
    _keeps_tone(
        student, TOLERANCE, rate=rate, **case, frequency=1 / period, allowed=0.02
    )


@wsola.property(
    "no frame is read further away than tolerance",
    "With tolerance 0 there is nothing to choose: the result is that of plain "
    "overlap-add. range(-tolerance, tolerance + 1) are all the shifts.",
    rate=(2.0, 0.5),
    period=(32, 16),
    frame_length=(128,),
    share=(2, 4),
)
def _(student, period, **case):
    _keeps_tone(student, 0, **case, frequency=1 / period, allowed=0.01)
    with_search = np.sin(2 * np.pi * np.arange(4096) / 37.0)
    frame_length, share, rate = (case[k] for k in ("frame_length", "share", "rate"))
    y = _stretch(student, with_search, rate, frame_length, share, 0)
    if _tone_error(y, 1 / 37.0, 2 * frame_length) < 0.05:
        raise Wrong("Even with tolerance 0 a frame was moved.")


VOCODED = {"frame_length": (128, 256), "share": (4, 8)}


@phase_vocoder.property(
    "n_samples become round(n_samples / rate)",
    HINT_LENGTH,
    rate=RATES,
    n_samples=(1024, 1999),
    **VOCODED,
)
def _(student, **case):
    _has_exact_length(student, **case)


@phase_vocoder.property("silence stays silence", HINT_SILENCE, rate=RATES, **VOCODED)
def _(student, **case):
    _keeps_silence(student, **case)


@phase_vocoder.property(
    "louder in, louder out", HINT_LOUD, rate=(2.0, 0.5), frame_length=(128,), share=(4,)
)
def _(student, **case):
    _is_homogeneous(student, **case)


@phase_vocoder.property(
    "a tone stays a tone, wherever it lies between two bins",
    "The phase advances by 2 pi f hop / sample_rate from frame to frame. From two "
    "frames it is known only up to whole turns: subtract the advance of the bin's own "
    "centre, 2 pi k hop / n_fft, bring the rest into -pi ... pi, and add the centre "
    "back. Then let the output's phase advance by that frequency times the hop it is "
    "written with.",
    points=3,
    rate=(0.5, 2.0, 1.5, 0.8),
    frequency=(0.0625, 0.0703, 0.1101, 0.2339),
    frame_length=(128, 256),
)
def _(student, **case):
    _keeps_tone(student, **case, share=8, allowed=0.15)


@phase_vocoder.property(
    "a tone is about as loud as before",
    "Windowed twice, in analysis and in synthesis: divide by the overlap-added squared "
    "windows. And keep the magnitude of every bin, whatever is done to its phase.",
    rate=RATES,
    frame_length=(128, 256),
)
def _(student, rate, frame_length):
    # neighbouring bins that were set off by the sudden beginning keep cancelling a
    # little: the method's own weakness, so 0.5 is still right
    x = np.sin(0.5 * np.pi * np.arange(4096) / 4)
    y = _stretch(student, x, rate, frame_length, 8)
    loud = np.sqrt(2) * np.std(y[3 * frame_length : -3 * frame_length])
    if not 0.5 < loud < 1.3:
        raise Wrong(f"A tone of amplitude 1 came out with amplitude {loud:.3f}.")


@phase_vocoder.property(
    "at rate 1 the signal comes back", HINT_RATE_1, n_samples=(1999,), **VOCODED
)
def _(student, **case):
    _keeps_all_at_rate_1(student, **case)


@phase_vocoder.property(
    "a swelling tone swells at the new speed", HINT_TIME, rate=RATES, **VOCODED
)
def _(student, rate, frame_length, share):
    n = np.arange(4096)
    x = n * np.sin(0.5 * np.pi * n / 4)  # its amplitude is its time
    y = _stretch(student, x, rate, frame_length, share)
    quarter = len(y) // 4
    loud = [np.std(y[k * quarter - 64 : k * quarter + 64]) for k in (1, 2, 3)]
    ratio = np.array(loud) / max(loud[1], 1e-9)
    if np.abs(ratio - [0.5, 1.0, 1.5]).max() > 0.2:
        raise Wrong(
            "The tone swells evenly from beginning to end; a quarter, half and three "
            "quarters through the result it should have 0.5, 1 and 1.5 times the level "
            f"of the middle, and has {', '.join(f'{r:.2f}' for r in ratio)}."
        )
