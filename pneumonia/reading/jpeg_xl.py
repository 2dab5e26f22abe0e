"""JPEG XL: told by its first bytes, and measured before it is decoded.

References
----------
* ISO/IEC 18181-1, annex D.2 (SizeHeader); 18181-2, clause 9 (boxes)
"""

from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray

_CODESTREAM: Final = b"\xff\x0a"
_CONTAINER: Final = b"\0\0\0\x0cJXL \r\n\x87\n"
# Bits of a side, by its two-bit selector.
_SIDE_BITS: Final = (9, 13, 18, 30)
# Width over height, by the three-bit ratio.
_RATIOS: Final = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


def is_jpeg_xl(data: bytes) -> bool:
    """Tell JPEG XL by its first bytes."""
    return data.startswith((_CODESTREAM, _CONTAINER))


def is_supported() -> bool:
    """Tell whether the installed imagecodecs decodes JPEG XL."""
    return bool(imagecodecs.JPEGXL.available)


def read_size(data: bytes) -> tuple[int, int]:
    """Read width and height from the header alone.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    width, height : int

    Raises
    ------
    ValueError
        If there is no codestream.
    """
    bits = _Bits(_find_codestream(data)[2:34])
    small = bool(bits.read(1))

    def read_side() -> int:
        if small:
            return 8 * (bits.read(5) + 1)
        return bits.read(_SIDE_BITS[bits.read(2)]) + 1

    height = read_side()
    ratio = bits.read(3)
    if ratio:
        over, under = _RATIOS[ratio - 1]
        return height * over // under, height
    return read_side(), height


def decode_jpeg_xl(data: bytes) -> NDArray[Any]:
    """Decode a picture whose size was checked.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    ndarray of uint8 or uint16, shape (H, W), (H, W, C) or (frames, H, W[, C])
        Upright: the decoder obeys the orientation.

    Raises
    ------
    Exception
        If it is damaged or cut off.
    """
    return np.asarray(imagecodecs.jpegxl_decode(data))


def _find_codestream(data: bytes) -> bytes:
    """Return the codestream, or its first part, from the boxes around it."""
    if data.startswith(_CODESTREAM):
        return data
    at = 0
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        start = at + 8
        if length == 1:
            length = int.from_bytes(data[start : start + 8], "big")
            start += 8
        if kind in (b"jxlc", b"jxlp"):
            # A part of several begins with its number, in four bytes.
            return data[start + 4 * (kind == b"jxlp") :]
        if length < 8:
            break
        at += length
    raise ValueError("a JPEG XL container without a codestream")


class _Bits:
    """Reads numbers from the lowest bit on."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")

    def read(self, count: int) -> int:
        value = self._number & ((1 << count) - 1)
        self._number >>= count
        return value
