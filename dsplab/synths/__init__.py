"""Synthesizers: from notes to sound, one module for each kind of synthesis.

additive        sums of partials: organ, bell, choir, brass, struck strings
notes           many voices from one, velocity, presets
plucked         strings of noise: Karplus-Strong with Jaffe and Smith's extensions
winds           clarinet and flute: a pipe and what feeds the wave in it
modal           what is struck: bars, bells, glasses, plates, as their modes
finite_difference  the string as an equation, every point of it
"""

from dsplab.synths import additive as additive
from dsplab.synths import finite_difference as finite_difference
from dsplab.synths import modal as modal
from dsplab.synths import notes as notes
from dsplab.synths import plucked as plucked
from dsplab.synths import winds as winds
