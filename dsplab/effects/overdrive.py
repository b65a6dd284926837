"""Overdrive, fuzz, distortion and a tube amplifier: what guitars are played through.

Each device has three knobs from 0 to 1, as on the box: `drive`, how far the sound is
pushed into what bends it; `tone`, dark to bright; `level`, how loud it comes out. They
are numbers or curves, everything is differentiable, and one sound through one device at
one setting is always the same: pairs for part 4 of the lecture, whose networks learn
such devices from examples.

    overdrive       the clean sound plus a softly clipped copy without its bass
    fuzz            two transistors driven to their limits, one side sooner
    distortion      an amplifier, then the diode clipper solved as a circuit
    tube_amplifier  two tubes, even harmonics, a bias that sags under loud notes
"""

from dsplab._arguments import as_curves
from dsplab._array import array_namespace
from dsplab.convert import db_to_amplitude
from dsplab.effects.diode_clipper import diode_clipper
from dsplab.filters.time_varying import one_pole
from dsplab.shaping.curves import diode
from dsplab.shaping.waveshaping import waveshape

SMOOTH = {"antialiasing": 1}  # is enough for curves without corners
LOWEST = 20.0  # Hz: below lie only thumps

PRESETS = {
    "blues": {"drive": 0.35, "tone": 0.5, "level": 0.6},
    "lead": {"drive": 0.8, "tone": 0.65, "level": 0.5},
    "edge": {"drive": 0.1, "tone": 0.6, "level": 0.8},
}


def overdrive(x, sample_rate, *, drive=0.5, tone=0.5, level=0.5):
    """Add a softly clipped copy to the clean sound: it sings, and chords stay clear.

        y = x + f(g highpass(x)) / 2

    The copy has lost what is below 720 Hz before it is amplified by g (0 to 46 dB), so
    that the bass does not turn to mud; the clean sound keeps it. A first-order low-pass
    from 0.7 to 7 kHz is the tone. After the circuit of the Tube Screamer.

    Args:
      x: signal, (..., n_samples), about 0.1 to 1 at its peaks.
      sample_rate: Hz.
      drive, tone, level: 0 to 1: numbers, or curves that broadcast to x. At level 1
        the output peaks at about 1.

    Returns:
      Signal, (..., n_samples).

    >>> x = 0.3 * np.sin(2 * np.pi * 220 * np.arange(800) / 8000)
    >>> overdrive(x, 8000, drive=0.7).shape
    (800,)
    """
    x, drive, tone, level = _knobs(x, drive, tone, level)
    bright = one_pole(x, 720.0, sample_rate, kind="highpass")
    bent = waveshape(bright, "tanh", drive=db_to_amplitude(46.0 * drive), **SMOOTH)
    y = one_pole(x + 0.5 * bent, _between(tone, 700.0, 7000.0), sample_rate)
    return level * y


def fuzz(x, sample_rate, *, drive=0.5, tone=0.5, level=0.5):
    """Push a sound far over the limits of two transistors: nearly a square wave.

        y = f2(g2 highpass(f1(g1 x + bias)))

    The first gives way on one side sooner than on the other, so that even harmonics
    and a buzz remain while a note dies away; the second clips hard. 20 to 60 dB.

    Args:
      x: signal, (..., n_samples), about 0.1 to 1 at its peaks.
      sample_rate: Hz.
      drive, tone, level: 0 to 1: numbers, or curves that broadcast to x. Tone is a
        low-pass from 0.6 to 9 kHz.

    Returns:
      Signal, (..., n_samples).

    >>> x = 0.3 * np.sin(2 * np.pi * 220 * np.arange(800) / 8000)
    >>> y = fuzz(x, 8000)
    >>> bool(np.abs(y).max() < 0.8)
    True
    """
    x, drive, tone, level = _knobs(x, drive, tone, level)
    coupled = one_pole(x, 60.0, sample_rate, kind="highpass")
    gain = db_to_amplitude(14.0 + 34.0 * drive)
    y = waveshape(coupled, diode(high=1.0, low=0.35), drive=gain, bias=0.15, **SMOOTH)
    y = one_pole(y, LOWEST, sample_rate, kind="highpass")
    y = waveshape(y, "hard clip", drive=db_to_amplitude(6.0 + 6.0 * drive))
    y = one_pole(y, _between(tone, 600.0, 9000.0), sample_rate)
    return level * one_pole(y, LOWEST, sample_rate, kind="highpass")


def distortion(x, sample_rate, *, drive=0.5, tone=0.5, level=0.5):
    """Amplify into two diodes to ground: the hard, dense sound of rock.

    An amplifier of 6 to 46 dB whose own limit is 4.5 volts, without what is below 150
    Hz, then `diode_clipper`, the circuit itself, then the tone: a first-order low-pass
    from 0.5 to 8 kHz.

    Args:
      x: signal, (..., n_samples), about 0.1 to 1 (volts) at its peaks.
      sample_rate: Hz.
      drive, tone, level: 0 to 1: numbers, or curves that broadcast to x.

    Returns:
      Signal, (..., n_samples).

    >>> x = 0.3 * np.sin(2 * np.pi * 220 * np.arange(800) / 8000)
    >>> distortion(x, 8000, drive=0.9).shape
    (800,)
    """
    x, drive, tone, level = _knobs(x, drive, tone, level)
    tight = one_pole(x, 150.0, sample_rate, kind="highpass")
    gain = db_to_amplitude(6.0 + 40.0 * drive)
    volts = 4.5 * waveshape(tight, "soft clip", drive=gain / 4.5, **SMOOTH)
    y = diode_clipper(volts, sample_rate) / 0.62
    return level * one_pole(y, _between(tone, 500.0, 8000.0), sample_rate)


def tube_amplifier(x, sample_rate, *, drive=0.5, tone=0.5, level=0.5):
    """Play through two tubes: warm when soft, compressed and growling when loud.

        y = f2(highpass(g f1(g x + bias - sag))),   sag = lowpass(max(g x - 1, 0)) / 2

    The first tube bends one half of the wave earlier (even harmonics). A loud note
    charges the capacitor at its grid and moves its working point, which comes back in
    a tenth of a second. The second bends both halves. The tone turns the whole sound
    around 800 Hz, by 9 dB either way.

    Args:
      x: signal, (..., n_samples), about 0.1 to 1 at its peaks.
      sample_rate: Hz.
      drive, tone, level: 0 to 1: numbers, or curves that broadcast to x. Drive is a
        gain of 0 to 30 dB, shared by both tubes.

    Returns:
      Signal, (..., n_samples).

    >>> x = 0.3 * np.sin(2 * np.pi * 220 * np.arange(800) / 8000)
    >>> tube_amplifier(x, 8000, tone=0.3).shape
    (800,)
    """
    x, drive, tone, level = _knobs(x, drive, tone, level)
    xp = array_namespace(x)
    gain = db_to_amplitude(20.0 * drive)
    over = xp.maximum(gain * x - 1.0, 0.0)
    sag = 0.5 * one_pole(over, 1.5, sample_rate)
    y = waveshape(x, diode(high=1.0, low=2.5), drive=gain, bias=0.2 - sag, **SMOOTH)
    y = one_pole(y, LOWEST, sample_rate, kind="highpass")
    y = waveshape(y, "tanh", drive=db_to_amplitude(2.0 + 10.0 * drive), **SMOOTH)
    low = one_pole(y, 800.0, sample_rate)
    tilt = 9.0 * (2.0 * tone - 1.0)
    return level * (db_to_amplitude(-tilt) * low + db_to_amplitude(tilt) * (y - low))


def _knobs(x, drive, tone, level):
    x, drive, tone, level = as_curves(x, drive=drive, tone=tone, level=level)
    xp = array_namespace(x)
    return x, *(xp.clip(knob, 0.0, 1.0) for knob in (drive, tone)), level


def _between(knob, low, high):
    """Hz of a knob that turns evenly in octaves."""
    return low * (high / low) ** knob
