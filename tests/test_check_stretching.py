"""Exercises of lesson 9: eight or more wrong solutions caught, right ones pass."""

import numpy as np
import scipy.signal

import dsplab.spectral
from dsplab.frames import overlap_add
from dsplab.stretch.phase_vocoder import phase_vocoder


def hann(n):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def splice(
    x,
    rate,
    n,
    hop,
    pick=lambda x, target, previous: target,
    *,
    window=hann,
    centred=True,
    normalise=True,
    read=None,
    length=None,
):
    """Overlap-add with a rule `pick` for where each frame is read."""
    wanted = round(len(x) / rate) if length is None else length
    before = n // 2 if centred else 0
    margin = n + 64
    padded = np.pad(x, (before + margin, 3 * n + 3 * int(rate * hop) + margin))
    count = 2 + wanted // hop
    y, weight = np.zeros(n + hop * count), np.zeros(n + hop * count)
    previous = None
    for m in range(count):
        target = int(round((rate if read is None else read) * m * hop)) + margin
        target = min(target, len(padded) - n - 64)
        previous = pick(padded, target, previous)
        y[m * hop : m * hop + n] += window(n) * padded[previous : previous + n]
        weight[m * hop : m * hop + n] += window(n)
    y = y / np.maximum(weight, 1e-8) if normalise else y
    return y[before : before + wanted]


def ola_matrix(x, rate, n, hop):
    wanted = round(len(x) / rate)
    count = 1 + -(-wanted // hop)
    starts = np.round(rate * hop * np.arange(count)).astype(int)
    x = np.pad(x, (n // 2, 2 * n + int(rate * hop)))
    frames = x[np.arange(n)[:, None] + starts] * hann(n)[:, None]
    w = np.repeat(hann(n)[:, None], count, axis=1)
    y = overlap_add(frames, hop_length=hop)
    y = y / np.maximum(overlap_add(w, hop_length=hop), 1e-6)
    return y[n // 2 : n // 2 + wanted]


def ola_from_the_start(x, rate, n, hop):
    return splice(x, rate, n, hop, centred=False)


def resampled(x, rate, n, hop, *more):
    at = np.arange(round(len(x) / rate)) * rate
    return np.interp(at, np.arange(len(x)), x)


def peak_normalised(x, rate, n, hop, *more):
    y = splice(x, rate, n, hop)
    return y / max(np.abs(y).max(), 1e-9)


def no_guard(x, rate, n, hop):
    y = splice(np.append(x, 0.0), rate, n, hop)[: round(len(x) / rate)]
    return y / np.where(np.abs(y) > 0, 1.0, 0.0) * np.abs(y).max()


def jittered(x, rate, n, hop, *more):
    places = iter(np.random.default_rng(0).integers(-10, 11, 1000).tolist())
    return splice(x, rate, n, hop, lambda x, target, previous: target + next(places))


def greedy(x, rate, n, hop, *more):
    x *= 1.0 + 1e-9
    x[0] = 0.5
    return splice(x, rate, n, hop)


OLA_WRONG = [
    (lambda x, r, n, h: splice(x, 1 / r, n, h), "rate is a speed|n_samples / rate"),
    (lambda x, r, n, h: splice(x, r, n, h, length=len(x)), "n_samples / rate|half as"),
    (lambda x, r, n, h: splice(x, r, n, h, normalise=False), "overlap-added windows"),
    (lambda x, r, n, h: splice(x, r, n, h, read=1 / r), "Read at rate * m"),
    (lambda x, r, n, h: splice(x, r, n, h, read=1.0), "Read at rate * m"),
    (resampled, "That is resampling"),
    (peak_normalised, "largest sample"),
    (no_guard, "np.maximum(divisor"),
    (jittered, "untouched"),
    (greedy, "x.copy()"),
    (lambda x, r, n, h: splice(x, r, n, h)[:-1], "Cut or fill"),
    (lambda x, r, n, h: splice(x, r, n, h) + 0.01, "Zero in, zero out"),
    (lambda x, r, n, h: splice(x, r, n, h)[::-1], "untouched|Read at"),
    (lambda x, r, n, h: splice(x, r, n, h) + 0j, "is complex"),
]  # fmt: skip


def wsola(measure, *, own=True, shifts=None, start=0):
    """A solution that reads each frame where `measure` (high is good) finds best."""

    def solution(x, rate, n, hop, tolerance):
        def pick(x, target, previous):
            if previous is None:
                return target
            continuation = x[previous + hop : previous + hop + n]
            if not own:
                continuation = x[target : target + n]
            places = np.arange(-tolerance, tolerance + 1) if shifts is None else shifts
            fits = [measure(x[target + d :][:n], continuation) for d in places]
            return target + int(places[int(np.argmax(fits))])

        return splice(x, rate, n, hop, pick)

    return solution


def distance(a, b):
    return -((a - b) ** 2).sum()


def correlation(a, b):
    return a @ b / np.sqrt(max((a @ a) * (b @ b), 1e-12))


def wsola_correlate(x, rate, n, hop, tolerance):
    """All shifts at once, by SciPy's correlation."""

    def pick(x, target, previous):
        if previous is None:
            return target
        region = x[target - tolerance : target + tolerance + n]
        continuation = x[previous + hop : previous + hop + n]
        fits = scipy.signal.correlate(region, continuation, mode="valid")
        energy = scipy.signal.correlate(region**2, np.ones(n), mode="valid")
        return target - tolerance + int(np.argmax(fits - energy / 2))

    return splice(x, rate, n, hop, pick)


def wsola_from_output(x, rate, n, hop, tolerance):
    """Compares with the frame before, not with what follows it."""

    def pick(x, target, previous):
        if previous is None:
            return target
        places = range(-tolerance, tolerance + 1)
        fits = [distance(x[target + d :][:n], x[previous:][:n]) for d in places]
        return target - tolerance + int(np.argmax(fits))

    return splice(x, rate, n, hop, pick)


def wsola_from_target(x, rate, n, hop, tolerance):
    """Forgets that the frame before was moved."""
    state = {}

    def pick(x, target, previous):
        before = state.get("target")
        state["target"] = target
        if before is None:
            return target
        wanted = x[before + hop :][:n]
        places = range(-tolerance, tolerance + 1)
        fits = [distance(x[target + d :][:n], wanted) for d in places]
        return target - tolerance + int(np.argmax(fits))

    return splice(x, rate, n, hop, pick)


def wsola_ignoring_tolerance(x, rate, n, hop, tolerance):
    return wsola(distance)(x, rate, n, hop, 24)


def wsola_worst(a, b):
    return -distance(a, b)


WSOLA_WRONG = [
    (lambda x, r, n, h, t: splice(x, r, n, h), "what followed the frame chosen before"),
    (wsola_from_output, "distance zero|what followed"),
    (wsola_from_target, "its shift included"),
    (wsola(wsola_worst), "Does the search include shift 0"),
    (wsola(distance, own=False), "what followed the frame chosen before"),
    (wsola(distance, shifts=np.arange(0, 9)), "on both sides"),
    (wsola(distance, shifts=np.arange(1, 25)), "Does the search include shift 0"),
    (wsola_ignoring_tolerance, "nothing to choose"),
    (resampled, "That is resampling"),
    (peak_normalised, "largest sample"),
    (lambda x, r, n, h, t: wsola(distance)(x, r, n, h, t)[:-1], "Cut or fill"),
    (lambda x, r, n, h, t: wsola(distance)(x, 1 / r, n, h, t), "rate is a speed"),
    (lambda x, r, n, h: splice(x, r, n, h), "wsola(x, rate, frame_length"),
    (jittered, "centred there"),
]  # fmt: skip


def vocoder(
    x,
    rate,
    n,
    hop,
    *,
    advance=True,
    normalise=True,
    synthesis=True,
    read=None,
    magnitude=np.abs,
    spread=1.0,
):
    """Analysis of two frames one hop apart around each moment; switches break it."""
    wanted = round(len(x) / rate)
    before = n // 2
    margin = before + hop
    read = rate if read is None else read
    x = np.pad(x, (margin, 4 * n + 4 * int(rate * hop)))
    count = 2 + wanted // hop
    w = hann(n)
    own = 2 * np.pi * np.arange(n // 2 + 1) * hop / n
    y, weight = np.zeros(n + hop * count), np.zeros(n + hop * count)
    for m in range(count):
        start = min(int(round(read * m * hop)) + hop, len(x) - n)
        now = np.fft.rfft(w * x[start : start + n])
        past = np.fft.rfft(w * x[start - hop : start - hop + n])
        rest = np.angle(now) - np.angle(past) - own
        rest -= 2 * np.pi * np.round(rest / (2 * np.pi))
        if m == 0 or not advance:
            angle = np.angle(now)
        else:
            angle = angle + spread * (own + rest)
        frame = np.fft.irfft(magnitude(now) * np.exp(1j * angle))
        frame *= w if synthesis else 1.0
        y[m * hop : m * hop + n] += frame
        weight[m * hop : m * hop + n] += w**2 if synthesis else w
    y = y / np.maximum(weight, 1e-6) if normalise else y
    return y[before : before + wanted]


def vocoder_by_stft(x, rate, n, hop):
    """Reads between the frames of one STFT, as librosa's does."""
    X = dsplab.spectral.stft(x, n_fft=n, hop_length=hop)
    X = np.pad(X, [(0, 0), (0, 2)])
    own = 2 * np.pi * np.arange(n // 2 + 1) * hop / n
    angle, columns = np.angle(X[:, 0]), []
    for t in np.arange(0, X.shape[1] - 2, rate):
        m, part = int(t), t % 1.0
        size = (1 - part) * np.abs(X[:, m]) + part * np.abs(X[:, m + 1])
        columns.append(size * np.exp(1j * angle))
        step = np.angle(X[:, m + 1]) - np.angle(X[:, m]) - own
        angle = angle + own + step - 2 * np.pi * np.round(step / (2 * np.pi))
    Y, wanted = np.stack(columns, axis=-1), round(len(x) / rate)
    return dsplab.spectral.istft(Y, hop_length=hop, length=wanted)


def vocoder_library(x, rate, n, hop):
    options = {"n_fft": n, "hop_length": hop}
    return phase_vocoder(x, rate, sample_rate=16000, **options)


def changed(**options):
    return lambda x, rate, n, hop: vocoder(x, rate, n, hop, **options)


VOCODER_WRONG = [
    (changed(advance=False), "whole turns"),
    (lambda x, r, n, h: vocoder(x, r, n, h, spread=1 / r), "times the hop it is"),
    (changed(normalise=False), "squared windows"),
    (changed(spread=2.0), "whole turns"),
    (changed(read=1.0), "Read at rate * m"),
    (changed(magnitude=np.ones_like), "Zero in, zero out"),
    (changed(magnitude=lambda X: np.abs(X) ** 2), "largest sample"),
    (lambda x, r, n, h: vocoder(x, 1 / r, n, h), "rate is a speed"),
    (lambda x, r, n, h: vocoder(x, r, n, h)[1:], "Cut or fill"),
    (resampled, "That is resampling"),
    (lambda x, r, n, h: splice(x, r, n, h), "whole turns"),
    (lambda x, r, n, h: vocoder(x, r, n, h) * 2, "squared windows"),
    (peak_normalised, "largest sample"),
    (greedy, "x.copy()"),
]  # fmt: skip

RIGHT = {
    "ola": [splice, ola_matrix, ola_from_the_start],
    "wsola": [wsola(distance), wsola(correlation), wsola(np.dot), wsola_correlate],
    "phase_vocoder": [vocoder, vocoder_by_stft, vocoder_library],
}
WRONG = {"ola": OLA_WRONG, "wsola": WSOLA_WRONG, "phase_vocoder": VOCODER_WRONG}
