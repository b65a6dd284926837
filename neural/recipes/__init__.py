"""How each shipped checkpoint was made: data, model, optimizer and loop in one place.

A recipe is what `neural train` and `neural generate` run. It is the one place where a
model meets its data; the model's file knows nothing of either.

    running    what a recipe is asked for, and the way from there to a checkpoint
    told_notes what models that are told a note learn from, and how they are judged
    wavenet    notes of four instruments, rendered as they are needed
    samplernn  the same
    wavernn    the same
    nsynth_spectral
               rendered notes of a SoundFont, two octaves; other instruments to test
    nsynth_wavenet
               the same; other instruments to test
    sing       ten of those instruments; other pairs of instrument and pitch to test
    pitch_classifier, family_classifier
               rendered notes, cut short, dull and noisy; other instruments to test
    loop_style, loop_role
               rendered loops; other instruments to test the roles
    progressive_gan, gansynth
               rendered notes of a SoundFont, two octaves
    clap       the same, and captions made of their labels; other instruments to test
    lapped_codec
               the same notes; other instruments to test
    instrumentgen
               the same, in codes of the codec that comes along
    codec      the same, all pitches; other instruments to test
"""
