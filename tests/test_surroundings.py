"""The chest stays, what surrounds it comes from another radiograph."""

import numpy as np
import pytest

from pneumonia.phantom import draw_phantom
from pneumonia.surroundings import exchange_surroundings, in_others_surroundings

CHEST, OTHER = (draw_phantom((224, 224), seed=seed) for seed in (1, 2))


def test_chest_is_kept_and_the_rest_is_the_others() -> None:
    shown = exchange_surroundings(CHEST, OTHER)
    assert (shown.shape, shown.dtype) == ((224, 224), np.uint8)
    middle = np.s_[60:170, 70:154]
    np.testing.assert_array_equal(shown[middle], CHEST[middle])
    for edge in (np.s_[:8], np.s_[-8:], np.s_[:, :6], np.s_[:, -6:]):
        np.testing.assert_array_equal(shown[edge], OTHER[edge])


def test_radiograph_in_its_own_surroundings_is_itself() -> None:
    np.testing.assert_array_equal(exchange_surroundings(CHEST, CHEST), CHEST)


def test_outline_grows_with_the_zoom_and_has_no_hard_edge() -> None:
    black, white = (np.full((224, 224), level, np.uint8) for level in (0, 255))
    shown = [exchange_surroundings(black, white, zoom=zoom) for zoom in (0.9, 1.1)]
    assert shown[0].mean() > shown[1].mean() + 20
    assert np.abs(np.diff(shown[0].astype(int), axis=1)).max() < 40


@pytest.mark.parametrize("of_other_class", [True, False])
def test_surroundings_come_from_the_class_that_is_asked_for(
    of_other_class: bool,
) -> None:
    labels = np.repeat([0, 1], 6)
    squares = np.empty((12, 32, 32, 1), np.uint8)
    squares[:] = 10 * np.arange(12).reshape(-1, 1, 1, 1)
    shown = in_others_surroundings(squares, labels, of_other_class=of_other_class)
    np.testing.assert_array_equal(shown[:, 16, 16], squares[:, 16, 16])
    others = shown[:, 0, 0, 0] // 10
    assert ((labels[others] != labels) == of_other_class).all()
    assert (others != np.arange(12)).all()
    again = in_others_surroundings(squares, labels, of_other_class=of_other_class)
    np.testing.assert_array_equal(again, shown)


def test_radiograph_alone_in_its_class_keeps_its_own_surroundings() -> None:
    squares = np.stack([CHEST, OTHER, OTHER])[..., np.newaxis]
    shown = in_others_surroundings(squares, np.array([0, 1, 1]), of_other_class=False)
    np.testing.assert_array_equal(shown, squares)
