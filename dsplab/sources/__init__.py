"""Sources: where sound begins.

oscillators     sine, saw, square, triangle and harmonic sums at any frequency curve
envelopes       levels in time: attack, decay, sustain, release; any drawn line
notes           what is to be played: notes, their names, a score as text
"""

from dsplab.sources import envelopes as envelopes
from dsplab.sources import notes as notes
from dsplab.sources import oscillators as oscillators
