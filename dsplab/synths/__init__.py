"""Synthesizers: from notes to sound, one module for each kind of synthesis.

additive        sums of partials: organ, bell, choir, brass, struck strings
subtractive     saws and pulses through a filter: bass, lead, pad, strings, brass
drums           kick, snare, hi-hats, clap, toms ... and their knobs
drum_kits       808, 909, acoustic, lofi; hits added up to a beat
drum_loops      whole loops in many styles, each time another
operators       sines that modulate each other's phase; their spectra by Bessel
dx7             Yamaha DX7: its 32 algorithms, tables and envelopes; SysEx voices
fm              FM: any number of operators, who modulates whom, presets
notes           many voices from one, velocity, presets
wavetable       a walk through a row of waves
granular        a recording as a cloud of grains
sampler         any recording on a keyboard: zones, layers, loops
soundfont       SoundFont 2 banks, played from MIDI events as FluidSynth plays them
plucked         strings of noise: Karplus-Strong with Jaffe and Smith's extensions
waveguide       strings as two waves: struck at one place, heard at another
winds           clarinet and flute: a pipe and what feeds the wave in it
modal           what is struck: bars, bells, glasses, plates, as their modes
finite_difference  the string as an equation, every point of it
singing         a voice that sings words: recorded units joined without a seam
"""

from dsplab.synths import additive as additive
from dsplab.synths import drum_kits as drum_kits
from dsplab.synths import drum_loops as drum_loops
from dsplab.synths import drums as drums
from dsplab.synths import dx7 as dx7
from dsplab.synths import finite_difference as finite_difference
from dsplab.synths import fm as fm
from dsplab.synths import granular as granular
from dsplab.synths import modal as modal
from dsplab.synths import notes as notes
from dsplab.synths import operators as operators
from dsplab.synths import plucked as plucked
from dsplab.synths import sampler as sampler
from dsplab.synths import singing as singing
from dsplab.synths import soundfont as soundfont
from dsplab.synths import subtractive as subtractive
from dsplab.synths import waveguide as waveguide
from dsplab.synths import wavetable as wavetable
from dsplab.synths import winds as winds
