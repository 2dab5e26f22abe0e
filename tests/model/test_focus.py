"""Where a heatmap lies, in words."""

import numpy as np
import pytest
from lung_fields import TWO_LUNGS, lungs_at
from numpy.typing import NDArray

from pneumonia.lungs.fields import SIDE
from pneumonia.model.focus import Focus, find_focus


def strength_at(
    top: float, bottom: float, left: float, right: float
) -> NDArray[np.float32]:
    strength = np.zeros((SIDE, SIDE), np.float32)
    rows = slice(round(SIDE * top), round(SIDE * bottom))
    strength[rows, round(SIDE * left) : round(SIDE * right)] = 1
    return strength


@pytest.mark.parametrize(
    ("place", "side", "zone"),
    [
        ((0.22, 0.38, 0.2, 0.4), "right", "upper"),
        ((0.42, 0.58, 0.2, 0.4), "right", "middle"),
        ((0.65, 0.78, 0.6, 0.8), "left", "lower"),
    ],
)
def test_a_spot_is_named_by_the_side_of_the_patient_and_the_third_of_the_lung(
    place: tuple[float, float, float, float], side: str, zone: str
) -> None:
    focus = find_focus(strength_at(*place), TWO_LUNGS)

    assert focus == Focus(1.0, side, zone, 1.0)  # type: ignore[arg-type]


def test_what_lies_outside_the_lungs_is_no_share_of_them() -> None:
    inside = strength_at(0.65, 0.75, 0.2, 0.4)
    outside = strength_at(0.85, 0.95, 0.2, 0.4)

    focus = find_focus(inside + outside, TWO_LUNGS)

    assert focus is not None
    assert focus.in_lungs == pytest.approx(0.5, abs=0.03)
    assert focus.share == focus.in_lungs


def test_a_map_of_zeros_or_a_picture_without_lungs_has_no_focus() -> None:
    assert find_focus(np.zeros((SIDE, SIDE), np.float32), TWO_LUNGS) is None
    assert find_focus(strength_at(0, 1, 0, 1), lungs_at()) is None


def test_on_a_mirrored_picture_the_sides_are_exchanged() -> None:
    focus = find_focus(strength_at(0.22, 0.38, 0.2, 0.4), TWO_LUNGS, mirrored=True)
    assert focus == Focus(1.0, "left", "upper", 1.0)
