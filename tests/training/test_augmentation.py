"""Every random change does what its range says, and no more."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.lungs.crop import WHOLE, Box
from pneumonia.perturbations.corruptions import scale_local_contrast
from pneumonia.phantom import draw_phantom
from pneumonia.training.augmentation import GENTLE, OF_LUNGS, Augmentation
from pneumonia.training.change import Change, equalise, make_hazy

VIGOROUS = Augmentation(
    rotation=30.0,
    log_scale=0.3,
    log_aspect=0.2,
    shear=0.2,
    shift=0.1,
    flip=True,
    log_gamma=0.5,
    log_contrast=0.3,
    brightness=30.0,
    noise=10.0,
)
SIDE = 64


class RangeEnd:
    """Stands in for a generator: one end of every range, the first of a choice."""

    def __init__(self, *, upper: bool = True) -> None:
        self._upper = upper

    def uniform(self, low: float, high: float, size: int | None = None) -> Any:
        end = high if self._upper else low
        return end if size is None else np.full(size, end)

    def random(self) -> float:
        return 0.0 if self._upper else 1.0

    def choice(self, options: Sequence[Any]) -> Any:
        return options[0]


def apply(
    augmentation: Augmentation, square: NDArray[np.uint8], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw a change and apply it."""
    return augmentation.draw(rng, square.shape[0])(square)


def change(
    square: NDArray[np.uint8], *, upper: bool = True, **ranges: Any
) -> NDArray[np.uint8]:
    """Apply one end of the ranges."""
    stand_in: Any = RangeEnd(upper=upper)
    return apply(Augmentation(**ranges), square, stand_in)


def draw_square(seed: int = 0) -> NDArray[np.uint8]:
    square = draw_phantom((SIDE, SIDE), seed=seed)
    assert square.dtype == np.uint8
    return square.astype(np.uint8)


def draw_disc(side: int = 101, radius: int = 15) -> NDArray[np.uint8]:
    rows, columns = np.indices((side, side)) - side // 2
    return ((rows**2 + columns**2 <= radius**2) * 255).astype(np.uint8)


def measure_extent(square: NDArray[np.uint8]) -> tuple[int, int]:
    """Height and width of what is light."""
    rows, columns = np.nonzero(square > 127)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


# As a whole


@pytest.mark.parametrize("seed", range(5))
def test_ranges_of_zero_leave_a_radiograph_as_it_is(seed: int) -> None:
    square = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), np.uint8)
    result = apply(Augmentation(), square, np.random.default_rng(seed))
    np.testing.assert_array_equal(result, square)


def test_same_seed_makes_the_same_change() -> None:
    first = apply(VIGOROUS, draw_square(), np.random.default_rng(3))
    second = apply(VIGOROUS, draw_square(), np.random.default_rng(3))
    np.testing.assert_array_equal(first, second)


def test_next_draw_makes_another_change() -> None:
    rng = np.random.default_rng(3)
    assert (
        apply(VIGOROUS, draw_square(), rng) != apply(VIGOROUS, draw_square(), rng)
    ).any()


@pytest.mark.parametrize("augmentation", [Augmentation(), GENTLE, VIGOROUS])
def test_shape_and_type_are_kept(augmentation: Augmentation) -> None:
    result = apply(augmentation, draw_square(), np.random.default_rng(0))
    assert result.shape == (SIDE, SIDE)
    assert result.dtype == np.uint8


def test_original_is_not_changed() -> None:
    square = draw_square()
    before = square.copy()
    apply(VIGOROUS, square, np.random.default_rng(0))
    np.testing.assert_array_equal(square, before)


def test_view_into_a_stack_is_accepted() -> None:
    stack = np.stack([draw_square(seed) for seed in range(3)], axis=-1)
    result = apply(Augmentation(), stack[..., 1], np.random.default_rng(0))
    np.testing.assert_array_equal(result, draw_square(1))


@pytest.mark.parametrize("seed", range(5))
def test_gentle_change_keeps_the_radiograph_recognisable(seed: int) -> None:
    square = draw_square()
    result = apply(GENTLE, square, np.random.default_rng(seed))
    assert (result != square).any()
    assert np.corrcoef(result.ravel(), square.ravel())[0, 1] > 0.5


# Geometry


@pytest.mark.parametrize(("upper", "quarter_turns"), [(True, -1), (False, 1)])
def test_rotation_turns_by_its_angle(upper: bool, quarter_turns: int) -> None:
    square = draw_square()
    result = change(square, upper=upper, rotation=90.0)
    expected = np.rot90(square, quarter_turns)
    np.testing.assert_array_equal(result[1:-1, 1:-1], expected[1:-1, 1:-1])


@pytest.mark.parametrize(
    "ranges",
    [{"rotation": 37.0}, {"log_scale": 0.3}, {"log_aspect": 0.4}, {"shear": 0.3}],
)
def test_middle_stays_where_it_is(ranges: dict[str, Any]) -> None:
    result = change(draw_disc(), **ranges).astype(float)
    centre = [(axis * result).sum() / result.sum() for axis in np.indices(result.shape)]
    assert centre == pytest.approx([50, 50], abs=0.1)


@pytest.mark.parametrize(("upper", "factor"), [(True, 1.5), (False, 1 / 1.5)])
def test_scale_multiplies_both_sides(upper: bool, factor: float) -> None:
    result = change(draw_disc(), upper=upper, log_scale=np.log(1.5))
    assert measure_extent(result) == pytest.approx((31 * factor, 31 * factor), abs=1.5)


@pytest.mark.parametrize(("upper", "ratio"), [(True, 2.0), (False, 0.5)])
def test_aspect_is_width_over_height(upper: bool, ratio: float) -> None:
    result = change(draw_disc(), upper=upper, log_aspect=np.log(2.0))
    height, width = measure_extent(result)
    assert width / height == pytest.approx(ratio, rel=0.08)


def test_aspect_keeps_the_area() -> None:
    result = change(draw_disc(), log_aspect=np.log(2.0))
    assert result.mean() == pytest.approx(draw_disc().mean(), rel=0.02)


@pytest.mark.parametrize(("upper", "sign"), [(True, 1), (False, -1)])
def test_shear_moves_rows_by_its_tangent(upper: bool, sign: int) -> None:
    square = np.zeros((101, 101), np.uint8)
    square[:, 49:52] = 255
    result = change(square, upper=upper, shear=0.25)
    middles = [np.average(np.arange(101), weights=row) for row in result]
    slope = np.polyfit(np.arange(101), middles, 1)[0]
    assert slope == pytest.approx(sign * 0.25, abs=0.01)


def test_shift_moves_by_a_fraction_of_the_side() -> None:
    square = draw_square()
    result = change(square, shift=0.25)
    moved = SIDE // 4
    np.testing.assert_array_equal(result[moved:, moved:], square[:-moved, :-moved])


@pytest.mark.parametrize(("any_edge", "darkest"), [(False, {0}), (True, {0, 200})])
def test_room_beside_the_radiograph_is_black_or_continues_it(
    any_edge: bool, darkest: set[int]
) -> None:
    grey, rng = np.full((SIDE, SIDE), 200, np.uint8), np.random.default_rng(0)
    shift = Augmentation(shift=0.4, any_edge=any_edge)
    results = [apply(shift, grey, rng) for _ in range(40)]
    assert {int(result.min()) for result in results} == darkest


def test_shift_is_drawn_for_each_direction() -> None:
    rng = np.random.default_rng(0)
    moves = []
    for _ in range(30):
        result = apply(Augmentation(shift=0.2), draw_disc(radius=5), rng)
        rows, columns = np.nonzero(result > 127)
        moves.append((rows.mean() - 50, columns.mean() - 50))
    down, right = np.array(moves).T
    assert np.abs(moves).max() <= 0.2 * 101 + 0.5
    assert down.min() < -5 < 5 < down.max()
    assert right.min() < -5 < 5 < right.max()
    assert abs(np.corrcoef(down, right)[0, 1]) < 0.5


def test_flip_mirrors_left_and_right() -> None:
    square = draw_square()
    np.testing.assert_array_equal(change(square, flip=True), square[:, ::-1])


def test_flip_mirrors_every_other_radiograph() -> None:
    square, rng = draw_square(), np.random.default_rng(0)
    flip = Augmentation(flip=True)
    mirrored = [(apply(flip, square, rng) != square).any() for _ in range(200)]
    assert 75 < sum(mirrored) < 125


# Grey levels


@pytest.mark.parametrize(("upper", "exponent"), [(True, 2.0), (False, 0.5)])
def test_gamma_is_the_exponent_of_the_grey_levels(upper: bool, exponent: float) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    result = change(ramp, upper=upper, log_gamma=np.log(2.0))
    expected = np.rint(255 * (ramp / 255) ** exponent)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(("upper", "factor"), [(True, 1.5), (False, 1 / 1.5)])
def test_contrast_spreads_grey_levels_around_their_mean(
    upper: bool, factor: float
) -> None:
    ramp = np.arange(80, 144, dtype=np.uint8).reshape(8, 8)
    result = change(ramp, upper=upper, log_contrast=np.log(1.5)).astype(float)
    assert result.mean() == pytest.approx(ramp.mean(), abs=0.5)
    assert result.std() == pytest.approx(factor * ramp.std(), rel=0.02)


@pytest.mark.parametrize(("upper", "offset"), [(True, 20), (False, -20)])
def test_brightness_is_added(upper: bool, offset: int) -> None:
    ramp = np.arange(80, 144, dtype=np.uint8).reshape(8, 8)
    result = change(ramp, upper=upper, brightness=20.0)
    np.testing.assert_array_equal(result, ramp.astype(int) + offset)


@pytest.mark.parametrize("upper", [True, False])
def test_black_and_white_do_not_wrap_around(upper: bool) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    result = change(ramp, upper=upper, brightness=90.0, log_contrast=0.5)
    assert np.diff(result.ravel().astype(int)).min() >= 0


def test_noise_keeps_the_mean() -> None:
    grey = np.full((200, 200), 128, np.uint8)
    result = apply(Augmentation(noise=8.0), grey, np.random.default_rng(1))
    assert result.std() > 1
    assert result.mean() == pytest.approx(128, abs=0.2)


def test_noise_reaches_its_largest_standard_deviation() -> None:
    grey, rng = np.full((50, 50), 128, np.uint8), np.random.default_rng(0)
    noise = Augmentation(noise=8.0)
    spreads = [apply(noise, grey, rng).astype(float).std() for _ in range(60)]
    assert max(spreads) == pytest.approx(8, abs=0.6)
    assert min(spreads) < 1


def test_noise_does_not_wrap_around() -> None:
    halves = np.repeat(np.array([[0, 255]], np.uint8), 32, axis=1).repeat(64, axis=0)
    result = apply(Augmentation(noise=8.0), halves, np.random.default_rng(1))
    assert result[:, :32].max() < 60
    assert result[:, 32:].min() > 195


# Sharpness


def change_often(square: NDArray[np.uint8], **ranges: Any) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    return [apply(Augmentation(**ranges), square, rng) for _ in range(60)]


def measure_detail(square: NDArray[np.uint8]) -> float:
    return float(np.abs(np.diff(square.astype(float))).mean())


@pytest.mark.parametrize("ranges", [{"blur": 2.0 * 224 / SIDE}, {"resample": 0.3}])
def test_blur_and_resampling_only_take_detail_away(ranges: dict[str, Any]) -> None:
    before = measure_detail(draw_square())
    after = [measure_detail(result) for result in change_often(draw_square(), **ranges)]
    assert max(after) <= before
    assert min(after) < 0.9 * before


def test_blur_takes_as_much_from_a_coarse_copy_as_from_a_fine_one() -> None:
    def share_left(side: int) -> float:
        edge = np.full((side, side), 60, np.uint8)
        edge[:, side // 2 :] = 200
        rng = np.random.default_rng(1)
        blurred = [apply(Augmentation(blur=4.0), edge, rng) for _ in range(80)]
        # Columns over which the edge spreads, as a share of the side.
        spread = [(b[side // 2] != edge[side // 2]).mean() for b in blurred]
        return float(np.mean(spread))

    assert share_left(96) == pytest.approx(share_left(224), rel=0.15)


def test_local_contrast_brings_out_faint_detail() -> None:
    faint = np.full((64, 64), 100, np.uint8)
    faint[::4] = 104
    changed = change_often(faint, local_contrast=1.0)
    spreads = [float(np.std(x[8:-8, 8:-8].astype(float))) for x in changed]
    untouched = sum((x == faint).all() for x in changed)
    assert max(spreads) > 1.5 * np.std(faint)
    assert 15 < untouched < 45


def test_sharpening_only_adds_detail() -> None:
    before = measure_detail(draw_square())
    after = [measure_detail(x) for x in change_often(draw_square(), sharpen=1.5)]
    assert min(after) >= before
    assert max(after) > 1.2 * before


def test_jpeg_keeps_the_picture_but_not_its_levels() -> None:
    square = draw_square()
    changed = [x for x in change_often(square, jpeg=25) if (x != square).any()]
    assert changed
    for result in changed:
        assert np.corrcoef(result.ravel(), square.ravel())[0, 1] > 0.95


@pytest.mark.parametrize(
    "ranges", [{"blur": 2.0}, {"sharpen": 1.5}, {"resample": 0.3}, {"jpeg": 25}]
)
def test_sharpness_of_some_radiographs_is_left_alone(ranges: dict[str, Any]) -> None:
    square = draw_square()
    assert any((result == square).all() for result in change_often(square, **ranges))


# One change


def test_default_change_leaves_a_square_as_it_is() -> None:
    square = draw_square()
    np.testing.assert_array_equal(Change()(square), square)


def test_change_is_applied_alike_each_time() -> None:
    drawn = OF_LUNGS.draw(np.random.default_rng(0), SIDE)
    np.testing.assert_array_equal(drawn(draw_square()), drawn(draw_square()))


def test_haze_is_the_local_contrast_that_networks_are_measured_with() -> None:
    square = draw_square()
    for factor in (0.6, 1.6):
        np.testing.assert_array_equal(
            make_hazy(square, factor, 15.0), scale_local_contrast(square, factor, 15.0)
        )
    np.testing.assert_array_equal(make_hazy(square, 1.0, 15.0), square)


@pytest.mark.parametrize(("upper", "sign"), [(True, 1), (False, -1)])
def test_haze_is_drawn_from_both_ends_of_its_range(upper: bool, sign: int) -> None:
    stand_in: Any = RangeEnd(upper=upper)
    stand_in.random = lambda: 0.9
    drawn = Augmentation(haze=0.5).draw(stand_in, SIDE).local_contrast
    assert isinstance(drawn, partial)
    assert drawn.keywords["factor"] == pytest.approx(np.exp(sign * 0.5))


def test_haze_changes_about_half_and_never_what_is_equalised() -> None:
    rng = np.random.default_rng(0)

    def kinds(augmentation: Augmentation) -> list[Any]:
        drawn = [augmentation.draw(rng, SIDE).local_contrast for _ in range(200)]
        return [each.func for each in drawn if isinstance(each, partial)]

    assert 75 < kinds(Augmentation(haze=0.5)).count(make_hazy) < 125
    both = kinds(Augmentation(haze=0.5, local_contrast=0.7))
    assert 75 < both.count(equalise) < 125
    assert 25 < both.count(make_hazy) < 75


# The box that is shown

BOX: Box = (0.25, 0.75, 0.125, 0.625)  # 32 pixels of 64: rows 16-48, columns 8-40


def draw_smooth() -> NDArray[np.uint8]:
    square = draw_square().astype(np.float32)
    return np.asarray(cv2.GaussianBlur(square, (0, 0), 3), np.uint8)


def test_unchanged_box_is_cut_out_exactly() -> None:
    square = draw_square()
    cut = Change()(square, box=BOX, side=32)
    np.testing.assert_array_equal(cut, square[16:48, 8:40])
    np.testing.assert_array_equal(
        Change(flip=True)(square, box=BOX, side=32), square[16:48, 8:40][:, ::-1]
    )


@pytest.mark.parametrize("side", [16, 48, 96])
def test_box_is_stretched_as_if_cut_by_hand(side: int) -> None:
    smooth = draw_smooth()
    cut = Change()(smooth, box=BOX, side=side).astype(int)
    by_hand = cv2.resize(smooth[16:48, 8:40], (side, side))
    inner = slice(side // 16 + 1, -side // 16 - 1)
    np.testing.assert_allclose(cut[inner, inner], by_hand[inner, inner], atol=2)


def test_box_of_another_shape_is_stretched_to_the_square() -> None:
    square = np.zeros((SIDE, SIDE), np.uint8)
    square[16:48, 8:24] = 255
    cut = Change()(square, box=(0.25, 0.75, 0.125, 0.375), side=40)
    assert cut[2:-2, 2:-2].min() == 255


def test_what_lies_beside_the_box_comes_into_view() -> None:
    square = draw_square()
    cut = Change(shift=(0.25, -0.25))(square, box=BOX, side=32)
    np.testing.assert_array_equal(cut, square[24:56, 0:32])


def test_mask_is_moved_as_its_picture_is() -> None:
    mask = 255 * (draw_square() > 120).astype(np.uint8)
    drawn = replace(
        OF_LUNGS.draw(np.random.default_rng(2), SIDE),
        sharpness=None,
        local_contrast=None,
        log_gamma=0.0,
        log_contrast=0.0,
        brightness=0.0,
        noise=None,
        edge=cv2.BORDER_CONSTANT,
    )
    np.testing.assert_array_equal(
        drawn.moved(mask, box=BOX, side=48), drawn(mask, box=BOX, side=48)
    )


def test_right_box_is_always_shown_unless_asked_otherwise() -> None:
    rng = np.random.default_rng(0)
    assert {Augmentation().draw_box(rng, BOX) for _ in range(50)} == {BOX}


def test_wrong_boxes_are_the_whole_or_a_half_and_have_their_share() -> None:
    rng, some = np.random.default_rng(0), Augmentation(wrong_box=0.3)
    drawn = [some.draw_box(rng, BOX) for _ in range(600)]
    left, right = (0.25, 0.75, 0.125, 0.375), (0.25, 0.75, 0.375, 0.625)
    assert set(drawn) == {BOX, WHOLE, left, right}
    assert 0.63 < drawn.count(BOX) / 600 < 0.77
    for wrong in (WHOLE, left, right):
        assert 0.06 < drawn.count(wrong) / 600 < 0.14
