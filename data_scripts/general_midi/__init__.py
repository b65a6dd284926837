"""What is in the General MIDI bank of the house, and how each sound of it is made.

takes      from an engine's note to a sample that is in tune and loops without a seam
recipes    sounds as functions of pitch, played by the synthesizers of `dsplab`
sounds     which recipe at which pitches: the samples of the bank
percussion drums and noises, which have no pitch
layers     what an instrument is made of
programs   the 128 instruments: which sounds, envelopes, filters, places
kit        the drums, and where they lie on the keys
bank       all of it as a SoundFont
"""
