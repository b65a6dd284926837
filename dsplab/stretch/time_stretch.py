"""One door to every way of stretching, for those who do not want to choose."""

from dsplab._arguments import one_of
from dsplab.stretch.adaptive_vocoder import adaptive_vocoder
from dsplab.stretch.hptsm import hptsm
from dsplab.stretch.ola import ola
from dsplab.stretch.phase_vocoder import phase_vocoder
from dsplab.stretch.psola import psola
from dsplab.stretch.wsola import wsola

METHODS = {
    "adaptive_vocoder": adaptive_vocoder,
    "phase_vocoder": phase_vocoder,
    "hptsm": hptsm,
    "wsola": wsola,
    "psola": psola,
    "ola": ola,
}


def time_stretch(x, rate, *, sample_rate, method="adaptive_vocoder", **options):
    """Change the duration of a sound, not its pitch.

    Args:
      x: signal, shape (n_samples,) or (n_channels, n_samples).
      rate: speed, 2.0 plays twice as fast; or a time map, see
        `dsplab.stretch.time_map`.
      sample_rate: Hz.
      method: "adaptive_vocoder" suits music of any kind, chords, tones and hits;
        "phase_vocoder" is the one it is made of; "hptsm" separates the hits first;
        "wsola" is for voices and single instruments; "psola" for one voice, which may
        be told its pitch; "ola" for drums alone.
      options: further arguments of the function of that name.

    Returns:
      Signal of round(n_samples / rate) samples, or as long as the time map says, with
      the rank, library and dtype of x.

    Raises:
      ValueError: if the method is unknown or does not take the arguments.

    >>> x = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> time_stretch(x, 2.0, sample_rate=22050).shape
    (11025,)
    """
    one_of(method, tuple(METHODS), name="method")
    return METHODS[method](x, rate, sample_rate=sample_rate, **options)
