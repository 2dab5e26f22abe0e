"""The square that the model sees."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.phantom import draw_phantom
from pneumonia.reading.grey_levels import default_window
from pneumonia.reading.model_input import margin_notices, to_model_input
from pneumonia.reading.radiograph import Radiograph
from pneumonia.reasons.codes import Notice


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


def noise(shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Draw noise below 100, which is no margin."""
    return np.random.default_rng(0).integers(0, 100, shape, np.uint8)


@pytest.mark.parametrize("shape", [(80, 120), (200, 64)])
def test_orientation_is_kept(shape: tuple[int, int]) -> None:
    pixels = noise(shape)
    pixels[: shape[0] // 2, : shape[1] // 2] += 100
    square = to_model_input(as_radiograph(pixels), (32, 32, 1))[..., 0]
    assert square[:14, :14].mean() > 130
    assert square[18:].mean() < 70
    assert square[:, 18:].mean() < 70


def test_whole_picture_is_squashed_into_the_square() -> None:
    pixels = noise((100, 300))
    pixels[:10] += 100
    pixels[-10:] += 100
    pixels[10:-10, :30] += 100
    pixels[10:-10, -30:] += 100
    square = to_model_input(as_radiograph(pixels), (40, 40, 1))[..., 0]
    for edge in (square[0], square[-1], square[:, 0], square[:, -1]):
        assert edge.mean() > 130
    assert square[8:-8, 8:-8].mean() < 70


def test_shrinking_averages_over_the_source_area() -> None:
    checks = (np.indices((256, 256)).sum(axis=0) % 2 * 200).astype(np.uint8)
    square = to_model_input(as_radiograph(checks), (32, 32, 1))
    assert np.abs(square.astype(int) - 100).max() <= 2


def test_model_input_is_pillows_bicubic_resize() -> None:
    pixels = draw_phantom((90, 130), seed=2)
    square = to_model_input(as_radiograph(pixels), (48, 48, 1))
    expected = Image.fromarray(pixels).resize((48, 48), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(square[..., 0], expected)


def bordered(pixels: NDArray[Any], width: int, level: int) -> NDArray[Any]:
    return np.pad(pixels, width, constant_values=level)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_margin_does_not_change_what_the_model_sees(level: int) -> None:
    pixels = draw_phantom((200, 170), seed=3)
    np.testing.assert_array_equal(
        to_model_input(as_radiograph(bordered(pixels, 40, level)), (64, 64, 1)),
        to_model_input(as_radiograph(pixels), (64, 64, 1)),
    )


def test_cropping_is_told() -> None:
    pixels = draw_phantom((200, 170), seed=3)
    assert margin_notices(as_radiograph(bordered(pixels, 3, 255))) == (
        Notice("margin_cropped"),
    )


def test_a_line_of_pixels_is_cropped_without_a_warning() -> None:
    pixels = draw_phantom((400, 400), seed=3)
    assert margin_notices(as_radiograph(bordered(pixels, 1, 255))) == ()


@pytest.mark.parametrize("shape", [(63, 200), (200, 63), (70, 300), (300, 70)])
def test_a_small_or_narrow_rest_is_refused(shape: tuple[int, int]) -> None:
    pixels = np.pad(noise(shape), 100, constant_values=255)
    with pytest.raises(UnsupportedRadiographError, match="without a border") as caught:
        to_model_input(as_radiograph(pixels), (64, 64, 1))
    assert caught.value.code == "cropped"


def test_a_picture_of_margins_only_is_refused() -> None:
    pixels = np.zeros((200, 200), np.uint8)
    pixels[100:] = 255
    with pytest.raises(UnsupportedRadiographError, match="within plain margins"):
        to_model_input(as_radiograph(pixels), (64, 64, 1))
