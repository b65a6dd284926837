import base64
import io
import re
import subprocess
import sys

import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest
import soundfile

matplotlib.use("agg")

from matplotlib import pyplot as plt  # noqa: E402

from dsplab.formats.errors import ClippedWarning, FormatError  # noqa: E402
from dsplab.show import (  # noqa: E402
    audio_html,
    figure_html,
    play,
    plot_spectrogram,
    plot_spectrum,
    plot_waveform,
)

RATE = 16000
T = np.arange(2 * RATE) / RATE
TONE = 0.25 * np.sin(2 * np.pi * 1000 * T)
STEREO = np.stack([TONE, 0.1 * np.sin(2 * np.pi * 3000 * T)])
PLOTS = [plot_waveform, plot_spectrogram, plot_spectrum]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def heard(html):
    """What a browser would decode: type, samples (n_samples, n_channels) and rate."""
    (kind, data), *more = re.findall(r'src="data:(.*?);base64,(.*?)"', html)
    assert not more
    x, rate = soundfile.read(io.BytesIO(base64.b64decode(data)), always_2d=True)
    return kind, x, rate


# --- player ----------------------------------------------------------------------


@pytest.mark.parametrize("gain", [1.0, 0.5, 0.01])
def test_level_is_unchanged(gain):
    kind, y, rate = heard(play(gain * TONE, RATE)._repr_html_())
    assert kind == "audio/flac" and rate == RATE
    np.testing.assert_allclose(y[:, 0], gain * TONE, atol=2.0**-16)


def test_stereo_stays_stereo(xp):
    _, y, _ = heard(play(xp.asarray(STEREO), RATE).html)
    np.testing.assert_allclose(y.T, STEREO, atol=2.0**-16)


@pytest.mark.parametrize("seconds, kind", [(10, "audio/flac"), (10.01, "audio/ogg")])
def test_long_sounds_are_compressed(seconds, kind):
    x = np.resize(TONE, int(seconds * RATE))
    got, y, _ = heard(play(x, RATE).html)
    assert got == kind and y.shape == (x.size, 1)
    assert np.std(y[:, 0] - x) < 0.05 * np.std(x)


@pytest.mark.parametrize(
    "rate, kind",
    [(8000, "flac"), (11025, "flac"), (44100.0, "flac"), (96000, "flac")]
    + [(96001, "wav"), (655350, "flac"), (768000, "wav"), (3500, "flac")],
)
def test_any_sample_rate(rate, kind):
    got, y, played = heard(audio_html(TONE, rate, title="tone"))
    assert (got, played) == (f"audio/{kind}", rate)
    np.testing.assert_allclose(y[:, 0], TONE, atol=2.0**-16)


@pytest.mark.parametrize("n, kind", [(1, "wav"), (4096, "wav"), (4097, "flac")])
def test_an_instant_is_not_one_block_of_flac(n, kind):
    """Chromium would show such a file, and not play it."""
    got, y, _ = heard(play(TONE[:n], RATE).html)
    assert got == f"audio/{kind}" and y.shape == (n, 1)


def test_size_stays_small():
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE)
    assert len(play(np.resize(TONE, 4 * RATE), RATE).html) < 110_000
    assert len(play(noise, RATE).html) < 170_000  # 4 s of noise, 16 bits each
    minute = np.tile(STEREO, 30)
    assert len(play(minute, RATE).html) < 1_000_000
    with pytest.raises(FormatError, match=r"x would take 0\.\d MB of HTML.* part"):
        play(noise, RATE, max_bytes=50_000)


def test_clipping_is_said_and_does_not_change_the_rest():
    x = np.where(np.arange(TONE.size) == 5, 1.5, TONE)
    with pytest.warns(ClippedWarning, match="tone: Peak 1.5") as caught:
        html = play(x, RATE, title="tone").html
    assert caught[0].filename == __file__ and len(caught) == 1
    assert "Peak 1.5: samples beyond full scale are clipped." in html
    _, y, _ = heard(html)
    np.testing.assert_allclose(y[6:, 0], TONE[6:], atol=2.0**-16)
    assert "clipped" not in play(TONE, RATE).html


@pytest.mark.parametrize("preload", ["none", "metadata", "auto"])
def test_element(preload):
    html = audio_html(TONE, RATE, title='A "tone" <b>', preload=preload)
    assert html.startswith(
        f'<audio controls preload="{preload}" aria-label="A &quot;to'
    )
    assert html.endswith("</audio>") and "<b>" not in html and "http" not in html[:99]


def test_play_says_what_it_plays():
    assert repr(play(STEREO, RATE, title="two tones")) == (
        "<two tones: 2.00 s at 16000 Hz, stereo, peak 0.250;"
        " shown as a player in a notebook>"
    )


@pytest.mark.parametrize("extension", [".flac", ".ogg", ".wav"])
def test_format_may_be_chosen(extension):
    kind, _, _ = heard(play(TONE, RATE, extension=extension).html)
    assert kind == f"audio/{extension[1:]}"


@pytest.mark.parametrize(
    "x, cause",
    [
        (np.array([0.0, np.nan]), "x contains NaN"),
        (np.array([]), "x must have no empty axis"),
        (np.ones(9, np.int16), "x must be float32 or float64"),
        (np.zeros((1, 2, 3)), "x must have 1 or 2 dimensions"),
    ],
)
@pytest.mark.parametrize("show", [play, *PLOTS])
def test_bad_sound(show, x, cause):
    with pytest.raises(ValueError, match=cause):
        show(x, RATE)


def test_time_is_last():
    with pytest.raises(ValueError, match="900 channels.* time is last"):
        play(np.zeros((900, 2)), RATE)


def test_bad_options():
    with pytest.raises(ValueError, match="sample_rate must be an integer"):
        play(TONE, 44100.5)
    with pytest.raises(ValueError, match="preload must be one of"):
        audio_html(TONE, RATE, title="t", preload="yes")
    with pytest.raises(ValueError, match="extension must be one of"):
        play(TONE, RATE, extension=".m4a")
    with pytest.raises(ValueError, match="scale must be one of"):
        plot_spectrum(TONE, RATE, scale="mel")
    with pytest.raises(ValueError, match="alt must say what the picture shows"):
        figure_html(plot_waveform(TONE, RATE), " ")


def test_players_need_neither_matplotlib_nor_ipython():
    code = (
        "import sys, numpy as np; from dsplab.show import play;"
        "print(play(np.zeros(99), 8000)); print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("<sound: 0.01 s")
    assert not {"matplotlib", "IPython", "jax"} & set(run.stdout.split())


# --- plots -----------------------------------------------------------------------


@pytest.mark.parametrize("x", [TONE, STEREO, jnp.asarray(TONE), TONE.astype("f4")])
@pytest.mark.parametrize("plot", PLOTS)
def test_axes_are_labelled_and_returned(plot, x):
    ax = plot(x, RATE, title="A title")
    assert re.fullmatch(r"time \(s\)|frequency \(Hz\)", ax.get_xlabel())
    assert re.match(r"amplitude|frequency \(Hz\)|level \(dB\)", ax.get_ylabel())
    assert ax.get_title() == "A title"
    figure, given = plt.subplots()
    assert plot(x, RATE, ax=given) is given
    figure.canvas.draw()


def test_waveform_draws_the_samples():
    x = TONE[:500]
    line = plot_waveform(x, RATE, start=1.0).lines[0]
    np.testing.assert_allclose(line.get_xdata(), 1.0 + np.arange(500) / RATE)
    np.testing.assert_array_equal(line.get_ydata(), x)


def test_long_waveform_keeps_every_peak():
    x = np.zeros(600 * RATE)
    x[1234567], x[7654321] = 0.8, -0.6
    ax = plot_waveform(x, RATE)
    vertices = ax.collections[0].get_paths()[0].vertices
    assert len(vertices) < 5000
    assert vertices[:, 1].max() == 0.8 and vertices[:, 1].min() == -0.6
    peak = vertices[vertices[:, 1].argmax(), 0]
    assert abs(peak - 1234567 / RATE) < 600 / 2000


def test_stereo_waveforms_do_not_overlap():
    ax = plot_waveform(STEREO[:, :500], RATE)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["left", "right"]
    left, right = (line.get_ydata() for line in ax.lines if len(line.get_xdata()) > 2)
    assert left.min() > right.max()
    lanes = ax.get_yticks()
    np.testing.assert_allclose(right - lanes[1], STEREO[1, :500], atol=1e-12)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_spectrogram_shows_a_tone_at_its_place_and_level(scale):
    ax = plot_spectrogram(TONE, RATE, scale=scale, n_fft=1024)
    mesh = ax.collections[0]
    level = np.asarray(mesh.get_array())
    centre = level[:, level.shape[1] // 2]
    corners = mesh.get_coordinates()[:, 0, 1]
    row = centre.argmax()
    assert corners[row] <= 1000 <= corners[row + 1]
    assert abs(centre.max() - 20 * np.log10(0.25)) < 0.1
    bar = ax.figure.axes[-1]
    assert bar.get_ylabel() == "level (dB)"
    assert ax.get_yscale() == scale


def test_long_spectrogram_has_no_more_frames_than_a_screen():
    ax = plot_spectrogram(np.resize(TONE, 300 * RATE), RATE, n_fft=512)
    assert np.shape(ax.collections[0].get_array())[1] < 2100


@pytest.mark.parametrize("gains, level", [((1, -1), -12.0), ((0, 1), -15.0)])
def test_spectrogram_of_two_channels_shows_their_mean_power(gains, level):
    ax = plot_spectrogram(np.outer(gains, TONE), RATE)
    assert abs(np.max(ax.collections[0].get_array()) - level) < 0.2


@pytest.mark.parametrize("n_fft", [512, 4096, 16384])
def test_spectrum_shows_a_tone_at_its_place_and_level(n_fft):
    x = np.tile(STEREO, 10)
    ax = plot_spectrum(x, RATE, n_fft=n_fft, scale="linear")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "left",
        "right",
    ]
    for line, frequency, amplitude in zip(
        ax.lines, (1000, 3000), (0.25, 0.1), strict=True
    ):
        peak = line.get_ydata().argmax()
        assert abs(line.get_xdata()[peak] - frequency) <= RATE / n_fft
        assert abs(line.get_ydata()[peak] - 20 * np.log10(amplitude)) < 0.2


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize("x", [np.zeros(5000), np.array([0.3]), 1e-7 * TONE, 40 * TONE])
def test_silence_one_sample_and_extremes_can_be_drawn(plot, x):
    ax = plot(x, RATE)
    ax.figure.canvas.draw()


def test_inputs_are_not_changed():
    x = STEREO.copy()
    x.flags.writeable = False
    for show in (play, *PLOTS):
        show(x, RATE)
    np.testing.assert_array_equal(x, STEREO)


def test_figure_html():
    html = figure_html(plot_waveform(TONE, RATE), 'A tone, "1 kHz"', dpi=50)
    assert html.startswith('<img alt="A tone, &quot;1 kHz&quot;" style="width:768px;')
    data = base64.b64decode(re.search('base64,(.*?)"', html)[1])
    assert data.startswith(b"\x89PNG")
    assert plt.imread(io.BytesIO(data)).shape[:2] == (120, 400)
    figure = plt.figure(figsize=(2, 1))
    assert "width:192px" in figure_html(figure, "Nothing.")
