"""SoundFonts as instruments: what a General MIDI synthesizer does, in whole arrays.

playing     stream, play_events, play_note: events in, sound out
player      channels and voices: who sounds, who is let go, who must make room
channels    what a MIDI channel remembers
regions     which recordings a key starts, with which settings
modulators  how velocity, wheels and pedals move the settings
generators  the settings' numbers and units
group       the sound of many voices, worked out together
ticks       what moves from tick to tick, for many voices at once
voice       one sample that sounds
tone        its sound before the envelope: ready-made, or read as pitch and filter move
motion      what moves pitch and filter: LFOs and the modulation envelope
envelopes   envelopes and LFOs, in closed form
filtering   the voice's filter
waves       samples at another pitch, and a store of them
sends       the room and the chorus that all share

NumPy only: what is played decides the shapes.
"""

from dsplab.synths.soundfont import channels as channels
from dsplab.synths.soundfont import envelopes as envelopes
from dsplab.synths.soundfont import filtering as filtering
from dsplab.synths.soundfont import generators as generators
from dsplab.synths.soundfont import group as group
from dsplab.synths.soundfont import modulators as modulators
from dsplab.synths.soundfont import motion as motion
from dsplab.synths.soundfont import player as player
from dsplab.synths.soundfont import playing as playing
from dsplab.synths.soundfont import regions as regions
from dsplab.synths.soundfont import sends as sends
from dsplab.synths.soundfont import ticks as ticks
from dsplab.synths.soundfont import tone as tone
from dsplab.synths.soundfont import voice as voice
from dsplab.synths.soundfont import waves as waves
from dsplab.synths.soundfont.playing import play_events as play_events
from dsplab.synths.soundfont.playing import play_note as play_note
from dsplab.synths.soundfont.playing import stream as stream
