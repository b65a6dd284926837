"""Make the General MIDI bank that is shipped, from the synthesizers of `dsplab`.

    python -m data_scripts.make_general_midi

All 128 instruments and a drum kit as a SoundFont of less than 4 MB; nothing is
downloaded. The same file comes out every time.
"""

import argparse
import time
from pathlib import Path

from data_scripts.general_midi.bank import make_bank
from dsplab.formats.soundfont import write_soundfont

BANK = Path(__file__).parents[1] / "dsplab" / "banks" / "general_midi.sf2"


def main(arguments=None):
    """Write the bank; say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=BANK)
    text = "numbers of programs, 0 to 127, and 128 for the drums: all, if not given"
    parser.add_argument("--only", type=int, nargs="+", metavar="PROGRAM", help=text)
    parser.add_argument("--sizes", action="store_true", help="list the sounds by size")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    bank = make_bank(options.only)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    write_soundfont(options.output, bank)
    if options.sizes:
        _list_sizes(bank)
    print(
        f"{options.output}: {len(bank.presets)} presets, {len(bank.samples)} samples, "
        f"{options.output.stat().st_size / 1e6:.2f} MB, "
        f"{time.perf_counter() - start:.0f} s. MIT licence, as the rest of dsplab."
    )


def _list_sizes(bank):
    sizes = {}
    for sample in bank.samples:
        name = sample.name.rsplit(" ", 1)[0]
        sizes[name] = sizes.get(name, 0) + 2 * len(sample.pcm)
    for name, size in sorted(sizes.items(), key=lambda pair: -pair[1]):
        print(f"{size / 1000:8.1f} kB  {name}")


if __name__ == "__main__":
    main()
