"""Effects: what is done to a sound after it was made.

delays                    echoes, in time, from side to side, at moments of your choice
chorus                    chorus, vibrato, tape: moving delays
flanger                   a comb that sweeps, through zero too
phaser                    notches that sweep
tremolo                   tremolo, auto-pan
reverb                    comb, allpass, Schroeder's reverberator, Freeverb
feedback_delay_network    a room whose decay is ordered for lows, middle and highs
convolution               any room, by its impulse response
overdrive                 overdrive, fuzz, distortion, tube amplifier: part 4's devices
diode_clipper             two diodes and a capacitor, solved as a circuit
dynamics                  compressor, limiter, gate
equaliser                 filters in a row
mixing                    stereo of mono, width, place

All are functions of (x, sample_rate, *, settings), so that a chain of effects is one
call in another; each module's PRESETS are settings under names: delay(x, 44100,
**delays.PRESETS["slapback"]). x is (n_samples,), mono, or (..., n_channels, n_samples),
and channels stay as many as they are: `mixing.stereo` makes two of one beforehand.
Settings are numbers, or curves that broadcast to x. What rings on (delays, reverb)
makes the sound longer, by default until it is 60 dB down; tail=0.0 keeps the length.
All mix linearly, (1 - mix) dry + mix wet: mix=0 gives back x, bit for bit.
"""

from dsplab.effects import chorus as chorus
from dsplab.effects import convolution as convolution
from dsplab.effects import delays as delays
from dsplab.effects import diode_clipper as diode_clipper
from dsplab.effects import dynamics as dynamics
from dsplab.effects import equaliser as equaliser
from dsplab.effects import feedback_delay_network as feedback_delay_network
from dsplab.effects import flanger as flanger
from dsplab.effects import mixing as mixing
from dsplab.effects import overdrive as overdrive
from dsplab.effects import phaser as phaser
from dsplab.effects import reverb as reverb
from dsplab.effects import tremolo as tremolo
