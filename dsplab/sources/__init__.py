"""Sources: where sound begins.

oscillators     sine, saw, square, triangle and harmonic sums at any frequency curve
"""

from dsplab.sources import oscillators as oscillators
