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

from dsplab.synths.singing import database as database
from dsplab.synths.singing import envelope as envelope
from dsplab.synths.singing import expression as expression
from dsplab.synths.singing import joints as joints
from dsplab.synths.singing import phonemes as phonemes
from dsplab.synths.singing import score as score
from dsplab.synths.singing import selection as selection
from dsplab.synths.singing import singer as singer
from dsplab.synths.singing import units as units
from dsplab.synths.singing.database import Voice as Voice
from dsplab.synths.singing.database import read_voice as read_voice
from dsplab.synths.singing.database import write_voice as write_voice
from dsplab.synths.singing.expression import STYLES as STYLES
from dsplab.synths.singing.expression import Style as Style
from dsplab.synths.singing.score import SungNote as SungNote
from dsplab.synths.singing.score import parse_song as parse_song
from dsplab.synths.singing.score import read_score as read_score
from dsplab.synths.singing.singer import sing as sing
from dsplab.synths.singing.units import cut_units as cut_units
