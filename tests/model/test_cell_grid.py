"""A feature map is laid back over the picture that the model's square came from."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.model.cell_grid import CellGrid, to_image_coordinates
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import Radiograph

# Thirteen cells that look at the middle of a square of 224 pixels, as layers without
# padding leave them.
GRID = CellGrid(stride=16.0, first=15.5, size=224)
CELLS = 13


def map_one_cell(row: int, column: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    feature_map = np.zeros((CELLS, CELLS), np.float32)
    feature_map[row, column] = 1
    return to_image_coordinates(feature_map, GRID, shape)


def find_centre_of_mass(placed: NDArray[np.float32]) -> list[float]:
    axes = np.indices(placed.shape)
    return [float((axis * placed).sum() / placed.sum()) for axis in axes]


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
    pixels = np.random.default_rng(0).integers(0, 20, shape, np.uint8)
    pixels[row - 4 : row + 5, column - 4 : column + 5] = 255
    radiograph = Radiograph(pixels, sha256="", format="PNG")
    square = to_model_input(radiograph, (GRID.size, GRID.size, 1))[..., 0]
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


@pytest.mark.parametrize("frame", [(0.1, 0.9, 0.25, 0.75), (0.0, 0.5, 0.0, 1.0)])
def test_map_lies_within_the_frame_that_the_square_was_made_of(
    frame: tuple[float, float, float, float],
) -> None:
    feature_map = np.random.default_rng(0).random((CELLS, CELLS), np.float32)
    placed = to_image_coordinates(feature_map, GRID, (400, 200), frame)
    top, bottom = round(400 * frame[0]), round(400 * frame[1])
    left, right = round(200 * frame[2]), round(200 * frame[3])
    inside = placed[top:bottom, left:right]
    expected = to_image_coordinates(feature_map, GRID, inside.shape)
    np.testing.assert_allclose(inside, expected, atol=1e-5)
    placed[top:bottom, left:right] = 0
    assert not placed.any()
