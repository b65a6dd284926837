"""Synthesizers: from notes to sound, one module for each kind of synthesis.

notes           many voices from one, velocity, presets
"""

from dsplab.synths import notes as notes
