"""A picture of which a part is missing is unreadable, whatever its end looks like."""

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from picture_files import TiffTags, build_tiff_of, encode
from PIL import Image

from pneumonia.errors import UnreadableRadiographError
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import read_radiograph

GREY = draw_phantom((256, 240), seed=3)
IMAGE = Image.fromarray(GREY)
JPEG_END, PNG_END = b"\xff\xd9", b"\0\0\0\0IEND\xaeB`\x82"
FILES = {
    "jpeg": (encode(IMAGE, "JPEG", quality=90), JPEG_END),
    "jpeg colour": (encode(IMAGE.convert("RGB"), "JPEG", quality=90), JPEG_END),
    "progressive": (encode(IMAGE, "JPEG", quality=90, progressive=True), JPEG_END),
    "restarts": (encode(IMAGE, "JPEG", restart_marker_rows=1), JPEG_END),
    "png": (encode(IMAGE, "PNG"), PNG_END),
    "tiff": (encode(IMAGE, "TIFF"), b""),
    "tiff deflate": (encode(IMAGE, "TIFF", compression="tiff_adobe_deflate"), b""),
    "tiff jpeg": (encode(IMAGE, "TIFF", compression="jpeg"), b""),
    "bmp": (encode(IMAGE, "BMP"), b""),
    "gif": (encode(IMAGE, "GIF"), b"\0;"),
    "webp": (encode(IMAGE, "WEBP", quality=90), b""),
    "webp lossless": (encode(IMAGE, "WEBP", lossless=True), b""),
    "avif": (encode(IMAGE, "AVIF"), b""),
    "jp2": (bytes(imagecodecs.jpeg2k_encode(GREY, 0, codecformat="jp2")), JPEG_END),
    "j2k": (bytes(imagecodecs.jpeg2k_encode(GREY, 0, codecformat="j2k")), JPEG_END),
    "jxl": (bytes(imagecodecs.jpegxl_encode(GREY)), b""),
}
STRIPS = [GREY[top : top + 32] for top in range(0, 256, 32)]


def assert_cut_off(data: bytes) -> None:
    with pytest.raises(UnreadableRadiographError, match="cut off"):
        read_radiograph(data)


@pytest.mark.parametrize("name", FILES)
def test_whole_file_is_read(name: str) -> None:
    assert read_radiograph(FILES[name][0]).pixels.shape == GREY.shape


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("with_end", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_file_that_is_cut_is_unreadable(
    name: str, with_end: bool, share: float
) -> None:
    data, end = FILES[name]
    cut = data[: int(len(data) * share)]
    assert_cut_off(cut + end if with_end else cut)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.95])
def test_png_whose_sound_stream_lacks_rows_is_unreadable(
    share: float, depth: int
) -> None:
    pixels = GREY if depth == 8 else GREY.astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", 240, 256, depth, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(raw[: int(len(raw) * share)]))]
    assert_cut_off(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + name + body + _checksum(name + body)
            for name, body in chunks
        )
        + PNG_END
    )


def _checksum(content: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(content))


def build_strips(strips: Sequence[bytes], compression: int) -> bytes:
    tags: TiffTags = {259: (3, [compression]), 278: (4, [32])}
    return build_tiff_of([(GREY.shape, tags, list(strips))])


def compress(compression: int) -> list[bytes]:
    encoders: dict[int, Any] = {
        1: lambda strip: strip.tobytes(),
        7: lambda strip: imagecodecs.jpeg8_encode(strip, 90),
        8: lambda strip: zlib.compress(strip.tobytes()),
    }
    return [bytes(encoders[compression](strip)) for strip in STRIPS]


@pytest.mark.parametrize("compression", [1, 7, 8])
def test_tiff_of_all_strips_is_read(compression: int) -> None:
    read = read_radiograph(build_strips(compress(compression), compression))
    assert np.abs(read.pixels.astype(int) - GREY).mean() < 3


@pytest.mark.parametrize("compression", [1, 7, 8])
def test_tiff_without_its_last_strips_is_unreadable(compression: int) -> None:
    assert_cut_off(build_strips(compress(compression)[:5], compression))


@pytest.mark.parametrize("end", [b"", JPEG_END])
@pytest.mark.parametrize("number", [0, 4, 7])
def test_tiff_with_a_cut_jpeg_strip_is_unreadable(number: int, end: bytes) -> None:
    strips = compress(7)
    strips[number] = strips[number][: len(strips[number]) * 7 // 10] + end
    assert_cut_off(build_strips(strips, 7))


def test_jpeg_before_a_phone_s_previews_is_judged_by_itself() -> None:
    data = encode(IMAGE, "MPO", save_all=True, append_images=[IMAGE])
    assert read_radiograph(data).format == "MPO"
    grey: NDArray[Any] = read_radiograph(data).pixels
    assert grey.shape == GREY.shape
