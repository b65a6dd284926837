"""Which units sing a line, and when: vowels on the beat, consonants before it.

A vowel begins where its note begins. The consonants before it last as long as in the
recordings and end there; they take their time from the note before, at most half of it,
and are said faster where that is not enough. Consonants that close a phrase end with
its last note.
"""

from typing import NamedTuple

from dsplab.synths.singing.database import Unit
from dsplab.synths.singing.phonemes import SILENCE, VOWELS, Syllable

REST = 0.12  # seconds without a note that make a rest; below, singing goes on
FARTHEST = 6.0  # semitones of transposition beyond which it costs ten times as much
STEP = 0.02  # seconds of silence between sounds that were never recorded together
MOST = 0.5  # share of a vowel that consonants may take
HELD_LEAST = 0.03  # seconds of a vowel for which its stationary unit is worth while


class Placed(NamedTuple):
    """A unit in time: begin, boundary and end in the song, in its recording."""

    unit: Unit
    times: tuple  # seconds of the song
    places: tuple  # seconds of the unit
    joined: bool  # whether it follows the unit before without a gap


class Word(NamedTuple):
    """A syllable with all notes that it is sung on."""

    words: Syllable
    onset: float
    end: float
    pitch: float


def place_units(song, voice, *, lead=0.25):
    """Choose the units of a song and say when each of them sounds.

    Args:
      song: `SungNote`s.
      voice: `Voice`.
      lead: seconds before 0 that the first consonants may take.

    Returns:
      List of `Placed`, in order of time.

    Raises:
      ValueError: if the voice lacks a sound.
    """
    index = {}
    for unit in voice.units:
        index.setdefault((unit.left, unit.right), []).append(unit)
    placed, free = [], -lead
    for phrase in _phrases(song):
        placed += _phrase(phrase, index, voice, free)
        free = placed[-1].times[-1]
    return placed


def timetable(placed):
    """Rows (seconds, phoneme) of when each sound begins, silence too."""
    rows = []
    for one in placed:
        if not one.joined:
            rows.append((one.times[0], one.unit.left))
        if not one.unit.stationary:
            rows.append((one.times[1], one.unit.right))
    return rows


def _words(song):
    """Syllables with their notes joined; the same vowel again just goes on."""
    words = []
    for note, said in song:
        end = note.onset + note.duration
        before = words[-1] if words else None
        near = before is not None and note.onset - before.end < REST
        if near and (said is None or _same_again(before.words, said)):
            coda = before.words.coda if said is None else said.coda
            joined = before.words._replace(coda=coda)
            words[-1] = before._replace(end=max(end, before.end), words=joined)
        else:
            said = said or words[-1].words._replace(onset=())
            words.append(Word(said, note.onset, end, note.pitch))
    return words


def _same_again(before, said):
    return not before.coda and not said.onset and before.vowel == said.vowel


def _phrases(song):
    """Words from rest to rest."""
    phrases = []
    for word in _words(song):
        if phrases and word.onset - phrases[-1][-1].end < REST:
            phrases[-1][-1] = phrases[-1][-1]._replace(end=word.onset)
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return phrases


def _phrase(words, index, voice, free):
    """The placed units of a phrase; nothing sounds before `free`."""
    chain = _chain(words)
    units, chain = _articulations(chain, index)
    before = [unit.boundary for unit in units]
    after = [voice.seconds(unit) - unit.boundary for unit in units]
    edges = _edges(chain, words, before, after, free + 0.02)
    placed = []
    begin = max(edges[0] - before[0], min(free, edges[0] - 0.01))
    start = before[0] - (edges[0] - begin)
    for k, unit in enumerate(units):
        last = k == len(units) - 1
        natural = edges[k] + after[k]
        if last:
            end, then = natural, None
        else:
            end, then = _joint(edges[k : k + 2], after[k], before[k + 1], chain[k + 1])
        places = (start, unit.boundary, unit.boundary + after[k])
        placed.append(Placed(unit, (begin, edges[k], end), places, k > 0))
        start = 0.0
        if then is not None and then > end:
            held = _nearest(index, (unit.right, unit.right), chain[k + 1][1])
            if held is None:
                end = then = _shared(edges[k : k + 2], after[k], before[k + 1])
                placed[-1] = placed[-1]._replace(times=(begin, edges[k], end))
            else:
                span = voice.seconds(held)
                rows = ((end, end, then), (0.0, 0.0, span))
                placed.append(Placed(held, *rows, True))
        begin = end if then is None else then
    return placed


def _chain(words):
    """Rows (phoneme, pitch, word or None for what is not its vowel)."""
    rows = [(SILENCE, words[0].pitch, None)]
    for number, (said, *_, pitch) in enumerate(words):
        for phoneme in said.onset:
            rows.append((phoneme, pitch, None))
        rows.append((said.vowel, pitch, number))
        for phoneme in said.coda:
            rows.append((phoneme, pitch, None))
    rows.append((SILENCE, words[-1].pitch, None))
    # a sound that comes twice is said once, and a vowel counts more than its echo
    merged = rows[:1]
    for row in rows[1:]:
        if row[0] == merged[-1][0] and None in (row[2], merged[-1][2]):
            keep = row if row[2] is not None else merged[-1]
            merged[-1] = keep
        else:
            merged.append(row)
    return merged


def _articulations(chain, index):
    """A unit for each pair; where none was recorded, silence comes between."""
    whole, units = chain[:1], []
    for one, other in zip(chain, chain[1:], strict=False):
        unit = _nearest(index, (one[0], other[0]), other[1])
        if unit is None:
            parts = [
                _nearest(index, pair, other[1])
                for pair in ((one[0], SILENCE), (SILENCE, other[0]))
            ]
            if None in parts:
                raise ValueError(
                    f"the voice has never sung {one[0]!r} before {other[0]!r}"
                )
            units += parts
            whole.append((SILENCE, other[1], None))
        else:
            units.append(unit)
        whole.append(other)
    return units, whole


def _nearest(index, pair, pitch):
    """The unit of a pair that needs least transposition."""

    def cost(unit):
        far = abs(unit.pitch - pitch)
        return far + 9.0 * max(far - FARTHEST, 0.0)

    return min(index.get(pair, ()), key=cost, default=None)


def _edges(chain, words, before, after, free):
    """Seconds at which each sound but the first begins."""
    edges = [0.0] * (len(chain) - 1)
    durations = [after[k - 1] + before[k] for k in range(1, len(chain) - 1)]
    durations = [0.0, *durations]  # of each sound of the chain; silence first
    for k, (phoneme, _, _) in enumerate(chain[1:-1], start=1):
        if phoneme == SILENCE:
            durations[k] = min(durations[k], STEP)
    vowels = [k for k, row in enumerate(chain) if row[2] is not None]
    last = len(chain) - 1
    fixed = [(k, words[chain[k][2]].onset) for k in vowels] + [(last, words[-1].end)]
    begun, kept = 0, free
    for k, time in fixed:
        group = range(begun + 1, k)
        total = sum(durations[j] for j in group)
        room = max(time - kept, 0.0) * (1.0 if begun == 0 else MOST)
        share = min(1.0, room / total) if total else 1.0
        edges[k - 1] = now = time
        for j in reversed(group):
            now -= durations[j] * share
            edges[j - 1] = now
        begun, kept = k, time
    return edges


def _joint(edges, after, before, row):
    """When a sound is left by one unit, and entered by the next."""
    gap = edges[1] - edges[0]
    if row[0] in VOWELS and gap - after - before > HELD_LEAST:
        return edges[0] + after, edges[1] - before
    shared = _shared(edges, after, before)
    return shared, shared


def _shared(edges, after, before):
    """The place between two edges that parts them as the units' own lengths do."""
    total = max(after + before, 1e-6)
    return edges[0] + (edges[1] - edges[0]) * after / total
