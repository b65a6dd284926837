"""Checkpoints that survive: power cuts, full disks, flipped bits.

One file holds a training state or a finished model:

    16 bytes   "dsplab neural 1\\n"
    32 bytes   SHA-256 of the rest
    the rest   MessagePack of {"step", "config", "state"}, by flax.serialization

* **Nothing half-written.** The bytes go to a temporary file beside the target, are
  flushed to the disk (fsync), and only then take the target's name (os.replace, which
  is atomic), after which the folder itself is flushed. Killed at any moment, the old
  file or the new one is there, whole. Temporary files of killed runs are swept up.
* **Nothing damaged unnoticed.** Reading compares the hash; `latest` falls back to the
  checkpoint before and says so. It also compares every shape and dtype with what the
  model expects, which flax.serialization leaves to chance.
* **Disk full.** The error names path and size; earlier checkpoints are untouched,
  because they are deleted only after the new one is safe.

MessagePack holds data only: loading a stranger's checkpoint runs none of his code.
"""

import contextlib
import hashlib
import os
import pathlib
import warnings

import flax.serialization
import jax
import numpy as np

MAGIC = b"dsplab neural 1\n"
SUFFIX = ".ckpt"


class CheckpointError(Exception):
    """A checkpoint could not be written, or what was read is not what was written."""


def save(path, state, *, step=0, config=None):
    """Write a checkpoint; when this returns, it is on the disk.

    Args:
      path: file to write or replace.
      state: any tree of arrays that flax.serialization knows (dicts, lists, tuples,
        optax states).
      step: number of training steps taken.
      config: dict of plain values that tells how to rebuild the model.

    Raises:
      CheckpointError: with path and size, if the disk is full or the folder is not
        writable; whatever was at path is still there.
    """
    tree = flax.serialization.to_state_dict(jax.tree.map(np.asarray, state))
    content = {"step": int(step), "config": config or {}, "state": tree}
    payload = flax.serialization.msgpack_serialize(content)
    write_safely(path, MAGIC + hashlib.sha256(payload).digest() + payload)


def write_safely(path, data):
    """Write a file so that at every moment the old or the new one is there, whole."""
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise CheckpointError(
            f"could not write {path} ({len(data):,} bytes): {error.strerror}; "
            "earlier checkpoints are untouched"
        ) from error


def _flush_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def load(path, target=None):
    """Read a checkpoint.

    Args:
      path: the file.
      target: a state of the expected structure, filled with anything; None returns
        nested dicts of arrays.

    Returns:
      dict of step, config and state (NumPy arrays).

    Raises:
      CheckpointError: if the file is missing, damaged, or of another model.
    """
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"could not read {path}: {error.strerror}") from error
    start = len(MAGIC) + hashlib.sha256().digest_size
    digest, payload = data[len(MAGIC) : start], data[start:]
    if not data.startswith(MAGIC) or hashlib.sha256(payload).digest() != digest:
        raise CheckpointError(f"{path} is damaged or not a checkpoint (hash differs)")
    content = flax.serialization.msgpack_restore(payload)
    if target is not None:
        content["state"] = _fit(path, target, content["state"])
    return content


def _fit(path, target, tree):
    """Rebuild target's structure from nested dicts; refuse another model's numbers."""
    try:
        state = flax.serialization.from_state_dict(target, tree)
    except (ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is of another model: {error}") from error
    pairs = zip(jax.tree.leaves(target), jax.tree.leaves(state), strict=True)
    for wanted, came in pairs:
        if np.shape(wanted) != np.shape(came) or wanted.dtype != came.dtype:
            raise CheckpointError(
                f"{path} is of another model: an array of {came.dtype}{np.shape(came)} "
                f"where {wanted.dtype}{np.shape(wanted)} belongs"
            )
    return state


def path_of(folder, step):
    """Name of the checkpoint of a step: its number with leading zeros."""
    return pathlib.Path(folder) / f"step_{step:08d}{SUFFIX}"


def listed(folder):
    """Checkpoint files of a folder, oldest first."""
    return sorted(pathlib.Path(folder).glob(f"step_*{SUFFIX}"))


def save_step(folder, state, *, step, config=None, keep=3):
    """Save a step's checkpoint, then delete all but the last `keep` of the folder."""
    save(path_of(folder, step), state, step=step, config=config)
    for old in listed(folder)[:-keep]:
        old.unlink(missing_ok=True)


def latest(folder, target=None):
    """Load the newest checkpoint that is whole; None if there is none.

    A damaged file is skipped with a warning that names it.
    """
    for path in reversed(listed(folder)):
        try:
            return load(path, target)
        except CheckpointError as error:
            if "damaged" not in str(error):
                raise
            warnings.warn(f"{error}; trying the one before", stacklevel=2)
    return None


def sweep(folder):
    """Delete the temporary files that killed runs left in a folder."""
    for path in pathlib.Path(folder).glob(".*.tmp"):
        path.unlink(missing_ok=True)


def load_model(path, config_class):
    """Read a finished model: its parameters, and its configuration rebuilt.

    Args:
      path: a checkpoint whose config has the fields of config_class under "model".
      config_class: the model's dataclass.

    Returns:
      params, config. Numbers that were kept in 16 bits are given in 32.
    """
    content = load(path)
    try:
        fields = content["config"]["model"].items()
        made = {k: tuple(v) if isinstance(v, list) else v for k, v in fields}
        params = jax.tree.map(_widened, content["state"])
        return params, config_class(**made)
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is of another model: {error}") from error


def _widened(leaf):
    return leaf.astype(np.float32) if leaf.dtype == np.float16 else leaf
