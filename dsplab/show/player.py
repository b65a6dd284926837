"""Players: the very samples, at their own level, in a page that stays small.

Nothing is normalised: a gain of 0.5 is heard as one. Up to 10 seconds are stored as
FLAC with 16 bits (WAV, if only an instant); longer ones as Ogg Vorbis, which takes a
tenth. Current browsers play them all, offline.
"""

import base64
import html
import warnings

import numpy as np

from dsplab._arguments import as_signal, one_of, positive
from dsplab.formats.audio_files import RATES, encode_audio
from dsplab.formats.errors import ClippedWarning, FormatError

LOSSLESS_SECONDS = 10.0
FLAC_BLOCK = 4096  # samples; Chromium 156 shows, but does not play, a FLAC of one block
TYPES = {".flac": "audio/flac", ".ogg": "audio/ogg", ".wav": "audio/wav"}
CHANNELS = {1: "mono", 2: "stereo"}


class Player:
    """A sound that a notebook shows as a player; made by `play`."""

    def __init__(self, element, summary):
        """Keep the HTML of the player and a line of text for places without HTML."""
        self.html = element
        self.summary = summary

    def _repr_html_(self):
        return self.html

    def __repr__(self):
        """The line of text, and where the sound can be heard."""
        return f"<{self.summary}; shown as a player in a notebook>"


def play(x, sample_rate, *, title="sound", extension=None, max_bytes=8_000_000):
    """Hear a sound in a notebook, just as it is.

    As the last line of a cell it appears by itself; anywhere else, pass what it returns
    to IPython's `display`.

    Args:
      x: sound of shape (n_samples,) or (n_channels, n_samples), within [-1, 1].
      sample_rate: Hz, a whole number.
      title: what this is, for screen readers and for the page's reader.
      extension: ".flac", ".ogg" or ".wav"; by default FLAC up to 10 s, then Ogg Vorbis.
      max_bytes: longest HTML permitted; notebooks with more become slow.

    Returns:
      A `Player`.

    Raises:
      ValueError: if x is not finite sound, or too long for max_bytes.

    Warns:
      ClippedWarning: if x leaves [-1, 1]; there it is limited, as in any player.

    >>> play(0.5 * np.sin(np.arange(8000) / 5), 8000, title="a tone")
    <a tone: 1.00 s at 8000 Hz, mono, peak 0.500; shown as a player in a notebook>
    """
    options = {"title": title, "extension": extension, "max_bytes": max_bytes}
    element, peak = _audio_html(x, sample_rate, preload="metadata", **options)
    shape = np.shape(x)
    channels = shape[0] if len(shape) == 2 else 1
    seconds = shape[-1] / sample_rate
    summary = f"{title}: {seconds:.2f} s at {sample_rate:g} Hz, "
    summary += f"{CHANNELS.get(channels, f'{channels} channels')}, peak {peak:.3f}"
    return Player(element, summary)


def audio_html(
    x,
    sample_rate,
    *,
    title,
    preload="metadata",
    extension=None,
    max_bytes=8_000_000,
):
    """Return a player for a page, `<audio controls ...>`, with the sound inside.

    Args:
      x: sound of shape (n_samples,) or (n_channels, n_samples), within [-1, 1].
      sample_rate: Hz, a whole number.
      title: what this is; read out by screen readers.
      preload: "metadata" lets the player show the duration at once, "none" waits until
        it is started, "auto" decodes everything.
      extension: as in `play`.
      max_bytes: as in `play`.

    Returns:
      HTML, with a sentence behind the player if the sound had to be clipped.

    Raises:
      ValueError: as `play`.

    >>> audio_html(np.zeros(100), 8000, title="Silence")[:47]
    '<audio controls preload="metadata" aria-label="'
    """
    one_of(preload, ("none", "metadata", "auto"), name="preload")
    options = {"extension": extension, "max_bytes": max_bytes, "preload": preload}
    return _audio_html(x, sample_rate, title=title, **options)[0]


def _audio_html(x, sample_rate, *, title, preload, extension, max_bytes):
    """The element, and the peak of x."""
    x = np.asarray(as_signal(x, ndim=(1, 2)))
    positive(sample_rate, name="sample_rate")
    positive(max_bytes, name="max_bytes")
    if extension is None:
        extension = _extension(x.shape[-1], sample_rate)
    one_of(extension, tuple(TYPES), name="extension")
    peak, note = float(abs(x).max()), ""
    if peak > 1:
        note = f"Peak {peak:.3g}: samples beyond full scale are clipped."
        warnings.warn(f"{title}: {note}", ClippedWarning, stacklevel=3)
        x = np.clip(x, -1, 1)
    subtype = None if extension == ".ogg" else "PCM_16"
    data = encode_audio(x, sample_rate, extension=extension, subtype=subtype)
    if 4 * len(data) // 3 > max_bytes:
        raise FormatError(
            f"x would take {4e-6 * len(data) / 3:.1f} MB of HTML, max_bytes allows "
            f"{1e-6 * max_bytes:.1f}: play a part of it, or extension='.ogg'"
        )
    source = f"data:{TYPES[extension]};base64,{base64.b64encode(data).decode()}"
    element = f'<audio controls preload="{preload}" aria-label="{html.escape(title)}"'
    element += f' src="{source}"></audio>'
    return element + (f"<small>{note}</small>" if note else ""), peak


def _extension(n_samples, sample_rate):
    """Lossless for what is short, small for what is long."""
    if n_samples <= FLAC_BLOCK:
        return ".wav"
    if n_samples > LOSSLESS_SECONDS * sample_rate and sample_rate in RATES["VORBIS"]:
        return ".ogg"
    # FLAC writes rates above 65535 Hz in tens
    fits = sample_rate in RATES["FLAC"] and (
        sample_rate < 65536 or not sample_rate % 10
    )
    return ".flac" if fits else ".wav"
