"""Grey in colour of 16 bits, alpha that means nothing, tints, signs, thumbnails."""

import io
import tracemalloc
from typing import Any

import imagecodecs
import numpy as np
import pytest
from coloured_drawings import draw_viewer
from numpy.typing import NDArray
from picture_files import TiffTags, build_deep_png, build_tiff_of, encode
from PIL import Image

from pneumonia.errors import RadiographError, UnsupportedRadiographError
from pneumonia.phantom import draw_phantom
from pneumonia.reading.colour import reduce_to_grey
from pneumonia.reading.radiograph import read_radiograph
from pneumonia.reasons.codes import Notice

GREY = draw_phantom((120, 100), seed=5, bit_depth=12)
GREY_8 = draw_phantom((120, 100), seed=5)
OPAQUE = np.full_like(GREY, 65_535)
LAYOUTS = {2: [GREY] * 3, 4: [GREY, OPAQUE], 6: [GREY] * 3 + [OPAQUE]}


def deep_tiff(channels: list[NDArray[Any]], *, planar: bool = False) -> bytes:
    samples = np.stack(channels, axis=-1).astype("<u2")
    count = samples.shape[-1]
    tags: TiffTags = {258: (3, [16] * count), 284: (3, [2 if planar else 1])}
    if count in (2, 4):
        tags[338] = (3, [2])
    strips = [samples.tobytes()]
    if planar:
        strips = [np.ascontiguousarray(channel).tobytes() for channel in channels]
    return build_tiff_of([(samples.shape, tags, strips)])


@pytest.mark.parametrize("colour_type", LAYOUTS)
def test_grey_in_a_png_of_16_bit_colour_keeps_its_levels(colour_type: int) -> None:
    data = build_deep_png(np.stack(LAYOUTS[colour_type], axis=-1), colour_type)
    read = read_radiograph(data)
    np.testing.assert_array_equal(read.pixels, GREY)
    assert read.warnings == ()


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("colour_type", LAYOUTS)
def test_grey_in_a_tiff_of_16_bit_colour_keeps_its_levels(
    colour_type: int, planar: bool
) -> None:
    read = read_radiograph(deep_tiff(LAYOUTS[colour_type], planar=planar))
    np.testing.assert_array_equal(read.pixels, GREY)


@pytest.mark.parametrize("kind", ["jp2", "jxl"])
def test_grey_in_other_16_bit_colour_keeps_its_levels(kind: str) -> None:
    samples = np.stack([GREY] * 3, axis=-1)
    data = (
        imagecodecs.jpeg2k_encode(samples, 0, codecformat="jp2", reversible=True)
        if kind == "jp2"
        else imagecodecs.jpegxl_encode(samples, lossless=True)
    )
    np.testing.assert_array_equal(read_radiograph(bytes(data)).pixels, GREY)


def test_an_orientation_tag_turns_deep_colour_too() -> None:
    samples = np.stack([GREY] * 3, axis=-1)
    tags: TiffTags = {258: (3, [16] * 3), 274: (3, [6])}
    data = build_tiff_of([(samples.shape, tags, [samples.tobytes()])])
    np.testing.assert_array_equal(read_radiograph(data).pixels, np.rot90(GREY, -1))


def test_deep_colour_that_is_no_grey_is_refused() -> None:
    data = deep_tiff([GREY, GREY[::-1], GREY[:, ::-1]])
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(data)
    assert caught.value.code == "colour_image"


@pytest.mark.parametrize("level", [0, 1, 128])
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_that_is_the_same_everywhere_means_nothing(mode: str, level: int) -> None:
    image = Image.fromarray(GREY_8).convert(mode)
    image.putalpha(level)
    read = read_radiograph(encode(image, "PNG"))
    np.testing.assert_array_equal(read.pixels, GREY_8)
    assert read.warnings == ()


def test_deep_alpha_of_zero_means_nothing() -> None:
    data = build_deep_png(np.stack([GREY] * 3 + [GREY * 0], axis=-1), 6)
    np.testing.assert_array_equal(read_radiograph(data).pixels, GREY)


def test_a_palette_that_is_transparent_throughout_means_nothing() -> None:
    image = Image.fromarray(GREY_8).convert("P")
    data = encode(image, "PNG", transparency=bytes(256))
    np.testing.assert_array_equal(read_radiograph(data).pixels, GREY_8)


def test_deep_parts_that_are_transparent_become_black() -> None:
    alpha = OPAQUE.copy()
    alpha[:40] = 0
    read = read_radiograph(build_deep_png(np.stack([GREY, alpha], axis=-1), 4))
    assert not read.pixels[:40].any()
    np.testing.assert_array_equal(read.pixels[40:], GREY[40:])
    assert read.warnings == (Notice("transparency_made_black"),)


def test_a_deep_colour_that_is_named_transparent_becomes_black() -> None:
    level = int(GREY[60, 50])
    key = level.to_bytes(2, "big") * 3
    data = build_deep_png(np.stack([GREY] * 3, axis=-1), 2, (b"tRNS", key))
    read = read_radiograph(data)
    np.testing.assert_array_equal(read.pixels, np.where(GREY == level, 0, GREY))
    assert read.warnings == (Notice("transparency_made_black"),)


@pytest.mark.parametrize(("dtype", "bits"), [("<i2", 16), ("i1", 8)])
def test_signed_grey_levels_keep_their_order(dtype: str, bits: int) -> None:
    levels = (GREY_8.astype(int) - 128).astype(dtype)
    tags: TiffTags = {258: (3, [bits]), 339: (3, [2])}
    read = read_radiograph(build_tiff_of([(levels.shape, tags, [levels.tobytes()])]))
    difference = read.pixels.astype(int) - GREY_8
    assert difference.min() == difference.max()


THUMBNAIL = np.ascontiguousarray(GREY_8[::4, ::4])


@pytest.mark.parametrize(
    "mark", [{254: (4, [1])}, {254: (4, [4])}, {254: (4, [5])}, {255: (3, [2])}]
)
@pytest.mark.parametrize("first", [False, True])
def test_a_thumbnail_or_mask_beside_the_picture_is_passed_over(
    mark: TiffTags, first: bool
) -> None:
    full: tuple[Any, TiffTags, list[bytes]] = (GREY_8.shape, {}, [GREY_8.tobytes()])
    copy = (THUMBNAIL.shape, mark, [THUMBNAIL.tobytes()])
    read = read_radiograph(build_tiff_of([copy, full] if first else [full, copy]))
    np.testing.assert_array_equal(read.pixels, GREY_8)


def test_two_pictures_of_full_size_are_refused() -> None:
    page: tuple[Any, TiffTags, list[bytes]] = (GREY_8.shape, {}, [GREY_8.tobytes()])
    with pytest.raises(UnsupportedRadiographError, match="a TIFF with 2 pictures"):
        read_radiograph(build_tiff_of([page, page]))


CHEST = draw_phantom((512, 480), seed=5)


def tint(ends: list[int], middle: list[int]) -> NDArray[np.uint8]:
    """Colour a chest: black stays black; middle grey and white become these."""
    channels = [
        np.interp(CHEST, [0, 128, 255], [0, half, end])
        for half, end in zip(middle, ends, strict=True)
    ]
    return np.stack(channels, axis=-1).astype(np.uint8)


TINTS = {
    "sepia": tint([255, 240, 210], [150, 125, 95]),
    "blue film": tint([200, 220, 255], [95, 110, 135]),
    "green screen": tint([120, 255, 140], [60, 128, 70]),
}


# Red, or red and green, lose the lightest levels.
TINTS |= {
    "saturating sepia": (CHEST[..., None] * [1.351, 1.203, 0.937])
    .clip(0, 255)
    .astype(np.uint8),
    "saturating copper": (CHEST[..., None] * [1.6, 1, 0.63])
    .clip(0, 255)
    .astype(np.uint8),
}


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("name", TINTS)
def test_a_tinted_radiograph_is_read_as_grey_with_a_note(name: str, kind: str) -> None:
    data = encode(Image.fromarray(TINTS[name]), kind)
    read = read_radiograph(data)
    assert read.warnings == (Notice("tint_removed"),)
    pixels = read.pixels.astype(float).ravel()
    assert np.corrcoef(pixels, CHEST.ravel())[0, 1] > 0.99
    assert np.ptp(pixels) > 200


def test_the_coarse_chroma_of_a_small_jpeg_hides_no_tint() -> None:
    fine = np.random.default_rng(0).integers(-25, 26, (224, 224))
    grey = (draw_phantom((224, 224), seed=5) + fine).clip(0, 255)
    amber = (grey[..., None] * [1, 0.75, 0.1]).astype(np.uint8)
    read = read_radiograph(encode(Image.fromarray(amber), "JPEG"))
    assert read.warnings == (Notice("tint_removed"),)


def test_a_tint_of_16_bits_is_removed() -> None:
    samples = TINTS["sepia"].astype(np.uint16) * 16
    read = read_radiograph(build_deep_png(samples, 2))
    assert read.pixels.dtype == np.uint16
    assert read.pixels.max() > 255
    assert read.warnings == (Notice("tint_removed"),)


def colour_pictures() -> dict[str, NDArray[np.uint8]]:
    """Draw what is no radiograph: photographs, viewers, false colours."""
    rows, columns = np.mgrid[0:160, 0:160] / 160
    screen = np.stack([np.kron(GREY_8[:80, :80], np.ones((2, 2), np.uint8))] * 3, -1)
    screen[:24] = [40, 90, 200]
    screen[:, :20] = [230, 120, 30]
    film = TINTS["blue film"].copy()
    film[:, :25] = [160, 110, 70]
    hot = np.clip(
        np.stack([GREY_8 * 3.0, GREY_8 * 3.0 - 255, GREY_8 * 3.0 - 510], -1), 0, 255
    )
    return {
        "photograph": (np.stack([rows, columns, 1 - rows], -1) * 255).astype(np.uint8),
        "viewer": screen,
        "film on a table": film,
        "false colour": hot.astype(np.uint8),
        "negative of a channel": np.stack([GREY_8, GREY_8, 255 - GREY_8], -1),
    }


@pytest.mark.parametrize("name", colour_pictures())
def test_what_is_coloured_is_refused(name: str) -> None:
    file = io.BytesIO()
    Image.fromarray(colour_pictures()[name]).save(file, "PNG")
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(file.getvalue())
    assert caught.value.code == "colour_image"
    assert "as a grey picture" not in str(caught.value)


@pytest.mark.parametrize("seed", range(10))
def test_a_coloured_viewer_around_a_radiograph_is_refused(seed: int) -> None:
    viewer = draw_viewer(np.random.default_rng(seed), [CHEST.astype(np.uint8)])
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(encode(Image.fromarray(viewer), "JPEG"))
    assert caught.value.code == "colour_image"


def test_a_picture_of_two_colours_is_refused() -> None:
    picture = np.zeros((128, 128, 3), np.uint8)
    picture[:64] = [200, 30, 40]
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(encode(Image.fromarray(picture), "PNG"))
    assert caught.value.code == "colour_image"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + bytes(99), "HEIC"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isom" + bytes(99), "MP4 video"),
        (b"8BPS\0\1" + bytes(99), "Photoshop"),
        (b"II\xbc\x01" + bytes(99), "JPEG XR"),
        (bytes(344) + b"n+1\0" + bytes(99), "NIfTI"),
        (b"Rar!\x1a\7\0" + bytes(99), "RAR"),
        (b"\x1f\x8b\x08" + bytes(99), "gzip"),
    ],
)
def test_a_known_format_that_is_not_read_is_named(data: bytes, name: str) -> None:
    with pytest.raises(RadiographError, match=name):
        read_radiograph(data)


@pytest.mark.parametrize("size", [(120, 100), (64, 64), (333, 71), (128, 256)])
@pytest.mark.parametrize("lossless", [False, True])
def test_the_size_of_a_jpeg_xl_is_known_before_it_is_decoded(
    size: tuple[int, int], lossless: bool
) -> None:
    grey = draw_phantom(size, seed=1)
    data = bytes(imagecodecs.jpegxl_encode(grey, lossless=lossless))
    assert read_radiograph(data).pixels.shape == size


@pytest.mark.parametrize("channels", [3, 4])
def test_a_very_wide_picture_takes_little_memory(channels: int) -> None:
    samples = np.zeros((64, 200_000, channels), np.uint8)
    samples[::2] = 200
    tracemalloc.start()
    reduce_to_grey(samples, "PNG")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * 2**20
