"""How many parts a picture file has, counted before anything opens it.

References
----------
* ITU-T T.81 (JPEG), T.800 (JPEG 2000)
* Portable Network Graphics (PNG) Specification, W3C 2003, clause 5.3
* Graphics Interchange Format 89a, sections 15 to 27
* WebP Container Specification, Google 2011
"""

import struct
from typing import Final

from pneumonia.reading import jpeg_2000_stream, jpeg_stream, tiff
from pneumonia.reading.part_limits import check_parts

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_GIF_FRAME, _GIF_EXTENSION = 0x2C, 0x21
# Compressions of BMP, for which Pillow takes run after run in Python.
_BMP_RUNS: Final = (1, 2)


def check_work(data: bytes) -> None:
    """Refuse a picture that asks for more work than its size tells.

    Parameters
    ----------
    data : bytes
        The whole file, of any kind.

    Raises
    ------
    UnreadableRadiographError
        With the code ``too_complex``.
    ValueError
        If the header of a JPEG 2000 picture or of a TIFF is damaged.
    """
    if data.startswith(b"\xff\xd8"):
        jpeg_stream.check_work(data)
    elif jpeg_2000_stream.is_jpeg_2000(data):
        jpeg_2000_stream.check_work(data)
    elif tiff.is_tiff(data):
        tiff.check_work(data)
    elif data.startswith(_PNG):
        _check_chunks(data, len(_PNG), ">I", "png_chunks")
    elif data.startswith(b"RIFF"):
        _check_chunks(data, 12, "<4xI", "webp_chunks")
    elif data.startswith(b"GIF8"):
        _check_gif(data)
    elif data.startswith(b"BM"):
        is_packed = int.from_bytes(data[30:34], "little") in _BMP_RUNS
        check_parts("bmp_runs", len(data) if is_packed else 0)


def read_webp_canvas(data: bytes) -> tuple[int, int]:
    """Read the size that Pillow lays out when it opens a WebP picture.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    width, height : int
        1 and 1 where the file has no canvas of its own.
    """
    if data[12:16] != b"VP8X":
        return 1, 1
    width, height = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    return 1 + width, 1 + height


def _check_chunks(data: bytes, at: int, length_at: str, part: str) -> None:
    """Count chunks: of a PNG, or of a WebP, which pads them to even lengths."""
    count = 0
    around = 12 if part == "png_chunks" else 8
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(length_at, data, at)
        at += around + length + (length % 2 if around == 8 else 0)
        count += 1
        check_parts(part, count)


def _check_gif(data: bytes) -> None:
    """Count frames, extensions and the blocks of at most 255 bytes in them."""
    count = 0
    at = 13 + _colours(data, 10)
    while at < len(data):
        kind = data[at]
        if kind == _GIF_FRAME:
            at += 11 + _colours(data, at + 9)
        elif kind == _GIF_EXTENSION:
            at += 2
        else:
            return
        while at < len(data) and data[at]:
            at += 1 + data[at]
            count += 1
            check_parts("gif_blocks", count)
        at += 1
        count += 1
        check_parts("gif_blocks", count)


def _colours(data: bytes, at: int) -> int:
    """Return how many bytes the table of colours has that a byte tells of."""
    flags = data[at] if at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
