"""Sounds as the pictures that published models learned from, by name.

    looptest, looptest-4-bars, pjloopgan   bars of loops at 120 beats a minute
    unagan, melgan                         any sound, at 22.05 kHz
    vggish                                 what the Frechet audio distance hears
    nsynth                                 a note of four seconds

All but the last two are alike: |STFT|, Slaney's mel bands, log10, 1e-5 at least, as
many frames as hops (`loop_mel`); each file is first brought to the same peak. They
differ in their sizes, and in whether bands are then *standardised*: less the mean of
the band in the whole set, divided by its deviation. vggish is `vggish_mel`; nsynth is
the spectrum in decibels below its loudest bin, 0 (120 dB below) to 1.

Reference:
  loops: T. Hung and others, "A Benchmarking Initiative for Audio-domain Music
  Generation using the FreeSound Loop Dataset", 2021; Y. Yeh and others, "Exploiting
  Pre-trained Feature Networks for Generative Adversarial Networks in Audio-domain Loop
  Generation", 2022; J. Liu and others, "Unconditional Audio Generation with Generative
  Adversarial Networks and Cycle Regularization", 2020; for the rest see `loop_mel`,
  `neural.evaluation.vggish` and `nsynth`. Sizes are those of the published code.
"""

import dataclasses

import numpy as np

from dsplab._arguments import as_signal, integer, one_of, positive
from dsplab.spectral import stft
from neural.data.loop_mel import log_mel
from neural.data.vggish_mel import WINDOW
from neural.data.vggish_mel import log_mel as vggish_log_mel

FORMS = ("melgan", "vggish", "nsynth")
RANGE_DB, FAINTEST = 120.0, 1e-13  # of nsynth: what is 0, and the least power


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What picture is made of a sound.

    Attributes:
      form: one of FORMS; that of vggish knows one size.
      sample_rate: Hz, to which sounds are resampled.
      n_fft: samples in a frame.
      hop_length: samples between frames.
      n_bands: mel bands; of nsynth the bins below half the sample rate.
      n_frames: of an example.
      peak: to which the greatest sample of each file is brought; None leaves it.
      standardised: whether bands are brought to mean 0 and deviation 1.
    """

    form: str = "melgan"
    sample_rate: int
    n_fft: int
    hop_length: int
    n_bands: int
    n_frames: int
    peak: float | None = None
    standardised: bool = False

    def __post_init__(self):
        """Refuse what cannot be."""
        one_of(self.form, FORMS, name="form")
        for name in ("sample_rate", "n_fft", "hop_length", "n_bands", "n_frames"):
            integer(getattr(self, name), name=name)
        if self.peak is not None:
            positive(self.peak, name="peak")
        sizes = self.sample_rate, self.n_fft, self.hop_length, self.n_bands
        if self.form == "vggish" and sizes != (16000, 512, 160, 64):
            raise ValueError(f"vggish has sizes (16000, 512, 160, 64), got {sizes}")
        if self.form == "nsynth" and self.n_bands != self.n_fft // 2:
            raise ValueError(f"n_bands must be n_fft // 2, got {self.n_bands}")


SETTINGS = {
    "looptest": Settings(
        sample_rate=44100,
        n_fft=1024,
        hop_length=275,
        n_bands=80,
        n_frames=320,
        peak=1.0,
        standardised=True,
    ),
    "pjloopgan": Settings(
        sample_rate=16000,
        n_fft=1024,
        hop_length=160,
        n_bands=64,
        n_frames=192,  # of the 200 of a bar
        peak=1.0,
        standardised=True,
    ),
    "unagan": Settings(
        sample_rate=22050,
        n_fft=1024,
        hop_length=256,
        n_bands=80,
        n_frames=172,
        peak=1.0,
        standardised=True,
    ),
    "melgan": Settings(
        sample_rate=22050,
        n_fft=1024,
        hop_length=256,
        n_bands=80,
        n_frames=32,  # the published training cuts 8192 samples
        peak=0.95,
    ),
    "vggish": Settings(
        form="vggish",
        sample_rate=16000,
        n_fft=512,
        hop_length=160,
        n_bands=64,
        n_frames=96,
    ),
    "nsynth": Settings(
        form="nsynth",
        sample_rate=16000,
        n_fft=1024,
        hop_length=256,
        n_bands=512,
        n_frames=256,
    ),
}
SETTINGS["looptest-4-bars"] = dataclasses.replace(
    SETTINGS["looptest"], n_frames=1280
)  # of 1282


def named(settings):
    """Settings of a name; settings stay what they are."""
    if isinstance(settings, Settings):
        return settings
    return SETTINGS[one_of(settings, tuple(SETTINGS), name="settings")]


def shortest(settings):
    """Samples that a sound must have for the frames of an example.

    >>> shortest(SETTINGS["melgan"]), shortest(SETTINGS["vggish"])
    (8192, 15600)
    """
    frame, mirrored, n = settings.n_fft, 0, settings.n_frames - 1
    if settings.form == "vggish":
        frame = WINDOW
    elif settings.form == "melgan":
        mirrored = (settings.n_fft - settings.hop_length) // 2
    else:
        return settings.n_fft // 2 + 1  # what is missing of n_frames is silence
    return max(n * settings.hop_length + frame - 2 * mirrored, mirrored + 1)


def log_spectrum(x, settings):
    """The picture of a sound.

    Args:
      x: signal (n_samples,) at the rate of the settings.
      settings: `Settings`, or a name of SETTINGS. Its `standardised` needs a whole set:
        `neural.data.spectra`.

    Returns:
      (frames, n_bands), float32.

    Raises:
      ValueError: if x is shorter than an example.

    >>> log_spectrum(np.zeros(88200), "looptest").shape
    (320, 80)
    """
    settings = named(settings)
    least = shortest(settings)
    x = np.asarray(as_signal(x, ndim=1, min_length=least), dtype=np.float64)
    loudest = abs(x).max()
    if settings.peak is not None and loudest > 0.0:
        x = x * (settings.peak / loudest)
    if settings.form == "melgan":
        sizes = {"n_fft": settings.n_fft, "hop_length": settings.hop_length}
        found = log_mel(x, settings.sample_rate, n_mels=settings.n_bands, **sizes)
    elif settings.form == "vggish":
        found = vggish_log_mel(x)
    else:
        found = _below_the_loudest(x, settings)
    return np.asarray(found, np.float32)


def _below_the_loudest(x, settings):
    """NSynth's: decibels below the loudest bin, as 0 ... 1; then frames of zeros."""
    sizes = {"n_fft": settings.n_fft, "hop_length": settings.hop_length}
    power = abs(stft(x, padding="reflect", **sizes)).T ** 2
    db = 10.0 * np.log10(np.maximum(power, FAINTEST))
    found = np.maximum(db - db.max(), -RANGE_DB)[:, : settings.n_bands] / RANGE_DB + 1.0
    return np.pad(found, ((0, max(settings.n_frames - len(found), 0)), (0, 0)))
