"""What an instrument is made of: sounds with envelopes, filters and places."""

from typing import NamedTuple


class Layer(NamedTuple):
    """One sound of a program. Times in seconds."""

    sound: str
    attack: float = 0.001
    hold: float = 0.0
    t60: float | None = None  # of the decay; None: the sound's own
    sustain_db: float | None = (
        None  # under the attack; None: 0, or silence if it decays
    )
    release: float = 0.15  # to fall by 60 dB
    harmonics: float = 0.0  # cutoff: this many times the pitch of the nearest root ...
    cutoff: float = 0.0  # ... and this many Hz; both 0: no filter
    resonance_db: float = 0.0
    touch: float = 0.0  # octaves by which the cutoff is lower for the softest touch
    sweep: float = 0.0  # octaves that the filter's envelope adds,
    sweep_attack: float = 0.001
    sweep_t: float = 1.0  # and seconds in which it is gone
    sweep_sustain: float = 0.0  # but for this part
    drop: float = 0.0  # semitones by which a note begins higher (lower if negative),
    drop_t: float = 0.1  # and seconds in which it has come to its pitch
    vibrato: float = 0.0  # cents
    vibrato_hz: float = 5.4
    vibrato_delay: float = 0.4
    tremolo_db: float = 0.0
    tremolo_hz: float = 5.5
    semitones: float = 0.0
    cents: float = 0.0
    keys: tuple = (0, 127)
    tracking: int = 100  # cents a key; 0: all keys alike
    pan: float = 0.0  # -1 to 1
    wide: bool = False  # played twice, left and right, from two places of its loop
    level_db: float = 0.0  # at most 0
    reverb: float = 0.0  # 0 to 1, sent besides what the controllers send
    chorus: float = 0.0
    exclusive: int = 0  # class in which one note stops the others


class Program(NamedTuple):
    """An instrument of the list."""

    name: str
    layers: tuple
