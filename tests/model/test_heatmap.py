"""A heatmap has the colours of the transfer table."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.model.heatmap import OPACITY, draw_heatmap
from pneumonia.model.transfer_table import TRANSFER_TABLE

LEVELS = np.linspace(0, 1, 256, dtype=np.float32)[np.newaxis]
BLACK = np.zeros((1, 256), np.uint8)


@pytest.fixture(scope="module")
def grey() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)


def test_heatmap_is_the_table_laid_over_the_radiograph(grey: NDArray[np.uint8]) -> None:
    strength = np.repeat(LEVELS[:, ::4], 64, axis=0)
    red, green, blue, alpha = np.moveaxis(
        TRANSFER_TABLE[np.rint(255 * strength).astype(int)].astype(float), -1, 0
    )
    alpha *= OPACITY / 255
    laid = draw_heatmap(grey, strength)
    for channel, colour in enumerate((red, green, blue)):
        expected = grey * (1 - alpha) + colour * alpha
        np.testing.assert_allclose(laid[..., channel], expected, atol=0.51)


def test_heatmap_of_no_strength_is_the_radiograph(grey: NDArray[np.uint8]) -> None:
    laid = draw_heatmap(grey, np.zeros(grey.shape, np.float32))
    np.testing.assert_array_equal(laid, np.stack([grey] * 3, axis=-1))


def test_heatmap_changes_only_where_there_is_strength(grey: NDArray[np.uint8]) -> None:
    strength = np.zeros(grey.shape, np.float32)
    strength[10:20, 30:40] = 0.7
    changed = (draw_heatmap(grey, strength) != grey[..., np.newaxis]).any(axis=-1)
    np.testing.assert_array_equal(changed, strength > 0)


def test_heatmap_is_rgb_of_bytes(grey: NDArray[np.uint8]) -> None:
    laid = draw_heatmap(grey[:, :50], np.ones((64, 50), np.float32))
    assert (*laid.shape, laid.dtype) == (64, 50, 3, np.uint8)


def test_heatmap_is_lighter_where_evidence_is_stronger() -> None:
    light = draw_heatmap(BLACK, LEVELS).astype(int).sum(axis=-1)[0]
    assert (np.diff(light) >= -2).all()
    assert light[0] == 0
    assert light[-1] > light[128] > light[60]


def test_heatmap_without_opacity_is_the_radiograph(grey: NDArray[np.uint8]) -> None:
    laid = draw_heatmap(grey, np.ones(grey.shape, np.float32), opacity=0.0)
    np.testing.assert_array_equal(laid[..., 1], grey)
