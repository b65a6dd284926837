"""CRC-32C, the checksum of TFRecord files, by NumPy.

A CRC is the remainder of a division of polynomials over two elements, so it is linear:
for two parts a, b of the data, with the register r(a) after the first,

    r(ab) = zeros(r(a), length of b) xor r(b begun with 0),

`zeros` being what as many zero bytes do to a register. So rows of 512 bytes are divided
side by side, two bytes at a time by a table, and then joined.
"""

import functools

import numpy as np

POLYNOMIAL = 0x82F63B78  # Castagnoli's, lowest power in the highest bit
ROW = 512  # bytes


def crc32c(data):
    """Checksum of bytes.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    data = np.frombuffer(data, np.uint8)
    n_rows = len(data) // ROW
    register = 0xFFFFFFFF
    if n_rows:
        for row in _rows(data[: n_rows * ROW].reshape(n_rows, ROW)):
            register = _zeros(register) ^ row
    table = _byte_table_list()
    for byte in data[n_rows * ROW :].tolist():
        register = table[(register ^ byte) & 255] ^ register >> 8
    return register ^ 0xFFFFFFFF


def _rows(rows):
    """Registers after each row, begun with 0."""
    pairs = np.ascontiguousarray(rows.view("<u2").T)  # (ROW / 2, n_rows)
    return _divide(np.zeros(len(rows), np.uint32), pairs).tolist()


def _divide(register, pairs):
    table = _pair_table()
    for pair in pairs:
        register = table[(register ^ pair) & 0xFFFF] ^ register >> 16
    return register


def _zeros(register):
    """The register after ROW bytes of zeros."""
    a, b, c, d = _zero_tables()
    return (
        a[register & 255]
        ^ b[register >> 8 & 255]
        ^ c[register >> 16 & 255]
        ^ d[register >> 24]
    )


@functools.cache
def _zero_tables():
    """What each byte of a register becomes after ROW bytes of zeros."""
    registers = np.arange(256, dtype=np.uint32) << np.uint32([[0], [8], [16], [24]])
    pairs = np.zeros((ROW // 2, 1), np.uint16)
    return _divide(registers.ravel(), pairs).reshape(4, 256).tolist()


@functools.cache
def _pair_table():
    """What two bytes at once do."""
    table = _byte_table()
    register = np.arange(65536, dtype=np.uint32)
    for _ in range(2):
        register = table[register & 255] ^ register >> 8
    return register


def _byte_table():
    register = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        odd = register & 1
        register = register >> 1 ^ odd * np.uint32(POLYNOMIAL)
    return register


@functools.cache
def _byte_table_list():
    return _byte_table().tolist()
