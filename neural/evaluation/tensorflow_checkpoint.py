"""Tensors out of a TensorFlow checkpoint, without TensorFlow.

The old format, one file, in which VGGish's weights were published ("V1"; what followed
it is a pair of .index and .data files). It is a sorted table of strings to strings,

    block | block | ... | index block | 48 bytes of footer,

where a block is a row of entries, each with the length of what its key shares with the
one before, three varints in all,

    shared, unshared, length of the value, rest of the key, value

and the index block's values say where the blocks lie. The entry with the empty key
lists names, shapes and types; each other one holds a part of a tensor. Both are
protocol buffers: fields of a number, a kind and a value.

Each block has a checksum, CRC-32C, which is compared. Nothing in such a file is
executed, and no length in it is believed.

Reference:
  TensorFlow, tensorflow/core/util/saved_tensor_slice.proto, framework/tensor.proto and
  lib/io/table_format.txt.
"""

import math
import struct
from pathlib import Path

import numpy as np

from dsplab.formats.errors import unreadable
from neural.data.protocol_buffers import MessageError, fields, integers, varint
from neural.data.tfrecord import masked_checksum

MAGIC = 0xDB4775248B80FB57
FOOTER = 48  # bytes: two places, padding, MAGIC
# DataType: the array's type, the field of TensorProto that holds it, bytes in there
TYPES = {
    1: (np.float32, 5, 4),
    2: (np.float64, 6, 8),
    3: (np.int32, 7, None),
    9: (np.int64, 10, None),
    10: (np.bool_, 11, None),
}


class _Damaged(Exception):
    """What is wrong with the file."""


def read_tensorflow_checkpoint(path):
    """Read all tensors of a V1 checkpoint.

    Args:
      path: file such as vggish_model.ckpt.

    Returns:
      dict, name to NumPy array (float32, float64, int32, int64 or bool).

    Raises:
      FormatError: if the file is none, is cut short, or holds other types.
      OSError: if it cannot be opened.
    """
    view = memoryview(Path(path).read_bytes())
    try:
        return _tensors(view)
    except (_Damaged, MessageError) as error:
        raise unreadable(path, str(error)) from None
    except (ValueError, TypeError, IndexError, OverflowError, struct.error):
        raise unreadable(path, "it is damaged") from None


def _tensors(view):
    """All tensors of the table."""
    entries = _table(view)
    listed = next((value for key, value in entries if key == b""), None)
    if listed is None:
        raise _Damaged("it has no list of tensors")
    tensors, missing = {}, {}
    meta = _one(listed, 1)
    for field in _all(meta, 1):
        name, shape, kind = str(_one(field, 1), "utf-8"), _shape(field), _one(field, 3)
        if kind not in TYPES:
            raise _Damaged(
                f"'{name}' is of TensorFlow's type {kind}, which is not read"
            )
        if math.prod(shape) > len(view):  # a byte or more an element
            raise _Damaged(f"'{name}' has shape {shape}, more than the file holds")
        tensors[name] = np.zeros(shape, TYPES[kind][0])
        missing[name] = math.prod(shape), kind
    for key, value in entries:
        if key != b"":
            _fill(tensors, missing, _one(value, 2))
    short = [name for name, (count, _) in missing.items() if count]
    if short:
        raise _Damaged(f"it lacks values of '{short[0]}'")
    return tensors


def _fill(tensors, missing, part):
    """Put a SavedSlice where it belongs."""
    name = str(_one(part, 1), "utf-8")
    if name not in tensors:
        raise _Damaged(f"'{name}' is in no list")
    tensor, (count, kind) = tensors[name], missing[name]
    where = _extent(_one(part, 2), tensor.shape)
    target = tensor[where]
    values = _values(_one(part, 3), kind)
    if values.size != target.size:
        raise _Damaged(f"'{name}' needs {target.size} values, got {values.size}")
    tensor[where] = values.reshape(target.shape)
    missing[name] = count - values.size, kind


def _extent(part, shape):
    """The slices of a TensorSliceProto."""
    slices = []
    for extent in _all(part, 1):
        start, length = _one(extent, 1, 0), _one(extent, 2, None)
        slices.append(slice(start, None if length is None else start + length))
    if len(slices) != len(shape):
        raise _Damaged("a part of a tensor has another rank than the tensor")
    return tuple(slices)


def _values(proto, kind):
    """The numbers of a TensorProto, (n,)."""
    dtype, field, width = TYPES[kind]
    parts = _all(proto, field)
    if width:
        found = [np.frombuffer(p, np.dtype(dtype).newbyteorder("<")) for p in parts]
        return np.concatenate([*found, np.zeros(0, dtype)]).astype(dtype)
    return np.array([n for part in parts for n in integers(part)], np.int64).astype(
        dtype
    )


def _shape(field):
    """The shape that a SavedSliceMeta states."""
    dims = _all(_one(field, 2), 2)
    return tuple(_one(dim, 1, 0) for dim in dims)


# The table


def _table(view):
    """All entries, (key, value)."""
    if len(view) < FOOTER:
        raise _Damaged(f"it has {len(view)} bytes, too few for a checkpoint")
    footer = view[len(view) - FOOTER :]
    if struct.unpack("<Q", footer[-8:])[0] != MAGIC:
        raise _Damaged("it is no TensorFlow checkpoint of one file (V1)")
    _, at = _place(footer, 0)  # of an index of more kinds, always empty
    index, _ = _place(footer, at)
    entries = []
    for _, place in _entries(_block(view, index)):
        where, _ = _place(place, 0)
        entries += _entries(_block(view, where))
    return entries


def _place(view, at):
    """Offset and size of a block."""
    offset, at = varint(view, at)
    size, at = varint(view, at)
    return (offset, size), at


def _block(view, place):
    """The bytes of a block."""
    offset, size = place
    if offset + size + 5 > len(view):  # a byte says how it is packed, four check it
        raise _Damaged("it ends inside a block")
    checked = view[offset : offset + size + 1]
    if masked_checksum(checked) != struct.unpack_from("<I", view, offset + size + 1)[0]:
        raise _Damaged(f"it is damaged between bytes {offset} and {offset + size}")
    if view[offset + size]:
        raise _Damaged("its blocks are compressed, which no VGGish checkpoint is")
    return view[offset : offset + size]


def _entries(block):
    """(key, value) of a block."""
    n_restarts = struct.unpack("<I", block[-4:])[0]
    end, at, key, found = len(block) - 4 - 4 * n_restarts, 0, b"", []
    while at < end:
        shared, at = varint(block, at)
        unshared, at = varint(block, at)
        length, at = varint(block, at)
        if shared > len(key) or at + unshared + length > end:
            raise _Damaged("an entry is longer than its block")
        key = key[:shared] + bytes(block[at : at + unshared])
        at += unshared
        found.append((key, block[at : at + length]))
        at += length
    return found


def _all(message, number):
    """Values of a field, in order: int, or a view of the bytes."""
    return [value for found, value in fields(message) if found == number]


def _one(message, number, *default):
    """The last value of a field, as protocol buffers have it."""
    values = _all(message, number)
    if not values and not default:
        raise _Damaged(f"field {number} of a message is missing")
    return values[-1] if values else default[0]
