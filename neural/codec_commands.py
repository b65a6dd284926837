"""`neural encode` and `neural decode`: sound as codes, and back.

neural encode song.flac song.npz
neural decode song.npz back.wav --codebooks 9
"""

import zipfile

import numpy as np

from neural.instrument_commands import add_checkpoint

KEPT = ("codes", "gain", "n_samples", "sample_rate")


def add_commands(commands, opened):
    """Add `encode` and `decode` to the commands of `neural`.

    Args:
      commands: of argparse.
      opened: function of the arguments: a recipe, and parameters and configuration.
    """
    p = commands.add_parser(
        "encode",
        help="write a sound as the codes of the neural codec",
        description="Write a sound as codes of the neural codec, a .npz file of NumPy: "
        "codes (channels, codebooks, frames), gain, n_samples and sample_rate.",
    )
    p.add_argument("sound", help="sound file of any rate, mono or stereo")
    p.add_argument("codes", help="file to write (.npz)")
    add_checkpoint(p)
    p.set_defaults(run=lambda args: _encode(args, opened), model="codec")
    p = commands.add_parser(
        "decode",
        help="make sound of codes",
        description="Make sound of what 'neural encode' has written, at the rate of "
        "the codec.",
    )
    p.add_argument("codes", help="file that 'neural encode' has written")
    p.add_argument("out", help="sound file to write (.wav, .flac, .ogg, ...)")
    p.add_argument("--codebooks", type=int, help="only the first so many (all)")
    add_checkpoint(p)
    p.set_defaults(run=lambda args: _decode(args, opened), model="codec")


def _encode(args, opened):
    from dsplab.formats.audio_files import read_audio
    from dsplab.formats.whole_files import whole_file
    from dsplab.resampling import resample
    from neural.notes import codec

    recipe, params, config = opened(args)
    x, rate = read_audio(args.sound, dtype="float32")
    x = np.atleast_2d(x)
    n_samples = max(1, round(x.shape[1] * config.sample_rate / rate))
    x = resample(x, n_samples)
    gain = recipe.PEAK / max(float(np.abs(x).max()), 1e-9)  # of all channels the same
    codes = np.asarray(codec.encode(params, gain * x, config), np.uint16)
    told = {"gain": gain, "n_samples": n_samples, "sample_rate": config.sample_rate}
    with whole_file(args.codes) as file:
        np.savez_compressed(file, codes=codes, **told)
    seconds, bits = n_samples / config.sample_rate, config.bit_rate * len(x)
    print(f"{args.codes}: {seconds:.2f} s, channels: {len(x)}, {bits:.0f} bit/s")


def read_codes(path, config):
    """Read what `neural encode` has written.

    Returns:
      Dict of codes, gain, n_samples and sample_rate.

    Raises:
      ValueError: if it is no such file, or of another codec.
      OSError: if it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            kept = {name: file[name] for name in KEPT}
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not written by 'neural encode'") from error
    codes = kept["codes"]
    fits = codes.ndim == 3 and codes.shape[1] == config.n_codebooks
    fits = fits and codes.size and codes.dtype.kind in "iu"
    fits = fits and codes.min() >= 0 and codes.max() < config.codebook_size
    if not fits or kept["sample_rate"] != config.sample_rate:
        raise ValueError(f"{path}: codes {codes.shape} of another codec")
    return kept


def _decode(args, opened):
    from dsplab.formats.audio_files import write_audio
    from neural.notes import codec

    _, params, config = opened(args)
    kept = read_codes(args.codes, config)
    n_used = config.n_codebooks if args.codebooks is None else args.codebooks
    if not 1 <= n_used <= config.n_codebooks:
        raise ValueError(f"codebooks must be 1 to {config.n_codebooks}, got {n_used}")
    codes = kept["codes"][:, :n_used].astype(np.int32)
    y = np.asarray(codec.decode(params, codes, config))[:, : int(kept["n_samples"])]
    y = y / float(kept["gain"])
    write_audio(args.out, y[0] if len(y) == 1 else y, config.sample_rate)
    print(args.out)
