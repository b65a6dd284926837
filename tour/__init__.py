'''The tour: every system of the project, rendered now, on one page.

    make tour                    python -m tour [--input voice.wav] [--output PAGE]
    make tour INPUT=voice.wav    everything that transforms a sound runs on yours

    records      what a chapter, a system, a player, a picture and a figure are
    chapters/    the systems, one module for each chapter of the lecture
    sounds       the phrase and the sung vowels that the project plays itself; your file
    measures     how far a result is from what it should be
    pictures     drawing, once for light and dark, wide and narrow screens
    media        players' files: one loudness, no clipping
    page         records to HTML (with style.css and script.js)
    check        opens the page in a browser and lists what is wrong with it

**Adding a system** is one function in the module of its chapter:

    @chapter.system(
        "Ring modulator",
        source="dsplab/effects/ring_modulator.py",
        lesson="tutorials/lesson_07_effects.py",
    )
    def ring(material):
        """Multiplies a sound by a sine, which moves every partial up and down."""
        sound = material.music
        y = ring_modulator(sound.x, 440.0, sample_rate=sound.sample_rate)
        return Result(
            players=[Player("before", sound), Player("after", sound.like(y))],
            picture=pictures.plots(pictures.wave(sound.like(y)), alt="A wave."),
            figures=[Figure("speed", "210", "x real time")],
        )

Its docstring is what the page says of it. `material` is what there is to play with (see
`sounds.Material`): a function that uses `material.music` or `material.voice` runs on
the user's own recording without knowing.
A new chapter is a module with a `chapter` in it, listed in `chapters/__init__.py`.
Whatever a system raises is shown in its place on the page, and the command fails.
'''
