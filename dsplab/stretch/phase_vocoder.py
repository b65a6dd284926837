"""Phase vocoder: stretching a sound by turning the phases of its spectrum.

Output frames stand on a regular grid, `hop_length` apart; each is copied from the
moment of the input that the time map names. Copied frames do not fit together: where
the input went on from frame X[m-1] with frame A[m], one hop ahead of it, the output
goes on with X[m]. So each bin of X[m] is turned to the phase of that continuation:

    Y[m] = r[m] X[m],   r[m] = r[m-1] A[m] conj(X[m]) / |A[m] X[m]|.

There is no angle to unwrap and no division by the distance of input frames: time may
stand still or run backwards, and at rate 1, where A[m] is X[m], r stays 1.
"""

from typing import NamedTuple

import numpy as np

from dsplab import _array
from dsplab._arguments import as_signal, integer, one_of, positive
from dsplab._array import (
    add_at,
    array_namespace,
    batch_size,
    between_zeros,
    block_reader,
    greatest_near,
    in_turn,
    nearest_true,
    once_each,
    overlap_add,
    rows_at_once,
    running_product,
    scan,
    stop_gradient,
    table_rows,
    times,
    unit,
)
from dsplab.stretch._attacks import QUIET, ROUND_UP, bend, least_distance
from dsplab.stretch.time_map import (
    check_rate,
    input_position,
    local_rate,
    output_length,
)
from dsplab.windows import sine

LOCKING = {"identity": 5, "loose": 4, "none": 4}  # and frames that overlap
SINE_POWER = 1.3  # of the window
REACH = 0.55, 0.99  # of half a frame, within which an attack counts as being in it
# frames of all signals of a batch, that JAX computes together: XLA gives operations on
# more than half a megabyte to several threads, which cost more than they save in a loop
FEW = 16
AFTER = 0.4  # of a frame, how far after its beginning an attack is at its loudest
RISE = 4.0  # times the power before it, above which a bin belongs to an attack
NEW = 2.0  # times its power in the frame before, above which what a bin says is new ...
AUDIBLE = 1e-5  # ... if it has more than this, beside the loudest
NEAR = 2  # bins on either side, to one of which something new may belong


def phase_vocoder(
    x,
    rate,
    *,
    sample_rate,
    n_fft=None,
    hop_length=None,
    locking="identity",
    transients=True,
):
    """Change the duration of a sound, not its pitch, in its short-time spectrum.

    Best for sustained, pitched and polyphonic sound. The spectra are copied and their
    phases turned (see the module), under a window of half a sine to the power 1.3,
    between the plain one and Hann's. What the bins do with each other decides how
    present the result sounds:

    * "none": each bin for itself, the classic vocoder. The bins that make up one
      partial drift apart, which sounds distant, as in a large hall ("phasiness");
    * "loose": each rotation is averaged with its neighbours', the louder bins leading;
    * "identity": all bins around a spectral peak turn as the peak does, so that each
      partial keeps its shape. The peak goes on from the rotation of the region, around
      the nearest peak of the frame before, in which it stands.

    Turned phases smear an attack over a frame. So near an attack (`ola` says which) the
    time map is bent to run at speed 1, and in all frames that contain it r is set to 1
    in the bins that it makes 6 dB louder: these sound as they were, once and on time,
    while tones that were there before go on unbroken in the other bins. Softer
    beginnings and glides bring something new to a bin, too, and what it has turned by
    so far means nothing to that: with "none", a bin that gets 3 dB louder from one
    frame to the next takes the r of the loudest of the five around it.

    Args:
      x: signal, shape (n_samples,) or (n_channels, n_samples). All channels are turned
        alike, by what they say together, so that the stereo image stays.
      rate: speed, 2.0 plays twice as fast; or a time map, see
        `dsplab.stretch.time_map`.
      sample_rate: Hz.
      n_fft: samples in a frame, by default the power of two nearest to 46 ms. Longer
        frames separate close partials, shorter ones follow quick changes.
      hop_length: samples between output frames, at most n_fft // 2; by default a
        quarter of n_fft, with "identity" a fifth.
      locking: "identity", "loose" or "none".
      transients: whether attacks are kept as they are. False is the textbook's vocoder,
        which follows the time map everywhere.

    Returns:
      Signal of round(n_samples / rate) samples, or as long as the time map says, with
      the rank, library and dtype of x.

    Raises:
      ValueError: if x is not such a signal, or an argument is out of range.

    Reference:
      Flanagan and Golden, "Phase vocoder", Bell System Technical Journal, 1966.
      Puckette, "Phase-locked vocoder", WASPAA 1995 ("loose": he adds up neighbouring
      bins, we their rotations, which leaves rate 1 exact).
      Laroche and Dolson, "Improved phase vocoder time-scale modification of audio",
      IEEE Trans. Speech and Audio Processing, 1999 ("identity"; we take the peak's
      motion from both ends of the interval and from its two neighbours as well).
      Duxbury, Davies and Sandler, "Improved time-scaling of musical audio using phase
      locking at transients", AES 112, 2002; Roebel, "A new approach to transient
      processing in the phase vocoder", DAFx 2003 (resetting phases bin by bin). What
      "none" does with softer beginnings is ours.

    >>> x = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> phase_vocoder(x, 0.5, sample_rate=22050).shape
    (44100,)
    """
    x = as_signal(x, ndim=(1, 2))
    rate = check_rate(rate, x.shape[-1])
    one_of(locking, tuple(LOCKING), name="locking")
    n_fft, hop_length = vocoder_sizes(sample_rate, n_fft, hop_length, LOCKING[locking])
    n_out = output_length(rate, x.shape[-1])
    sizes = {"n_fft": n_fft, "hop_length": hop_length}
    begin = n_fft // 2 + lead_in(n_fft, hop_length) * hop_length

    def vocoded(x):
        frames = _frames(x, rate, sample_rate, transients, **sizes)
        y = _vocode(frames, locking=locking, **sizes)[:, begin : begin + n_out]
        return y if x.ndim == 2 else y[0]

    return in_turn(vocoded, x)


def vocoder_sizes(sample_rate, n_fft, hop_length, overlap):
    """Samples in a frame and in a hop: about 46 ms, over `overlap`, unless given."""
    positive(sample_rate, name="sample_rate")
    if n_fft is None:
        n_fft = max(2 ** round(np.log2(sample_rate * 2048 / 44100)), 4)
    n_fft = integer(n_fft, name="n_fft", least=4)
    hop_length = -(-n_fft // overlap) if hop_length is None else hop_length
    return n_fft, integer(hop_length, name="hop_length", most=n_fft // 2)


def lead_in(n_fft, hop_length):
    """How many frames centred before sample 0 reach into the output."""
    return (n_fft // 2 - 1) // hop_length


def frame_centres(rate, n_samples, n_fft, hop_length):
    """Input time of the centre of each output frame, from the lead-in on, and speed."""
    lead = lead_in(n_fft, hop_length)
    n_out = output_length(rate, n_samples)
    n_frames = lead + 1 + (n_out + n_fft // 2 - 2) // hop_length
    when = (np.arange(n_frames) - lead) * hop_length
    where = input_position(rate, np.maximum(when, 0), n_samples=n_samples)
    where = where + np.minimum(when, 0)  # before the output begins, time runs as usual
    speed = local_rate(rate, np.maximum(when, 0), n_samples=n_samples)
    speed = np.where(when < 0, 1.0, speed)
    return np.clip(where, -n_fft, n_samples + n_fft), speed


class _Frames(NamedTuple):
    """What is read where: integers, in samples of x."""

    x: np.ndarray  # (n_channels, margin + n_samples + margin)
    starts: np.ndarray  # (n_frames,)
    attacks: np.ndarray | None  # the one that sounds in each frame; 0 is none
    apart: int  # samples between two attacks, at least


def _frames(x, rate, sample_rate, transients, *, n_fft, hop_length):
    """Say where frames begin, and which of them hold an attack."""
    xp = array_namespace(x)
    n_samples = x.shape[-1]
    margin = 2 * n_fft + round(QUIET * sample_rate)  # no frame begins farther out
    x = between_zeros(x.reshape(-1, n_samples), margin)
    centres, speed = frame_centres(rate, n_samples, n_fft, hop_length)
    starts = np.round(centres).astype(np.int32) + (margin - n_fft // 2)
    if not transients:
        return _Frames(x, starts, None, 0)
    # a frame that would be beside the attack unbent stays where it is: above speed 1
    half = n_fft / 2 * np.clip(1.0 / np.maximum(abs(speed), 1.0), *REACH)
    place = {"half": half, "sample_rate": sample_rate, "begin": margin}
    bent = bend(x, centres + margin, speed, **place)
    part = xp.asarray(centres - np.round(centres), dtype=x.dtype)
    starts = starts + xp.ceil(part + bent.shift - ROUND_UP).astype(xp.int32)
    attacks = xp.where(bent.belongs, bent.attack, 0)
    return _Frames(x, starts, attacks, least_distance(sample_rate))


def _vocode(frames, *, n_fft, hop_length, locking):
    """Overlap-added frames, the first from sample 0 on: (n_channels, n_samples).

    Everything is computed in blocks of frames; the rotation that is reached and the
    unfinished end of the sum are handed from block to block.
    """
    x, starts, attacks, _ = frames
    xp = array_namespace(x)
    n_channels, n_frames = len(x), len(starts) + (n_fft - 1) // hop_length
    few = max(FEW // batch_size(x), 1)
    block = min(rows_at_once(x, jax=few), n_frames)
    ahead = xp.concatenate([starts[:1], starts[:-1] + hop_length])

    def blocks(part):
        sides = (0, n_frames - len(part) + -n_frames % block)
        return xp.pad(part, sides, mode="edge").reshape(-1, block)

    window = sine(n_fft) ** SINE_POWER
    spectra = _spectra(x, window)
    last = next(spectra(starts[:1]))  # of the frame before the first
    still = unit(0.0 * last[0, 0])  # ones
    tail = xp.zeros((n_channels, n_fft - hop_length), dtype=x.dtype)
    parts, rises = (blocks(ahead), blocks(starts)), None
    if attacks is not None:
        rises, which = _rises(frames, window)
        parts = (*parts, blocks(which))
    step = _stepper(spectra, rises, window, hop_length, locking)
    _, y = scan(step, (still, last, tail), parts, axis=0)
    return xp.moveaxis(y, 0, 1).reshape(n_channels, -1)  # (n_blocks, n_channels, ...)


def _spectra(x, window):
    """A function of arrays of starts: for each, (n_channels, n_frames, n_bins)."""
    window = array_namespace(x).asarray(window, dtype=x.dtype)
    read, rfft = block_reader(x, len(window)), _array.fft(x).rfft
    return lambda *starts: (rfft(times(rows, window)) for rows in read(*starts))


def _stepper(spectra, rises, window, hop_length, locking):
    """The step from one block of frames to the next."""
    n_fft, window = len(window), dual_window(window, hop_length)
    locked = locking == "identity"

    def step(state, parts):
        rotation, last, tail = state
        ahead, starts, *which = parts
        xp = array_namespace(tail)
        reads = (starts, ahead, *([starts - hop_length] if locked else []))
        each = spectra(*reads)
        now = next(each)
        turns = across_channels(times(now.conj(), next(each)))
        if locked:
            earlier = xp.concatenate([last, now[:, :-1]], axis=1)
            more = across_channels(times(next(each).conj(), earlier))
            turns = add_at(xp.pad(turns, ((0, 0), (1, 1))), more, 1)
            turns = with_neighbours(turns)[:, 1:-1]
        risen = None if rises is None else table_rows(rises, which[0])
        rotations = _accumulate(rotation, unit(turns), last, now, risen, locking)
        last = +now[:, -1:]  # a copy
        frames = _array.fft(now).irfft(times(now, rotations), n=n_fft)
        frames = times(frames, xp.asarray(window, dtype=frames.dtype))
        y = overlap_add(frames, hop_length, tail)
        done = len(starts) * hop_length
        return (rotations[-1], last, y[:, done:]), y[:, :done]

    return step


def _rises(frames, window):
    """Which bins each attack makes louder, (n_attacks, n_bins); which is each frame's.

    The frame that ends where the attack begins is compared with one in its middle.
    """

    n_fft, spectra = len(window), _spectra(stop_gradient(frames.x), window)

    def rises(attacks):
        quiet, loud = spectra(attacks - n_fft, attacks - round(AFTER * n_fft))
        return (_power(loud) > RISE * _power(quiet)) & (attacks > 0)[:, None]

    limits = {"apart": frames.apart, "most": frames.x.shape[-1]}
    return once_each(rises, frames.attacks, **limits)


def _accumulate(rotation, turns, last, spectra, risen, locking):
    """The recursion of r over one block of frames: turns is (n_frames, n_bins).

    In the bins in which an attack rises, r is 1; without care for attacks risen is
    None. `last` is the spectrum of the frame before.
    """
    if locking == "none" and risen is None:
        return running_product(turns, rotation)
    power = _power(spectra)
    if locking == "none":
        new = _new(_power(last), power)
        near = greatest_near(power, new, NEAR)
        options = {"source": near, "only": new, "restart": risen}
        return running_product(turns, rotation, **options)
    if locking == "identity":
        peaks = nearest_peak(power)
        return running_product(turns, rotation, source=peaks, restart=risen)
    risen = power[:, :1] < 0.0 if risen is None else risen
    return scan(_follow_loosely, rotation, (turns, power, risen), axis=0)[1]


def _new(last, power):
    """Which bins say something new: much louder than in the frame before, and audible.

    Those at the ends, where no tone is, never do.
    """
    xp = array_namespace(power)
    least = NEW * xp.concatenate([last, power[:-1]])
    least = xp.maximum(least, AUDIBLE * power.max(axis=1, keepdims=True))
    k = np.arange(power.shape[1])
    return (power > least) & ((k >= NEAR) & (k < len(k) - NEAR))


def _follow_loosely(rotation, frame):
    turn, power, risen = frame
    rotation = unit(with_neighbours(rotation * turn * power))
    rotation = array_namespace(risen).where(risen, 1.0, rotation)
    return rotation, rotation


def _power(z):
    """Power of all channels together: (n_frames, n_bins)."""
    return across_channels(z.real**2 + z.imag**2)


def across_channels(z):
    """Sum over the first axis."""
    return z[0] if len(z) == 1 else z.sum(0)


def with_neighbours(z):
    """Each bin plus the one above and the one below it."""
    both = add_at(+z, z[..., :-1], 1)
    return add_at(both, z[..., 1:], 0)


def nearest_peak(power):
    """Index of the peak nearest to each bin; a peak exceeds two bins on both sides.

    The regions of two peaks meet half-way; the last one runs to the Nyquist bin.
    """
    p = array_namespace(power).pad(power, [(0, 0)] * (power.ndim - 1) + [(2, 2)])
    rises = (power > p[..., :-4]) & (power > p[..., 1:-3])
    return nearest_true(rises & (power >= p[..., 3:-1]) & (power >= p[..., 4:]))


def dual_window(w, hop_length):
    """Synthesis window with which frames analysed with w add up to the input.

    w[n] / sum_m w[n - m hop]^2: least squares; 0 where no window reaches.
    """
    rows = np.pad(w, (0, -len(w) % hop_length)).reshape(-1, hop_length)
    energy = (rows**2).sum(0)
    reached = energy > 1e-9 * energy.max()
    gain = np.where(reached, 1.0 / np.where(reached, energy, 1.0), 0.0)
    return (rows * gain).reshape(-1)[: len(w)]
