"""The drum kit: which sound lies on which key, how tuned, and where it stands."""

from typing import NamedTuple


class Pad(NamedTuple):
    """A key of the kit."""

    key: int
    sound: str
    semitones: float = 0.0
    pan: float = 0.0  # as the audience sees it: -1 left to 1 right
    level_db: float = 0.0
    exclusive: int = 0  # pads of one class stop each other
    reverb: float = 0.05


_HATS, _WHISTLES, _GUIROS, _CUICAS, _TRIANGLES = 1, 2, 3, 4, 5
_HAT = {"pan": 0.25, "exclusive": _HATS, "level_db": -7.0}

KIT = (
    Pad(35, "deep kick"),
    Pad(36, "kick"),
    Pad(37, "stick", pan=-0.05, level_db=-4.0),
    Pad(38, "snare", pan=-0.05, level_db=-1.0),
    Pad(39, "clap", pan=0.1, level_db=-3.0),
    Pad(40, "electric snare", pan=-0.05, level_db=-1.0),
    Pad(41, "tom", -7.0, 0.45, -1.0),
    Pad(42, "closed hat", **_HAT),
    Pad(43, "tom", -4.0, 0.3, -1.0),
    Pad(44, "pedal hat", **(_HAT | {"level_db": -9.0})),
    Pad(45, "tom", -1.0, 0.15, -1.0),
    Pad(46, "open hat", **_HAT),
    Pad(47, "tom", 2.0, -0.05, -1.0),
    Pad(48, "tom", 5.0, -0.2, -1.0),
    Pad(49, "crash", 0.0, -0.4, -4.0),
    Pad(50, "tom", 8.0, -0.35, -1.0),
    Pad(51, "ride", 0.0, 0.45, -8.0),
    Pad(52, "china", 0.0, 0.55, -5.0),
    Pad(53, "ride bell", 0.0, 0.45, -6.0),
    Pad(54, "tambourine", 0.0, -0.3, -7.0),
    Pad(55, "crash", 5.0, -0.1, -5.0),
    Pad(56, "cowbell", 0.0, 0.2, -6.0),
    Pad(57, "crash", -2.0, 0.4, -4.0),
    Pad(58, "vibraslap", 0.0, -0.4, -7.0),
    Pad(59, "ride", 2.0, 0.35, -8.0),
    Pad(60, "bongo", 2.0, 0.4, -4.0),
    Pad(61, "bongo", -3.0, 0.4, -4.0),
    Pad(62, "mute conga", 0.0, -0.3, -4.0),
    Pad(63, "conga", 2.0, -0.3, -4.0),
    Pad(64, "conga", -3.0, -0.25, -4.0),
    Pad(65, "timbale", 3.0, 0.3, -4.0),
    Pad(66, "timbale", -3.0, 0.3, -4.0),
    Pad(67, "agogo", 0.0, -0.5, -7.0),
    Pad(68, "agogo", -5.0, -0.5, -7.0),
    Pad(69, "cabasa", 0.0, -0.5, -8.0),
    Pad(70, "maracas", 0.0, 0.5, -8.0),
    Pad(71, "short whistle", 0.0, 0.45, -8.0, _WHISTLES),
    Pad(72, "long whistle", 0.0, 0.45, -8.0, _WHISTLES),
    Pad(73, "short guiro", 0.0, 0.5, -7.0, _GUIROS),
    Pad(74, "long guiro", 0.0, 0.5, -7.0, _GUIROS),
    Pad(75, "claves", 0.0, 0.3, -6.0),
    Pad(76, "wood block", 3.0, 0.35, -5.0),
    Pad(77, "wood block", -2.0, 0.35, -5.0),
    Pad(78, "mute cuica", 0.0, -0.35, -7.0, _CUICAS),
    Pad(79, "open cuica", 0.0, -0.35, -7.0, _CUICAS),
    Pad(80, "mute triangle", 0.0, -0.5, -9.0, _TRIANGLES),
    Pad(81, "open triangle", 0.0, -0.5, -9.0, _TRIANGLES),
)
