"""From scores to sound: MIDI files, played by a SoundFont or by our own synthesizers.

midi_to_audio   a file into a file, as long as it likes
render_midi     a file, or notes, into an array
play_midi       a file to the loudspeakers

files           the three of them
strips          channels that one of our synthesizers plays
fluidsynth      FluidSynth, where it is installed, instead of our own player
loudspeakers    programs of this computer that play sound
"""

from dsplab.rendering import files, fluidsynth, loudspeakers, strips
from dsplab.rendering.files import midi_to_audio, play_midi, render_midi

__all__ = [
    "files",
    "fluidsynth",
    "loudspeakers",
    "midi_to_audio",
    "play_midi",
    "render_midi",
    "strips",
]
