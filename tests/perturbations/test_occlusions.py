"""Occlusions hide the named region without a trace and leave the rest."""

import numpy as np
import pytest
from phantoms import draw_grey

from pneumonia.perturbations.occlusions import OCCLUSIONS

GREY = draw_grey(seed=1)


def hidden(name: str, side: int = 224) -> np.ndarray:
    """Tell which pixels of a checkerboard are occluded."""
    rows, columns = np.indices((side, side))
    board = np.where((rows + columns) % 2, 200, 50).astype(np.uint8)
    return np.asarray(OCCLUSIONS[name](board) != board)


@pytest.mark.parametrize("name", OCCLUSIONS)
def test_occlusion_is_even_and_independent_of_what_it_hides(name: str) -> None:
    under = hidden(name)
    inverted = np.where(under, 255 - GREY, GREY)
    occluded = OCCLUSIONS[name](GREY)
    assert len(set(occluded[under].tolist())) == 1
    np.testing.assert_array_equal(OCCLUSIONS[name](inverted), occluded)


@pytest.mark.parametrize("name", OCCLUSIONS)
def test_occlusion_leaves_its_input_and_the_rest_of_the_picture(name: str) -> None:
    before = GREY.copy()
    occluded = OCCLUSIONS[name](GREY)
    np.testing.assert_array_equal(GREY, before)
    assert occluded.dtype == np.uint8
    np.testing.assert_array_equal(occluded[~hidden(name)], before[~hidden(name)])


@pytest.mark.parametrize("name", OCCLUSIONS)
def test_occlusion_scales_with_the_picture(name: str) -> None:
    shares = [hidden(name, side).mean() for side in (224, 896)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    wide = draw_grey((300, 420), seed=2)
    assert OCCLUSIONS[name](wide).shape == wide.shape


def test_occlusions_lie_where_their_names_say() -> None:
    lungs, middle = hidden("lungs"), hidden("spine_and_mediastinum")
    chest, rest = hidden("chest"), hidden("all_but_the_chest")
    np.testing.assert_array_equal(chest, ~rest)
    assert not (lungs & middle)[:, [100, 112, 124]].any()
    assert (lungs & chest).sum() > 0.97 * lungs.sum()
    assert lungs[112, [60, 160]].all()
    assert middle[112, 112]
    assert not chest[[5, 218]].any()
