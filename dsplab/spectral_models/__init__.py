"""Spectral models: a sound as sinusoids that move, and a noise.

    (analysis.peaks) the sinusoids of every moment: spectral_peaks
    tracking         which go on from which: follow_peaks, Partials
    sinusoidal       sinusoidal_analysis, sinusoidal_synthesis
    multiresolution  multiresolution_analysis: long windows below, short ones above
    harmonic         harmonic_analysis: the multiples of one pitch
    stochastic       stochastic_analysis, stochastic_synthesis: the power in bands
    combined         partials with what they leave over: a sound, or a noise
    transformations  partials in another time, at other frequencies, filtered
    morphing         sounds between two: morph_partials, morph_noise, morph_with_noise
    short_time       filter_spectrum, morph_spectra: the STFT itself, shaped

| model of the literature | here |
| --- | --- |
| sinusoidal, harmonic | sinusoidal_analysis, harmonic_analysis; sinusoidal_synthesis |
| multi-resolution sinusoidal | multiresolution_analysis; sinusoidal_synthesis |
| sinusoidal or harmonic plus residual | of either: with_residual; add_residual |
| sinusoidal or harmonic plus stochastic | of either: with_noise; add_noise |
"""

from dsplab.analysis.peaks import spectral_peaks as spectral_peaks
from dsplab.spectral_models import combined as combined
from dsplab.spectral_models import harmonic as harmonic
from dsplab.spectral_models import short_time as short_time
from dsplab.spectral_models import sinusoidal as sinusoidal
from dsplab.spectral_models import stochastic as stochastic
from dsplab.spectral_models import tracking as tracking
from dsplab.spectral_models import transformations as transformations
from dsplab.spectral_models.combined import add_noise as add_noise
from dsplab.spectral_models.combined import add_residual as add_residual
from dsplab.spectral_models.combined import (
    scale_time_with_noise as scale_time_with_noise,
)
from dsplab.spectral_models.combined import with_noise as with_noise
from dsplab.spectral_models.combined import with_residual as with_residual
from dsplab.spectral_models.harmonic import harmonic_analysis as harmonic_analysis
from dsplab.spectral_models.morphing import morph_noise as morph_noise
from dsplab.spectral_models.morphing import morph_partials as morph_partials
from dsplab.spectral_models.morphing import morph_with_noise as morph_with_noise
from dsplab.spectral_models.multiresolution import (
    multiresolution_analysis as multiresolution_analysis,
)
from dsplab.spectral_models.short_time import filter_spectrum as filter_spectrum
from dsplab.spectral_models.short_time import morph_spectra as morph_spectra
from dsplab.spectral_models.sinusoidal import (
    sinusoidal_analysis as sinusoidal_analysis,
)
from dsplab.spectral_models.sinusoidal import (
    sinusoidal_synthesis as sinusoidal_synthesis,
)
from dsplab.spectral_models.stochastic import scale_noise_time as scale_noise_time
from dsplab.spectral_models.stochastic import (
    stochastic_analysis as stochastic_analysis,
)
from dsplab.spectral_models.stochastic import (
    stochastic_synthesis as stochastic_synthesis,
)
from dsplab.spectral_models.tracking import Partials as Partials
from dsplab.spectral_models.tracking import follow_peaks as follow_peaks
from dsplab.spectral_models.transformations import (
    filter_partials as filter_partials,
)
from dsplab.spectral_models.transformations import (
    scale_frequency as scale_frequency,
)
from dsplab.spectral_models.transformations import scale_time as scale_time
