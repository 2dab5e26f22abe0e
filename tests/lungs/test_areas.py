"""A large picture averaged over few areas."""

import cv2
import numpy as np
import pytest

from pneumonia.lungs.areas import average_areas
from pneumonia.phantom import draw_phantom


@pytest.mark.parametrize("shape", [(512, 512), (1601, 1999), (700, 2500), (1280, 640)])
@pytest.mark.parametrize("side", [64, 128])
def test_averages_are_those_of_a_resize_at_once(
    shape: tuple[int, int], side: int
) -> None:
    noise = np.random.default_rng(0).integers(-20, 20, shape)
    picture = (draw_phantom(shape, seed=1) + noise).clip(0, 255).astype(np.uint8)

    averaged = average_areas(picture)
    small = cv2.resize(averaged, (side, side), interpolation=cv2.INTER_AREA)

    whole = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    assert averaged.shape == (128, 128)
    np.testing.assert_allclose(small, whole, atol=0.5 + 1e-3)
    assert (np.rint(small) != whole).mean() < 2e-3


def test_a_small_picture_is_left_as_it_is() -> None:
    picture = np.zeros((400, 900), np.uint8)
    averaged = average_areas(np.zeros((600, 600), np.uint8))

    assert average_areas(picture) is picture
    assert average_areas(averaged) is averaged
