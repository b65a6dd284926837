"""The chapters of the tour, in the order of the lecture."""

from tour.chapters import notes, spectra, synthesizers

CHAPTERS = (spectra.chapter, synthesizers.chapter, notes.chapter)
