"""Grey levels, the model's square and the way back to the picture."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pneumonia.phantom import draw_phantom
from pneumonia.reading.model_input import (
    CellGrid,
    display_window,
    to_8_bit,
    to_image_coordinates,
    to_model_input,
)
from pneumonia.reading.radiograph import Radiograph

# Thirteen cells that look at the middle of a square of 224 pixels, as layers without
# padding leave them.
GRID = CellGrid(stride=16.0, first=15.5, size=224)
CELLS = 13


def as_radiograph(pixels: NDArray[Any]) -> Radiograph:
    return Radiograph(pixels=pixels, sha256="", format="PNG")


def map_one_cell(row: int, column: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    feature_map = np.zeros((CELLS, CELLS), np.float32)
    feature_map[row, column] = 1
    return to_image_coordinates(feature_map, GRID, shape)


def find_centre_of_mass(placed: NDArray[np.float32]) -> list[float]:
    axes = np.indices(placed.shape)
    return [float((axis * placed).sum() / placed.sum()) for axis in axes]


# Grey levels


def test_eight_bit_levels_are_unchanged() -> None:
    pixels = draw_phantom((64, 64))
    np.testing.assert_array_equal(to_8_bit(pixels), pixels)


def test_eight_bit_window_is_the_whole_range() -> None:
    assert display_window(np.full((64, 64), 90, np.uint8)) == (0, 255)


def test_sixteen_bit_window_lies_between_the_percentiles() -> None:
    pixels = np.arange(1001, dtype=np.uint16).reshape(1, 1001)
    assert display_window(pixels) == pytest.approx((5, 995))


def test_sixteen_bit_levels_fill_eight_bits_linearly() -> None:
    pixels = np.arange(0, 10_010, 10, dtype=np.uint16).reshape(1, 1001)
    levels = to_8_bit(pixels)
    assert levels.dtype == np.uint8
    assert levels[0, [0, 5, 500, 995, 1000]].tolist() == [0, 0, 128, 255, 255]
    assert np.diff(levels.astype(int)).min() >= 0


def test_sixteen_bit_phantom_looks_like_its_eight_bit_twin() -> None:
    fine = to_8_bit(draw_phantom((96, 96), seed=3, bit_depth=16)).astype(float)
    coarse = draw_phantom((96, 96), seed=3).astype(float)
    assert np.corrcoef(fine.ravel(), coarse.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("bit_depth", [10, 12, 14])
def test_bit_depth_does_not_change_the_levels(bit_depth: int) -> None:
    fine = to_8_bit(draw_phantom((96, 96), bit_depth=16)).astype(int)
    coarse = to_8_bit(draw_phantom((96, 96), bit_depth=bit_depth)).astype(int)
    assert np.abs(fine - coarse).max() <= 1


@pytest.mark.parametrize("level", [0, 65_535])
def test_single_hot_or_dead_pixel_changes_no_other(level: int) -> None:
    pixels = draw_phantom((96, 96), bit_depth=12).astype(np.uint16)
    spoilt = pixels.copy()
    spoilt[40, 40] = level
    change = np.abs(to_8_bit(spoilt).astype(int) - to_8_bit(pixels))
    change[40, 40] = 0
    assert change.max() <= 1


def test_few_pixels_on_a_constant_ground_are_seen() -> None:
    pixels = np.full((100, 100), 1000, np.uint16)
    pixels[50, 50:53] = 1007
    levels = to_8_bit(pixels)
    assert levels[50, 49:54].tolist() == [0, 255, 255, 255, 0]


def test_full_range_does_not_overflow() -> None:
    pixels = np.linspace(0, 65_535, 64 * 64).astype(np.uint16).reshape(64, 64)
    levels = to_8_bit(pixels)
    assert levels[0, 0] == 0
    assert levels[-1, -1] == 255


def test_read_only_pixels_are_accepted() -> None:
    pixels = draw_phantom((64, 64), bit_depth=16)
    pixels.flags.writeable = False
    assert to_8_bit(pixels).shape == (64, 64)


# The model's square


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


# Back to image coordinates


@pytest.mark.parametrize("shape", [(224, 224), (448, 300), (97, 1001)])
@pytest.mark.parametrize("cell", [(2, 9), (6, 6), (11, 1)])
def test_peak_of_a_cell_lies_where_the_cell_looks(
    cell: tuple[int, int], shape: tuple[int, int]
) -> None:
    placed = map_one_cell(*cell, shape)
    looked_at = [
        (GRID.first + index * GRID.stride + 0.5) * side / GRID.size - 0.5
        for index, side in zip(cell, shape, strict=True)
    ]
    assert find_centre_of_mass(placed) == pytest.approx(looked_at, abs=0.05)


@pytest.mark.parametrize("shape", [(400, 300), (300, 700)])
@pytest.mark.parametrize("spot", [(0.3, 0.7), (0.5, 0.2), (0.8, 0.8)])
def test_map_undoes_the_squash(
    spot: tuple[float, float], shape: tuple[int, int]
) -> None:
    row, column = (round(share * side) for share, side in zip(spot, shape, strict=True))
    pixels = np.zeros(shape, np.uint8)
    pixels[row - 4 : row + 5, column - 4 : column + 5] = 255
    square = to_model_input(as_radiograph(pixels), (GRID.size, GRID.size, 1))[..., 0]
    centres = GRID.first + GRID.stride * np.arange(CELLS)
    rows, columns = np.nonzero(square > 127)
    feature_map = np.maximum(
        1 - np.abs(centres[:, np.newaxis] - rows.mean()) / GRID.stride, 0
    ) * np.maximum(1 - np.abs(centres - columns.mean()) / GRID.stride, 0)
    placed = to_image_coordinates(feature_map.astype(np.float32), GRID, shape)
    assert find_centre_of_mass(placed) == pytest.approx([row, column], abs=1)


def test_map_is_linear_between_cells() -> None:
    placed = map_one_cell(6, 6, (224, 224))
    row = round(GRID.first + 6 * GRID.stride - 0.5)
    profile = placed[row, 96:144] / placed[row].max()
    assert np.abs(np.diff(profile, 2)).max() < 0.07
    assert (profile > 0.5).sum() == pytest.approx(GRID.stride, abs=1)


def test_constant_map_is_constant_where_cells_look() -> None:
    placed = to_image_coordinates(np.ones((CELLS, CELLS), np.float32), GRID, (224, 224))
    np.testing.assert_allclose(placed[8:-8, 8:-8], 1, atol=1e-6)


def test_map_fades_to_zero_within_a_stride_where_no_cell_looks() -> None:
    grid = CellGrid(stride=16.0, first=50.0, size=224)
    placed = to_image_coordinates(np.ones((3, 3), np.float32), grid, (224, 224))
    profile = placed[66]
    assert profile[:26].max() == 0
    assert profile[106:].max() == 0
    np.testing.assert_allclose(profile[26:43], np.linspace(0, 1, 17), atol=1e-6)
    np.testing.assert_allclose(profile[42:91], 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(64, 64), (300, 200)])
def test_map_without_evidence_stays_zero(shape: tuple[int, int]) -> None:
    placed = to_image_coordinates(np.zeros((CELLS, CELLS), np.float32), GRID, shape)
    assert placed.shape == shape
    assert placed.dtype == np.float32
    assert not placed.any()


def test_map_of_a_single_cell_lies_around_it() -> None:
    grid = CellGrid(stride=32.0, first=47.5, size=96)
    placed = to_image_coordinates(np.ones((1, 1), np.float32), grid, (96, 96))
    np.testing.assert_allclose(placed[32:64, 32:64], 1)
    assert placed[47, 0] < 0.02


def test_map_does_not_exceed_the_evidence() -> None:
    evidence = np.random.default_rng(0).random((CELLS, CELLS)).astype(np.float32)
    placed = to_image_coordinates(evidence, GRID, (333, 555))
    assert placed.min() >= 0
    assert placed.max() <= evidence.max() * (1 + 1e-6)


@pytest.mark.parametrize("shape", [(64, 40_000), (40_000, 64)])
def test_map_covers_a_picture_longer_than_opencv_can_remap(
    shape: tuple[int, int],
) -> None:
    placed = to_image_coordinates(np.ones((CELLS, CELLS), np.float32), GRID, shape)
    assert placed.shape == shape
