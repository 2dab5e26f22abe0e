"""What the header of a JPEG 2000 codestream states, and whether all tiles are there.

References
----------
* ITU-T T.800, annexes A (codestream), B (precincts, code blocks, packets) and I (JP2)
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from pneumonia.reading.part_limits import check_parts

_JP2: Final = b"\0\0\0\x0cjP  \r\n\x87\n"
_START: Final = b"\xff\x4f\xff\x51"  # start of codestream, then the size segment
_START_OF_TILE_PART: Final = b"\xff\x90"
_END: Final = b"\xff\xd9"
_LEAST_FILLING: Final = 64
_COD, _COC, _POC, _SOT, _SOD = 0x52, 0x53, 0x5F, 0x90, 0x93
_LARGEST_PRECINCT: Final = 15  # as a power of two


class SizeSegment(NamedTuple):
    """What the size segment states; ITU-T T.800, A.5.1.

    Attributes
    ----------
    precision : int
        Bits of each sample.
    rows, columns, samples, tiles : int
    tile : tuple of int
        Width and height of a tile.
    """

    precision: int
    rows: int
    columns: int
    samples: int
    tiles: int
    tile: tuple[int, int]


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
        If it is damaged, or its components have different sizes.
    UnreadableRadiographError
        With the code ``too_complex`` if there are too many tiles.
    """
    start = _find_codestream(data)
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
    check_parts("jpeg_2000_tiles", tiles)
    if set(components[1::3] + components[2::3]) != {1}:
        raise ValueError("JPEG 2000 with subsampled components")
    precision = max(1 + (depth & 0x7F) for depth in components[::3])
    return SizeSegment(
        precision, bottom - top, right - left, samples, tiles, (tile_width, tile_height)
    )


def is_jpeg_2000(data: bytes) -> bool:
    """Tell a codestream, or a JP2 file, by its first bytes."""
    return data.startswith((_JP2, _START))


def _find_codestream(data: bytes) -> int:
    """Find where the codestream begins that a decoder takes: in the first jp2c box.

    A JP2 file in DICOM instead of its bare codestream is wrong (PS3.5, A.4.4) but
    occurs.
    """
    at = count = 0
    while data.startswith(_JP2) and data[at + 4 : at + 8] != b"jp2c":
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length < 8:
            raise ValueError("a JP2 file without a codestream")
        at, count = at + length, count + 1
        check_parts("jpeg_2000_boxes", count)
    if data.startswith(_JP2):
        at += 16 if data[at : at + 4] == b"\0\0\0\1" else 8
    if data[at : at + 4] != _START or len(data) < at + 45:
        raise ValueError("no JPEG 2000 codestream")
    return at


class _Style(NamedTuple):
    """How the samples of a tile are divided (T.800, A.6.1)."""

    levels: int
    block: tuple[int, int]
    # Of each resolution; all three as powers of two.
    precincts: list[tuple[int, int]]

    @classmethod
    def of(cls, parameters: bytes, flags: bytes) -> "_Style":
        if len(parameters) < 5:
            raise ValueError("a coding style that is cut off")
        levels = parameters[0]
        sizes = parameters[5 : 6 + levels] if flags[0] & 1 else b""
        largest = _LARGEST_PRECINCT
        precincts = [(size & 15, size >> 4) for size in sizes]
        precincts += [(largest, largest)] * (levels + 1 - len(precincts))
        return cls(levels, (2 + parameters[1], 2 + parameters[2]), precincts)

    def count_parts(self, width: int, height: int) -> tuple[int, int, int]:
        """Count precincts, code blocks, and the places where a precinct may begin."""
        all_precincts = all_blocks = 0
        steps = []
        for resolution, sizes in enumerate(self.precincts):
            reduced = self.levels - resolution
            precincts = blocks = 1
            for side, size, block in zip(
                (width, height), sizes, self.block, strict=True
            ):
                pixels = -(-side >> reduced)
                precincts *= -(-pixels >> size)
                # A band of a higher resolution has half its pixels a side.
                half = int(resolution > 0)
                blocks *= -(-pixels >> half + max(0, min(block, size - half)))
            bands = 3 if resolution else 1
            all_precincts += precincts
            all_blocks += bands * max(blocks, precincts)
            steps.append([size + reduced for size in sizes])
        across, down = (min(step) for step in zip(*steps, strict=True))
        places = -(-width >> across) * -(-height >> down) * (self.levels + 1)
        return all_precincts, all_blocks, places


def check_work(data: bytes) -> None:
    """Refuse a picture that is divided so finely that a decoder runs out of memory.

    OpenJPEG keeps about 500 bytes for each precinct and for each code block, and goes
    through all packets, also through those that hold nothing.

    Parameters
    ----------
    data : bytes
        A codestream, or a JP2 file around it.

    Raises
    ------
    UnreadableRadiographError
        With the code ``too_complex``.
    ValueError
        If the header is damaged.
    """
    size = read_size(data)
    width, height = size.columns, size.rows
    tile = min(size.tile[0], width), min(size.tile[1], height)
    parts = size.samples * size.tiles
    layers, orders = 1, 1
    # The styles of a component or of a tile are taken for those of all of them.
    for marker, segment in _read_segments(data):
        if marker == _COD:
            layers = max(layers, int.from_bytes(segment[2:4], "big"))
            style = _Style.of(segment[5:], segment[:1])
        elif marker == _COC:
            number = 1 if size.samples < 257 else 2
            style = _Style.of(segment[number + 1 :], segment[number : number + 1])
        elif marker == _POC:
            orders += len(segment) // 7
            continue
        else:
            continue
        precincts, blocks, places = style.count_parts(*tile)
        check_parts("jpeg_2000_blocks", parts * (precincts + blocks))
        packets = parts * (layers * precincts + places) * orders
        check_parts("jpeg_2000_packets", packets)


def _read_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Read the marker segments of the main header and of all tile-parts."""
    at = 2 + _find_codestream(data)
    count = tile_part = part_length = 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SOT:
            tile_part = at
            part_length = int.from_bytes(data[at + 6 : at + 10], "big")
        if marker == _SOD:
            if not part_length:
                return
            at = tile_part + part_length
        else:
            yield marker, data[at + 4 : at + 2 + length]
            at += 2 + length
        count += 1
        check_parts("jpeg_2000_segments", count)


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
    at = data.find(_START_OF_TILE_PART, _find_codestream(data))
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
