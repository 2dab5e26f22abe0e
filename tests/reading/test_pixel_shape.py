"""The shape of pixels, from the attributes that may state it."""

from typing import Any

import dicom_files as files
import pytest

from pneumonia.reading.pixel_shape import SQUARE, PixelShape
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.reasons.codes import Notice

INVALID = Notice("invalid_pixel_shape")


def read(**attributes: Any) -> Radiograph:
    return read_radiograph(files.build(files.ramp(12), bits=12, **attributes))


def test_pixels_are_square_where_no_file_states_otherwise() -> None:
    assert read().pixel_shape == SQUARE
    assert read().warnings == ()


def test_spacing_gives_the_shape_vertical_first() -> None:
    shape = read(PixelSpacing=[0.4, 0.2]).pixel_shape
    assert shape == PixelShape(2.0, (0.4, 0.2), at_detector=False)


@pytest.mark.parametrize(
    "keyword", ["ImagerPixelSpacing", "NominalScannedPixelSpacing"]
)
def test_spacing_at_the_detector_gives_the_same_shape(keyword: str) -> None:
    shape = read(**{keyword: [0.4, 0.2]}).pixel_shape
    assert shape == PixelShape(2.0, (0.4, 0.2), at_detector=True)


def test_aspect_ratio_gives_the_shape_without_a_size() -> None:
    assert read(PixelAspectRatio=[2, 1]).pixel_shape == PixelShape(2.0)


def test_spacing_in_the_patient_goes_before_that_at_the_detector() -> None:
    shape = read(PixelSpacing=[0.1, 0.1], ImagerPixelSpacing=[0.3, 0.3]).pixel_shape
    assert shape == PixelShape(1.0, (0.1, 0.1))


@pytest.mark.parametrize("spacing", [[0, 1], [-0.2, -0.2], [0.2, 20], [0.2, 0.01]])
def test_an_impossible_spacing_is_left_out_with_a_warning(spacing: list[float]) -> None:
    radiograph = read(PixelSpacing=spacing)
    assert radiograph.pixel_shape == SQUARE
    assert radiograph.warnings == (INVALID,)


@pytest.mark.parametrize("ratio", [[0, 1], [1, 0], [100, 1]])
def test_an_impossible_aspect_ratio_is_left_out_with_a_warning(
    ratio: list[int],
) -> None:
    radiograph = read(PixelAspectRatio=ratio)
    assert radiograph.pixel_shape == SQUARE
    assert radiograph.warnings == (INVALID,)


def test_an_invalid_spacing_gives_way_to_the_next_attribute() -> None:
    radiograph = read(PixelSpacing=[0, 1], ImagerPixelSpacing=[0.3, 0.6])
    assert radiograph.pixel_shape == PixelShape(0.5, (0.3, 0.6), at_detector=True)
    assert radiograph.warnings == ()


def test_a_quarter_turn_exchanges_height_and_width() -> None:
    turned = PixelShape(2.0, (0.4, 0.2), at_detector=True).turned()
    assert turned == PixelShape(0.5, (0.2, 0.4), at_detector=True)
