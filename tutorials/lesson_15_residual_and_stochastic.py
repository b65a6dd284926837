# %% [markdown]
# # 15. What the sines leave over
#
# You need lesson 14. By the end you can split a sound into what is a sum of sines and
# what is not, say what the rest is worth, replace it by shaped noise of which nobody
# hears that it is another one, and build the models that spectral transformations work
# on: *harmonic plus residual*, *harmonic plus stochastic*.
#
# ## Listen
#
# A shakuhachi: a flute of bamboo, in which the breath is half of the music. First as it
# is, then its harmonics alone, as lesson 14 finds them. What is missing?

# %%
import matplotlib.pyplot as plt
import numpy as np

from dsplab.check import check
from dsplab.show import play, plot_spectrogram
from dsplab.spectral_models import harmonic_analysis, sinusoidal_synthesis
from dsplab.synths import winds

# %%
sample_rate, hop = 16000, 64
tune = [(0.0, 0.9, 67), (0.9, 0.5, 70), (1.4, 1.2, 67)]
flute = winds.play(tune, sample_rate, patch="shakuhachi")
flute = flute / np.abs(flute).max() * 0.5
play(flute, sample_rate, title="a shakuhachi")

# %%
options = {"hop_length": hop, "n_harmonics": 7, "threshold_db": -47.0}
partials = harmonic_analysis(flute, sample_rate, **options)
tonal = sinusoidal_synthesis(partials, sample_rate, hop_length=hop, length=flute.size)
play(tonal, sample_rate, title="its harmonics")

# %%
play(4 * (flute - tonal), sample_rate, title="what they leave over, 12 dB louder")

# %% [markdown]
# The harmonics are an organ pipe. The rest is somebody who blows.
#
# ## Look

# %% alt="Spectrograms: the flute; its harmonics as clean lines; the rest, a cloud"
fig, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
parts = {"flute": flute, "harmonics": tonal, "the rest": flute - tonal}
for ax, (name, x) in zip(axes, parts.items(), strict=True):
    plot_spectrogram(x, sample_rate, n_fft=1024, hop_length=128, ax=ax)
    ax.collections[0].set_clim(-100, -20)
    ax.set(title=name, ylim=(0, 6000))
plt.show()

# %% [markdown]
# ## Derive
#
# **The residual** is a difference of waveforms,
#
# $$ e(t) = x(t) - \sum_p A_p(t) \cos \varphi_p(t). $$
#
# For the sines to cancel, amplitude *and phase* must be right: a sine of amplitude 1
# that is subtracted with a phase error of $\epsilon$ radians leaves one of amplitude
# $2 \sin(\epsilon / 2) \approx \epsilon$. For a residual at -40 dB, the phases must be
# right to a hundredth of a radian. That is why lesson 12 took such care about them. And
# by its definition, the sines and the residual add up to the sound exactly, however
# badly the sines were found.
#
# **The best sines.** If the frequencies are known, the amplitudes and phases that leave
# the least behind are a linear problem, because $A \cos(\omega n + \varphi) = a \cos
# \omega n + b \sin \omega n$: find $a$ and $b$, for each frequency, such that
#
# $$ \sum_n \Big( x[n] - \sum_p a_p \cos \omega_p n + b_p \sin \omega_p n \Big)^2 $$
#
# is smallest. The residual is then *orthogonal* to all the sines.
#
# **A noise is its spectrum.** What remains is breath, bow and hammer: noise. Play the
# same note twice and no sample of the noise is the same, yet nobody hears it. What is
# the same is how its *power* is spread over frequency and time. So forget everything
# else: in each frame, take the mean power of the bins in each of a few bands,
#
# $$ E[b, m]^2 = \frac{1}{K} \sum_{k \in b} \left| X[k, m] \right|^2, $$
#
# and to go back, colour some white noise with $E$: multiply its spectrum, bin by bin,
# by the envelope. Twenty numbers a frame instead of hundreds of samples, and, what
# matters more, a thing that can be stretched, filtered and morphed without ever
# sounding like a repeated piece of tape.
#
# Powers are averaged, not decibels. The level of a single bin of noise jumps about by
# many decibels, and the mean of logarithms is less than the logarithm of the mean, by
# 2.5 dB for noise: the copy would be too quiet.
#
# ## Implement
#
# **Exercise 1.** Write `remove_sines(x, frequencies, sample_rate)`: subtract from `x`
# the sines at those frequencies (all below half the rate, none 0) that fit it best.
# `np.linalg.lstsq(basis, x, rcond=None)[0]` finds how much of each column of `basis`.


# %% tags=["solution"]
def remove_sines(x, frequencies, sample_rate):
    angle = 2 * np.pi * np.outer(np.arange(len(x)), frequencies) / sample_rate
    basis = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return x - basis @ np.linalg.lstsq(basis, x, rcond=None)[0]


# %% tags=["check"]
check("remove_sines", remove_sines)

# %% [markdown]
# **Exercise 2.** Write `band_envelope(X, n_bands)`: from spectra `(n_bins, n_frames)`
# to $E$, `(n_bands, n_frames)`. Bands are equally wide; `n_bins` is a multiple of
# `n_bands`.


# %% tags=["solution"]
def band_envelope(X, n_bands):
    power = np.abs(X) ** 2
    bands = power.reshape(n_bands, -1, X.shape[1])
    return np.sqrt(bands.mean(axis=1))


# %% tags=["check"]
check("band_envelope", band_envelope)

# %% [markdown]
# **Exercise 3.** Write `colour(noise, envelope)`, for one frame: take `np.fft.rfft` of
# the noise, multiply it by the envelope, and go back, to as many samples. The envelope
# has fewer values than the spectrum has bins: its first one belongs to bin 0, its last
# one to the last bin, the others are evenly spaced between, on straight lines
# (`np.interp`).


# %% tags=["solution"]
def colour(noise, envelope):
    X = np.fft.rfft(noise)
    place = np.linspace(0, len(X) - 1, len(envelope))
    gain = np.interp(np.arange(len(X)), place, envelope)
    return np.fft.irfft(X * gain, len(noise))


# %% tags=["check"]
check("colour", colour)

# %% [markdown]
# With the two, the breath becomes 16 numbers a frame, and a breath again. Frames are 16
# ms long and overlap by half, under half a sine, twice: its square adds up to 1.

# %%
from dsplab.frames import overlap_add
from dsplab.spectral import stft

rest, n_fft = flute - tonal, 256
X = stft(rest, n_fft=n_fft, hop_length=n_fft // 2, window="sine")[:-1]
envelope = band_envelope(X, 16) / np.sqrt(n_fft / 2)  # 1 for white noise of power 1
print(rest.size, "samples become", envelope.size, "numbers")


# %%
def breathe(envelope, rng, n_fft=256):
    w = np.sin(np.pi * (np.arange(n_fft) + 0.5) / n_fft)
    frames = [w * colour(rng.standard_normal(n_fft), e) for e in envelope.T]
    return overlap_add(np.array(frames).T, hop_length=n_fft // 2)[n_fft // 2 :]


breath = breathe(envelope, np.random.default_rng(0))[: rest.size]
play(4 * breath, sample_rate, title="new breath, 12 dB louder")

# %% [markdown]
# ## Check
#
# The new breath has no sample in common with the old one. Do they agree in the mean?
# Below are their average spectra, and, in figures, how their power differs in eight
# bands. (The lowest band holds what is left of the harmonics.)

# %% alt="Mean spectra of the old and the new breath, which run side by side"
fig, ax = plt.subplots(figsize=(9, 2.7), layout="constrained")
for name, x in (("the rest", rest), ("new breath", breath)):
    power = (np.abs(stft(x, n_fft=1024, scaling="magnitude")) ** 2).mean(axis=1)
    ax.plot(np.arange(513) * sample_rate / 1024, 10 * np.log10(power), label=name)
    rows = power[:512].reshape(8, -1).sum(axis=1)
    print(f"{name:12}", *(f"{10 * np.log10(r):6.1f}" for r in rows), "dB")
ax.set(xlabel="frequency (Hz)", ylabel="level (dB)")
ax.legend()
plt.show()

# %% [markdown]
# `dsplab` has all of this with bands as wide as the ear's: `with_residual` and
# `with_noise` split a sound, `add_residual` and `add_noise` join it. With the residual
# the sum is the sound itself, to the last digit; with noise it is not, and should not
# be.

# %%
from dsplab.spectral_models import add_noise, add_residual, with_noise, with_residual

exact = with_residual(flute, partials, sample_rate, hop_length=hop)
again = add_residual(exact, sample_rate, hop_length=hop)
print("harmonics and residual:", np.abs(again - flute).max())
model = with_noise(flute, partials, sample_rate, hop_length=hop)
white = np.random.default_rng(1).standard_normal(flute.size)
again = add_noise(model, white, sample_rate, hop_length=hop)
print("harmonics and noise:", np.abs(again - flute).max())

# %% [markdown]
# ## Play
#
# Can you tell which is which? (The first one of the lesson is the flute.)

# %%
play(again, sample_rate, title="harmonics and noise")

# %% [markdown]
# Now that the two are apart, each can be changed for itself. More air:

# %%
more = model._replace(envelope=4 * model.envelope)
y = add_noise(more, white, sample_rate, hop_length=hop)
play(0.8 * y, sample_rate, title="12 dB more air")

# %% [markdown]
# The breath alone, as a wind that plays the melody: each frame of noise is filtered
# sharply where the harmonics are.

# %%
X = stft(0.05 * white, n_fft=2048, hop_length=hop)
bins = np.arange(1025)[:, None] * sample_rate / 2048
comb = np.zeros(X.shape)
for f, a in zip(partials.frequency[:6], partials.amplitude[:6], strict=True):
    n = min(X.shape[1], f.size)
    near = np.exp(-(((bins - f[:n]) / 12) ** 2)) * (f[:n] > 0)
    comb[:, :n] += near * a[:n] / 0.02

# %%
from dsplab.spectral import istft

wind = istft(X * comb, n_fft=2048, hop_length=hop, length=flute.size)
play(0.5 * wind / np.abs(wind).max(), sample_rate, title="a wind that knows the tune")

# %% [markdown]
# And a plucked string, for contrast: here the residual is short, and it is what makes
# the string plucked. Without it, with it, and only it.

# %%
from dsplab.synths import plucked

string = plucked.play([(0, 1.2, 57)], sample_rate, patch="steel guitar")
string = np.pad(0.5 * string / np.abs(string).max(), (1600, 0))[:24000]
options = {"hop_length": hop, "n_harmonics": 40}
found = harmonic_analysis(string, sample_rate, **options)
sines = sinusoidal_synthesis(found, sample_rate, hop_length=hop, length=string.size)
order = np.concatenate([sines, string, string - sines])
play(order, sample_rate, title="harmonics; string; the rest")

# %% alt="The pluck: the string is silent before it, its harmonics are not"
plt.figure(figsize=(9, 2.5), layout="constrained")
for lane, (name, x) in enumerate((("string", string), ("harmonics", sines))):
    plt.plot(np.arange(-160, 800) / 16, x[1440:2400] - 0.9 * lane, label=name)
plt.gca().set(xlabel="time from the pluck (ms)", ylabel="amplitude")
plt.legend()
plt.show()

# %% [markdown]
# Listen to the beginning of the first one: the attack is soft, and comes a little
# early. The frame that holds the pluck holds silence, too, and sines that fill a frame
# know nothing of the moment within it. So the residual of an attack is not noise: it
# has a *shape in time* that a spectrum of 16 bands forgets. (The cure is to find
# attacks and to leave them as they are.)
#
# ## Exercises
#
# Those above were 1 to 3. These go from changing a number to a proof.
#
# * **4** (change and run). Use 4, 8, 32 and 128 bands. From which number on do you hear
#   no difference to the breath? What happens with 128, and why?
# * **5** (change and run). Make the frames of the breath 16 and then 2048 samples long.
# * **6** (listen). Join the harmonics of the flute with the breath of the string, and
#   the other way round. Which of the two makes the instrument?
# * **7** (measure). Turn the phases in `partials` by 0.01, 0.1 and 1 radian before the
#   subtraction. How loud is the residual? Compare with the rule of `Derive`.
# * **8** (program). Apply `remove_sines` to frames of the flute, with the frequencies
#   of `partials`, and overlap-add what remains. Is it less than `rest`? Where?
# * **9** (think). `remove_sines` with very many frequencies leaves nothing, whatever
#   `x` is. From how many on? What does that say about sinusoidal models of noise?
# * **10** (measure). Average decibels instead of powers in `band_envelope`, for white
#   noise. How much is it off?
# * **11** (prove). Show that the residual of `remove_sines` is orthogonal to every sine
#   that was removed, and that removing the same sines again changes nothing.

# %% [markdown] tags=["solution"]
# **Answers.** *4.* About 8 to 16. With 128 each band is one bin, whose power is itself
# random: the copy has the random dips of this one breath, and flutters. *5.* 16
# samples: only nine bins, all bands alike; 2048: the breath no longer follows the
# tonguing. *6.* Within a note the harmonics; at its start the residual. *7.* -40, -20
# and 0 dB below the harmonics, about. *8.* It is less where the flute glides or starts,
# as each frame has its own fit. *9.* From half as many as samples: each brings two
# numbers. A sum of enough sines describes anything; it is a model only while it is
# shorter than the sound. *10.* 2.5 dB too low. *11.* At the minimum the derivative by
# each $a_p$ and $b_p$ is zero: that is $\sum_n e[n] \cos \omega_p n = 0$ and likewise
# with the sine. So the best fit to $e$ is zero.
