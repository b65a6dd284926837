"""The chapters of the tour, in the order of the lecture.

A chapter whose systems fill more than one module is defined in one of its own; the
modules are imported here in the order in which their systems appear.
"""

from tour.chapters import (
    additive,
    effects,
    filters,
    fm,
    modulation,
    notes,
    oscillators,
    physical,
    sampling,
    shaping,
    spectra,
    stretching,
    synthesizers,
)

SYSTEMS = (
    spectra,
    oscillators,
    modulation,
    additive,
    filters,
    sampling,
    shaping,
    physical,
    effects,
    fm,
    stretching,
    notes,
)
CHAPTERS = (spectra.chapter, synthesizers.chapter, notes.chapter)
