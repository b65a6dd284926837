"""Sound to the loudspeakers, by whatever program of this computer plays it."""

import contextlib
import shutil
import subprocess

import numpy as np

# programs that take 16-bit samples from a pipe, and how to tell them so
PLAYERS = {
    "pw-cat": "-p --rate {rate} --channels {n} --format s16 -",
    "paplay": "--raw --rate={rate} --channels={n} --format=s16le",
    "aplay": "-q -t raw -f S16_LE -r {rate} -c {n} -",
    "play": "-q -t raw -e signed -b 16 -L -r {rate} -c {n} -",
    "ffplay": "-loglevel error -nodisp -autoexit -f s16le -ar {rate} -ac {n} -",
}


def find_player(sample_rate, n_channels):
    """The command that plays 16-bit samples from its input.

    Raises:
      ValueError: if this computer has none of the programs.
    """
    for name, options in PLAYERS.items():
        program = shutil.which(name)
        if program is not None:
            return [program, *options.format(rate=sample_rate, n=n_channels).split()]
    names = ", ".join(PLAYERS)
    raise ValueError(
        f"nothing here plays sound: install one of {names}; or render "
        "into a file, or an array, with midi_to_audio, render_midi"
    )


def play_blocks(blocks, sample_rate, n_channels=2):
    """Play blocks (n_channels, n) as they come.

    Raises:
      ValueError: if nothing plays sound here, or the program says why it does not.
    """
    command = find_player(sample_rate, n_channels)
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, **pipes) as player:
        try:
            with contextlib.suppress(BrokenPipeError):
                for block in blocks:
                    pcm = np.rint(32767.0 * np.clip(block.T, -1.0, 1.0)).astype("<i2")
                    player.stdin.write(pcm.tobytes())
                player.stdin.close()
            said = player.stderr.read().decode(errors="replace").strip()
        except BaseException:
            player.kill()
            raise
    if player.returncode:
        reason = said.splitlines()[-1] if said else f"exit status {player.returncode}"
        raise ValueError(f"{command[0]} does not play: {reason}")
