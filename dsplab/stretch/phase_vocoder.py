"""Phase vocoder: stretching a sound by turning the phases of its spectrum.

Output frames stand on a regular grid, `hop_length` apart; each is copied from the
moment of the input that the time map names. Copied frames do not fit together: where
the input went on from frame X[m-1] with frame A[m], one hop ahead of it, the output
goes on with X[m]. So each bin of X[m] is turned to the phase of that continuation:

    Y[m] = r[m] X[m],   r[m] = r[m-1] A[m] conj(X[m]) / |A[m] X[m]|.

There is no angle to unwrap and no division by the distance of input frames: time may
stand still or run backwards, and at rate 1, where A[m] is X[m], r stays 1.
"""

import numpy as np

from dsplab import _array
from dsplab._arguments import as_signal, integer, one_of, positive
from dsplab._array import array_namespace, frames_at, nearest_true, overlap_add, scan
from dsplab.stretch.time_map import check_rate, input_position, output_length
from dsplab.windows import hann

LOCKING = ("identity", "loose", "none")
BLOCK = 16  # frames computed together: about what a processor's cache holds


def phase_vocoder(
    x, rate, *, sample_rate, n_fft=None, hop_length=None, locking="identity"
):
    """Change the duration of a sound, not its pitch, in its short-time spectrum.

    Best for sustained, pitched and polyphonic sound; attacks are smeared over a frame.
    The spectra are copied and their phases turned (see the module). What the bins do
    with each other decides how present the result sounds:

    * "none": each bin for itself, the classic vocoder. The bins that make up one
      partial drift apart, which sounds distant, as in a large hall ("phasiness");
    * "loose": each rotation is averaged with its neighbours', the louder bins leading;
    * "identity": all bins around a spectral peak turn as the peak does, so that each
      partial keeps its shape. The peak goes on from the rotation of the region, around
      the nearest peak of the frame before, in which it stands.

    Args:
      x: signal, shape (n_samples,) or (n_channels, n_samples). All channels are turned
        alike, by what they say together, so that the stereo image stays.
      rate: speed, 2.0 plays twice as fast; or a time map, see
        `dsplab.stretch.time_map`.
      sample_rate: Hz.
      n_fft: samples in a frame, by default the power of two nearest to 46 ms. Longer
        frames separate close partials, shorter ones follow quick changes.
      hop_length: samples between output frames, at most n_fft // 2; n_fft // 4 by
        default.
      locking: "identity", "loose" or "none".

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

    >>> x = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> phase_vocoder(x, 0.5, sample_rate=22050).shape
    (44100,)
    """
    x = as_signal(x, ndim=(1, 2))
    rate = check_rate(rate, x.shape[-1])
    one_of(locking, LOCKING, name="locking")
    n_fft, hop_length = vocoder_sizes(sample_rate, n_fft, hop_length)
    n_out = output_length(rate, x.shape[-1])
    centres = frame_centres(rate, x.shape[-1], n_fft, hop_length)
    channels = x if x.ndim == 2 else x[None]
    y = _vocode(channels, centres, n_fft, hop_length, locking)
    y = y[:, n_fft // 2 + lead_in(n_fft, hop_length) * hop_length :][:, :n_out]
    return y if x.ndim == 2 else y[0]


def vocoder_sizes(sample_rate, n_fft, hop_length):
    """Samples in a frame and in a hop: about 46 and 12 ms unless given."""
    positive(sample_rate, name="sample_rate")
    if n_fft is None:
        n_fft = max(2 ** round(np.log2(sample_rate * 2048 / 44100)), 4)
    n_fft = integer(n_fft, name="n_fft", least=4)
    hop_length = n_fft // 4 if hop_length is None else hop_length
    return n_fft, integer(hop_length, name="hop_length", most=n_fft // 2)


def lead_in(n_fft, hop_length):
    """How many frames centred before sample 0 reach into the output."""
    return (n_fft // 2 - 1) // hop_length


def frame_centres(rate, n_samples, n_fft, hop_length):
    """Input sample on which each output frame is centred, from the lead-in on."""
    lead = lead_in(n_fft, hop_length)
    n_out = output_length(rate, n_samples)
    n_frames = lead + 1 + (n_out + n_fft // 2 - 2) // hop_length
    when = (np.arange(n_frames) - lead) * hop_length
    where = input_position(rate, np.maximum(when, 0), n_samples=n_samples)
    where = where + np.minimum(when, 0)  # before the output begins, time runs as usual
    return np.clip(np.round(where), -n_fft, n_samples + n_fft).astype(np.int64)


def _vocode(x, centres, n_fft, hop_length, locking):
    """Overlap-added frames of x (n_channels, n_samples), the first from sample 0 on.

    Everything is computed in blocks of frames; the rotation that is reached and the
    unfinished end of the sum are handed from block to block.
    """
    xp = array_namespace(x)
    block = min(BLOCK, len(centres))
    margin = 2 * n_fft  # frames lie within -n_fft..n_samples + n_fft, give or take
    starts = np.pad(centres, (1, -len(centres) % block), mode="edge")
    starts = starts + (margin - n_fft // 2)
    starts[0] = starts[1] - hop_length
    x = xp.pad(x, ((0, 0), (margin, margin)))
    w = hann(n_fft)
    analysis = xp.asarray(w, dtype=x.dtype)
    synthesis = xp.asarray(dual_window(w, hop_length), dtype=x.dtype)

    def spectra(starts):  # (n_channels, block, n_bins)
        return _array.fft(x).rfft(frames_at(x, starts, n_fft) * analysis)

    def step(state, starts):
        rotation, last, tail = state
        previous, starts = starts
        now = spectra(starts)
        turns = across_channels(spectra(previous + hop_length) * now.conj())
        if locking == "identity":
            behind = spectra(starts - hop_length)
            earlier = xp.concatenate([last, now[:, :-1]], axis=1)
            turns = turns + across_channels(earlier * behind.conj())
            turns = with_neighbours(turns)
        rotation, rotations = _accumulate(rotation, unit(turns), now, locking)
        frames = _array.fft(x).irfft(now * rotations, n=n_fft) * synthesis
        y = overlap_add(frames, hop_length)
        done = block * hop_length
        y = y + xp.pad(tail, ((0, 0), (0, done + n_fft - hop_length - tail.shape[1])))
        return (rotation, now[:, -1:], y[:, done:]), y[:, :done]

    starts = tuple(xp.asarray(s.reshape(-1, block)) for s in (starts[:-1], starts[1:]))
    last = spectra(starts[0][0][:1])  # of the frame before the first
    still = unit(0.0 * last[0, 0])  # ones
    tail = xp.zeros((x.shape[0], n_fft - hop_length), dtype=x.dtype)
    (_, _, tail), y = scan(step, (still, last, tail), starts, axis=0)
    y = xp.moveaxis(y, 0, 1).reshape(x.shape[0], -1)  # from (n_blocks, n_channels, ...)
    return xp.concatenate([y, tail], axis=-1)


def _accumulate(rotation, turns, spectra, locking):
    """The recursion of r over one block of frames: turns is (n_frames, n_bins)."""
    if locking == "none":
        return scan(_follow, rotation, turns, axis=0)
    power = across_channels(spectra.real**2 + spectra.imag**2)
    if locking == "loose":
        return scan(_follow_loosely, rotation, (turns, power), axis=0)
    return scan(_follow_peak, rotation, (turns, nearest_peak(power)), axis=0)


def _follow(rotation, turn):
    rotation = rotation * turn
    return rotation, rotation


def _follow_loosely(rotation, frame):
    turn, power = frame
    rotation = unit(with_neighbours(rotation * turn * power))
    return rotation, rotation


def _follow_peak(rotation, frame):
    turn, peak = frame
    rotation = (rotation * turn)[peak]
    return rotation, rotation


def across_channels(z):
    """Sum over the first axis."""
    return z[0] if z.shape[0] == 1 else z.sum(0)


def with_neighbours(z):
    """Each bin plus the one above and the one below it."""
    xp = array_namespace(z)
    z = xp.pad(z, [(0, 0)] * (z.ndim - 1) + [(1, 1)])
    return z[..., :-2] + z[..., 1:-1] + z[..., 2:]


def unit(z):
    """z / |z|, and 1 where z is 0."""
    size = abs(z)
    nothing = size <= np.finfo(size.dtype).tiny
    return (z + nothing) * (1.0 / (size + nothing))


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
