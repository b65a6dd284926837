"""Banks of sounds that come with the package, made by the package itself.

dx7             32 voices for the Yamaha DX7, as a SysEx file
general_midi    all 128 instruments of General MIDI and a drum kit, as a SoundFont
tenor           a voice that sings, as units for `dsplab.synths.singing`
"""

from pathlib import Path


def dx7():
    """Path of the cartridge that is played where none is named.

    >>> dx7().name
    'dx7.syx'
    """
    return Path(__file__).with_name("dx7.syx")


def general_midi():
    """Path of the SoundFont that is played where none is named.

    >>> general_midi().name
    'general_midi.sf2'
    """
    return Path(__file__).with_name("general_midi.sf2")


def voice():
    """Path of the voice that sings where none is named.

    >>> voice().name
    'tenor.voice'
    """
    return Path(__file__).with_name("tenor.voice")
