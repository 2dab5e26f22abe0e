"""Masks, box, coverage and quality follow from the probabilities."""

import numpy as np
import pytest

from pneumonia.lungs.crop import Box
from pneumonia.lungs.fields import SIDE, LungFields

# Of the lung at the picture's left, of that at its right, and of both.
LEFT: Box = (0.25, 0.75, 0.125, 0.4375)
RIGHT: Box = (0.25, 0.75, 0.5625, 0.875)
BOTH: Box = (0.25, 0.75, 0.125, 0.875)


def draw_fields(
    left: Box | None = LEFT, right: Box | None = RIGHT, *, certainty: float = 1.0
) -> LungFields:
    """Make fields of two rectangles; None for a lung that is not there."""
    probabilities = np.zeros((2, SIDE, SIDE), np.float32)
    for lung, box in zip(probabilities, (left, right), strict=True):
        if box is not None:
            top, bottom, first, last = (round(SIDE * edge) for edge in box)
            lung[top:bottom, first:last] = certainty
    return LungFields(probabilities)


def test_masks_are_the_places_that_are_more_likely_lung_than_not() -> None:
    fields = draw_fields(certainty=0.51)
    assert fields.masks.dtype == np.bool_
    np.testing.assert_array_equal(fields.masks, fields.probabilities > 0)
    assert not draw_fields(certainty=0.5).masks.any()


def test_only_the_largest_part_of_a_lung_is_kept() -> None:
    fields = draw_fields()
    expected = fields.masks.copy()
    probabilities = fields.probabilities.copy()
    probabilities[0, 2:9, 100:126] = 1  # away from the lung
    probabilities[1, 110:113, 5:9] = 1
    np.testing.assert_array_equal(LungFields(probabilities).masks, expected)


@pytest.mark.parametrize(
    ("left", "right", "cut"),
    [
        (LEFT, RIGHT, 0.0),
        ((0.0, 0.5, 0.125, 0.4375), (0.0, 0.5, 0.5625, 0.875), 1.0),
        ((0.0, 0.5, 0.125, 0.4375), RIGHT, 0.5),
        ((0.25, 0.75, 0.0, 0.4375), RIGHT, 1.0),
        (LEFT, (0.5, 1.0, 0.5625, 0.875), 0.5),
        (LEFT, (0.5, 0.75, 0.5625, 1.0), 0.5),
        (None, None, 0.0),
    ],
)
def test_cut_is_the_share_of_the_lungs_on_an_edge(
    left: Box | None, right: Box | None, cut: float
) -> None:
    assert draw_fields(left, right).cut == pytest.approx(cut)


def test_parts_that_touch_at_a_corner_are_two() -> None:
    probabilities = np.zeros((2, SIDE, SIDE), np.float32)
    probabilities[0, 20:60, 20:60] = 1
    probabilities[0, 60:70, 60:70] = 1
    assert LungFields(probabilities).masks[0].sum() == 40 * 40


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        (LEFT, RIGHT, (True, True)),
        (LEFT, None, (True, False)),
        (None, RIGHT, (False, True)),
        (None, None, (False, False)),
        # 12 x 12 of 128 x 128 are less than 1 %, 16 x 16 are more.
        ((0.25, 0.34375, 0.25, 0.34375), RIGHT, (False, True)),
        ((0.25, 0.375, 0.25, 0.375), RIGHT, (True, True)),
    ],
)
def test_lung_is_found_from_one_percent_of_the_picture(
    left: Box | None,
    right: Box | None,
    found: tuple[bool, bool],
) -> None:
    assert draw_fields(left, right).found == found


def test_coverage_is_the_share_of_both_lungs_counted_once() -> None:
    assert draw_fields().coverage == pytest.approx(2 * 0.5 * 0.3125)
    assert draw_fields(LEFT, LEFT).coverage == pytest.approx(0.5 * 0.3125)
    assert draw_fields(None, None).coverage == 0


def test_box_holds_both_lungs_and_no_more() -> None:
    assert draw_fields().box == BOTH
    assert draw_fields(LEFT, None).box == LEFT
    assert draw_fields(None, RIGHT).box == RIGHT


def test_box_without_lungs_is_the_whole_picture() -> None:
    assert draw_fields(None, None).box == (0.0, 1.0, 0.0, 1.0)


def test_quality_is_one_where_every_place_is_certain() -> None:
    assert draw_fields().quality == pytest.approx(1)


def test_quality_is_that_of_the_worse_lung() -> None:
    probabilities = draw_fields().probabilities.copy()
    probabilities[1] *= 0.6
    # Of n places at 0.6: 2 * 0.6 n / (0.6 n + n).
    assert LungFields(probabilities).quality == pytest.approx(0.75)


def test_quality_falls_with_doubt_outside_the_mask() -> None:
    probabilities = np.maximum(draw_fields().probabilities, 0.2)
    assert LungFields(probabilities).quality < 0.8


@pytest.mark.parametrize(("left", "right"), [(LEFT, None), (None, RIGHT), (None, None)])
def test_quality_is_zero_without_a_lung(
    left: Box | None,
    right: Box | None,
) -> None:
    assert draw_fields(left, right).quality == 0
