"""Chapter 1, the singing voice: words and notes in, a voice out."""

import numpy as np

from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.synths.singing import STYLES, parse_song
from dsplab.synths.singing.database import find_voice
from dsplab.synths.singing.expression import pitch_curve
from dsplab.synths.singing.joints import wrapped
from dsplab.synths.singing.singer import LEAD, as_partials, plan, render
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_18_singing_voice.py"
SONG = """tempo 116
notes C3 D3 E3 F3 G3/2
words do re mi fa sol
"""


def largest_jump(tracks, pace):
    """Cycles by which loud harmonics jump where two units meet."""
    partials = as_partials(tracks, pace)
    number = np.arange(1, len(tracks.level_db) + 1)[:, None]
    turns = number * 0.5 * (tracks.f0[1:] + tracks.f0[:-1]) * pace
    jumps = wrapped(np.diff(partials.angle, axis=-1) / (2.0 * np.pi) - turns)
    loud = np.minimum(tracks.level_db[:, 1:], tracks.level_db[:, :-1]) > -60.0
    return np.where(loud, abs(jumps), 0.0)[:, np.array(tracks.joints) - 1].max()


@chapter.system("Singing", source="dsplab/synths/singing/singer.py", lesson=LESSON)
def singing(_material):
    """Pieces of speech, each from the middle of one sound to the middle of the next,
    moved to the notes under the same formants and joined so that nothing jumps. The
    voice was recorded from a throat of formants and noise, which the project built.
    """
    voice, song = find_voice("tenor"), parse_song(SONG)
    notes = [note for note, _ in song]
    pace = voice.hop_length / voice.sample_rate
    natural, soft = STYLES["natural"], STYLES["soft"]
    tracks = plan(song, voice, natural)
    y, seconds = measures.timed(render, tracks, voice, natural)
    sung = Sound("do re mi", y, RATE)
    airy = Sound("softly", render(plan(song, voice, soft), voice, soft), RATE)
    apart = plan(song, voice, natural, joined=False)
    cut = Sound("joints left as they are", render(apart, voice, natural), RATE)
    track = autocorrelation_pitch(y, sample_rate=RATE, hop_length=voice.hop_length)
    times = track.times - LEAD
    steady = np.zeros(len(times), bool)
    for note in notes:
        end = note.onset + note.duration
        steady |= (times > note.onset + 0.15) & (times < end - 0.15)
    wanted = pitch_curve(notes, times, natural)
    curves = [
        Curve(times, np.where(track.f0 > 0.0, track.f0, np.nan), "sung"),
        Curve(times, wanted, "score, with portamento and vibrato"),
    ]
    on_beat = "where two units meet, loud harmonics"
    return Result(
        players=[Player(s.name, s) for s in (sung, airy, cut)],
        picture=pictures.plots(
            Plot(curves, "pitch", "time (s)", "Hz"),
            pictures.image(sung, top=6000.0),
            alt="A pitch curve that climbs five steps and trembles on the last; a "
            "spectrogram with vowels as bands of harmonics and hisses between them.",
        ),
        figures=[
            measures.cents_figure("Pitch error", track.f0[steady], wanted[steady]),
            Figure("Phase jump, unjoined", measures.number(largest_jump(apart, pace)),
                   "cycles", on_beat),
            Figure("Phase jump, joined", measures.number(largest_jump(tracks, pace)),
                   "cycles", on_beat),
            measures.speed(len(y) / RATE, seconds),
        ],
    )  # fmt: skip
