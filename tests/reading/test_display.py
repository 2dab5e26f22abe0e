"""The picture as it is shown: its window and its square pixels."""

from typing import Any

import dicom_files as files
import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.phantom import draw_phantom
from pneumonia.reading.display import (
    displayed,
    displayed_shape,
    displayed_spacing,
    to_8_bit,
)
from pneumonia.reading.grey_levels import default_window
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.reasons.codes import Repair


def as_radiograph(pixels: NDArray[Any]) -> Radiograph:
    window = default_window(pixels)
    return Radiograph(pixels, sha256="", format="PNG", window=window)


def test_eight_bit_levels_are_unchanged() -> None:
    pixels = draw_phantom((64, 64))
    np.testing.assert_array_equal(to_8_bit(as_radiograph(pixels)), pixels)


def test_eight_bit_window_is_the_whole_range() -> None:
    assert default_window(np.full((64, 64), 90, np.uint8)) == (0, 255)


def test_sixteen_bit_window_lies_between_the_percentiles() -> None:
    pixels = np.arange(1001, dtype=np.uint16).reshape(1, 1001)
    assert default_window(pixels) == pytest.approx((5, 995))


def test_sixteen_bit_levels_fill_eight_bits_linearly() -> None:
    pixels = np.arange(0, 10_010, 10, dtype=np.uint16).reshape(1, 1001)
    levels = to_8_bit(as_radiograph(pixels))
    assert levels.dtype == np.uint8
    assert levels[0, [0, 5, 500, 995, 1000]].tolist() == [0, 0, 128, 255, 255]
    assert np.diff(levels.astype(int)).min() >= 0


def test_sixteen_bit_phantom_looks_like_its_eight_bit_twin() -> None:
    fine = to_8_bit(as_radiograph(draw_phantom((96, 96), seed=3, bit_depth=16))).astype(
        float
    )
    coarse = draw_phantom((96, 96), seed=3).astype(float)
    assert np.corrcoef(fine.ravel(), coarse.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("bit_depth", [10, 12, 14])
def test_bit_depth_does_not_change_the_levels(bit_depth: int) -> None:
    fine = to_8_bit(as_radiograph(draw_phantom((96, 96), bit_depth=16))).astype(int)
    coarse = to_8_bit(
        as_radiograph(draw_phantom((96, 96), bit_depth=bit_depth))
    ).astype(int)
    assert np.abs(fine - coarse).max() <= 1


@pytest.mark.parametrize("level", [0, 65_535])
def test_single_hot_or_dead_pixel_changes_no_other(level: int) -> None:
    pixels = draw_phantom((96, 96), bit_depth=12).astype(np.uint16)
    spoilt = pixels.copy()
    spoilt[40, 40] = level
    change = np.abs(
        to_8_bit(as_radiograph(spoilt)).astype(int) - to_8_bit(as_radiograph(pixels))
    )
    change[40, 40] = 0
    assert change.max() <= 1


def test_few_pixels_on_a_constant_ground_are_seen() -> None:
    pixels = np.full((100, 100), 1000, np.uint16)
    pixels[50, 50:53] = 1007
    levels = to_8_bit(as_radiograph(pixels))
    assert levels[50, 49:54].tolist() == [0, 255, 255, 255, 0]


def test_full_range_does_not_overflow() -> None:
    pixels = np.linspace(0, 65_535, 64 * 64).astype(np.uint16).reshape(64, 64)
    levels = to_8_bit(as_radiograph(pixels))
    assert levels[0, 0] == 0
    assert levels[-1, -1] == 255


def test_read_only_pixels_are_accepted() -> None:
    pixels = draw_phantom((64, 64), bit_depth=16)
    pixels.flags.writeable = False
    assert to_8_bit(as_radiograph(pixels)).shape == (64, 64)


# Square pixels

TALL: dict[str, Any] = {"PixelSpacing": [0.4, 0.2]}
WIDE: dict[str, Any] = {"PixelAspectRatio": [1, 2]}


def half_as_many(rows: bool) -> Radiograph:
    """Leave out every second row or column, and state the shape of what is left."""
    grey = draw_phantom((144, 160))
    kept = grey[::2] if rows else grey[:, ::2]
    return read_radiograph(files.build(kept, **(TALL if rows else WIDE)))


@pytest.mark.parametrize("rows", [True, False])
def test_pixels_that_are_not_square_are_stretched(rows: bool) -> None:
    radiograph = half_as_many(rows)
    shown = displayed(radiograph)
    assert shown.shape == displayed_shape(radiograph) == (144, 160)
    whole = draw_phantom((144, 160)).astype(float)
    assert np.corrcoef(shown.ravel(), whole.ravel())[0, 1] > 0.99


def test_square_pixels_are_shown_one_to_one() -> None:
    radiograph = as_radiograph(draw_phantom((96, 70)))
    np.testing.assert_array_equal(displayed(radiograph), radiograph.pixels)


@pytest.mark.parametrize(
    "keyword",
    [
        "PixelSpacing",
        "ImagerPixelSpacing",
        "NominalScannedPixelSpacing",
        "PixelAspectRatio",
    ],
)
def test_every_attribute_leads_to_the_same_picture(keyword: str) -> None:
    value: Any = [2, 1] if keyword == "PixelAspectRatio" else [0.4, 0.2]
    grey = draw_phantom((72, 160))
    shown = displayed(read_radiograph(files.build(grey, **{keyword: value})))
    expected = displayed(read_radiograph(files.build(grey, **TALL)))
    np.testing.assert_array_equal(shown, expected)


def test_spacing_of_the_picture_as_shown_is_equal_both_ways() -> None:
    assert displayed_spacing(half_as_many(rows=True)) == pytest.approx((0.2, 0.2))
    assert displayed_spacing(half_as_many(rows=False)) is None


@pytest.mark.parametrize("repair", ["rotate_90", "rotate_180", "rotate_270"])
def test_a_turned_radiograph_is_shown_turned(repair: Repair) -> None:
    radiograph = half_as_many(rows=True)
    quarters = int(repair.removeprefix("rotate_")) // 90
    turned = displayed(apply_repair(radiograph, repair)).astype(int)
    expected = np.rot90(displayed(radiograph), -quarters)
    assert turned.shape == expected.shape
    assert np.abs(turned - expected).max() <= 1


def test_the_model_input_does_not_depend_on_the_shape_of_pixels() -> None:
    grey = draw_phantom((72, 160))
    tall, square = (
        to_model_input(read_radiograph(files.build(grey, **stated)), (64, 64, 1))
        for stated in (TALL, {})
    )
    np.testing.assert_array_equal(tall, square)
