"""What the command `dsplab describe` does: a folder of sounds as a table.

Beside the table: the sounds most like one, and groups of sounds that are alike.
"""

import os
import sys

from dsplab._commands import UsageError, check_folder

FORMS = {".csv": "csv", ".json": "json"}


def describe(arguments):
    """Describe the sounds of a folder; write the table, print what is asked for."""
    from dsplab.analysis.collections import k_means, standardise
    from dsplab.analysis.folders import describe_folder, table_text
    from dsplab.formats.whole_files import whole_file

    output = arguments.output
    form = FORMS.get(os.path.splitext(output)[1].lower()) if output else "csv"
    if form is None:
        raise UsageError(f"'{output}' must end in .csv or .json")
    if output:
        check_folder(output)
    progress = _Progress(arguments.quiet)
    sounds = describe_folder(arguments.input, arguments.sample_rate, progress=progress)
    progress.end(sounds)
    standard, groups = standardise(sounds.features), None
    if arguments.groups is not None:
        if not 1 <= arguments.groups <= len(sounds.names):
            text = f"--groups must be in 1..{len(sounds.names)}, the number of sounds"
            raise UsageError(f"{text}, got {arguments.groups}")
        groups = k_means(standard.features, arguments.groups).label
    text = table_text(sounds, form=form, groups=groups)
    if output:
        with whole_file(output) as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        print(output)
    elif arguments.like is None:
        print(text, end="")
    if arguments.like is not None:
        _print_neighbours(arguments, sounds, standard)


def _print_neighbours(arguments, sounds, standard):
    """The sounds nearest to --like, nearest first: distance, tabulator, name."""
    from dsplab.analysis.collections import nearest_neighbours, standardise
    from dsplab.analysis.folders import describe_file

    row = describe_file(arguments.like, arguments.sample_rate)
    query = standardise(row, like=standard).features
    n = min(max(arguments.neighbours, 1), len(sounds.names))
    near = nearest_neighbours(standard.features, query, n_neighbours=n)
    for index, distance in zip(near.index, near.distance, strict=True):
        print(f"{distance:.3f}\t{sounds.names[index]}")


class _Progress:
    """A line on a terminal that counts the files."""

    def __init__(self, quiet):
        self.active = not quiet and sys.stderr.isatty()

    def __call__(self, k, n, name):
        self._show(f"describing {k + 1} of {n}: {name[-50:]}")

    def end(self, sounds):
        """Say how it went."""
        skipped = f", {len(sounds.skipped)} skipped" if sounds.skipped else ""
        self._show(f"described {len(sounds.names)} sounds{skipped}\n")

    def _show(self, text):
        if self.active:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
