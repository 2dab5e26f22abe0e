"""A part comes from another radiograph, and the rest stays."""

import numpy as np
import pytest
from phantoms import draw_grey

from pneumonia.perturbations.region_swaps import (
    REGION_SWAPS,
    swap_background,
    swap_mediastinum,
    swap_region,
)

CHEST, OTHER = (draw_grey(seed=seed) for seed in (1, 2))


def test_chest_is_kept_and_the_background_swapped() -> None:
    shown = swap_background(CHEST, OTHER)
    assert shown.shape == (224, 224)
    assert shown.dtype == np.uint8
    middle = np.s_[60:170, 70:154]
    np.testing.assert_array_equal(shown[middle], CHEST[middle])
    for edge in (np.s_[:8], np.s_[-8:], np.s_[:, :6], np.s_[:, -6:]):
        np.testing.assert_array_equal(shown[edge], OTHER[edge])


def test_mediastinum_is_swapped_and_the_rest_kept() -> None:
    shown = swap_mediastinum(CHEST, OTHER)
    assert shown.shape == (224, 224)
    assert shown.dtype == np.uint8
    heart = np.s_[150:170, 105:125]
    np.testing.assert_array_equal(shown[heart], OTHER[heart])
    for rest in (np.s_[:8], np.s_[-8:], np.s_[:, :60], np.s_[:, -40:]):
        np.testing.assert_array_equal(shown[rest], CHEST[rest])


@pytest.mark.parametrize("region", REGION_SWAPS)
def test_radiograph_with_parts_of_its_own_is_itself(region: str) -> None:
    np.testing.assert_array_equal(REGION_SWAPS[region](CHEST, CHEST), CHEST)


def test_outline_grows_with_the_zoom_and_has_no_hard_edge() -> None:
    black, white = (np.full((224, 224), level, np.uint8) for level in (0, 255))
    shown = [swap_background(black, white, zoom=zoom) for zoom in (0.9, 1.1)]
    assert shown[0].mean() > shown[1].mean() + 20
    assert np.abs(np.diff(shown[0].astype(int), axis=1)).max() < 40


@pytest.mark.parametrize("of_other_class", [True, False])
@pytest.mark.parametrize(
    ("region", "kept", "exchanged"),
    [("background", (16, 16), (0, 0)), ("mediastinum", (0, 0), (21, 16))],
)
def test_part_comes_from_the_class_that_is_asked_for(
    region: str,
    kept: tuple[int, int],
    exchanged: tuple[int, int],
    of_other_class: bool,
) -> None:
    labels = np.repeat([0, 1], 6)
    squares = np.empty((12, 32, 32, 1), np.uint8)
    squares[:] = 10 * np.arange(12).reshape(-1, 1, 1, 1)
    shown = swap_region(squares, labels, region, of_other_class=of_other_class)
    own = (slice(None), *kept)
    np.testing.assert_array_equal(shown[own], squares[own])
    others = shown[(slice(None), *exchanged)][:, 0] // 10
    assert ((labels[others] != labels) == of_other_class).all()
    assert (others != np.arange(12)).all()
    again = swap_region(squares, labels, region, of_other_class=of_other_class)
    np.testing.assert_array_equal(again, shown)


@pytest.mark.parametrize("region", REGION_SWAPS)
def test_radiograph_alone_in_its_class_keeps_all_its_own(region: str) -> None:
    squares = np.stack([CHEST, OTHER, OTHER])[..., np.newaxis]
    labels = np.array([0, 1, 1])
    shown = swap_region(squares, labels, region, of_other_class=False)
    np.testing.assert_array_equal(shown, squares)
