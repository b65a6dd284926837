"""espeak-ng as a singer: it says the word list on one pitch, and labels it itself.

The library says when each phoneme begins, so nothing need be labelled by hand. It is
used where it is installed (Debian: libespeak-ng1), through ctypes; it is under the GPL
and nothing of it is shipped.
"""

import ctypes
import ctypes.util

import numpy as np

from dsplab.synths.singing.phonemes import PHONEMES, SILENCE

SYNCHRONOUS, PHONEME_EVENTS, UTF8, PHONEME_NAMES = 2, 1, 1, 0x100
LIST_ENDS, PHONEME = 0, 7  # types of events
RATE_PARAMETER, PITCH, RANGE = 1, 3, 4
SPEED, SLOW = 110, 80  # words a minute
PITCHES = (50, 75, 99)  # espeak's scale, 0 to 99
# what espeak calls a sound, and what it is here
NAMES = {
    "a": "a", "e": "e", "E": "e", "i": "i", "I": "i", "o": "o", "O": "o", "u": "u",
    "U": "u", "a:": "a", "e:": "e", "i:": "i", "o:": "o", "u:": "u", "R": "r", "r": "r",
    "*": "r", "w": "w", "j": "j", "N": "n",
}  # fmt: skip


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # milliseconds
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_short),
    ctypes.c_int,
    ctypes.POINTER(_Event),
)


def espeak_recordings(voice, words, pitches=PITCHES):
    """Let espeak-ng say words on some pitches.

    Args:
      voice: of espeak-ng, such as "la" or "it+f2".
      words: rows of (phoneme, seconds); espeak chooses the seconds itself.
      pitches: from 0 to 99.

    Returns:
      Rows (name, x, labels), and the sample rate.

    Raises:
      ValueError: if the library or the voice is not there.
    """
    name = ctypes.util.find_library("espeak-ng")
    if name is None:
        raise ValueError("espeak-ng is not installed (Debian: libespeak-ng1)")
    library = ctypes.CDLL(name)
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS)
    if rate < 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"espeak-ng has no voice {voice!r}")
    words = [[p for p, _ in word if p != SILENCE] for word in words]
    return _said(library, words, pitches, rate), rate


def _said(library, words, pitches, rate):
    for pitch in pitches:
        for parameter, value in ((PITCH, pitch), (RANGE, 0)):
            library.espeak_SetParameter(parameter, value, 0)
        for word in words:
            held = len(word) == 1  # a vowel alone: as long as can be
            library.espeak_SetParameter(RATE_PARAMETER, SLOW if held else SPEED, 0)
            x, labels = _say(library, "".join(word) + ":" * held, rate)
            if [text for *_, text in labels] == word:  # not what espeak made of it
                yield f"{''.join(word)}-{pitch}", x, labels


def _say(library, phonemes, rate):
    """Sound and labels of a word."""
    samples, events = [], []

    def take(wave, count, rows):
        if wave and count:
            samples.append(np.ctypeslib.as_array(wave, (count,)).copy())
        for k in range(10_000):
            if rows[k].type == LIST_ENDS:
                break
            if rows[k].type == PHONEME:
                name = rows[k].name.decode(errors="replace")
                events.append((rows[k].audio_position / 1000.0, name))
        return 0

    callback = _CALLBACK(take)
    library.espeak_SetSynthCallback(callback)
    text = f"[[{phonemes}]]".encode()
    options = UTF8 | PHONEME_NAMES
    library.espeak_Synth(text, len(text) + 1, 0, 0, 0, options, None, None)
    library.espeak_Synchronize()
    x = np.concatenate(samples) / 32768.0
    x = np.pad(x, (round(0.1 * rate), round(0.1 * rate)))
    ends = [time for time, _ in events[1:]] + [x.size / rate - 0.2]
    labels = [
        (begin + 0.1, end + 0.1, NAMES.get(said, said))
        for (begin, said), end in zip(events, ends, strict=True)
        if NAMES.get(said, said) in PHONEMES and end > begin
    ]
    return x, labels
