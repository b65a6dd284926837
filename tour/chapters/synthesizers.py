"""Chapter 1: synthesizers made of equations. Its systems: `stretching`."""

from tour.records import Chapter

chapter = Chapter(
    1,
    "DSP-based synthesizers",
    "Sound made and changed with equations. Overlap-add first: how long a sound lasts "
    "and how high it is, changed independently. Every method plays the same music at "
    "three quarters and at one and a half times the speed.",
)
