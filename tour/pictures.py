"""Pictures, drawn once for each kind of screen: light and dark, wide and narrow.

A `Picture` holds a function `draw(figure, narrow)`, which is called four times under
different Matplotlib styles; it must not compute anything that takes time.
"""

from __future__ import annotations

import dataclasses
import io
import math
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from PIL import Image as Pixels

from dsplab.convert import amplitude_to_db, hz_to_mel, mel_to_hz
from dsplab.spectral import stft

TICKS = (200, 500, 1000, 2000, 4000, 8000, 16000)  # Hz
FLOOR_DB = -70.0
PAPER = {"light": "#ffffff", "dark": "#171b20"}  # --card in style.css
INKS = {  # text, faint lines, then the colours of curves
    "light": ("#343a40", "#d9d5cc", ("#17687a", "#c2571a", "#6d4c9f", "#4f7a28")),
    "dark": ("#d5d2ca", "#3b4149", ("#6fc3d0", "#f0a066", "#b79ce6", "#a5cf74")),
}
MAPS = {
    "light": ("#fbfaf7", "#d3e3e2", "#7fb3b8", "#2d7283", "#173f5b", "#140f26"),
    "dark": ("#14181d", "#1c2f3f", "#27596b", "#4f9a96", "#c9c27e", "#fff6d8"),
}
for _theme, _colours in MAPS.items():
    mpl.colormaps.register(
        LinearSegmentedColormap.from_list(f"tour-{_theme}", _colours), force=True
    )
SIZES = {False: (9.0, 170), True: (4.1, 200)}  # narrow: width in inches, dots an inch


@dataclasses.dataclass(frozen=True)
class Picture:
    """Something to look at.

    Attributes:
      draw: (figure, narrow) to a finished drawing.
      alt: says what is to be seen, for those who cannot see it.
      heights: inches on wide and on narrow screens.
    """

    draw: Callable
    alt: str
    heights: tuple[float, float] = (2.7, 2.6)

    def render(self, theme, *, narrow):
        """Draw it. Returns the bytes of a WebP image and its (width, height)."""
        width, dpi = SIZES[narrow]
        size = (width, self.heights[narrow])
        with mpl.rc_context(_style(theme)):
            figure = Canvas(figsize=size, dpi=dpi, layout="constrained")
            self.draw(figure, narrow)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()  # once; savefig would draw everything twice
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
        image, data = Pixels.fromarray(np.ascontiguousarray(pixels)), io.BytesIO()
        image.save(data, format="webp", quality=86, method=3)
        return data.getvalue(), image.size


def _style(theme):
    ink, faint, colours = INKS[theme]
    return {
        "font.size": 10,
        "figure.facecolor": PAPER[theme],
        "axes.facecolor": "none",
        "text.color": ink,
        "axes.labelcolor": ink,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.edgecolor": faint,
        "axes.prop_cycle": mpl.cycler(color=colours),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": faint,
        "grid.linewidth": 0.6,
        "xtick.color": faint,
        "ytick.color": faint,
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "lines.linewidth": 1.4,
        "lines.solid_capstyle": "round",
        "image.cmap": f"tour-{theme}",
    }


def panels(figure, count, narrow, *, stacked=False, **options):
    """Axes in a row; in a column on narrow screens, or if stacked."""
    rows, columns = (count, 1) if narrow or stacked else (1, count)
    return list(figure.subplots(rows, columns, squeeze=False, **options).flat)


def heights(count, *, each=2.6, stacked=False):
    """Heights for `panels`: (wide, narrow)."""
    return (each * (0.8 * count if stacked else 1.0), 0.8 * each * count)


@dataclasses.dataclass(frozen=True)
class Image:
    """A spectrogram ready to be drawn: rows evenly spaced in mel, levels in dB."""

    db: np.ndarray
    duration: float
    top: float
    title: str

    def draw(self, ax):
        """Draw it into the axes, the loudest point setting the scale."""
        top = float(hz_to_mel(self.top))
        peak = float(self.db.max())
        ax.imshow(
            self.db,
            origin="lower",
            aspect="auto",
            extent=(0.0, self.duration, 0.0, top),
            vmin=peak + FLOOR_DB,
            vmax=peak,
            interpolation="bilinear",
        )
        mel_axis(ax, self.top)
        ax.set_title(self.title)
        ax.grid(False)


def mel_axis(ax, top):
    """Label a y axis in mel with hertz, up to `top` Hz."""
    ticks = [f for f in TICKS if f <= top]
    ax.yaxis.set_major_locator(
        FixedLocator([float(hz_to_mel(float(f))) for f in ticks])
    )
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(_hertz))
    ax.set_ylim(0, float(hz_to_mel(float(top))))


def _hertz(mel, _position):
    hertz = round(float(mel_to_hz(max(mel, 0.0))))
    return f"{hertz / 1000:g} kHz" if hertz >= 1000 else f"{hertz} Hz"


def image(sound, *, n_fft=None, top=8000.0, title="", n_rows=220, n_columns=900):
    """Analyse a sound for a spectrogram picture of about n_columns by n_rows."""
    n_fft = n_fft or 2 ** max(5, round(np.log2(0.046 * sound.sample_rate)))
    x = sound.mono
    hop = max(n_fft // 16, x.shape[-1] // n_columns, 1)
    db = amplitude_to_db(abs(stft(x, n_fft=n_fft, hop_length=hop)))
    top = min(top, sound.sample_rate / 2)
    wanted = mel_to_hz(np.linspace(0.0, float(hz_to_mel(top)), n_rows))
    position = wanted * (n_fft / sound.sample_rate)  # in bins
    below = np.minimum(position.astype(int), db.shape[0] - 2)
    share = (position - below)[:, None]
    rows = (1 - share) * db[below] + share * db[below + 1]
    return Image(rows.astype(np.float32), sound.duration, top, title or sound.name)


def spectrograms(images, *, alt, stacked=False):
    """Spectrograms beside each other, or stacked on one time axis.

    Args:
      images: from `image`.
      alt: what is to be seen.
      stacked: one above the other, seconds aligned.
    """

    def draw(figure, narrow):
        options = {"sharex": True} if stacked else {}
        axes = panels(figure, len(images), narrow, stacked=stacked, **options)
        for ax, picture in zip(axes, images, strict=True):
            picture.draw(ax)
        for ax in axes[-1:] if stacked or narrow else axes:
            ax.set_xlabel("seconds")
        if stacked:
            axes[0].set_xlim(0.0, max(picture.duration for picture in images))
        if not stacked and not narrow:
            for ax in axes[1:]:
                ax.tick_params(labelleft=False)

    return Picture(draw, alt, heights(len(images), stacked=stacked))


@dataclasses.dataclass(frozen=True)
class Curve:
    """A line in a plot: where, how high, and what it is called."""

    x: np.ndarray
    y: np.ndarray
    label: str = ""
    style: str = "-"
    width: float = 1.4


@dataclasses.dataclass(frozen=True)
class Plot:
    """Curves that share axes."""

    curves: list[Curve]
    title: str = ""
    x_label: str = "seconds"
    y_label: str = ""
    options: dict = dataclasses.field(default_factory=dict)  # for Axes.set

    def draw(self, ax):
        """Draw the curves and the legend."""
        for curve in self.curves:
            ax.plot(
                curve.x, curve.y, curve.style, label=curve.label, linewidth=curve.width
            )
        ax.set(xlabel=self.x_label, ylabel=self.y_label)
        ax.margins(x=0)
        ax.set(**self.options)
        labels = [curve.label for curve in self.curves if curve.label]
        columns = _columns(labels, ax)
        rows = math.ceil(len(labels) / columns)
        ax.set_title(self.title, pad=6 + 16 * rows)
        if labels:  # between title and axes, where no curve can be
            ax.legend(
                loc="lower left",
                bbox_to_anchor=(-0.01, 0.98),
                ncols=columns,
                borderaxespad=0.0,
                handlelength=1.2,
                columnspacing=1.2,
            )


def _columns(labels, ax):
    """How many labels fit beside each other above the axes."""
    across = ax.get_subplotspec().get_gridspec().ncols
    room = 0.85 * ax.figure.get_figwidth() / across  # inches
    widest = max(map(len, labels), default=0)
    return max(1, min(len(labels), int(room / (0.4 + 0.075 * widest))))


def plots(*parts, alt, stacked=False, each=2.6):
    """Plots (and spectrogram images) beside each other or stacked."""

    def draw(figure, narrow):
        axes = panels(figure, len(parts), narrow, stacked=stacked)
        for ax, part in zip(axes, parts, strict=True):
            part.draw(ax)
            if isinstance(part, Image):
                ax.set_xlabel("seconds")

    return Picture(draw, alt, heights(len(parts), each=each, stacked=stacked))


def wave(sound, *, title="", label="", around=None, span=None):
    """The waveform as a plot: all of it as an outline, or `span` seconds in detail.

    Args:
      sound: what to draw.
      title: above the plot.
      label: for the legend.
      around: centre of the detail in seconds; None for everything.
      span: seconds shown.
    """
    x, rate = sound.mono, sound.sample_rate
    if around is None:
        hop = max(1, x.size // 1500)
        parts = x[: x.size // hop * hop].reshape(-1, hop)
        outline = np.stack([parts.min(axis=1), parts.max(axis=1)], axis=1).ravel()
        t = np.repeat(np.arange(len(parts)) * hop / rate, 2)
        curve = Curve(t, outline, label, width=0.6)
        return Plot([curve], title, options={"ylim": (-1.02, 1.02)})
    first = max(0, round((around - span / 2) * rate))
    piece = x[first : first + round(span * rate)]
    t = (first + np.arange(piece.size)) / rate - around
    curve = Curve(1000 * t, piece, label, width=1.0)
    return Plot([curve], title, "milliseconds")
