"""Chapter 1: synthesizers made of equations. Its systems fill the modules beside it."""

from tour.records import Chapter

chapter = Chapter(
    1,
    "DSP-based synthesizers",
    "Sound made and changed with equations: what swings, what moves it, the seven "
    "kinds of synthesis, and what is done to a sound afterwards. Then how long a sound "
    "lasts and how high it is, changed independently: there every method plays the "
    "same music at three quarters and at one and a half times the speed. Last, sounds "
    "as sinusoids and noise, taken apart, changed and morphed; and described.",
)
