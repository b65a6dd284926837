"""Sources: where sound begins.

oscillators     sine, saw, square, triangle and harmonic sums at any frequency curve
notes           what is to be played: notes, their names, a score as text
"""

from dsplab.sources import notes as notes
from dsplab.sources import oscillators as oscillators
