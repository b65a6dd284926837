"""A voice that sings: recorded units, transposed, stretched and joined without a seam.

phonemes    from letters to sounds
score       what is sung: notes with words below them; MIDI files with lyrics
units       a singer's labelled recordings, cut and taken apart
database    a voice: all its units in one file
selection   which units a line of music takes, and when
envelope    formants, kept while the pitch moves
joints      jumps between units, spread until nothing jumps
expression  pitch with portamento and vibrato; dynamics, brightness, breath
singer      all of it together: `sing`
"""
