"""Plots with axes that say what they show.

Each draws into `ax`, or into a new figure, and returns the axes, so that anything may
be added. The colours stay apart for colour-blind eyes and in print; long sounds are
drawn by their envelope, as fast as short ones.
"""

import base64
import html
import io

import numpy as np

from dsplab._arguments import as_signal, integer, one_of, positive
from dsplab.convert import amplitude_to_db, power_to_db
from dsplab.spectral import stft

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
COLUMNS = 2000  # more than a screen shows side by side
CHANNELS = {1: ("",), 2: ("left", "right")}
TICKS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)  # Hz


def plot_waveform(x, sample_rate, *, ax=None, start=0.0, title=None):
    """Draw a sound over time; channels one below the other.

    Args:
      x: sound of shape (n_samples,) or (n_channels, n_samples).
      sample_rate: Hz.
      ax: Matplotlib axes to draw into; a new figure by default.
      start: time of the first sample in seconds, for the axis.
      title: text above.

    Returns:
      The axes.

    >>> plot_waveform(np.zeros(100), 8000).get_xlabel()
    'time (s)'
    """
    x, ax = _channels(x), _axes(ax, height=2.4)
    positive(sample_rate, name="sample_rate")
    peak = max(float(abs(x).max()), 1e-9)
    lanes = -2.1 * peak * np.arange(len(x))  # the middle of each channel
    for channel, lane, colour in zip(x, lanes, _colours(len(x)), strict=True):
        _draw_wave(ax, channel + lane, sample_rate, start, colour)
        ax.axhline(lane, color="0.5", linewidth=0.5, zorder=0)
    if len(x) > 1:
        names = CHANNELS.get(len(x), [f"channel {n + 1}" for n in range(len(x))])
        ax.set_yticks(lanes, names)
        ax.set_ylabel(f"amplitude, ± {peak:.3g} each")
    else:
        ax.set_ylabel("amplitude")
    ax.set_xlim(start, start + x.shape[-1] / sample_rate)
    ax.set(xlabel="time (s)", title=title)
    return ax


def _draw_wave(ax, x, sample_rate, start, colour):
    """A line, or the least and greatest sample of each of COLUMNS stretches."""
    n = x.shape[-1]
    if n <= 4 * COLUMNS:
        ax.plot(start + np.arange(n) / sample_rate, x, color=colour, linewidth=0.9)
        return
    edges = np.linspace(0, n, COLUMNS + 1).astype(int)
    low, high = np.minimum.reduceat(x, edges[:-1]), np.maximum.reduceat(x, edges[:-1])
    middle = start + (edges[:-1] + edges[1:]) / 2 / sample_rate
    ax.fill_between(middle, low, high, color=colour, linewidth=0.5)


def plot_spectrogram(
    x,
    sample_rate,
    *,
    ax=None,
    n_fft=2048,
    hop_length=None,
    floor_db=-80.0,
    scale="linear",
    title=None,
):
    """Draw which frequencies sound when; brighter is louder.

    0 dB is a sine of amplitude 1. Channels are shown together, by their mean power.

    Args:
      x: sound of shape (n_samples,) or (n_channels, n_samples).
      sample_rate: Hz.
      ax: Matplotlib axes to draw into; a new figure by default.
      n_fft: samples in a frame; long frames separate pitches, short ones attacks.
      hop_length: samples between frames; by default n_fft // 4, or more where that
        would give more frames than a screen has columns.
      floor_db: what lies lower than this below the loudest is dark.
      scale: of the frequency axis, "linear" or "log" (from 50 Hz).
      title: text above.

    Returns:
      The axes; the colour bar is its figure's last axes.

    >>> plot_spectrogram(np.zeros(9000), 8000).get_ylabel()
    'frequency (Hz)'
    """
    x, ax = _channels(x), _axes(ax, height=3.2)
    positive(sample_rate, name="sample_rate")
    one_of(scale, ("linear", "log"), name="scale")
    if hop_length is None:
        hop_length = max(
            integer(n_fft, name="n_fft", least=4) // 4, x.shape[-1] // COLUMNS
        )
    level, frequency, time = _levels(x, sample_rate, n_fft, hop_length)
    if scale == "log":
        keep = frequency >= 50.0
        level, frequency = level[keep], frequency[keep]
    top = max(10.0 * np.ceil(level.max() / 10.0), -60.0)
    limits = {"vmin": top + floor_db, "vmax": top}
    image = ax.pcolormesh(
        time,
        frequency,
        level,
        cmap="magma",
        shading="nearest",
        rasterized=True,
        **limits,
    )
    ax.figure.colorbar(image, ax=ax, label="level (dB)", pad=0.02)
    if scale == "log":
        _log_frequencies(ax, "y", frequency[0], sample_rate / 2)
    ax.set_ylim(frequency[0], sample_rate / 2)
    ax.set_xlim(0, x.shape[-1] / sample_rate)
    ax.set(xlabel="time (s)", ylabel="frequency (Hz)", title=title)
    return ax


def _levels(x, sample_rate, n_fft, hop_length):
    """Decibels (n_bins, n_frames) of the mean power, frequencies and times."""
    X = stft(x, n_fft=n_fft, hop_length=hop_length, scaling="magnitude")
    power = (abs(2.0 * X) ** 2).mean(axis=0)
    frequency = np.arange(power.shape[0]) * sample_rate / n_fft
    time = np.arange(power.shape[1]) * hop_length / sample_rate
    return power_to_db(power, floor_db=-300.0), frequency, time


def plot_spectrum(
    x,
    sample_rate,
    *,
    ax=None,
    n_fft=16384,
    floor_db=-100.0,
    scale="log",
    title=None,
):
    """Draw how loud each frequency is, on average over the whole sound.

    0 dB is a sine of amplitude 1, whatever n_fft.

    Args:
      x: sound of shape (n_samples,) or (n_channels, n_samples).
      sample_rate: Hz.
      ax: Matplotlib axes to draw into; a new figure by default.
      n_fft: samples in a frame, at most n_samples are used.
      floor_db: lower end of the axis.
      scale: of the frequency axis, "log" (from 20 Hz) or "linear".
      title: text above.

    Returns:
      The axes.

    >>> plot_spectrum(np.zeros(9000), 8000).get_ylabel()
    'level (dB)'
    """
    x, ax = _channels(x), _axes(ax, height=2.8)
    positive(sample_rate, name="sample_rate")
    one_of(scale, ("linear", "log"), name="scale")
    n_fft = min(integer(n_fft, name="n_fft", least=4), max(x.shape[-1], 4))
    hop_length = max(n_fft // 2, x.shape[-1] // COLUMNS)
    names = CHANNELS.get(len(x), [f"channel {n + 1}" for n in range(len(x))])
    for channel, name, colour in zip(x, names, _colours(len(x)), strict=True):
        X = stft(channel, n_fft=n_fft, hop_length=hop_length, scaling="magnitude")
        amplitude = np.sqrt((abs(2.0 * X) ** 2).mean(axis=-1))
        frequency = np.arange(amplitude.size) * sample_rate / n_fft
        level = amplitude_to_db(amplitude, floor_db=-300.0)
        ax.plot(frequency, level, color=colour, linewidth=0.9, label=name or None)
    if len(x) > 1:
        ax.legend(frameon=False)
    low = min(20.0, sample_rate / 8) if scale == "log" else 0.0
    if scale == "log":
        _log_frequencies(ax, "x", low, sample_rate / 2)
    top = max(float(max(line.get_ydata().max() for line in ax.lines)), 0.0)
    ax.set(xlim=(low, sample_rate / 2), ylim=(floor_db, top + 3.0))
    ax.set(xlabel="frequency (Hz)", ylabel="level (dB)", title=title)
    ax.grid(alpha=0.3)
    return ax


def figure_html(figure, alt, *, dpi=110):
    """Return a figure for a page, `<img alt=... src=...>`, with the picture inside.

    Args:
      figure: a Matplotlib figure (or axes, whose figure is taken).
      alt: what is to be seen, for those who cannot see it; required.
      dpi: dots per inch.

    Returns:
      HTML; the width is that of the figure, or of a narrower screen.

    >>> figure_html(plot_waveform(np.zeros(9), 8000), "Silence.")[:17]
    '<img alt="Silence'
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt must say what the picture shows, got {alt!r}")
    figure = getattr(figure, "figure", None) or figure
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=positive(dpi, name="dpi"))
    source = f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"
    width = round(figure.get_figwidth() * 96)
    style = f"width:{width}px;max-width:100%;height:auto"
    return f'<img alt="{html.escape(alt)}" style="{style}" src="{source}">'


def _channels(x):
    """x as NumPy, (n_channels, n_samples)."""
    return np.atleast_2d(np.asarray(as_signal(x, ndim=(1, 2))))


def _axes(ax, *, height):
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(8.0, height), layout="constrained")[1]


def _colours(n):
    return [COLOURS[i % len(COLOURS)] for i in range(n)]


def _log_frequencies(ax, name, low, high):
    """Make axis "x" or "y" logarithmic with a musician's numbers, 100, 200, 500 ..."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    getattr(ax, f"set_{name}scale")("log")
    axis = getattr(ax, f"{name}axis")
    axis.set_major_locator(
        FixedLocator([tick for tick in TICKS if low <= tick <= high])
    )
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda hz, _: f"{hz:.0f}"))
