"""Drum loops: whole beats in many styles, each time another, exactly as long as bars.

A style is a few rows of sixteen steps, with alternatives. From a random generator come
the choice among them, how hard every hit is, which ghost notes are played, rolls of the
hi-hat, and the fill at the end.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer, one_of, positive
from dsplab.sources.rhythm import pattern, step_times
from dsplab.synths.drum_kits import CHOKE_SECONDS, as_hits, place_hits
from dsplab.synths.notes import velocity_gain

STEPS = 16  # in a bar
CEILING = 0.95  # of full scale: the highest peak of a loop
GHOST = 60.0  # hits softer than this may be left out
ROLLS = (2, 3, 4)  # hits in the time of one step


class Style(NamedTuple):
    """Rows of steps (see `rhythm.pattern`), several alternatives each; the first is
    what everybody knows."""

    tempo: float
    swing: float
    kit: str
    rows: dict
    rolls: float = 0.0  # probability that a closed hi-hat becomes a roll


class Hit(NamedTuple):
    """One stroke."""

    beat: float  # quarters since the start
    drum: str
    velocity: float  # 1 to 127


EIGHTHS, SIXTEENTHS = "x.o.x.o.x.o.x.o.", "xoxoxoxoxoxoxoxo"
BACKBEAT = "....X.......X..."
FOUR = "X...X...X...X..."
STYLES = {
    "house": Style(124.0, 0.53, "909", {
        "kick": (FOUR, "X...X...X...X..o"), "clap": (BACKBEAT, "....X..o....X..."),
        "open_hat": ("..x...x...x...x.",),
        "closed_hat": ("o..oo..oo..oo..o", SIXTEENTHS, "................"),
        "shaker": ("................", "oxoxoxoxoxoxoxox"),
    }),
    "techno": Style(132.0, 0.5, "909", {
        "kick": (FOUR,), "closed_hat": ("..x...x...x...x.", SIXTEENTHS),
        "clap": ("................", "....x.......x..."),
        "rim": ("...o..x....o..x.", "x..x..x..x..x...", "................"),
        "ride": ("................", "..x...x...x...x."),
        "low_tom": ("................", "..o..o....o..o.o"),
    }),
    "disco": Style(118.0, 0.5, "acoustic", {
        "kick": (FOUR,), "snare": (BACKBEAT, "....X..o....X.o."),
        "closed_hat": ("x.o.x.o.x.o.x.o.",), "open_hat": ("..x...x...x...x.",),
        "cowbell": ("................", "x.x.xx.xx.x.xx.x"),
    }),
    "electro": Style(126.0, 0.5, "808", {
        "kick": ("X..x..X.....x...", "X.....x...x..x.."),
        "snare": (BACKBEAT,), "closed_hat": ("xoxxxoxoxoxxxoxo", EIGHTHS),
        "cowbell": ("................", "..x..x....x..x.x"),
        "clap": ("............x...", "................"),
    }),
    "hip_hop": Style(90.0, 0.58, "lofi", {
        "kick": ("X......x.xX.....", "X.o....x..X..o..", "X..x..x...X....."),
        "snare": ("....X..o.o..X..o", BACKBEAT),
        "closed_hat": (EIGHTHS, "x.oxx.o.x.oxx.o."),
        "open_hat": ("................", "..............x."),
    }),
    "trap": Style(140.0, 0.5, "808", {
        "kick": ("X.....x...x.....", "X..x......x..x..", "X.........xx...."),
        "clap": ("........X.......",), "snare": ("........x.......",),
        "closed_hat": ("x.x.x.x.x.x.x.x.", "x.xxx.x.x.x.xxx."),
        "open_hat": ("................", "..............x."),
    }, rolls=0.18),
    "rock": Style(116.0, 0.5, "acoustic", {
        "kick": ("X.......X.x.....", "X.....x.X.......", "X..x....X.x..x.."),
        "snare": (BACKBEAT, "....X..o.o..X..."),
        "closed_hat": (EIGHTHS,), "open_hat": ("................", "..............x."),
    }),
    "funk": Style(104.0, 0.54, "acoustic", {
        "kick": ("X.x.......x..x..", "X..x..x...x....."),
        "snare": ("....X..o.o.oX..o", "....X..o.oo.X.oo"),
        "closed_hat": (SIXTEENTHS, "xoxoxo.oxoxoxo.o"),
        "open_hat": ("................", "......x.......x."),
    }),
    "breakbeat": Style(136.0, 0.52, "acoustic", {
        "kick": ("X.x.......xx....", "X.x.......x....."),
        "snare": ("....X..o.o..X..o", "....X..o.o....X."),
        "ride": ("x.x.x.x.x.x.x.x.",), "closed_hat": ("................", EIGHTHS),
    }),
    "drum_and_bass": Style(172.0, 0.5, "acoustic", {
        "kick": ("X.........x.....", "X.x.......x..x.."),
        "snare": ("....X..o.o..X..o", "....X..o....X.o."),
        "closed_hat": ("x.xox.xox.xox.xo", EIGHTHS),
        "ride": ("................", "x...x...x...x..."),
    }),
    "reggae": Style(76.0, 0.6, "acoustic", {
        "kick": ("........X.......", "X.......X......."),
        "rim": ("........X.......", "...o....X..o..o."),
        "closed_hat": ("x.o.x.o.x.o.x.oo", "..x...x...x...x."),
        "open_hat": ("................", "..............x."),
    }),
    "reggaeton": Style(95.0, 0.5, "808", {
        "kick": (FOUR,), "snare": ("...x..x....x..x.", "...X..x....X..xo"),
        "closed_hat": ("x.x.x.x.x.x.x.x.", SIXTEENTHS),
        "shaker": ("................", SIXTEENTHS),
    }),
    "bossa_nova": Style(132.0, 0.5, "acoustic", {
        "kick": ("X..xX..xX..xX..x", "X..xX...X..xX..."),
        "rim": ("x..x..x...x..x..", "..x..x...x..x..x"),
        "shaker": ("xoxoxoxoxoxoxoxo",), "closed_hat": ("....x.......x...",),
    }),
    "samba": Style(104.0, 0.52, "acoustic", {
        "kick": ("o...X..oo...X..o",), "shaker": ("XooxXooxXooxXoox",),
        "snare": ("xooxoxoxoxoxxoxo", "ooxooxooxoxooxox"),
        "cowbell": ("x.x.xx.x.x.x.xx.", "................"),
    }),
}  # fmt: skip
# the last half bar: other drums are silent there but the kick
FILLS = (
    {"snare": "x.xoX.xX"},
    {"snare": "xoxX....", "high_tom": "....xx..", "low_tom": "......xX"},
    {"high_tom": "xx......", "mid_tom": "..xx....", "low_tom": "....xxX."},
    {"snare": "..xx..xX", "low_tom": "....x...", "open_hat": "x......."},
    {"clap": "x..x..x.", "snare": "....ooxX"},
    {"snare": "ooooxxXX"},
)


def drum_pattern(style, *, bars=1, swing=None, variation=0.4, fill=True, rng=None):
    """Write a beat down: which drum when, and how hard.

    Args:
      style: a name of `STYLES`, or a `Style`.
      bars: of four quarters.
      swing: where in its pair the second sixteenth falls, 0.5 straight; by default as
        the style has it.
      variation: 0 plays the first alternative of each row as it is written, 1 anything
        that fits.
      fill: whether the last of several bars ends in a fill.
      rng: `numpy.random.Generator`; without it there is no variation.

    Returns:
      List of `Hit`s in order of time.

    Raises:
      ValueError: if there is no such style.

    >>> [hit.beat for hit in drum_pattern("house") if hit.drum == "kick"]
    [0.0, 1.0, 2.0, 3.0]
    """
    style, _ = _find_style(style), integer(bars, name="bars")
    positive(variation, name="variation", allow_zero=True)
    variation = 0.0 if rng is None else variation
    rows = {
        drum: np.concatenate([_choose(options, variation, rng) for _ in range(bars)])
        for drum, options in style.rows.items()
    }
    if fill and bars > 1:
        rows = _with_fill(rows, bars * STEPS, rng)
    swing = style.swing if swing is None else swing
    beats = step_times(bars * STEPS + 1, 60.0, swing=swing).tolist()
    hits = []
    for drum, velocities in rows.items():
        rolls = style.rolls * variation if drum == "closed_hat" else 0.0
        for n in np.flatnonzero(velocities):
            hit = Hit(beats[n], drum, float(velocities[n]))
            hits += _stroke(hit, beats[n + 1] - beats[n], variation, rolls, rng)
    return sorted(hits)


def _find_style(style):
    if isinstance(style, Style):
        return style
    return STYLES[one_of(style, tuple(STYLES), name="style")]


def _choose(options, variation, rng):
    """One of the alternatives of a row; the first is the most probable."""
    other = variation and rng.random() < variation
    return pattern(options[rng.integers(len(options)) if other else 0])


def _with_fill(rows, n_steps, rng):
    """The rows, their last half bar replaced; a crash follows, at the beginning."""
    fill = FILLS[0 if rng is None else rng.integers(len(FILLS))]
    rows = {drum: velocities.copy() for drum, velocities in rows.items()}
    for drum, velocities in rows.items():
        if drum != "kick":
            velocities[-STEPS // 2 :] = 0.0
    for drum, text in fill.items():
        row = rows.setdefault(drum, np.zeros(n_steps))
        row[-STEPS // 2 :] = pattern(text)
    if rng is None or rng.random() < 0.5:
        rows["crash"] = np.eye(1, n_steps)[0] * 100.0
    return rows


def _stroke(hit, span, variation, rolls, rng):
    """The hit as it is played: perhaps a roll, perhaps not at all."""
    if not variation:
        return [hit]
    if hit.velocity < GHOST and rng.random() < 0.5 * variation:
        return []
    n = rng.choice(ROLLS) if rng.random() < rolls else 1
    velocity = hit.velocity + 12.0 * variation * rng.standard_normal(n)
    velocity = np.clip(velocity * np.linspace(1.0, 0.7, n)[::-1], 10.0, 127.0)
    return [
        hit._replace(beat=hit.beat + k * span / n, velocity=float(v))
        for k, v in enumerate(velocity)
    ]


def drum_loop(
    style,
    *,
    sample_rate,
    bars=2,
    tempo=None,
    kit=None,
    swing=None,
    variation=0.4,
    fill=True,
    looseness=0.0,
    stereo=False,
    rng=None,
):
    """Play a drum loop, exactly as long as its bars; its end leads into its beginning.

    Args:
      style: a name of `STYLES` ("house", "hip_hop", "rock", "bossa_nova", ...), or a
        `Style`.
      sample_rate: Hz.
      bars: of four quarters.
      tempo: quarters a minute; by default the style's. At 120 a bar lasts 2 s.
      kit: "808", "909", "acoustic", "lofi", or hits from `drum_kits.render_kit`, which
        makes a kit of your own; by default the style's.
      swing, variation, fill: see `drum_pattern`.
      looseness: seconds, the standard deviation of the hits from their time; 0.004 is
        a good drummer.
      stereo: two channels, each drum in its place.
      rng: `numpy.random.Generator` for all that varies; without it the beat is played
        as it is written.

    Returns:
      Signal within [-1, 1], (bars 240 sample_rate / tempo rounded,), or (2, ...).

    Raises:
      ValueError: if there is no such style or kit, or a number is out of range.

    >>> y = drum_loop("house", sample_rate=8000, bars=1, tempo=120.0)
    >>> y.shape
    (16000,)
    """
    hits = drum_pattern(
        style, bars=bars, swing=swing, variation=variation, fill=fill, rng=rng
    )
    known = _find_style(style)
    rate = positive(sample_rate, name="sample_rate")
    beat = 60.0 / positive(known.tempo if tempo is None else tempo, name="tempo")
    length = max(round(4 * bars * beat * rate), 1)
    seconds = np.array([hit.beat * beat for hit in hits])
    if positive(looseness, name="looseness", allow_zero=True) and rng is not None:
        seconds = seconds + looseness * rng.standard_normal(len(seconds))
    starts = np.round(seconds * rate).astype(int) % length
    sounds = as_hits(known.kit if kit is None else kit, rate, None)
    gains = velocity_gain(np.array([hit.velocity for hit in hits]))
    y = place_hits(
        sounds, starts.tolist(), [hit.drum for hit in hits], gains.tolist(),
        length=length, fade=math.ceil(CHOKE_SECONDS * rate), stereo=stereo, around=True,
    )  # fmt: skip
    return y * min(CEILING / max(abs(y).max(), 1e-9), 1.0)
