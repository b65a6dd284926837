"""The singer: a song and a voice in, singing out.

Every output frame belongs to one unit, and is read from it where the time map of that
unit says: levels and shapes of the harmonics, moved to the pitch of the song under the
same envelope, and the noise. At joints what differs is spread; then sinusoids and noise
are made and added.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import positive
from dsplab.convert import db_to_amplitude
from dsplab.resampling import resample
from dsplab.spectral_models import (
    Partials,
    sinusoidal_synthesis,
    stochastic_synthesis,
)
from dsplab.synths.singing.database import FLOOR_DB, find_voice
from dsplab.synths.singing.envelope import transpose
from dsplab.synths.singing.expression import (
    find_style,
    loudness_curve,
    pitch_curve,
    tilt_db,
)
from dsplab.synths.singing.joints import (
    CALM,
    TRANSITION,
    alignment,
    calmed,
    spread,
    wrapped,
)
from dsplab.synths.singing.phonemes import VOWELS
from dsplab.synths.singing.score import SungNote, parse_song
from dsplab.synths.singing.selection import place_units

LEAD = 0.25  # seconds before the first note that the sound begins
TAIL = 0.15  # and after the last that it lasts
TOP = 10000.0  # Hz up to which there are harmonics
BREATH_DB = 36.0  # that full breath adds to the noise of a voice
MOST_DB = 24.0  # that a joint may correct
LEVEL = 0.34  # of a voice as it was recorded: the loudest notes stay below 1


class Piece(NamedTuple):
    """The frames of the song that one unit sings."""

    first: int  # frame of the song
    level_db: np.ndarray  # (n_harmonics, n_frames)
    shape: np.ndarray
    noise_db: np.ndarray  # (n_bands, 2 n_frames)
    held: bool  # whether it is a stationary vowel
    joined: bool  # whether it follows the piece before without a gap


class Tracks(NamedTuple):
    """A song as it is sung, before it becomes sound; times are seconds of the song."""

    f0: np.ndarray  # Hz, (n_frames,)
    level_db: np.ndarray  # (n_harmonics, n_frames)
    shape: np.ndarray  # cycles, (n_harmonics, n_frames)
    noise_db: np.ndarray  # (n_bands, 2 n_frames)
    joints: tuple  # frames at which another unit begins without a gap


def sing(song, sample_rate, *, voice="tenor", style="natural", lead=LEAD, rng=0):
    """Sing a song: notes and words in, a voice out.

    Args:
      song: text as `parse_song` reads it, or `SungNote`s (of `read_score`).
      sample_rate: Hz of the result.
      voice: "tenor", which comes along; the path of a file that
        data_scripts/build_voice.py made; or a `Voice`.
      style: name of one of `STYLES`, or a `Style`.
      lead: seconds by which the sound begins before the song, for its first consonants:
        a vowel begins at its note, what stands before it is sung before the note.
      rng: `numpy.random.Generator` of the noise, or the seed of one.

    Returns:
      Signal, (n_samples,). NumPy only: how long it is depends on the song.

    Raises:
      ValueError: if the song cannot be read, or the voice lacks one of its sounds.

    Reference:
      Bonada and Loscos, "Sample-based singing voice synthesizer by spectral
      concatenation", SMAC 2003. Ours: harmonics in the place of spectral regions, an
      all-pole model in that of EpR's resonances, waves aligned as a whole.

    >>> y = sing("notes A2/0.5", 44100, style="straight")
    >>> y.shape, bool(0.05 < abs(y).max() < 1.0)
    ((30870,), True)
    """
    positive(sample_rate, name="sample_rate")
    positive(lead, name="lead", allow_zero=True)
    voice = find_voice(voice) if isinstance(voice, str) else voice
    song, style = as_song(song), find_style(style)
    tracks = plan(song, voice, style, lead=lead)
    y = render(tracks, voice, style, rng=rng)
    end = max(note.onset + note.duration for note, _ in song) + TAIL + lead
    y = y[: round(end * voice.sample_rate)]
    if sample_rate == voice.sample_rate:
        return y
    return resample(y, round(end * sample_rate))


def as_song(song):
    """The `SungNote`s of a text, or those themselves after a look at them."""
    if isinstance(song, str):
        return parse_song(song)
    rows = list(song) if isinstance(song, list | tuple) else []
    if not rows or not all(isinstance(row, SungNote) for row in rows):
        raise ValueError("song must be a text or a list of SungNotes with one at least")
    return rows


def plan(song, voice, style, *, lead=LEAD, joined=True):
    """Say what every harmonic does at every frame of a song.

    Args:
      song: `SungNote`s.
      voice: `Voice`.
      style: `Style`.
      lead: seconds that it begins before the song.
      joined: whether jumps between units are spread; False shows what they are.

    Returns:
      `Tracks`.
    """
    notes = [note for note, _ in song]
    placed = place_units(song, voice, lead=lead)
    pace = voice.hop_length / voice.sample_rate
    n_frames = int((placed[-1].times[-1] + TAIL + lead) / pace) + 2
    times = np.arange(n_frames) * pace - lead
    f0 = pitch_curve(notes, times, style)
    n_rows = max(int(min(TOP, 0.45 * voice.sample_rate) / f0.min()), 1)
    spans = _spans(placed, times)
    pieces = [
        _read(one, f0, times, span, n_rows, style)
        for one, span in zip(placed, spans, strict=True)
        if span[1] > span[0]
    ]
    if joined:
        pieces = _joined(pieces, max(round(TRANSITION / pace), 1))
    n_bands = len(pieces[0].noise_db)
    level, shape = np.full((n_rows, n_frames), FLOOR_DB), np.zeros((n_rows, n_frames))
    noise = np.full((n_bands, 2 * n_frames), FLOOR_DB)
    for piece in pieces:
        end = piece.first + piece.level_db.shape[-1]
        level[:, piece.first : end] = piece.level_db
        shape[:, piece.first : end] = piece.shape
        noise[:, 2 * piece.first : 2 * end] = piece.noise_db
    loud = loudness_curve(notes, times)
    number = np.arange(1, n_rows + 1)[:, None]
    voiced = level > FLOOR_DB + 1.0
    more = loud + tilt_db(number * f0, loud, style) - 6.0 * style.breath
    level = np.where(voiced, np.maximum(level + more, FLOOR_DB), FLOOR_DB)
    breath = np.where(voiced.any(axis=0), BREATH_DB * style.breath, 0.0) + loud
    noise = np.maximum(noise + np.repeat(breath, 2), FLOOR_DB)
    joints = tuple(p.first for p in pieces if p.joined)
    return Tracks(f0, level, shape, noise, joints)


def _spans(placed, times):
    """First and last frame of each unit; what is too short for two has none."""
    spans, free = [], 0
    for one in placed:
        first, end = np.searchsorted(times, [one.times[0], one.times[-1]])
        first = free if one.joined else max(first, free)
        spans.append((first, end) if end - first >= 2 else (first, first))
        free = max(spans[-1])
    return spans


def _read(one, f0, times, span, n_rows, style):
    """The frames of a placed unit, transposed to the pitch of the song."""
    pace, (first, end) = times[1] - times[0], span
    unit, now = one.unit, times[first:end]
    where = _place(one, now) / pace
    level, shape = _between(unit.level_db, where), _between(unit.shape, where)
    near = unit.f0[np.clip(np.round(where).astype(int), 0, len(unit.f0) - 1)]
    sung, wanted = near > 0.0, f0[first:end] / 2.0 ** (style.formants / 12.0)
    moved = np.full((n_rows, end - first), FLOOR_DB)
    if sung.any():
        moved[:, sung] = transpose(
            level[:, sung], near[sung], wanted[sung], n_rows=n_rows
        )
    missing = max(n_rows - len(shape), 0)
    shape = np.pad(shape, [(0, missing), (0, 0)], mode="edge")[:n_rows]
    half = np.append(now, now + 0.5 * pace).reshape(2, -1).T.ravel()
    noise = _between(unit.noise_db, 2.0 * _place(one, half) / pace)
    piece = Piece(first, moved, shape, noise, unit.stationary, one.joined)
    return _calm_in_vowels(piece, one, now, pace)


def _calm_in_vowels(piece, one, now, pace):
    """The piece without trembling where it meets another in a vowel."""
    unit, reach = one.unit, round(CALM / pace)
    rows = piece.level_db, piece.shape, piece.noise_db
    sings, hisses = piece.level_db > FLOOR_DB, piece.noise_db > FLOOR_DB
    heard = sings, sings, hisses
    edge = one.times[1] if not unit.stationary else 0.5 * (now[0] + now[-1])
    ends = (("right", unit.left, edge - now[0]), ("left", unit.right, now[-1] - edge))
    for side, phoneme, span in ends:
        if phoneme in VOWELS:
            far = max(min(round(TRANSITION / pace), int(span / pace) - reach), 0)
            rows = [
                calmed(row, far * twice, reach * twice, side=side, heard=there)
                for row, there, twice in zip(rows, heard, (1, 1, 2), strict=True)
            ]
    return piece._replace(level_db=rows[0], shape=rows[1], noise_db=rows[2])


def _place(one, now):
    """Seconds of the unit at times of the song; a held vowel goes there and back."""
    if not one.unit.stationary:
        return np.interp(now, *(_rising(row) for row in (one.times, one.places)))
    span = one.places[-1]
    return span - np.abs((now - one.times[0]) % (2.0 * span) - span)


def _rising(row):
    return np.maximum.accumulate(np.asarray(row) + 1e-9 * np.arange(len(row)))


def _between(rows, where):
    """Rows (n, n_frames) read between their frames, on straight lines."""
    where = np.clip(where, 0.0, rows.shape[-1] - 1.0)
    low = np.minimum(where.astype(int), rows.shape[-1] - 1)
    high = np.minimum(low + 1, rows.shape[-1] - 1)
    share = where - low
    return rows[:, low] * (1.0 - share) + rows[:, high] * share


def _joined(pieces, n_frames):
    """The pieces without jumps at their joints."""
    done = pieces[:1]
    for piece in pieces[1:]:
        if piece.joined:
            done[-1], piece = join(done[-1], piece, n_frames)
        done.append(piece)
    return done


def join(left, right, n_frames):
    """Two pieces that meet without a jump of phase, level or noise.

    Args:
      left, right: `Piece`s.
      n_frames: over which two articulations share what they differ by.

    Returns:
      Both, changed.
    """
    ends = left.level_db[:, -1], right.level_db[:, 0]
    heard = np.minimum(*ends) > FLOOR_DB + 10.0
    difference = right.shape[:, 0] - left.shape[:, -1]
    behind = alignment(difference, db_to_amplitude(ends[0] + ends[1]))
    number = np.arange(1, len(difference) + 1)
    jump = wrapped(difference - number * behind)
    right = right._replace(shape=right.shape - (difference - jump)[:, None])
    jumps = {
        "shape": jump,
        "level_db": np.where(heard, np.clip(ends[1] - ends[0], -MOST_DB, MOST_DB), 0.0),
        "noise_db": right.noise_db[:, 0] - left.noise_db[:, -1],
    }
    share = 0.5 + 0.5 * (float(left.held) - float(right.held))  # of the left piece
    for name, jump in jumps.items():
        rows = getattr(left, name), getattr(right, name)
        times = 2 if name == "noise_db" else 1
        before, after = (
            row.shape[-1] if held else times * n_frames
            for row, held in zip(rows, (left.held, right.held), strict=True)
        )
        led = spread(rows[0], share * jump, before, side="left")
        back = spread(rows[1], (share - 1.0) * jump, after, side="right")
        left, right = left._replace(**{name: led}), right._replace(**{name: back})
    return left, right


def render(tracks, voice, style, *, rng=0):
    """The sound of tracks: sinusoids and noise, at the voice's own sample rate."""
    f0, level, shape, noise, _ = tracks
    pace = voice.hop_length / voice.sample_rate
    partials = as_partials(tracks, pace)
    length = (len(f0) - 1) * voice.hop_length + 1
    y = sinusoidal_synthesis(
        partials, voice.sample_rate, hop_length=voice.hop_length, length=length
    )
    white = np.random.default_rng(rng).standard_normal(length)
    envelope = np.where(noise > FLOOR_DB, db_to_amplitude(noise), 0.0)
    hiss = stochastic_synthesis(envelope, white, voice.sample_rate, **voice.noise_sizes)
    return LEVEL * (y + hiss)


def as_partials(tracks, pace):
    """`Partials` of tracks whose frames are `pace` seconds apart."""
    f0, level, shape, *_ = tracks
    number = np.arange(1, len(level) + 1)[:, None]
    turns = np.cumsum(np.append(0.0, 0.5 * (f0[1:] + f0[:-1]))) * pace
    angle = 2.0 * np.pi * (number * turns % 1.0 + shape)
    frequency = number * f0 + np.gradient(shape, axis=-1) / pace
    heard = (level > FLOOR_DB) & (frequency > 0.0)
    rows = (frequency, db_to_amplitude(level), angle)
    return Partials(*(np.where(heard, row, 0.0) for row in rows))
