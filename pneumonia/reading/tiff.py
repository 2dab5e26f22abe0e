"""What Pillow does not tell of a TIFF: which picture counts, and whether it is whole.

References
----------
* TIFF 6.0, sections 2, 8 (NewSubfileType), 15 (tiles) and 22 (JPEG)
* Adobe Photoshop TIFF Technical Notes, 2002: JPEG-in-TIFF, tag 347
"""

import io
import math
import struct
from collections.abc import Sequence
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from pneumonia.reading import jpeg_stream
from pneumonia.reading.part_limits import check_parts

_NEW_SUBFILE_TYPE, _SUBFILE_TYPE = 254, 255
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _STRIP_BYTES = 273, 277, 278, 279
_PLANAR, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 284, 322, 323, 324, 325
_SAMPLE_FORMAT, _JPEG_TABLES, _JPEG_START, _JPEG_LENGTH = 339, 347, 513, 514
_UNCOMPRESSED, _OLD_JPEG, _JPEG = 1, 6, 7
_WHITE_IS_ZERO: Final = 0
# Bits of NewSubfileType: a reduced copy, a transparency mask.
_REDUCED, _MASK = 1, 4
_OLD_REDUCED: Final = 2
_SIGNED: Final = 2
# The largest unit of coded pixels, to which some encoders fill up.
_JPEG_BLOCK: Final = 32
# Of tiles that are larger than their picture, in pixels.
_LARGEST_TILE: Final = 2**24
# Bytes of each type of value, by its number.
_TYPE_BYTES: Final = dict(
    zip(range(1, 19), b"\1\1\2\4\10\1\1\2\4\10\4\10\4\1\1\10\10\10", strict=True)
)

Tags = ImageFileDirectory_v2


def is_tiff(data: bytes) -> bool:
    """Tell a TIFF, of 32 or 64 bits, by its first bytes."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def check_work(data: bytes) -> None:
    """Refuse a TIFF of very many directories or tags, before they are read.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    UnreadableRadiographError
        With the code ``too_complex``.
    ValueError
        If the directories go in a circle, or the values of the tags together are
        longer than the file: then they share bytes, which would be copied many times.
    struct.error
        If a directory is cut off.
    """
    order = "<" if data.startswith(b"II") else ">"
    wide = b"+" in data[2:4]
    word, count_of, entry = ("Q", "Q", "HHQQ") if wide else ("I", "H", "HHII")
    inline = struct.calcsize(word)
    directories = tags = value_bytes = 0
    seen: set[int] = set()
    (at,) = struct.unpack_from(order + word, data, 8 if wide else 4)
    while at:
        if at in seen:
            raise ValueError("the directories go in a circle")
        seen.add(at)
        (count,) = struct.unpack_from(order + count_of, data, at)
        at += struct.calcsize(count_of)
        directories, tags = directories + 1, tags + count
        check_parts("tiff_directories", directories)
        check_parts("tiff_tags", tags)
        size = count * struct.calcsize("=" + entry)
        for _, kind, length, _ in struct.iter_unpack(
            order + entry, data[at : at + size]
        ):
            needed = length * _TYPE_BYTES.get(kind, 1)
            value_bytes += needed if needed > inline else 0
        if value_bytes > len(data):
            raise ValueError("the values of a TIFF share their bytes")
        (at,) = struct.unpack_from(order + word, data, at + size)


def read_directories(data: bytes) -> list[Tags]:
    """Read the tags of each picture in a TIFF.

    Parameters
    ----------
    data : bytes
        The whole file, which `check_work` has passed.

    Returns
    -------
    list of ImageFileDirectory_v2
        In the file's order.

    Raises
    ------
    ValueError
        If there are none, or one is cut off.
    Exception
        Pillow meets hostile bytes with almost any type.
    """
    head = data[:16] if b"+" in data[2:4] else data[:8]
    file = io.BytesIO(data)
    tags = Tags(head)
    found: list[Tags] = []
    following, seen = tags.next, set[int]()
    while following:
        # Of a directory that is cut off Pillow says that the first one follows.
        if following in seen:
            raise ValueError("the directories go in a circle")
        seen.add(following)
        tags = Tags(head)
        file.seek(following)
        tags.load(file)
        found.append(tags)
        following = tags.next
    if not found:
        raise ValueError("a TIFF without a directory")
    return found


def find_pictures(directories: Sequence[Tags]) -> list[int]:
    """Find the numbers of the pictures that are no thumbnail and no mask of another.

    Parameters
    ----------
    directories : sequence of ImageFileDirectory_v2

    Returns
    -------
    list of int
        All of them where every one says that it is a copy of another.
    """
    full = [
        number
        for number, tags in enumerate(directories)
        if not int(tags.get(_NEW_SUBFILE_TYPE, 0)) & (_REDUCED | _MASK)
        and int(tags.get(_SUBFILE_TYPE, 0)) != _OLD_REDUCED
    ]
    return full or list(range(len(directories)))


def size_of(tags: Tags) -> tuple[int, int]:
    """Return width and height."""
    return int(tags[_WIDTH]), int(tags[_HEIGHT])


def is_beyond_pillow(tags: Tags) -> bool:
    """Tell what Pillow reads wrongly or not at all.

    Of 16 bits colour and white-is-zero, of 8 bits signed samples.
    """
    bits = max(_numbers(tags, _BITS, 1))
    signed = max(_numbers(tags, _SAMPLE_FORMAT, 1)) == _SIGNED
    inverted = int(tags.get(_PHOTOMETRIC, 1)) == _WHITE_IS_ZERO
    if bits == 16:
        return int(tags.get(_SAMPLES, 1)) > 1 or inverted
    return bits == 8 and signed


def decode(data: bytes, number: int, tags: Tags) -> NDArray[Any]:
    """Decode a picture with libtiff, as it is stored.

    Parameters
    ----------
    data : bytes
        The whole file.
    number : int
        Of the picture's directory.
    tags : ImageFileDirectory_v2
        Of that directory.

    Returns
    -------
    ndarray of uint8 or uint16, shape (H, W) or (H, W, C)
        0 is black. Signed samples keep their order.

    Raises
    ------
    ValueError
        If the samples are neither 8 nor 16 bits wide.
    Exception
        If libtiff cannot decode it.
    """
    samples = np.asarray(imagecodecs.tiff_decode(data, index=number))
    width, height = size_of(tags)
    if samples.ndim == 3 and samples.shape[1:] == (height, width):
        samples = np.moveaxis(samples, 0, -1)
    if samples.shape[:2] != (height, width):
        raise ValueError("libtiff gives another size than the tags")
    if samples.dtype == np.int16:
        samples = (samples.astype(np.int32) + 2**15).astype(np.uint16)
    elif samples.dtype == np.int8:
        samples = (samples.astype(np.int16) + 2**7).astype(np.uint8)
    if samples.dtype not in (np.uint8, np.uint16):
        raise ValueError("samples of more than 16 bits")
    if int(tags.get(_PHOTOMETRIC, 1)) == _WHITE_IS_ZERO:
        full = np.iinfo(samples.dtype).max
        samples = np.subtract(full, samples, dtype=samples.dtype)
    return samples


def lacks_a_part(data: bytes, tags: Tags) -> bool:
    """Tell whether strips or tiles are missing, short, or cut-off JPEGs.

    Parameters
    ----------
    data : bytes
        The whole file.
    tags : ImageFileDirectory_v2

    Returns
    -------
    bool
        Of compressed parts other than JPEG only the number and place is judged:
        libtiff itself finds those that end early.
    """
    tiled = _TILE_OFFSETS in tags
    starts = _numbers(tags, _TILE_OFFSETS if tiled else _STRIP_OFFSETS, 0)
    lengths = _numbers(tags, _TILE_BYTES if tiled else _STRIP_BYTES, 0)
    compression = int(tags.get(_COMPRESSION, _UNCOMPRESSED))
    if compression == _OLD_JPEG and _JPEG_START in tags:
        start = int(tags[_JPEG_START])
        length = int(tags.get(_JPEG_LENGTH, len(data)))
        return _lacks_rows(data[start : start + length], *size_of(tags))
    shape, needed = _part_bytes(tags, tiled)
    if len(starts) < len(needed) or len(lengths) < len(needed):
        # A single strip may come without its length.
        return not (len(starts) == len(needed) == 1)
    if sum(lengths) > 2 * len(data):
        raise ValueError("the strips of a TIFF share their bytes")
    for start, length, size in zip(starts, lengths, needed, strict=False):
        part = data[start : start + length]
        if len(part) < (size if compression == _UNCOMPRESSED else max(length, 1)):
            return True
        if compression in (_JPEG, _OLD_JPEG):
            tables = bytes(tags.get(_JPEG_TABLES, b""))
            if _lacks_rows(tables[:-2] + part[2:] if tables else part, *shape):
                return True
    return False


def _lacks_rows(jpeg: bytes, width: int, height: int) -> bool:
    """Tell whether a JPEG in a TIFF is cut off, if it is no larger than its place."""
    jpeg_stream.check_work(jpeg)
    rows, columns = jpeg_stream.read_size(jpeg)
    if rows > height + _JPEG_BLOCK or columns > width + _JPEG_BLOCK:
        raise ValueError("a JPEG that is larger than its strip or tile")
    return jpeg_stream.is_cut_off(jpeg)


def _part_bytes(tags: Tags, tiled: bool) -> tuple[tuple[int, int], list[int]]:
    """Return width and height of a strip or tile, and the bytes of each, unpacked."""
    width, height = size_of(tags)
    bits = _numbers(tags, _BITS, 1)
    samples = int(tags.get(_SAMPLES, 1))
    planes = samples if int(tags.get(_PLANAR, 1)) == 2 else 1
    pixel_bits = max(bits) * samples // planes
    if tiled:
        across, down = int(tags[_TILE_WIDTH]), int(tags[_TILE_HEIGHT])
        tiles = math.ceil(width / across) * math.ceil(height / down)
        check_parts("tiff_strips", tiles * planes)
        if across * down > width * height + _LARGEST_TILE:
            raise ValueError("a tile far larger than its picture")
        size = math.ceil(across * pixel_bits / 8) * down
        return (across, down), [size] * tiles * planes
    down = min(int(tags.get(_ROWS_PER_STRIP, height)), height)
    row = math.ceil(width * pixel_bits / 8)
    check_parts("tiff_strips", math.ceil(height / down) * planes)
    strips = [min(down, height - top) * row for top in range(0, height, down)]
    return (width, down), strips * planes


def _numbers(tags: Tags, tag: int, default: int) -> tuple[int, ...]:
    value = tags.get(tag, default)
    values = value if isinstance(value, tuple) else (value,)
    return tuple(int(each) for each in values) or (default,)
