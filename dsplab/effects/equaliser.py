"""Equaliser: the filters of a mixing desk, one after the other."""

from dsplab._arguments import as_signal
from dsplab._array import array_namespace, lfilter
from dsplab.filters.design import KINDS, second_order

PRESETS = {
    "telephone": {"bands": [("highpass", 300.0), ("lowpass", 3400.0)]},
    "warm": {"bands": [("lowshelf", 250.0, 3.0), ("highshelf", 6000.0, -3.0)]},
    "presence": {"bands": [("highpass", 80.0), ("peaking", 3500.0, 4.0, 0.9)]},
    "smile": {"bands": [("lowshelf", 120.0, 5.0), ("highshelf", 8000.0, 5.0)]},
}


def equaliser(x, sample_rate, *, bands):
    """Lift or lower parts of the spectrum.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      bands: filters in a row, each a tuple (kind, cutoff), (kind, cutoff, gain_db) or
        (kind, cutoff, gain_db, q), as in `filters.design.second_order`: kind is
        "peaking", "lowshelf", "highshelf", "lowpass", "highpass", "notch" ...; numbers.

    Returns:
      Signal like x.

    Raises:
      ValueError: if a band is not such a tuple.

    >>> y = equaliser(np.ones(2000), 8000, bands=[("lowshelf", 500.0, 6.0206)])
    >>> round(float(y[-1]), 3)
    2.0
    """
    y = as_signal(x)
    for band in bands:
        if not 2 <= len(band) <= 4 or band[0] not in KINDS:
            raise ValueError(
                f"bands must be tuples (kind, cutoff, gain_db, q), got {band!r}"
            )
        kind, cutoff, *rest = band
        options = dict(zip(("gain_db", "q"), rest, strict=False))
        b, a = second_order(kind, cutoff, sample_rate, **options)
        xp = array_namespace(y, b, a)
        y = lfilter(b, a, xp.asarray(y))
    return y
