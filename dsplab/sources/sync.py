"""Hard sync: an oscillator that another one starts anew in each of its cycles."""

from dsplab._arguments import as_curves, one_of, positive
from dsplab._array import array_namespace, running_max
from dsplab.sources import _blep
from dsplab.sources.oscillators import BREAKS, plain_wave
from dsplab.sources.phasor import fractional_part, phase, phase_step, wraps

SHAPES = ("saw", "square", "triangle")


def sync_oscillator(frequency, synced, sample_rate, *, shape="saw", start=0.0):
    """Play the sweeping lead of hard sync, without wrong notes.

    The first oscillator is silent and gives the pitch: whenever it begins a cycle, the
    second, which is heard, begins its own. Move the frequency of the second, and the
    timbre sweeps while the pitch stays. Every jump and corner, those of the restarts as
    well, is band-limited as `oscillator` does it (BLEP).

    Args:
      frequency: of the first, Hz at every sample, (..., n_samples).
      synced: of the second, Hz, broadcasts to frequency; usually 1 to 8 times as much.
      sample_rate: Hz.
      shape: "saw" (rising), "square" or "triangle".
      start: phase of both at the first sample, in cycles of the first, 0 to 1.

    Returns:
      Signal of amplitude one, shape (..., n_samples); silent where either frequency is
      half the sample rate or more.

    Raises:
      ValueError: if shape is none of those above.

    Reference:
      E. Brandt, "Hard sync without aliasing", 2001. The steps here have linear phase.

    >>> y = sync_oscillator(np.full(800, 200.0), np.full(800, 330.0), 8000)
    >>> bool(np.allclose(y[:-40], y[40:], atol=1e-9))  # still 200 Hz
    True
    """
    one_of(shape, SHAPES, name="shape")
    frequency, synced = as_curves(frequency, called="frequency", synced=synced)
    positive(start, name="start", allow_zero=True)
    xp = array_namespace(frequency)
    synced = xp.broadcast_to(synced, frequency.shape)
    n = _blep.reach("blep")
    p, step = (
        phase(frequency, sample_rate, start=start),
        phase_step(frequency, sample_rate),
    )
    q, pace = phase(synced, sample_rate), phase_step(synced, sample_rate)
    heard = (xp.abs(step) < 0.5) & (xp.abs(pace) < 0.5)
    p, step = _blep.lengthened(p, step, n)
    q, pace = _blep.lengthened(q, pace, n)
    restarts, late = wraps(p, step)
    began = fractional_part(p[..., :1] / _not_zero(step[..., :1]) * pace[..., :1])
    q = _restarted(q, pace, restarts, late, began)
    y = plain_wave(q, shape)
    jumps = _jumps(q, pace, restarts, late, shape)
    y = _blep.add_jumps(y, jumps, "blep", extra=n)
    return xp.where(heard, y, xp.zeros_like(y))


def _not_zero(step):
    return array_namespace(step).where(step == 0.0, 1.0, step)


def _restarted(q, pace, restarts, late, began):
    """A phase that runs freely, set to 0 at each restart; `began` at the first sample.

    It keeps what it had at its last restart, and subtracts it.
    """
    xp = array_namespace(q)
    n = xp.broadcast_to(xp.arange(q.shape[-1]), q.shape)
    last = running_max(xp.where(restarts != 0.0, n, 0))
    had = q - late * pace
    had = xp.concatenate([q[..., :1] - began, had[..., 1:]], axis=-1)
    return fractional_part(q - xp.take_along_axis(had, last, axis=-1))


def _jumps(q, pace, restarts, late, shape):
    """What breaks in a wave that is restarted, as `_blep.add_jumps` wants it."""
    xp = array_namespace(q)
    none, here = xp.zeros_like(q), restarts != 0.0
    last = xp.concatenate([q[..., :1], q[..., :-1]], axis=-1)
    until, since = (1.0 - late) * pace, late * pace  # cycles before and after a restart
    jumps, broken = [], [none, none]  # by order, in this sample before the restart
    for place, order, change in BREAKS[shape]:
        height = change * pace**order
        passed, ago = wraps(fractional_part(q - place), pace)
        jumps.append((order, xp.where(here, none, passed * height), ago))
        passed, ago = _passed(fractional_part(last - place), until, pace)
        jumps.append((order, xp.where(here, passed * height, none), late + ago))
        broken[order] = broken[order] + passed * height
        passed, ago = _passed(fractional_part(none - place), since, pace)
        jumps.append((order, xp.where(here, passed * height, none), ago))
    return jumps + _restart_jumps(last, until, pace, here, late, broken, shape)


def _restart_jumps(last, until, pace, here, late, broken, shape):
    """From where the wave would be at a restart to where it is at phase 0."""
    xp = array_namespace(last)
    none = xp.zeros_like(last)
    if shape == "triangle":
        end = plain_wave(fractional_part(last + until), shape)
        slope = 4.0 * pace * plain_wave(fractional_part(last + 0.25), "square")
        bend = 4.0 * pace - (slope + broken[1])
        corner = [(1, xp.where(here, bend, none), late)]
    else:
        tilt = 2.0 if shape == "saw" else 0.0
        end, corner = plain_wave(last, shape) + tilt * until + broken[0], []
    begin = plain_wave(none, shape)
    return [(0, xp.where(here, begin - end, none), late), *corner]


def _passed(p, moved, pace):
    """Whether a phase leaves [0, 1) as it moves, which way, and how long before."""
    xp = array_namespace(p)
    there = p + moved
    up, down = (pace > 0.0) & (there >= 1.0), (pace < 0.0) & (there < 0.0)
    beyond = xp.where(up, there - 1.0, xp.where(down, there, xp.zeros_like(p)))
    ago = xp.clip(beyond / _not_zero(pace), 0.0, 1.0)
    return up.astype(p.dtype) - down.astype(p.dtype), ago
