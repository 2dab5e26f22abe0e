"""JPEG, PNG, TIFF and other picture files for tests, built in memory."""

import functools
import io
import struct
import zlib
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.phantom import draw_phantom

SHAPE = (80, 72)
ORIENTATION_TAG = 274
PATIENT = "Mustermann^Erika"
LOSSLESS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "TIFF": {},
    "BMP": {},
    "WEBP": {"lossless": True},
    "GIF": {},
}
FORMATS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, **LOSSLESS}
TIFF_COMPRESSIONS = ["tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd"]


@functools.cache
def draw_grey(bit_depth: int = 8) -> NDArray[Any]:
    return draw_phantom(SHAPE, seed=1, bit_depth=bit_depth)


def grey_image(bit_depth: int = 8) -> Image.Image:
    return Image.fromarray(draw_grey(bit_depth))


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def orientation_tag(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = value
    return exif


def turn_upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Do what EXIF 2.3, section 4.6.4, asks for each value of the tag."""
    return {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.T,
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].T,
        8: np.rot90(stored),
    }[orientation]


def build_png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body))
        + name
        + body
        + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), *chunks, (b"IEND", b""))
    )


def build_grey_png(*chunks: tuple[bytes, bytes]) -> bytes:
    rows = b"".join(b"\0" + row.tobytes() for row in draw_grey())
    data = (b"IDAT", zlib.compress(rows))
    return build_png(SHAPE[1], SHAPE[0], *chunks, data)


def build_tiff(
    stored: NDArray[Any], *, photometric: int = 1, byte_order: Literal["<", ">"] = "<"
) -> bytes:
    """Write an uncompressed TIFF exactly as asked, which Pillow does not."""
    body = stored.astype(stored.dtype.newbyteorder(byte_order)).tobytes()
    tags = {
        256: stored.shape[1],
        257: stored.shape[0],
        258: stored.dtype.itemsize * 8,
        259: 1,
        262: photometric,
        273: 8,
        277: 1,
        278: stored.shape[0],
        279: len(body),
    }
    magic = b"II*\0" if byte_order == "<" else b"MM\0*"
    entries = [struct.pack(f"{byte_order}HHII", tag, 4, 1, tags[tag]) for tag in tags]
    return b"".join(
        (
            magic,
            struct.pack(f"{byte_order}I", 8 + len(body)),
            body,
            struct.pack(f"{byte_order}H", len(entries)),
            *entries,
            bytes(4),
        )
    )


def veil(image: Image.Image, *, rows: int, alpha: int = 0) -> Image.Image:
    """Give an image an alpha channel that lets the upper rows fade."""
    mask = np.full(SHAPE, 255, np.uint8)
    mask[:rows] = alpha
    veiled = image.copy()
    veiled.putalpha(Image.fromarray(mask))
    return veiled


# Type (3: 16 bits, 4: 32 bits) and values of each tag.
TiffTags = dict[int, tuple[int, list[int]]]


def build_tiff_of(pages: list[tuple[tuple[int, ...], TiffTags, list[bytes]]]) -> bytes:
    """Write a TIFF of little-endian pages: shape, further tags, strips or planes."""
    data = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for shape, further, strips in pages:
        samples = shape[2] if len(shape) == 3 else 1
        starts = []
        for strip in strips:
            starts.append(len(data))
            data += strip + b"\0" * (len(strip) % 2)
        tags: TiffTags = {
            256: (4, [shape[1]]),
            257: (4, [shape[0]]),
            258: (3, [8] * samples),
            259: (3, [1]),
            262: (3, [1 if samples < 3 else 2]),
            273: (4, starts),
            277: (3, [samples]),
            278: (4, [shape[0]]),
            279: (4, [len(strip) for strip in strips]),
            **further,
        }
        entries = b""
        for tag in sorted(tags):
            kind, values = tags[tag]
            content = struct.pack("<" + {3: "H", 4: "I"}[kind] * len(values), *values)
            if len(content) > 4:
                place = len(data)
                data += content
                content = struct.pack("<I", place)
            entries += struct.pack("<HHI", tag, kind, len(values))
            entries += content.ljust(4, b"\0")
        data[link : link + 4] = struct.pack("<I", len(data))
        link = len(data) + 2 + len(entries)
        data += struct.pack("<H", len(tags)) + entries + bytes(4)
    return bytes(data)


def build_deep_png(
    samples: NDArray[Any], colour_type: int, *chunks: tuple[bytes, bytes]
) -> bytes:
    """Write a PNG of 16 bits a sample, which Pillow does for grey only."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    data = build_png(width, height, *chunks, (b"IDAT", zlib.compress(rows)))
    checksum = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return data[:16] + header + checksum + data[33:]
