"""Names in SoundFont files: ASCII by the book, Latin-1 or UTF-8 in the wild."""


def as_text(data):
    """Decode the bytes of a name, up to the zero that ends it.

    >>> as_text(b"Piano\\x00\\x00"), as_text(b"Fl\\xf6te"), as_text(b"Fl\\xc3\\xb6te")
    ('Piano', 'Flöte', 'Flöte')
    """
    data = data.split(b"\0", 1)[0]
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def as_bytes(text):
    """Encode a name as `as_text` decodes it, in as few bytes as that allows.

    >>> as_bytes("Flöte")
    b'Fl\\xf6te'
    """
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
    return data if as_text(data) == text else text.encode()
