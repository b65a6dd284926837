"""Sources: where sound begins.

phasor          phase: where in its cycle an oscillator is
interpolation   reading a signal between its samples; delays of any length
transposition   a recording read faster or slower, without wrong notes
spline          the same quickly, for many voices that glide at once
looping         where a recording can go on and on
wavetable       any cycles as clean tables, morphing from one into another
oscillators     sine, saw, square, pulse, triangle without wrong notes; harmonic sums
sync            an oscillator started anew by another: hard sync
noise           white, pink, red, blue, violet
partials        sums of any number of sines, each as loud as its own curve says
envelopes       levels in time: attack, decay, sustain, release; any drawn line
modulation      low-frequency oscillators; which source moves what, and how far
midi_modulation pitch wheel, controllers and pedal of MIDI as smooth curves
notes           what is to be played: notes, their names, a score as text
rhythm          note values at a tempo, swing, patterns as text, Euclidean rhythms
sequencer       a row of steps as notes or as a curve, with swing, accents and slides
arpeggiator     a held chord, note by note
"""

from dsplab.sources import arpeggiator as arpeggiator
from dsplab.sources import envelopes as envelopes
from dsplab.sources import interpolation as interpolation
from dsplab.sources import looping as looping
from dsplab.sources import midi_modulation as midi_modulation
from dsplab.sources import modulation as modulation
from dsplab.sources import noise as noise
from dsplab.sources import notes as notes
from dsplab.sources import oscillators as oscillators
from dsplab.sources import partials as partials
from dsplab.sources import phasor as phasor
from dsplab.sources import rhythm as rhythm
from dsplab.sources import sequencer as sequencer
from dsplab.sources import spline as spline
from dsplab.sources import sync as sync
from dsplab.sources import transposition as transposition
from dsplab.sources import wavetable as wavetable
