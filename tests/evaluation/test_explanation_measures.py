"""A map that marks what the score rests on is told from one that does not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.evaluation.explanation_measures import (
    GAUSSIAN,
    RANDOM,
    baselines,
    deletion_and_insertion,
    fill_from_surroundings,
    points_into,
    rank_correlation,
    share_within,
    shifted,
)

SIDE = 32
Square = NDArray[np.uint8]


def corner_score(squares: Square) -> NDArray[np.float64]:
    """Give the mean grey of the upper left corner, an eighth of the side wide."""
    return np.asarray(squares[:, :8, :8, 0].mean(axis=(1, 2)) / 255)


@pytest.fixture
def square() -> Square:
    """Dark, but for a bright upper left corner."""
    drawn = np.full((SIDE, SIDE), 20, np.uint8)
    drawn[:8, :8] = 255
    return drawn


def marking(rows: slice, columns: slice) -> NDArray[np.float32]:
    evidence = np.zeros((SIDE, SIDE), np.float32)
    evidence[rows, columns] = 1
    return evidence


def test_map_that_marks_the_reason_loses_and_gains_the_score_at_once(
    square: Square,
) -> None:
    true = marking(slice(8), slice(8))
    false = marking(slice(8, None), slice(8, None))
    random = baselines(SIDE, np.random.default_rng(0))[RANDOM]
    (deletion, insertion), wrong, chance = deletion_and_insertion(
        square, [true, false, random], corner_score
    )
    # A sixteenth of the pixels decides, and the first step removes a tenth.
    assert deletion < 0.16
    assert insertion > 0.9
    for other in (wrong, chance):
        assert deletion < 0.7 * other[0]
        assert insertion > other[1]


def test_logit_that_never_changes_cannot_be_followed(square: Square) -> None:
    maps = [marking(slice(8), slice(8))]
    assert not deletion_and_insertion(
        square, maps, lambda squares: np.full(len(squares), 7.0)
    )


def test_areas_do_not_depend_on_the_size_of_the_logit(square: Square) -> None:
    maps = [marking(slice(8), slice(8)), marking(slice(4, 20), slice(9))]
    usual = deletion_and_insertion(square, maps, corner_score)
    larger = deletion_and_insertion(square, maps, lambda s: 40 * corner_score(s) - 9)
    np.testing.assert_allclose(usual, larger)


def test_areas_of_a_map_do_not_depend_on_the_others(square: Square) -> None:
    maps = [marking(slice(8), slice(8)), marking(slice(4, 20), slice(9))]
    together = deletion_and_insertion(square, maps, corner_score)
    assert deletion_and_insertion(square, maps[1:], corner_score) == together[1:]


def test_kept_pixels_stay_and_others_take_the_grey_around_them() -> None:
    picture = np.full((33, 40), 90, np.uint8)
    picture[:, 20:] = 200
    picture[10:14, 5:9] = 255
    kept = np.ones(picture.shape, bool)
    kept[9:15, 4:10] = False
    filled = fill_from_surroundings(picture, kept)
    np.testing.assert_array_equal(filled[kept], picture[kept])
    assert abs(filled[~kept].astype(int) - 90).max() <= 20


def test_nothing_kept_leaves_the_mean_and_no_black() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (16, 16), np.uint8)
    filled = fill_from_surroundings(picture, np.zeros(picture.shape, bool))
    assert set(filled.ravel()) == {round(float(picture.mean()))}


def test_everything_kept_leaves_the_picture(square: Square) -> None:
    kept = np.ones(square.shape, bool)
    np.testing.assert_array_equal(fill_from_surroundings(square, kept), square)


def test_rank_correlation_of_the_same_the_opposite_and_an_even_map() -> None:
    drawn = np.random.default_rng(0).random((40, 40)).astype(np.float32)
    assert rank_correlation(drawn, drawn**3) == pytest.approx(1)
    assert rank_correlation(drawn, 1 - drawn) == pytest.approx(-1)
    assert rank_correlation(drawn, np.zeros_like(drawn)) == 0


def test_rank_correlation_of_unrelated_maps_is_about_zero() -> None:
    one, other = np.random.default_rng(0).random((2, 40, 40)).astype(np.float32)
    assert abs(rank_correlation(one, other)) < 0.1


def test_strength_is_shared_between_inside_and_outside() -> None:
    strength = np.array([[1, 3], [0, 4]], np.float32)
    mask = np.array([[True, False], [True, True]])
    assert share_within(strength, mask) == pytest.approx(5 / 8)
    assert np.isnan(share_within(0 * strength, mask))


def test_pointing_asks_for_the_strongest_place_alone() -> None:
    strength = np.array([[1, 3], [0, 4]], np.float32)
    assert points_into(strength, np.array([[False, False], [False, True]])) == 1
    assert points_into(strength, np.array([[True, True], [True, False]])) == 0


@pytest.mark.parametrize("move", [(2, 0), (0, 2), (-2, 0), (0, -2)])
def test_shift_moves_down_and_right_and_repeats_the_edge(
    move: tuple[int, int],
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 24), np.uint8)
    moved = shifted(picture, *move)
    back = np.roll(moved, (-move[0], -move[1]), axis=(0, 1))
    np.testing.assert_array_equal(back[2:-2, 2:-2], picture[2:-2, 2:-2])
    assert set(moved.ravel()) <= set(picture.ravel())


def test_baselines_are_centred_and_random_from_the_seed() -> None:
    one, same, other = (baselines(SIDE, np.random.default_rng(s)) for s in (0, 0, 1))
    bell = one[GAUSSIAN]
    np.testing.assert_allclose(bell, bell[::-1, ::-1], rtol=1e-5)
    assert bell.max() == bell[SIDE // 2, SIDE // 2]
    np.testing.assert_array_equal(one[RANDOM], same[RANDOM])
    assert (one[RANDOM] != other[RANDOM]).any()
