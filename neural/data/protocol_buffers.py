"""Protocol buffers, as far as files of numbers need them: no schema, no dependency.

A message is a row of fields. Each begins with its number and kind in a *varint*, a
whole number of seven bits to a byte, the low ones first; then comes the value: another
varint, four or eight bytes, or a length and as many bytes, which may be a message.

Reference: Google, "Protocol Buffers: Encoding".
"""

VARINT, WORD64, BYTES, WORD32 = 0, 1, 2, 5  # kinds of fields


class MessageError(Exception):
    """What is wrong with a message; `byte` is where."""

    def __init__(self, reason, byte=None):
        """Keep the reason and the place."""
        super().__init__(reason)
        self.byte = byte


def fields(view):
    """Walk through a message.

    Args:
      view: its bytes, a memoryview.

    Yields:
      (number, value) of each field: a whole number, or a view of bytes.

    Raises:
      MessageError: where the bytes are no message.

    >>> list(fields(memoryview(field(1, b"ab") + encoded(2 << 3) + encoded(300))))
    [(1, <memory at ...>), (2, 300)]
    """
    at = 0
    if isinstance(view, int):
        raise MessageError("a field that must be a message is a number")
    while at < len(view):
        tag, at = varint(view, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = varint(view, at)
        elif kind in (WORD64, BYTES, WORD32):
            length = 8 if kind == WORD64 else 4
            if kind == BYTES:
                length, at = varint(view, at)
            value, at = view[at : at + length], at + length
            if at > len(view):
                raise MessageError("a field is longer than its message", at)
        else:
            raise MessageError(f"there is no kind {kind} of field", at)
        yield number, value


def varint(view, at):
    """A whole number of 64 bits, and where the next thing begins.

    Raises:
      MessageError: if it does not end.
    """
    value = shift = 0
    while at < len(view) and shift < 70:
        byte = view[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value % 2**64, at
    raise MessageError("a number does not end", at)


def integers(value):
    """The numbers of a field, packed or single, as signed integers of 64 bits."""
    single = isinstance(value, int)
    numbers, at = [value] if single else [], 0
    while not single and at < len(value):
        number, at = varint(value, at)
        numbers.append(number)
    return [n - 2**64 if n >= 2**63 else n for n in numbers]


def field(number, data):
    """The bytes of a field that holds bytes."""
    return encoded(number << 3 | BYTES) + encoded(len(data)) + data


def encoded(number):
    """The bytes of a varint."""
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    return bytes(data) + bytes([number])
