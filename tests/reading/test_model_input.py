"""The square that the model sees."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pneumonia.phantom import draw_phantom
from pneumonia.reading.grey_levels import default_window
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import Radiograph


def as_radiograph(pixels: NDArray[Any]) -> Radiograph:
    window = default_window(pixels)
    return Radiograph(pixels, sha256="", format="PNG", window=window)


@pytest.mark.parametrize("bit_depth", [8, 16])
@pytest.mark.parametrize("input_shape", [(32, 32, 1), (40, 40, 3), (24, 48, 3)])
def test_model_input_has_the_asked_shape(
    input_shape: tuple[int, int, int], bit_depth: int
) -> None:
    radiograph = as_radiograph(draw_phantom((96, 70), bit_depth=bit_depth))
    square = to_model_input(radiograph, input_shape)
    assert square.shape == input_shape
    assert square.dtype == np.uint8


def test_channels_of_the_model_input_are_equal() -> None:
    square = to_model_input(as_radiograph(draw_phantom((96, 70))), (32, 32, 3))
    np.testing.assert_array_equal(square[..., 0], square[..., 1])
    np.testing.assert_array_equal(square[..., 0], square[..., 2])


def test_picture_of_the_model_size_is_unchanged() -> None:
    pixels = draw_phantom((64, 64))
    square = to_model_input(as_radiograph(pixels), (64, 64, 1))
    np.testing.assert_array_equal(square[..., 0], pixels)


@pytest.mark.parametrize("shape", [(80, 120), (200, 64)])
def test_orientation_is_kept(shape: tuple[int, int]) -> None:
    pixels = np.zeros(shape, np.uint8)
    pixels[: shape[0] // 2, : shape[1] // 2] = 200
    square = to_model_input(as_radiograph(pixels), (32, 32, 1))[..., 0]
    assert square[:14, :14].min() == 200
    assert square[18:].max() == 0
    assert square[:, 18:].max() == 0


def test_whole_picture_is_squashed_into_the_square() -> None:
    pixels = np.zeros((100, 300), np.uint8)
    pixels[:10] = pixels[-10:] = 255
    pixels[:, :30] = pixels[:, -30:] = 255
    square = to_model_input(as_radiograph(pixels), (40, 40, 1))[..., 0]
    for edge in (square[0], square[-1], square[:, 0], square[:, -1]):
        assert edge.min() == 255
    assert square[8:-8, 8:-8].max() == 0


def test_shrinking_averages_over_the_source_area() -> None:
    checks = (np.indices((256, 256)).sum(axis=0) % 2 * 200).astype(np.uint8)
    square = to_model_input(as_radiograph(checks), (32, 32, 1))
    assert np.abs(square.astype(int) - 100).max() <= 2


def test_model_input_is_pillows_bicubic_resize() -> None:
    pixels = draw_phantom((90, 130), seed=2)
    square = to_model_input(as_radiograph(pixels), (48, 48, 1))
    expected = Image.fromarray(pixels).resize((48, 48), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(square[..., 0], expected)
