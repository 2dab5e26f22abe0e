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
