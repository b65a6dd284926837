"""What the command `dsplab sf2` does: say what is in a SoundFont."""

from collections import Counter
from pathlib import Path


def info(arguments):
    """Print what a SoundFont is, and its presets and samples if they are asked for."""
    from dsplab.formats.soundfont import read_soundfont

    bank = read_soundfont(arguments.input)
    print(arguments.input)
    lines = _summary(bank, Path(arguments.input).stat().st_size)
    print("\n".join(f"  {name:<12} {value}" for name, value in lines.items() if value))
    if arguments.presets:
        _print_presets(bank)
    if arguments.samples:
        _print_samples(bank)


def _summary(bank, n_bytes):
    """What there is to say in a line each."""
    texts = {key: _line(value) for key, value in bank.info.items()}
    major, minor = bank.info["version"]
    count = Counter(preset.bank for preset in bank.presets)
    banks = ", ".join(f"{number}: {n}" for number, n in sorted(count.items()))
    lines = {"name": texts.get("name", "")}
    for key in ("author", "date", "copyright", "comment", "product", "software"):
        lines[key] = texts.get(key, "")
    lines |= {
        "version": f"{major}.{minor:02d}, for {texts.get('engine') or 'any engine'}",
        "size": f"{n_bytes / 2**20:.2f} MiB",
        "presets": _counted(bank.presets) + (f"; bank {banks}" if banks else ""),
        "instruments": _counted(bank.instruments),
    }
    return lines | _about_samples(bank.samples)


def _counted(parts):
    n_zones = sum(len(part.zones) for part in parts)
    return f"{len(parts)} with {n_zones} zones" if parts else "none"


def _about_samples(samples):
    """How many samples there are, how they are stored, at which rates."""
    if not samples:
        return {"samples": "none"}
    seconds = sum(_seconds(sample) for sample in samples)
    kinds = Counter(_stored(sample) for sample in samples)
    rates = Counter(sample.sample_rate for sample in samples).most_common()
    common = ", ".join(f"{rate} Hz: {n}" for rate, n in rates[:5])
    others = f", {len(rates) - 5} more" if len(rates) > 5 else ""
    stored = ", ".join(f"{n} of {kind}" for kind, n in kinds.items())
    pairs = sum(sample.channel == "left" for sample in samples)
    pairs = f", {pairs} stereo pair{'s' * (pairs > 1)}" if pairs else ""
    return {
        "samples": f"{len(samples)} ({seconds:.1f} s){pairs}; {stored}",
        "rates": common + others,
    }


def _seconds(sample):
    from dsplab.formats.soundfont import n_samples_of

    return n_samples_of(sample) / sample.sample_rate


def _stored(sample):
    if sample.pcm.itemsize == 1:
        return "Ogg Vorbis"
    return "16 bits" if sample.low is None else "24 bits"


def _line(text):
    """A text of the file in one line, without what would move the cursor."""
    if not isinstance(text, str):
        return text
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _print_presets(bank):
    print("\n  bank program  preset")
    for preset in sorted(bank.presets, key=lambda preset: preset[2:0:-1]):
        goals = [zone.target for zone in preset.zones if zone.target is not None]
        names = [_line(bank.instruments[goal].name) for goal in goals]
        made = ", ".join(dict.fromkeys(names))
        place = f"{preset.bank:>4} {preset.program:>7}"
        print(f"  {place}  {_line(preset.name):<20}  {made}".rstrip())


def _print_samples(bank):
    from dsplab.sources.notes import midi_to_name

    print("\n  index  sample                   seconds      Hz  root  loop")
    for index, sample in enumerate(bank.samples):
        first, last = sample.loop
        loop = f"{first} to {last}" if last > first else "none"
        seconds = _seconds(sample)
        side = "" if sample.channel == "mono" else f", {sample.channel}"
        line = f"  {index:>5}  {_line(sample.name):<20} {seconds:>11.3f}"
        line += f" {sample.sample_rate:>7}  {midi_to_name(sample.root):<4}"
        print(f"{line}  {loop}{side}")
