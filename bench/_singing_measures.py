"""What is measured of a singer: pitch, joints, formants, times of consonants."""

import math

import numpy as np
from scipy.optimize import least_squares

from dsplab.analysis.comparison import cents_between
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.filters.formants import vowel
from dsplab.mel import mel_spectrogram
from dsplab.spectral_models import harmonic_analysis
from dsplab.synths.singing.expression import find_style, pitch_curve
from dsplab.synths.singing.phonemes import VOWELS
from dsplab.synths.singing.singer import LEAD, as_partials

RATE, HOP = 44100, 256
PACE = HOP / RATE


def pitch_errors(y, song, style, table):
    """Cents off the score, inside vowels, away from where the pitch changes."""
    track = autocorrelation_pitch(y, sample_rate=RATE, hop_length=HOP, f_min=100.0)
    times = track.times - LEAD
    notes = [note for note, _ in song]
    wanted = pitch_curve(notes, times, find_style(style))
    steady = np.zeros(len(times), bool)
    for note in notes:
        end = note.onset + note.duration
        steady |= (times > note.onset + 0.12) & (times < end - 0.2)
    inside = steady & (vowel_at(table, times) >= 0)
    return np.abs(cents_between(track.f0[inside], wanted[inside]))


def phase_jumps(tracks):
    """Largest jump of phase at each joint, cycles, of harmonics 40 dB below the top.

    What two frames differ by beyond the turning of their mean frequency.
    """
    partials = as_partials(tracks._replace(shape=tracks.shape), PACE)
    number = np.arange(1, len(tracks.level_db) + 1)[:, None]
    pace = number * 0.5 * (tracks.f0[1:] + tracks.f0[:-1]) * PACE
    jumps = np.diff(partials.angle, axis=-1) / (2.0 * np.pi) - pace
    jumps = np.abs(jumps - np.round(jumps))
    rows = []
    for joint in tracks.joints:
        levels = tracks.level_db[:, joint - 1 : joint + 1]
        loud = levels.min(axis=-1) > max(levels.max() - 40.0, -90.0)
        rows.append(jumps[loud, joint - 1].max() if loud.any() else 0.0)
    return np.array(rows)


def spectral_steps(y, *, parts=4):
    """How far spectra a frame apart differ around each frame: dB, mel bands to 5 kHz.

    A window that shows two harmonics at once shows them beating, so that even a vowel
    that stands still steps, by what depends on where the grid of frames lies. It is a
    mean over grids, each a part of a frame later, of pairs in the frame to either side.
    """
    hop = HOP // parts
    rows = [_distances(y[k * hop :]) for k in range(parts)]
    n_frames = min(map(len, rows))
    steps = np.stack([row[:n_frames] for row in rows], axis=-1).ravel()
    total = np.cumsum(np.append(0.0, steps))
    middle = parts * np.arange(n_frames)
    first = np.maximum(middle - parts * 3 // 2, 0)
    last = np.minimum(middle + parts // 2, len(steps))
    return (total[last] - total[first]) / np.maximum(last - first, 1)


def _distances(y):
    """Log-spectral distance from each frame to the next, dB."""
    options = {"n_fft": 2048, "hop_length": HOP, "n_mels": 40, "f_max": 5000.0}
    mel = mel_spectrogram(y, sample_rate=RATE, **options)
    mel = np.maximum(mel, 1e-4 * mel.max(axis=0) + 1e-9)  # what is heard beside it
    level = 10.0 * np.log10(mel)
    return np.sqrt((np.diff(level, axis=-1) ** 2).mean(axis=0))


def steps_at_joints(tracks, takes, table):
    """Steps at joints inside vowels over the median inside the same vowel.

    Args:
      tracks: `Tracks` of a song.
      takes: signals of it that differ by the seed of their noise: their mean counts.
      table: of `timetable`.

    Returns:
      Ratios at joints; the same at all frames inside vowels that are 0.13 s from their
      edges and 8 frames from joints; and dB at joints inside consonants.
    """
    steps = np.mean([spectral_steps(y) for y in takes], axis=0)
    times = np.arange(len(steps)) * PACE - LEAD
    which, deep = (vowel_at(table, times, margin) for margin in (0.03, 0.13))
    for joint in tracks.joints:
        deep[max(joint - 8, 0) : joint + 8] = -1
    medians = np.full(len(steps), np.nan)
    for k in set(which[which >= 0]):
        medians[which == k] = np.median(steps[which == k])
    joints, inside, ratios = np.array(tracks.joints), deep >= 0, steps / medians
    held = which[joints] >= 0
    return ratios[joints[held]], ratios[inside], steps[joints[~held]]


def fitted_formants(y, f0, name, *, n_free=3):
    """Formants of a sung vowel: resonances and a slope fitted to all its harmonics.

    Independent of the singer's own envelopes: harmonics of all frames are points of
    one curve, which a slow and wide vibrato spreads out along it.
    """
    length = 2 * int(2.0 * RATE / f0.min()) + 1  # four periods
    partials = harmonic_analysis(
        y, RATE, f0=f0, window="blackman", window_length=length, hop_length=HOP,
        n_harmonics=int(4200.0 / np.median(f0)), threshold_db=-90.0,
    )  # fmt: skip
    inside = (slice(None), slice(10, -10, max(len(f0) // 70, 1)))
    frequency, amplitude = partials.frequency[inside], partials.amplitude[inside]
    heard = amplitude > 0.0
    f, level = frequency[heard], 20.0 * np.log10(amplitude[heard])
    start = vowel(name).frequencies[:n_free]
    fixed = (2850.0, 3300.0, 5400.0)

    top = level.max()
    f, level = f[level > top - 60.0], level[level > top - 60.0]

    def curve(p):
        total = p[0] + p[1] * np.log2(f / 1000.0) + p[2] * f / 1000.0
        rows = [*zip(p[3 : 3 + n_free], p[3 + n_free :], strict=False)]
        rows += [*zip(fixed, p[3 + 2 * n_free :], strict=True)]
        for centre, width in rows:
            centre = centre * 1000.0 if centre < 100.0 else centre
            width = 1000.0 * abs(width)
            distance = np.hypot(f - centre, width / 2) * np.hypot(f + centre, width / 2)
            total = total - 20.0 * np.log10(distance / centre**2)
        return total

    widths = [0.06, 0.09, 0.15][:n_free] + [0.2, 0.25, 0.3]
    guess = np.array([level.mean(), -6.0, -1.0, *(start / 1000.0), *widths])
    reach = 0.25 * guess[3 : 3 + n_free]
    spans = [np.inf] * 3, [*reach], [0.3] * (len(guess) - 3 - n_free)
    low, high = guess - np.concatenate(spans), guess + np.concatenate(spans)
    low[3 + n_free :] = 0.01
    found = least_squares(lambda p: curve(p) - level, guess, bounds=(low, high))
    return 1000.0 * found.x[3 : 3 + n_free]


def scanned(formants, f0):
    """Whether a harmonic passes over each formant as f0 goes up and down."""
    low, high = f0.min(), f0.max()
    return np.array([math.ceil(f / high) <= f // low for f in formants])


def vowel_onset(y, time, *, before=0.12, after=0.15):
    """Seconds at which a consonant gives way to its vowel, near the time written.

    Where the level below 900 Hz, or the whole, passes the middle between the two.
    """
    begin = round((time + LEAD - before) * RATE)
    x = y[begin : begin + round((before + after) * RATE)]
    n = round(0.010 * RATE)
    power = np.convolve(x**2, np.hanning(n) / np.hanning(n).sum(), mode="same")
    level = 10.0 * np.log10(power + 1e-9)
    at = np.arange(len(x)) / RATE - before
    loud = np.median(level[at > 0.5 * after])
    closed = np.quantile(level[(at > -0.045) & (at < -0.005)], 0.2)
    closed = max(closed, loud - 30.0)  # silence tells no more than a murmur
    middle = 0.5 * (loud + closed)
    crossing = np.flatnonzero((level[1:] >= middle) & (level[:-1] < middle))
    if loud - closed < 3.0 or not crossing.size:
        return np.nan
    near = crossing[np.argmin(np.abs(at[crossing]))]
    return at[near]


def vowel_at(table, times, margin=0.03):
    """Number of the vowel that times lie in, away from its edges; -1 for none."""
    which = np.full(len(times), -1)
    ends = [row[0] for row in table[1:]] + [np.inf]
    for k, ((begin, phoneme), end) in enumerate(zip(table, ends, strict=True)):
        if phoneme in VOWELS:
            which[(times > begin + margin) & (times < end - margin)] = k
    return which
