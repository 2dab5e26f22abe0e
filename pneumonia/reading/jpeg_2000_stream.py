"""What the header of a JPEG 2000 codestream states, and whether all tiles are there."""

from collections import Counter
from typing import Final, NamedTuple

_START: Final = b"\xff\x4f\xff\x51"  # start of codestream, then the size segment
_START_OF_TILE_PART: Final = b"\xff\x90"
_END: Final = b"\xff\xd9"
_LEAST_FILLING: Final = 64
# With 256 x 256 pixels each these cover the largest radiograph; more is an attack.
_MAX_TILES: Final = 4096


class SizeSegment(NamedTuple):
    """What the size segment states; ITU-T T.800, A.5.1.

    Attributes
    ----------
    precision : int
        Bits of each sample.
    rows, columns, samples, tiles : int
    """

    precision: int
    rows: int
    columns: int
    samples: int
    tiles: int


def read_size(data: bytes) -> SizeSegment:
    """Read the size segment of a codestream, or of a JP2 file around it.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    SizeSegment

    Raises
    ------
    ValueError
        If it is damaged, or asks for more work than any radiograph.
    """
    # A JP2 file instead of its bare codestream is wrong (PS3.5, A.4.4) but occurs.
    start = data.find(_START)
    if start < 0 or len(data) < start + 45:
        raise ValueError("no JPEG 2000 codestream")
    segment = data[start + 8 :]
    right, bottom, left, top, tile_width, tile_height, tile_left, tile_top = (
        int.from_bytes(segment[i : i + 4], "big") for i in range(0, 32, 4)
    )
    samples = int.from_bytes(segment[32:34], "big")
    components = segment[34 : 34 + 3 * samples]
    if not (tile_width and tile_height) or len(components) < 3 * samples or not samples:
        raise ValueError("a damaged JPEG 2000 size segment")
    tiles = -(-(right - tile_left) // tile_width) * -(
        -(bottom - tile_top) // tile_height
    )
    if tiles > _MAX_TILES or set(components[1::3] + components[2::3]) != {1}:
        raise ValueError("JPEG 2000 with too many tiles or with subsampled components")
    precision = max(1 + (depth & 0x7F) for depth in components[::3])
    return SizeSegment(precision, bottom - top, right - left, samples, tiles)


def is_cut_off(data: bytes) -> bool:
    """Tell whether tiles, or parts of them, are missing.

    OpenJPEG fails on a tile-part that is cut, but not where whole ones are missing
    before the end marker.

    Parameters
    ----------
    data : bytes
        A codestream, or a JP2 file around it, whose size segment is sound.

    Returns
    -------
    bool

    References
    ----------
    * ITU-T T.800, A.4.2 (start of tile-part)
    """
    at = data.find(_START_OF_TILE_PART, data.find(_START))
    found: Counter[int] = Counter()
    stated: dict[int, int] = {}
    while 0 <= at and data[at : at + 2] == _START_OF_TILE_PART:
        segment = data[at + 4 : at + 12]
        if len(segment) < 8:
            return True
        tile = int.from_bytes(segment[:2], "big")
        found[tile] += 1
        # One part of a tile at least says how many there are; 0 says nothing.
        stated[tile] = max(stated.get(tile, 0), segment[7])
        length = int.from_bytes(segment[2:6], "big")
        # A length of 0 means up to the end marker.
        at = at + length if length else len(data)
    if at > len(data) or len(found) < read_size(data).tiles:
        return True
    # A file that was made before its content ends in zeros, without an end marker.
    if data[at : at + 2] != _END and not any(data[at - _LEAST_FILLING : at]):
        return True
    return any(found[tile] < parts for tile, parts in stated.items())
