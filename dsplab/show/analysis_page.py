"""The page that `dsplab analyse` writes: one HTML file with everything in it."""

import html

import numpy as np

from dsplab.convert import amplitude_to_db, power_to_db
from dsplab.show.player import audio_html
from dsplab.show.plots import CHANNELS, COLOURS, _log_frequencies, figure_html

LONGEST_PLAYER = 20.0  # seconds of sound in the page
FLOOR_DB = 80.0
CLASSES = "C C♯ D E♭ E F F♯ G A♭ A B♭ B".split()
STYLE = """
:root { color-scheme: light dark; --ink: #22262b; --faint: #6a7077; --line: #ddd;
  --paper: #fbfaf7; --card: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e2dc; --faint: #a3a9b0;
  --line: #3a4048; --paper: #14181d; --card: #1c2127 } }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; margin: 0 0 .3rem }
h2 { font-size: 1.15rem; margin: 0 0 .4rem }
.figures { display: grid; gap: 1rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)) }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 1rem; margin: 1rem 0 }
.figures section { margin: 0 }
dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem .8rem; margin: 0 }
dt { color: var(--faint) } dd { margin: 0; text-align: right }
img { display: block; background: #fff; border-radius: 4px; margin: auto }
p { margin: .5rem 0; max-width: 48rem } small, footer { color: var(--faint) }
audio { width: 100% }
"""


def analysis_page(name, facts, measures, *, partials, beats):
    """Write the page.

    Args:
      name: of the file.
      facts: [(heading, [(name, value), ...]), ...].
      measures: of `dsplab._measure.measure`.
      partials: (`Partials` of the excerpt or None, samples between frames).
      beats: seconds of the beats, empty if there is none.

    Returns:
      HTML, with every picture and sound inside; it asks for nothing from elsewhere.
    """
    title = html.escape(name)
    figures = "".join(_figures(heading, rows) for heading, rows in facts if rows)
    parts = [_waveform, _loudness, _spectrogram, _spectrum, _partials, _descriptors]
    parts += [_classes, _onsets]
    import matplotlib

    options = {"partials": partials, "beats": beats}
    with matplotlib.rc_context({"font.size": 9}):
        sections = "".join(part(measures, options) for part in parts)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: analysis</title><link rel="icon" href="data:,">
<style>{STYLE}</style></head>
<body><header><h1>{title}</h1>{_player(measures)}</header>
<main><div class="figures">{figures}</div>
{sections}</main>
<footer><p>Made by <code>dsplab analyse</code>. Frames are {measures.sizes.n_fft}
samples long and {measures.sizes.hop_length} apart; in the pictures, 0 dB is a sine of
amplitude 1.</p></footer></body></html>
"""


def _figures(heading, rows):
    rows = "".join(
        f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in rows
    )
    return f"<section><h2>{html.escape(heading)}</h2><dl>{rows}</dl></section>"


def _player(measures):
    """The loudest seconds, mono, as a player."""
    x, rate = measures.excerpt, measures.sizes.sample_rate
    x = x[: round(LONGEST_PLAYER * rate)]
    if not 3000 <= rate <= 192000 or x.size < 2:
        return ""
    begin, end = measures.excerpt_start, measures.excerpt_start + x.size / rate
    label = f"Heard: {begin:.1f} to {end:.1f} s, mono"
    x = x / max(float(np.abs(x).max()), 1.0)
    return f"{audio_html(x, rate, title=label)}<p><small>{label}.</small></p>"


def _section(heading, text, figure, alt):
    import matplotlib.pyplot as plt

    picture = figure_html(figure, alt)
    plt.close(figure)
    return f"<section><h2>{heading}</h2>{picture}<p>{text}</p></section>\n"


def _axes(n=1, *, height=2.4, **options):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        n, 1, figsize=(9.4, height), layout="constrained", squeeze=False, **options
    )
    return figure, axes[:, 0]


def _over_time(ax, measures, **labels):
    ax.set_xlim(0, max(measures.sizes.seconds, 1e-3))
    ax.set(xlabel="time (s)", **labels)
    ax.grid(alpha=0.3)


def _column_times(measures):
    """Edges of the columns of the pictures, seconds."""
    return np.linspace(0, measures.sizes.seconds, measures.power.shape[-1] + 1)


def _waveform(measures, _options):
    n_channels = measures.sizes.n_channels
    figure, axes = _axes(n_channels, height=0.6 + 1.5 * n_channels, sharex=True)
    middle = 0.5 * (_column_times(measures)[1:] + _column_times(measures)[:-1])
    names = CHANNELS.get(n_channels, [f"channel {k + 1}" for k in range(n_channels)])
    lows, highs = measures.outline
    for ax, low, high, name in zip(axes, lows, highs, names, strict=True):
        ax.fill_between(middle, low, high, color=COLOURS[0], linewidth=0.6)
        _over_time(ax, measures, ylabel=name or "amplitude")
        ax.label_outer()
    text = "The least and the greatest sample of each column of the picture."
    alt = f"Waveform of {measures.sizes.seconds:.2f} s, peak {measures.peak:.3f}."
    return _section("Waveform", text, figure, alt)


def _loudness(measures, _options):
    if not measures.momentary.size:
        return ""
    figure, (ax,) = _axes()
    for levels, late, label in (
        (measures.momentary, 0.2, "0.4 s (momentary)"),
        (measures.short_term, 1.5, "3 s (short-term)"),
    ):
        if levels.size == 0:
            continue
        when = late + 0.1 * np.arange(levels.size)
        ax.plot(when, np.maximum(levels, -80.0), label=label, linewidth=1.2)
    _over_time(ax, measures, ylabel="loudness (LUFS)")
    ax.legend(frameon=False, ncols=2, loc="lower right")
    text = (
        "K-weighted, all channels together: how loud each moment is to the ear, after "
        "the standard that broadcasters use."
    )
    loudest = measures.momentary.max()
    return _section("Loudness", text, figure, f"Loudness, at most {loudest:.1f} LUFS.")


def _image(ax, measures, power, frequency, edges):
    level = power_to_db(np.maximum(power, 1e-30))
    top = max(5.0 * np.ceil(float(level.max()) / 5.0), -100.0)
    limits = {"vmin": top - FLOOR_DB, "vmax": top, "cmap": "magma"}
    options = {"shading": "auto", "rasterized": True}
    image = ax.pcolormesh(edges, frequency, level, **limits, **options)
    ax.figure.colorbar(image, ax=ax, label="level (dB)", pad=0.01)


def _bins(measures):
    sizes = measures.sizes
    return np.arange(measures.power.shape[0]) * sizes.sample_rate / sizes.n_fft


def _spectrogram(measures, _options):
    figure, (ax,) = _axes(height=3.6)
    rate, frequency = measures.sizes.sample_rate, _bins(measures)
    low = min(50.0, rate / 16)
    wanted = np.geomspace(low, rate / 2, 300)
    nearest = np.searchsorted(frequency, wanted).clip(1, frequency.size - 1)
    share = (wanted - frequency[nearest - 1]) / (frequency[1] - frequency[0])
    rows = measures.power[nearest - 1] * (1 - share[:, None])
    rows = rows + measures.power[nearest] * share[:, None]
    edges = _column_times(measures)
    _image(ax, measures, rows, wanted, 0.5 * (edges[1:] + edges[:-1]))
    f0 = measures.tracks["f0"]
    ax.plot(measures.times, f0, color="#7fe0ff", linewidth=1.4)
    _over_time(ax, measures, ylabel="frequency (Hz)")
    _log_frequencies(ax, "y", low, rate / 2)
    ax.set_ylim(low, rate / 2)
    ax.grid(False)
    text = "Which frequencies sound when, on a scale of octaves"
    voiced = np.isfinite(f0).any()
    text += "; the blue line is the pitch (f0)." if voiced else "."
    alt = f"Spectrogram from {low:.0f} to {rate / 2:.0f} Hz"
    alt += " with the track of the pitch." if voiced else "."
    return _section("Spectrogram", text, figure, alt)


def _spectrum(measures, _options):
    figure, (ax,) = _axes()
    rate, frequency = measures.sizes.sample_rate, _bins(measures)
    mean = power_to_db(np.maximum(measures.power.mean(axis=-1), 1e-20))
    most = power_to_db(np.maximum(measures.power.max(axis=-1), 1e-20))
    ax.plot(frequency, mean, color=COLOURS[0], linewidth=1.1, label="mean")
    ax.plot(frequency, most, color=COLOURS[1], linewidth=0.7, label="loudest moment")
    _log_frequencies(ax, "x", 20.0, rate / 2)
    top = float(most.max())
    ax.set(xlim=(min(20.0, rate / 16), rate / 2), ylim=(max(top - 110, -200), top + 5))
    ax.set(xlabel="frequency (Hz)", ylabel="level (dB)")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, ncols=2)
    loudest = frequency[mean.argmax()]
    alt = f"Mean spectrum, strongest near {loudest:.0f} Hz."
    text = "How strong each frequency is over the whole sound."
    return _section("Spectrum", text, figure, alt)


def _partials(measures, options):
    found, hop_length = options["partials"]
    if found is None or not (found.frequency > 0).any():
        return ""
    figure, (ax,) = _axes(height=3.6)
    rate = measures.sizes.sample_rate
    when = np.arange(found.frequency.shape[-1]) * hop_length / rate
    when = when + measures.excerpt_start
    here = found.frequency > 0
    level = amplitude_to_db(np.maximum(found.amplitude, 1e-9))
    places = np.nonzero(here)
    dots = ax.scatter(
        when[places[1]], found.frequency[places], c=level[places], s=1.6, linewidth=0,
        cmap="viridis", rasterized=True,
    )  # fmt: skip
    figure.colorbar(dots, ax=ax, label="level (dB)", pad=0.01)
    strong = found.frequency[here & (level > level.max() - 45)]
    top = min(1.15 * float(np.percentile(strong, 99)) + 100, rate / 2)
    inside = (measures.times >= when[0]) & (measures.times <= when[-1])
    f0 = measures.tracks["f0"][inside]
    ax.plot(measures.times[inside], f0, color=COLOURS[1], linewidth=1.2, label="f0")
    if np.isfinite(f0).any():
        ax.legend(frameon=False, loc="upper right")
    ax.set(xlim=(when[0], when[-1]), ylim=(0, top))
    ax.set(xlabel="time (s)", ylabel="frequency (Hz)")
    count = int(np.median(here.sum(axis=0)))
    text = (
        f"The sinusoids of the loudest {when[-1] - when[0]:.1f} s: spectral peaks, "
        f"joined from frame to frame; about {count} sound at a time."
    )
    return _section("Partials", text, figure, f"Partials up to {top:.0f} Hz over time.")


def _smooth(curve, weight):
    """Means over about a thousand stretches, quiet frames counting less."""
    n = max(curve.size // 1000, 1)
    m = curve.size // n * n
    weight = np.maximum(weight[:m], 1e-12).reshape(-1, n)
    rows = curve[:m].reshape(-1, n)
    return (rows * weight).sum(axis=-1) / weight.sum(axis=-1), n


def _descriptors(measures, _options):
    if not measures.tracks["flatness"].any() or not measures.rms:
        return ""
    figure, axes = _axes(2, height=4.0, sharex=True)
    weight = measures.tracks["level"] ** 2
    loud = weight > 1e-6 * max(float(weight.max()), 1e-30)
    for ax, names in zip(axes, (("centroid", "rolloff"), ("flatness",)), strict=True):
        for name, colour in zip(names, COLOURS, strict=False):
            curve = np.where(loud, measures.tracks[name], 0.0)
            mean, n = _smooth(curve, weight * loud)
            mean = np.where(_smooth(loud * 1.0, weight)[0] > 0, mean, np.nan)
            when = measures.times[: mean.size * n : n]
            ax.plot(when, mean, color=colour, linewidth=1.1, label=name)
        _over_time(ax, measures)
        ax.legend(frameon=False, ncols=2, loc="upper right")
        ax.label_outer()
    axes[0].set_ylabel("frequency (Hz)")
    axes[1].set(ylabel="flatness", yscale="log")
    text = (
        "The centroid is the spectrum's centre of gravity: how bright it sounds; 85 % "
        "of the energy lie below the rolloff. Flatness is near 0 for tones, 0.56 for "
        "white noise. Where the sound is 60 dB below its loudest, nothing is drawn."
    )
    alt = "Spectral centroid, rolloff and flatness over time."
    return _section("Timbre", text, figure, alt)


def _classes(measures, _options):
    classes = measures.classes
    if not classes.any():
        return ""
    figure, (ax,) = _axes(height=2.6)
    edges = _column_times(measures)
    rows = np.arange(13) - 0.5
    image = ax.pcolormesh(edges, rows, classes, cmap="Blues", rasterized=True, vmin=0)
    figure.colorbar(image, ax=ax, label="share of the strongest", pad=0.01)
    ax.set_yticks(range(12), CLASSES)
    _over_time(ax, measures, ylabel="pitch class")
    ax.grid(False)
    order = np.argsort(-classes.mean(axis=-1))[:3]
    strongest = ", ".join(CLASSES[k] for k in order)
    text = f"Which notes sound, whatever their octave (HPCP): most of all {strongest}."
    return _section("Pitch classes", text, figure, f"Pitch classes: {strongest} lead.")


def _onsets(measures, options):
    strength, beats = measures.tracks["strength"], options["beats"]
    if not strength.any():
        return ""
    figure, (ax,) = _axes(height=2.0)
    n = max(strength.size // 2000, 1)
    m = strength.size // n * n
    most = strength[:m].reshape(-1, n).max(axis=-1)
    ax.plot(measures.times[:m:n], most, color=COLOURS[0], linewidth=0.9)
    if beats.size and measures.sizes.seconds <= 120:
        ax.vlines(beats, 0, strength.max(), color=COLOURS[1], linewidth=0.7, alpha=0.8)
    _over_time(ax, measures, ylabel="growth (dB)")
    text = "How much begins at each moment: growth of the spectrum, all bands together."
    text += f" {beats.size} beats found." if beats.size else " No steady beat found."
    return _section("Onsets", text, figure, "Onset strength over time.")
