"""Every kind of picture file becomes grey levels."""

import struct
from typing import Any

import numpy as np
import pytest
from attacks.hostile_files import palette_png
from picture_files import (
    FORMATS,
    LOSSLESS,
    ORIENTATION_TAG,
    TIFF_COMPRESSIONS,
    build_grey_png,
    build_tiff,
    draw_grey,
    encode,
    grey_image,
    orientation_tag,
    turn_upright,
    veil,
)
from PIL import Image

from pneumonia.errors import (
    UnsupportedRadiographError,
)
from pneumonia.reading.radiograph import read_radiograph
from pneumonia.reasons.codes import Notice


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_picture_is_read_exactly(kind: str) -> None:
    read = read_radiograph(encode(grey_image(), kind, **LOSSLESS[kind]))
    np.testing.assert_array_equal(read.pixels, draw_grey())
    assert read.pixels.dtype == np.uint8
    assert read.format == kind
    assert read.warnings == ()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_picture_is_read_nearly_exactly(kind: str) -> None:
    read = read_radiograph(encode(grey_image(), kind, quality=95))
    difference = np.abs(read.pixels.astype(int) - draw_grey())
    assert difference.mean() < 2
    assert read.format == kind
    assert read.warnings == ()


@pytest.mark.parametrize("compression", TIFF_COMPRESSIONS)
@pytest.mark.parametrize("bit_depth", [8, 16])
def test_compressed_tiff_is_read_exactly(compression: str, bit_depth: int) -> None:
    data = encode(grey_image(bit_depth), "TIFF", compression=compression)
    np.testing.assert_array_equal(read_radiograph(data).pixels, draw_grey(bit_depth))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_kept(kind: str) -> None:
    read = read_radiograph(encode(grey_image(16), kind))
    np.testing.assert_array_equal(read.pixels, draw_grey(16))
    assert read.pixels.dtype == np.uint16


def test_big_endian_sixteen_bit_tiff_is_read_exactly() -> None:
    read = read_radiograph(build_tiff(draw_grey(16), byte_order=">"))
    np.testing.assert_array_equal(read.pixels, draw_grey(16))
    assert read.pixels.dtype == np.dtype("=u2")


def test_sixteen_bit_white_is_zero_tiff_is_inverted() -> None:
    read = read_radiograph(build_tiff(65_535 - draw_grey(16), photometric=0))
    np.testing.assert_array_equal(read.pixels, draw_grey(16))


@pytest.mark.parametrize("compression", TIFF_COMPRESSIONS)
def test_compressed_sixteen_bit_white_is_zero_tiff_is_inverted(
    compression: str,
) -> None:
    stored = Image.fromarray(65_535 - draw_grey(16))
    tags = {262: 0}
    data = encode(stored, "TIFF", tiffinfo=tags, compression=compression)
    np.testing.assert_array_equal(read_radiograph(data).pixels, draw_grey(16))


def test_turned_sixteen_bit_white_is_zero_tiff_is_inverted() -> None:
    stored = Image.fromarray(65_535 - draw_grey(16))
    data = encode(stored, "TIFF", tiffinfo={262: 0, ORIENTATION_TAG: 6})
    np.testing.assert_array_equal(
        read_radiograph(data).pixels, turn_upright(draw_grey(16), 6)
    )


def test_eight_bit_white_is_zero_tiff_is_inverted() -> None:
    read = read_radiograph(build_tiff(255 - draw_grey(), photometric=0))
    np.testing.assert_array_equal(read.pixels, draw_grey())


def test_eight_bit_black_is_zero_tiff_is_not_inverted() -> None:
    read = read_radiograph(build_tiff(draw_grey(), photometric=1))
    np.testing.assert_array_equal(read.pixels, draw_grey())


def test_thirty_two_bit_tiff_within_sixteen_bits_is_read_exactly() -> None:
    image = Image.fromarray(draw_grey(16).astype(np.int32))
    read = read_radiograph(encode(image, "TIFF"))
    np.testing.assert_array_equal(read.pixels, draw_grey(16))
    assert read.pixels.dtype == np.uint16


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_one_bit_is_black_and_white(kind: str) -> None:
    image = grey_image().convert("1")
    read = read_radiograph(encode(image, kind))
    np.testing.assert_array_equal(read.pixels, np.where(np.asarray(image), 255, 0))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_grey_in_another_mode_keeps_its_levels(mode: str) -> None:
    read = read_radiograph(encode(grey_image().convert(mode), "PNG"))
    np.testing.assert_array_equal(read.pixels, draw_grey())
    assert read.warnings == ()


def test_palette_is_looked_up() -> None:
    image = grey_image().convert("P")
    image.putpalette([255 - level // 3 for level in range(768)])
    read = read_radiograph(encode(image, "PNG"))
    np.testing.assert_array_equal(read.pixels, 255 - draw_grey())


def test_grey_stored_as_colour_is_reduced_to_luma() -> None:
    image = Image.merge("RGB", [grey_image()] * 3)
    np.testing.assert_array_equal(
        read_radiograph(encode(image, "PNG")).pixels, np.asarray(grey_image())
    )


def test_colour_is_refused() -> None:
    turned = grey_image().transpose(Image.Transpose.ROTATE_180)
    image = Image.merge("RGB", [grey_image(), turned, grey_image()])
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(encode(image, "PNG"))
    assert caught.value.code == "colour_image"


def test_chroma_noise_of_a_grey_jpeg_is_not_warned_of() -> None:
    data = encode(grey_image().convert("RGB"), "JPEG", quality=30)
    assert read_radiograph(data).warnings == ()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_transparent_part_becomes_black(mode: str, kind: str) -> None:
    image = veil(grey_image().convert(mode), rows=50)
    read = read_radiograph(encode(image, kind))
    assert read.pixels[:50].max() == 0
    np.testing.assert_array_equal(read.pixels[50:], draw_grey()[50:])


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGBA", {}),
        ("LA", {}),
        ("P", {"transparency": 200}),
        ("P", {"transparency": bytes(100)}),
        ("L", {"transparency": 200}),
        ("RGB", {"transparency": (200, 200, 200)}),
    ],
)
def test_transparency_is_warned_of(mode: str, options: dict[str, Any]) -> None:
    image = grey_image().convert(mode)
    image.paste(Image.new("L", (9, 9), 200).convert(mode), (20, 20))
    if mode.endswith("A"):
        image = veil(image, rows=50)
    assert read_radiograph(encode(image, "PNG", **options)).warnings == (
        Notice("transparency_made_black"),
    )


@pytest.mark.parametrize("count", [1, 256, 257, 300, 5000])
def test_palette_may_name_the_transparency_of_fewer_or_more_colours(
    count: int,
) -> None:
    # Each named colour is opaque, as all others are.
    read = read_radiograph(palette_png(bytes([255]) * count))
    np.testing.assert_array_equal(read.pixels, draw_grey())


def test_half_transparent_part_is_half_as_bright() -> None:
    image = veil(grey_image(), rows=50, alpha=128)
    read = read_radiograph(encode(image, "PNG"))
    expected = draw_grey()[:50].astype(float) * 128 / 255
    assert np.abs(read.pixels[:50] - expected).max() <= 1


@pytest.mark.parametrize("mode", ["L", "P"])
@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_transparent_grey_level_becomes_black(mode: str, kind: str) -> None:
    image = grey_image().convert(mode)
    read = read_radiograph(encode(image, kind, transparency=200))
    expected = np.where(draw_grey() == 200, 0, draw_grey())
    np.testing.assert_array_equal(read.pixels, expected)


def test_transparent_sixteen_bit_level_becomes_black() -> None:
    level = int(draw_grey(16)[40, 40])
    read = read_radiograph(encode(grey_image(16), "PNG", transparency=level))
    expected = np.where(draw_grey(16) == level, 0, draw_grey(16))
    np.testing.assert_array_equal(read.pixels, expected)
    assert read.warnings == (Notice("transparency_made_black"),)


def test_first_picture_of_an_mpo_is_read() -> None:
    first = grey_image().convert("RGB")
    data = encode(first, "MPO", save_all=True, append_images=[first.rotate(180)])
    read = read_radiograph(data)
    alone = read_radiograph(encode(first, "JPEG"))
    np.testing.assert_array_equal(read.pixels, alone.pixels)


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    tag = orientation_tag(orientation)
    turned = read_radiograph(encode(grey_image(), kind, exif=tag, **FORMATS[kind]))
    stored = read_radiograph(encode(grey_image(), kind, **FORMATS[kind]))
    np.testing.assert_array_equal(
        turned.pixels, turn_upright(stored.pixels, orientation)
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("bit_depth", [8, 16])
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_tiff_orientation_is_applied(
    orientation: int, bit_depth: int, compression: str | None
) -> None:
    tags = {ORIENTATION_TAG: orientation}
    data = encode(grey_image(bit_depth), "TIFF", tiffinfo=tags, compression=compression)
    np.testing.assert_array_equal(
        read_radiograph(data).pixels, turn_upright(draw_grey(bit_depth), orientation)
    )


def test_exif_orientation_of_sixteen_bits_is_applied() -> None:
    data = encode(grey_image(16), "PNG", exif=orientation_tag(8))
    np.testing.assert_array_equal(
        read_radiograph(data).pixels, turn_upright(draw_grey(16), 8)
    )


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_orientation_out_of_range_is_ignored(orientation: int) -> None:
    data = encode(grey_image(), "PNG", exif=orientation_tag(orientation))
    read = read_radiograph(data)
    np.testing.assert_array_equal(read.pixels, draw_grey())
    assert read.warnings == ()


def test_damaged_exif_leaves_the_picture_as_stored_with_a_warning() -> None:
    read = read_radiograph(build_grey_png((b"eXIf", b"no EXIF at all")))
    np.testing.assert_array_equal(read.pixels, draw_grey())
    assert read.warnings == (Notice("damaged_orientation_tag"),)


def test_orientation_is_applied_beside_a_damaged_tag() -> None:
    resolution_as_text = struct.pack(">HHI4s", 282, 2, 4, b"wide")
    upright = struct.pack(">HHIHH", ORIENTATION_TAG, 3, 1, 6, 0)
    exif = struct.pack(">2sHIH", b"MM", 42, 8, 2) + upright + resolution_as_text
    read = read_radiograph(build_grey_png((b"eXIf", exif + bytes(4))))
    np.testing.assert_array_equal(read.pixels, turn_upright(draw_grey(), 6))
    assert read.warnings == ()
