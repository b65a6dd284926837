"""The chapters of the tour, in the order of the lecture.

A chapter whose systems fill more than one module is defined in one of its own; the
systems appear in the order in which their modules stand in SYSTEMS.
"""

from tour.chapters import (
    additive,
    codec,
    description,
    dx7,
    effects,
    evaluation,
    filters,
    fm,
    gansynth,
    general_midi,
    instrumentgen,
    learned_instruments,
    midi,
    modulation,
    notes,
    oscillators,
    physical,
    sampling,
    shaping,
    singing,
    spectra,
    spectral_models,
    spectral_notes,
    stretching,
    symbols,
    synthesizers,
)

SYSTEMS = (
    spectra,
    oscillators,
    modulation,
    additive,
    filters,
    shaping,
    fm,
    dx7,
    sampling,
    physical,
    general_midi,
    midi,
    effects,
    stretching,
    spectral_models,
    singing,
    description,
    notes,
    symbols,
    spectral_notes,
    gansynth,
    codec,
    instrumentgen,
    learned_instruments,
    evaluation,
)
CHAPTERS = (spectra.chapter, synthesizers.chapter, notes.chapter)
for chapter in CHAPTERS:
    chapter.arrange(SYSTEMS)
