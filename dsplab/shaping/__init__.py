"""Bending waves: every sample, or the phase of a wave, goes through a curve.

waveshaping       any curve, antialiased: `waveshape`
curves            the curves: clipping, folding, rectifying, Chebyshev's polynomials
averages          means of a curve over segments and triangles, for antialiasing
reduction         fewer bits, a lower sampling rate: the sound of old machines
phase_distortion  a cosine read at an uneven speed, as in the Casio CZ
combination       amplifying, ring modulation, cross-fades
"""

from dsplab.shaping import averages as averages
from dsplab.shaping import combination as combination
from dsplab.shaping import curves as curves
from dsplab.shaping import phase_distortion as phase_distortion
from dsplab.shaping import reduction as reduction
from dsplab.shaping import waveshaping as waveshaping
