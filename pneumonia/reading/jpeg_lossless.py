"""How many bits a lossless JPEG of a picture takes, told from the picture.

References
----------
* ITU-T T.81, annexes B.2.4.2 and H
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pneumonia.reading.grey_levels import count_levels

_SOF3, _DHT, _SOS = 0xC3, 0xC4, 0xDA
_USED: Final = {_SOF3, _DHT, _SOS}
# Applications' own data and comments change nothing.
_IDLE: Final = {*range(0xE0, 0xF0), 0xFE}
# The predictor is the pixel to the left, and no bits were left out.
_FROM_THE_LEFT: Final = bytes((1, 0, 0))
_CATEGORIES: Final = 17


def is_coded_whole(
    picture: NDArray[Any], segments: Sequence[tuple[int, bytes]], coded: memoryview
) -> bool:
    """Tell whether a scan has as many bits as its picture takes.

    Each pixel is coded by its difference from the one to its left, so the bits of a
    picture can be counted without decoding it again.

    Parameters
    ----------
    picture : ndarray of uint8 or uint16, shape (H, W)
        What a decoder made of it.
    segments : sequence of (int, bytes)
        Marker and content of each, to that which starts the only scan.
    coded : memoryview
        The data of the scan.

    Returns
    -------
    bool
        False also for what is coded in another way.
    """
    markers = [marker for marker, _ in segments if marker not in _IDLE]
    contents = dict(segments)
    if sorted(markers) != sorted(_USED) or picture.ndim != 2:
        return False
    frame, table, scan = (contents[marker] for marker in (_SOF3, _DHT, _SOS))
    if scan[0] != 1 or scan[-3:] != _FROM_THE_LEFT or len(table) < _CATEGORIES:
        return False
    # Without markers in the scan, each byte FF has one byte behind it that counts not.
    values = np.frombuffer(coded, np.uint8)
    available = 8 * (len(values) - int(np.count_nonzero(values == 0xFF)))
    needed = int(_count_differences(picture, frame[0]) @ _read_lengths(table))
    return 0 <= available - needed < 8


def _count_differences(picture: NDArray[Any], precision: int) -> NDArray[np.int64]:
    """Count the pixels of each category of differences; T.81, table H.2."""
    levels = picture.astype(np.uint16, copy=False)
    differences = np.empty_like(levels)
    np.subtract(levels[:, 1:], levels[:, :-1], out=differences[:, 1:])
    np.subtract(levels[1:, 0], levels[:-1, 0], out=differences[1:, 0])
    differences[0, 0] = (int(levels[0, 0]) - (1 << (precision - 1))) % 2**16
    every = np.arange(2**16).astype(np.uint16).view(np.int16).astype(np.int32)
    _, category = np.frexp(np.abs(every))
    counts = np.bincount(category, count_levels(differences), _CATEGORIES)
    return counts.astype(np.int64)


def _read_lengths(table: bytes) -> NDArray[np.int64]:
    """Read how many bits each category takes: its code, then the difference."""
    bits = np.full(_CATEGORIES, 2**20)  # for those that have no code
    codes = np.repeat(np.arange(1, 17), list(table[1:_CATEGORIES]))
    for category, length in zip(table[_CATEGORIES:], codes, strict=False):
        if category < _CATEGORIES:
            # That of 32,768 has no bits of its own.
            bits[category] = length + category % 16
    return bits
