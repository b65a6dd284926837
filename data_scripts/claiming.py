"""A folder that a script renders into: of one choice of settings, and no other."""

import json
from pathlib import Path

from dsplab.formats.whole_files import whole_file

NAME = "settings.json"


def claim(folder, settings):
    """Make a folder ours, or see that it is: the same settings go on where they were.

    Args:
      folder: a string or `pathlib.Path`; made if it is not there.
      settings: dict of plain values, all that the contents depend on.

    Raises:
      ValueError: if the folder holds what other settings made, or anything else.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    if path.exists():
        if json.loads(path.read_text()) != settings:
            raise ValueError(
                f"'{folder}' holds sounds of other settings ({NAME}); "
                "name another folder"
            )
        return
    if any(folder.iterdir()):
        raise ValueError(f"'{folder}' is not empty and has no {NAME}")
    with whole_file(path) as file:
        file.write(json.dumps(settings, indent=1).encode())


def sweep(folder):
    """Remove what a run that was killed had not finished."""
    for rest in Path(folder).rglob(".*.part"):
        rest.unlink()
