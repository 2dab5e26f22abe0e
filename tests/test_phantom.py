"""The synthetic radiograph looks and counts like one."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.phantom import draw_phantom

SEEDS = range(8)

# Parts of a square picture, in hundredths (rows, columns), that hold for every seed.
RIGHT_LUNG = (35, 50, 24, 36)
HEART = (52, 60, 58, 64)
LIVER = (80, 88, 28, 40)
STOMACH_AIR = (80, 86, 66, 72)


def draw_levels(seed: int, *, consolidation: bool = False) -> NDArray[np.float64]:
    picture = draw_phantom((200, 200), consolidation=consolidation, seed=seed)
    return picture.astype(np.float64)


def measure(picture: NDArray[np.float64], part: tuple[int, int, int, int]) -> float:
    top, bottom, left, right = (2 * edge for edge in part)
    return float(picture[top:bottom, left:right].mean())


@pytest.mark.parametrize("shape", [(32, 32), (128, 96), (90, 200), (32, 400)])
def test_picture_has_the_asked_rows_and_columns(shape: tuple[int, int]) -> None:
    assert draw_phantom(shape, consolidation=True).shape == shape


@pytest.mark.parametrize("bit_depth", [8, 9, 12, 16])
def test_levels_fill_the_bit_depth(bit_depth: int) -> None:
    picture = draw_phantom((96, 96), bit_depth=bit_depth)
    assert picture.dtype == (np.uint8 if bit_depth == 8 else np.uint16)
    assert 0.75 * 2**bit_depth < picture.max() < 2**bit_depth


def test_bit_depth_changes_nothing_but_the_scale() -> None:
    coarse = draw_phantom((96, 96), seed=3).astype(np.float64)
    fine = draw_phantom((96, 96), seed=3, bit_depth=16).astype(np.float64)
    assert np.abs(fine / 257 - coarse).max() <= 0.51


def test_same_seed_draws_the_same_picture() -> None:
    first = draw_phantom((96, 96), consolidation=True, seed=5)
    np.testing.assert_array_equal(
        first, draw_phantom((96, 96), consolidation=True, seed=5)
    )


def test_same_seed_draws_the_same_child_at_another_size() -> None:
    large = draw_levels(2).reshape(100, 2, 100, 2).mean(axis=(1, 3))
    small = draw_phantom((100, 100), seed=2).astype(np.float64)
    assert np.corrcoef(large.ravel(), small.ravel())[0, 1] > 0.99


def test_other_seeds_draw_other_children() -> None:
    pictures = [draw_levels(seed) for seed in SEEDS]
    for first, second in pairwise(pictures):
        assert np.abs(first - second).mean() > 4


@pytest.mark.parametrize("seed", SEEDS)
def test_air_outside_the_body_is_black(seed: int) -> None:
    picture = draw_levels(seed)
    beside_the_belly = np.hstack((picture[170:, :4], picture[170:, -4:]))
    assert beside_the_belly.max() <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_lungs_are_darker_than_heart(seed: int) -> None:
    picture = draw_levels(seed)
    assert measure(picture, RIGHT_LUNG) < 0.8 * measure(picture, HEART)


@pytest.mark.parametrize("seed", SEEDS)
def test_lungs_are_not_black(seed: int) -> None:
    assert measure(draw_levels(seed), RIGHT_LUNG) > 40


@pytest.mark.parametrize("seed", SEEDS)
def test_liver_is_lighter_than_lungs(seed: int) -> None:
    picture = draw_levels(seed)
    assert measure(picture, LIVER) > 1.3 * measure(picture, RIGHT_LUNG)


@pytest.mark.parametrize("seed", SEEDS)
def test_heart_points_to_the_right_of_the_picture(seed: int) -> None:
    picture = draw_levels(seed)
    top, bottom, left, right = HEART
    mirrored = (top, bottom, 100 - right, 100 - left)
    assert measure(picture, HEART) > measure(picture, mirrored) + 15


@pytest.mark.parametrize("seed", SEEDS)
def test_stomach_air_lies_opposite_the_liver(seed: int) -> None:
    picture = draw_levels(seed)
    assert measure(picture, STOMACH_AIR) < measure(picture, LIVER) - 10


@pytest.mark.parametrize("seed", SEEDS)
def test_spine_shows_through_the_heart(seed: int) -> None:
    picture = draw_levels(seed)
    assert measure(picture, (52, 60, 48, 52)) > measure(picture, HEART) + 10


@pytest.mark.parametrize("seed", SEEDS)
def test_ribs_cross_the_lung_as_light_bands(seed: int) -> None:
    column = draw_levels(seed)[50:120, 56:60].mean(axis=1)
    trend = np.convolve(column, np.ones(15) / 15, mode="valid")
    bands = np.diff(np.sign(column[7:-7] - trend)) > 0
    assert bands.sum() >= 3


def test_noise_is_stronger_where_fewer_photons_arrive() -> None:
    picture = draw_phantom((1024, 1024), bit_depth=16).astype(np.float64)
    rough = np.abs(np.diff(picture, 2, axis=1))
    behind_liver, through_arm = rough[850:900, 290:400], rough[20:80, 60:120]
    assert np.median(behind_liver) > 1.5 * np.median(through_arm) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_consolidation_brightens_only_one_lung(seed: int) -> None:
    change = draw_levels(seed, consolidation=True) - draw_levels(seed)
    changed = np.abs(change) > 1
    # The child may lie a little beside the middle of the picture, and turned.
    halves = changed[:, :92].any(), changed[:, 108:].any()
    assert sorted(halves) == [False, True]
    assert change.min() >= -1


@pytest.mark.parametrize("seed", SEEDS)
def test_consolidation_is_measurable(seed: int) -> None:
    change = draw_levels(seed, consolidation=True) - draw_levels(seed)
    assert change.max() > 20
    assert (change > 10).mean() > 0.01


def test_consolidation_of_both_lungs_brightens_both() -> None:
    clear = draw_phantom((200, 200)).astype(float)
    change = draw_phantom((200, 200), consolidation="both") - clear
    assert change.min() > -2
    assert change[:, :100].max() > 20
    assert change[:, 100:].max() > 20


def test_consolidation_strikes_either_lung() -> None:
    sides = set()
    for seed in range(16):
        change = draw_phantom((64, 64), consolidation=True, seed=seed).astype(float)
        change -= draw_phantom((64, 64), seed=seed)
        sides.add(bool(change[:, :32].sum() > change[:, 32:].sum()))
    assert sides == {True, False}


def test_mean_brightness_does_not_give_consolidation_away() -> None:
    means = np.array(
        [
            draw_phantom((96, 96), consolidation=seed % 2 == 1, seed=seed).mean()
            for seed in range(64)
        ]
    )
    # Probability that a picture with consolidation is the lighter one of a pair.
    lighter = (means[1::2, None] > means[None, 0::2]).mean()
    assert 0.3 < lighter < 0.75


@pytest.mark.parametrize("shape", [(31, 64), (64, 31), (0, 0), (-64, 64), (64,)])
def test_impossible_shape_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"Received: \(.*\)$"):
        draw_phantom(shape)


@pytest.mark.parametrize("bit_depth", [-1, 7, 17])
def test_impossible_bit_depth_is_refused(bit_depth: int) -> None:
    with pytest.raises(ValueError, match=rf"Received: {bit_depth}$"):
        draw_phantom((64, 64), bit_depth=bit_depth)


def test_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Received: -1$"):
        draw_phantom((64, 64), seed=-1)
