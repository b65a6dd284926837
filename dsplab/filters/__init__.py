"""Filters: what lets some frequencies through and holds others back.

design          coefficients: first and second order, bilinear, Butterworth, Chebyshev
static          running them over a signal: whole, block by block, without delay
response        gain, phase, group delay, poles and zeros, analogue response, stability
time_varying    filters whose cutoff and q change at every sample: state-variable
ladder          Moog's four stages, in tune, with and without saturation
formants        vowels: resonances in a row or side by side, moving
"""

from dsplab.filters import design as design
from dsplab.filters import formants as formants
from dsplab.filters import ladder as ladder
from dsplab.filters import response as response
from dsplab.filters import static as static
from dsplab.filters import time_varying as time_varying
