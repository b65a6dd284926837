"""Sound files and other formats that sound comes in.

    audio_files     read_audio, write_audio, encode_audio: WAV, FLAC, Ogg, MP3, ...
    audio_blocks    audio_blocks, audio_part, audio_size: files read piece by piece
    audio_streams   audio_writer: sound files written piece by piece
    containers      what a file's header promises, and what kind of file it is
    dx7             read_sysex, write_sysex: voices and banks of the Yamaha DX7
    labels          read_labels: Audacity, HTK, Praat: which sound is where
    mpeg            MP3 files that do not say how long they are
    midi            read_midi, write_midi: what is played in a MIDI file, in seconds
    midi_notes      its parts, notes and piano roll; files of notes
    midi_curves     what its wheels, pedals and controllers do
    riff            chunks, which SoundFonts are made of
    soundfont       read_soundfont, write_soundfont, waveform: banks of instruments
    tempo_map       beats and seconds
    whole_files     files that appear whole or not at all
    errors          FormatError and the warnings that reading and writing give

Every file that cannot be used ends in one sentence with its name and the cause.
"""

from dsplab.formats import (
    audio_blocks,
    audio_files,
    audio_streams,
    containers,
    dx7,
    errors,
    labels,
    midi,
    midi_curves,
    midi_notes,
    mpeg,
    riff,
    soundfont,
    tempo_map,
    whole_files,
)

__all__ = [
    "audio_blocks",
    "audio_files",
    "audio_streams",
    "containers",
    "dx7",
    "errors",
    "labels",
    "midi",
    "midi_curves",
    "midi_notes",
    "mpeg",
    "riff",
    "soundfont",
    "tempo_map",
    "whole_files",
]
