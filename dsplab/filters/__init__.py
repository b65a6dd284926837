"""Filters: what lets some frequencies through and holds others back.

design          coefficients: first and second order, bilinear, Butterworth, Chebyshev
time_varying    filters whose cutoff and q change at every sample
"""

from dsplab.filters import design as design
from dsplab.filters import time_varying as time_varying
