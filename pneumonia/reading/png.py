"""What Pillow hides of a PNG: 16 bits of colour, and rows that are not there.

References
----------
* Portable Network Graphics (PNG) Specification, W3C 2003, clauses 8.2 and 11.2
"""

import zlib
from collections.abc import Iterator
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray

_FIRST_CHUNK: Final = 8
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_COLOUR_TYPES: Final = (2, 4, 6)
# First column and row of each pass of Adam7, and the steps to the next.
_PASSES: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_AT_ONCE: Final = 2**20
# Those that change no pixel and tell nothing of how the picture lies.
_PLAIN_CHUNKS: Final = {
    *(b"IHDR", b"IDAT", b"IEND", b"pHYs", b"gAMA", b"sRGB", b"cHRM", b"tIME", b"bKGD"),
}


def has_deep_colour(data: bytes) -> bool:
    """Tell a PNG of 16 bits a sample with more than one sample a pixel."""
    return data[24] == 16 and data[25] in _COLOUR_TYPES


def decode(data: bytes) -> NDArray[Any]:
    """Decode a PNG of 16 bits with all its bits.

    Parameters
    ----------
    data : bytes
        The whole file, whose size was checked.

    Returns
    -------
    ndarray of uint16, shape (H, W, C)

    Raises
    ------
    Exception
        If libpng cannot decode it.
    """
    return np.asarray(imagecodecs.png_decode(data))


def decode_plain_grey(data: bytes) -> NDArray[Any] | None:
    """Decode a PNG of 8 or 16 bits of grey, and nothing else in it, at once.

    Parameters
    ----------
    data : bytes
        The whole file, whose size was checked.

    Returns
    -------
    ndarray of uint8 or uint16, shape (H, W), or None
        None if it is another, or if libpng finds that something is missing or wrong.
    """
    if data[24] not in (8, 16) or data[25] != 0 or data[28] != 0:
        return None
    if not all(kind in _PLAIN_CHUNKS for kind, _ in _chunks(data)):
        return None
    try:
        return np.asarray(imagecodecs.png_decode(data))
    except RuntimeError:
        return None


def lacks_rows(data: bytes) -> bool:
    """Tell whether a sound stream of pixels ends before the picture does.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    bool
        False also where the stream is damaged, which a decoder tells.
    """
    needed = _count_bytes(data)
    inflater = zlib.decompressobj()
    try:
        for chunk in _pixel_chunks(data):
            while chunk:
                needed -= len(inflater.decompress(chunk, _AT_ONCE))
                if needed <= 0:
                    return False
                chunk = inflater.unconsumed_tail
        return len(inflater.flush()) < needed
    except zlib.error:
        return False


def _pixel_chunks(data: bytes) -> Iterator[bytes]:
    return (data[body] for kind, body in _chunks(data) if kind == b"IDAT")


def _chunks(data: bytes) -> Iterator[tuple[bytes, slice]]:
    """Walk the chunks: the kind of each, and where its content lies."""
    at = _FIRST_CHUNK
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], slice(at + 8, at + 8 + length)
        at += length + 12


def _count_bytes(data: bytes) -> int:
    """Count the bytes of all rows with their filters, as the header states them."""
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    depth, colour_type, interlaced = data[24], data[25], data[28]
    pixel_bits = depth * _SAMPLES.get(colour_type, 1)
    total = 0
    for left, top, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns = max(0, -(-(width - left) // across))
        rows = max(0, -(-(height - top) // down))
        total += rows * (1 + -(-columns * pixel_bits // 8)) if columns else 0
    return total
