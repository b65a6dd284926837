"""Fetch data that others publish: NSynth, the Freesound Loop Dataset, VGGish's weights.

    python -m data_scripts.download                     what there is, licences, sizes
    python -m data_scripts.download nsynth --only test  into data/nsynth
    python -m data_scripts.download vggish --folder weights

Broken off, by whatever, it goes on when it is run again; run twice, it does nothing the
second time. What is fetched is compared with the checksum that is known; where none is
published, that of the first download is written beside the file and holds from then on
(see `data_scripts.fetching`). Archives are unpacked with `data_scripts.unpacking`;
NSynth's are left as they are, since `neural.data.nsynth` reads them where they lie.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import tqdm

from data_scripts.fetching import FetchError, Source, fetch
from data_scripts.unpacking import unpack
from dsplab.formats.errors import FormatError

MAGENTA = "http://download.magenta.tensorflow.org/datasets/nsynth"
ZENODO = "https://zenodo.org/records/3967852/files"
AUDIOSET = "https://storage.googleapis.com/audioset"


class Set(NamedTuple):
    """A data set, or the weights of a model.

    Attributes:
      about: what it is.
      licence: under which its makers give it away.
      sources: part to `Source`.
      unpacked: whether archives are unpacked, each into a folder of its name.
    """

    about: str
    licence: str
    sources: dict[str, Source]
    unpacked: bool = False


SETS = {
    "nsynth": Set(
        "NSynth (Engel et al. 2017): 305 979 notes of 1006 instruments, json and wav",
        "CC BY 4.0",
        {
            part: Source(f"{MAGENTA}/{name}", name)
            for part in ("train", "valid", "test")
            for name in [f"nsynth-{part}.jsonwav.tar.gz"]
        },
    ),
    # sizes and checksums: tensorflow/datasets, url_checksums/nsynth.txt
    "nsynth-records": Set(
        "NSynth as TFRecord files",
        "CC BY 4.0",
        {
            part: Source(f"{MAGENTA}/{name}", name, size, (f"sha256:{digits}",))
            for part, size, digits in (
                (
                    "train",
                    74_159_943_680,
                    "09149ea1420f01a65de10a310b9e94ecc74f1640b85f68fb9122bbca0b5d207a",
                ),
                (
                    "valid",
                    3_250_995_200,
                    "eb535520a9643db461c0cd177307d7fe691c32fe6a4da60fd23ac75f6e18ae07",
                ),
                (
                    "test",
                    1_050_327_040,
                    "65df0d0ada540ca1983849a051cbec4d0d9c51900b6acb8a4c06492560680a71",
                ),
            )
            for name in [f"nsynth-{part}.tfrecord.tar"]
        },
    ),
    "fsld": Set(
        "Freesound Loop Dataset (Ramires et al. 2020): 9455 loops, with annotations",
        "Creative Commons, for each loop another, in metadata.json: credit its author",
        {
            "loops": Source(f"{ZENODO}/FSL10K.zip?download=1", "FSL10K.zip"),
            "annotations": Source(
                f"{ZENODO}/annotations.zip?download=1", "annotations.zip"
            ),
        },
        unpacked=True,
    ),
    # checksums: md5 by cosmir/openmic-2018 (openmic/vggish/params.py); sha256 by
    # projects that fetch the same files, two for the network, one for the rotation
    "vggish": Set(
        "VGGish (Hershey et al. 2017): the network of the Frechet audio distance",
        "Apache 2.0",
        {
            "weights": Source(
                f"{AUDIOSET}/vggish_model.ckpt",
                "vggish_model.ckpt",
                None,
                (
                    "sha256:0962b1914e3e053922d957c45bc84a78"
                    "c985765641dc6bceeeb3a7d8dfecfdf6",
                    "md5:d1c7011e6366aa34176bb05c705e31a8",
                ),
            ),
            "pca": Source(
                f"{AUDIOSET}/vggish_pca_params.npz",
                "vggish_pca_params.npz",
                None,
                (
                    "sha256:4d878af3e306defbfb37095365aa7e5a"
                    "6cecb86bad13e859e626151c4e6a8b9d",
                    "md5:c80cae691033abe7c7ecd11ea39fc834",
                ),
            ),
        },
    ),
}


def main(arguments=None):
    """Fetch a set; 0 if all went well, 1 if not."""
    parser = argparse.ArgumentParser(
        "download",
        description=__doc__.splitlines()[0],
        epilog="\n".join(__doc__.splitlines()[2:]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=SETS, metavar="NAME")
    parser.add_argument("--folder", type=Path, help="where to (data/NAME)")
    parser.add_argument(
        "--only", action="append", metavar="PART", help="leave the rest"
    )
    options = parser.parse_args(arguments)
    if options.name is None:
        print("\n".join(_listing()))
        return 0
    try:
        download(options.name, options.folder, only=options.only)
    except KeyboardInterrupt:
        print("download: stopped; run it again to go on", file=sys.stderr)
        return 130
    except (FetchError, ValueError, OSError) as error:
        print(f"download: {error}", file=sys.stderr)
        return 1
    return 0


def download(name, folder=None, *, only=None, say=print):
    """Fetch the parts of a set and unpack what is to be unpacked.

    Args:
      name: one of SETS.
      folder: where to; data/NAME by default.
      only: names of parts; None for all.
      say: called with lines for the user.

    Returns:
      Paths of what is there now, a file or a folder for each part.
    """
    chosen = SETS[name]
    unknown = sorted(set(only or ()) - set(chosen.sources))
    if unknown:
        raise ValueError(f"{name} has {', '.join(chosen.sources)}; no {unknown[0]!r}")
    folder = Path("data") / name if folder is None else Path(folder)
    say(f"{chosen.about}\nlicence: {chosen.licence}")
    found = []
    for part in only or chosen.sources:
        source = chosen.sources[part]
        place = folder / Path(source.name).stem
        if chosen.unpacked and place.is_dir():  # made in one move, so it is whole
            say(f"{place}: there already")
            found.append(place)
            continue
        path = _fetch(source, folder, say)
        if chosen.unpacked:
            path = _unpack(path, place, say)
        found.append(path)
    return found


def _fetch(source, folder, say):
    """Fetch a file with a bar; say what it is."""
    known = ", ".join(item.split(":")[0] for item in source.checksums)
    with tqdm.tqdm(unit="B", unit_scale=True, desc=source.name, disable=None) as bar:

        def report(done, total):
            bar.total = total
            bar.update(done - bar.n)

        path = fetch(source, folder, report=report)
    checked = f"{known} right" if known else "no checksum is published; recorded"
    say(f"{path}: {path.stat().st_size:,} bytes, {checked}")
    return path


def _unpack(path, place, say):
    """Unpack an archive and delete it; also a damaged one, to fetch it anew."""
    try:
        say(f"{place}: {unpack(path, place):,} files")
    except FormatError:
        _delete(path)
        raise
    _delete(path)
    return place


def _delete(path):
    path.unlink()
    path.with_name(f"{path.name}.sha256").unlink(missing_ok=True)


def _listing():
    """Lines that say what there is."""
    for name, chosen in SETS.items():
        yield f"{name}\n    {chosen.about}\n    licence: {chosen.licence}"
        for part, source in chosen.sources.items():
            size = f"{source.size:,} bytes" if source.size else "size: the server says"
            known = "known" if source.checksums else "recorded when first fetched"
            yield f"    {part:12} {source.name} ({size}; checksum: {known})"


if __name__ == "__main__":
    sys.exit(main())
