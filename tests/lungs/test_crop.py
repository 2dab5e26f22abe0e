"""The cut is the box of the lungs with a margin, stretched to a square."""

import numpy as np
import pytest
from lung_fields import lungs_at
from phantoms import draw_grey
from PIL import Image

from pneumonia.lungs.crop import MARGIN, WHOLE, Box, box_to_see, cut_to_box

LEFT: Box = (0.25, 0.75, 0.125, 0.4375)
RIGHT: Box = (0.25, 0.75, 0.5625, 0.875)


def test_box_has_its_margin_on_every_side() -> None:
    top, bottom, left, right = box_to_see(lungs_at(LEFT, RIGHT))
    assert (top, bottom) == pytest.approx((0.25 - 0.5 * MARGIN, 0.75 + 0.5 * MARGIN))
    assert (left, right) == pytest.approx(
        (0.125 - 0.75 * MARGIN, 0.875 + 0.75 * MARGIN)
    )


@pytest.mark.parametrize(
    "lung", [(0.0, 0.6, 0.0, 0.4), (0.4, 1.0, 0.3, 1.0), (0.0, 1.0, 0.0, 1.0)]
)
def test_box_stays_in_the_picture(lung: Box) -> None:
    top, bottom, left, right = box_to_see(lungs_at(lung))
    assert 0 <= top < bottom <= 1
    assert 0 <= left < right <= 1
    for edge, own in zip((top, bottom, left, right), lung, strict=True):
        if own in (0.0, 1.0):
            assert edge == own


def test_whole_picture_is_seen_without_lungs() -> None:
    assert box_to_see(lungs_at()) == WHOLE


@pytest.mark.parametrize("shape", [(224, 224), (300, 180)])
def test_cut_of_the_whole_is_a_plain_resize(shape: tuple[int, int]) -> None:
    picture = draw_grey(shape, seed=1)
    plain = Image.fromarray(picture).resize((160, 160), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(cut_to_box(picture, WHOLE, 160), np.asarray(plain))


@pytest.mark.parametrize(
    ("box", "half"),
    [
        ((0.0, 1.0, 0.0, 0.5), np.s_[:, :100]),
        ((0.0, 1.0, 0.5, 1.0), np.s_[:, 100:]),
        ((0.0, 0.5, 0.0, 1.0), np.s_[:100]),
        ((0.5, 1.0, 0.0, 1.0), np.s_[100:]),
    ],
    ids=["left", "right", "top", "bottom"],
)
def test_cut_of_a_half_holds_that_half(
    box: Box, half: tuple[slice, slice] | slice
) -> None:
    picture = np.full((200, 200), 40, np.uint8)
    picture[half] = 200
    cut = cut_to_box(picture, box, 64)
    # Pillow's filter reaches a little beyond the box.
    np.testing.assert_array_equal(cut[3:-3, 3:-3], 200)


def test_cut_is_a_square_whatever_the_box() -> None:
    cut = cut_to_box(draw_grey(seed=2), LEFT, 96)
    assert cut.shape == (96, 96)
    assert cut.dtype == np.uint8


def test_cut_leaves_its_picture_alone() -> None:
    picture = draw_grey(seed=3)
    before = picture.copy()
    cut_to_box(picture, LEFT, 96)
    np.testing.assert_array_equal(picture, before)


def test_fine_pattern_is_averaged_not_sampled() -> None:
    stripes = np.zeros((256, 256), np.uint8)
    stripes[:, ::2] = 200
    cut = cut_to_box(stripes, WHOLE, 32)
    assert abs(cut[4:-4, 4:-4].astype(int) - 100).max() <= 2
