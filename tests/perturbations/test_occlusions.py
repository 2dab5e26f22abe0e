"""Covers hide the named part, tell nothing of it, and leave the rest."""

import numpy as np
import pytest

from pneumonia.perturbations.occlusions import OCCLUSIONS
from pneumonia.phantom import draw_phantom

GREY = draw_phantom((224, 224), seed=1)


def hidden(name: str, side: int = 224) -> np.ndarray:
    """Tell which pixels of a checkerboard are covered."""
    rows, columns = np.indices((side, side))
    board = np.where((rows + columns) % 2, 200, 50).astype(np.uint8)
    return np.asarray(OCCLUSIONS[name](board) != board)


@pytest.mark.parametrize("name", OCCLUSIONS)
def test_cover_is_even_and_tells_nothing_of_what_it_hides(name: str) -> None:
    under = hidden(name)
    inverted = np.where(under, 255 - GREY, GREY)
    covered = OCCLUSIONS[name](GREY)
    assert len(set(covered[under].tolist())) == 1
    np.testing.assert_array_equal(OCCLUSIONS[name](inverted), covered)


@pytest.mark.parametrize("name", OCCLUSIONS)
def test_cover_leaves_its_input_alone_and_the_rest_of_the_picture(name: str) -> None:
    before = GREY.copy()
    covered = OCCLUSIONS[name](GREY)
    np.testing.assert_array_equal(GREY, before)
    assert covered.dtype == np.uint8
    np.testing.assert_array_equal(covered[~hidden(name)], before[~hidden(name)])


@pytest.mark.parametrize("name", OCCLUSIONS)
def test_cover_lies_alike_at_any_size(name: str) -> None:
    shares = [hidden(name, side).mean() for side in (224, 896)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    wide = draw_phantom((300, 420), seed=2)
    assert OCCLUSIONS[name](wide).shape == wide.shape


def test_covers_lie_where_their_names_say() -> None:
    lungs, middle = hidden("lungs"), hidden("spine_and_mediastinum")
    chest, rest = hidden("chest"), hidden("all_but_the_chest")
    np.testing.assert_array_equal(chest, ~rest)
    assert not (lungs & middle)[:, [100, 112, 124]].any()
    assert (lungs & chest).sum() > 0.97 * lungs.sum()
    assert lungs[112, [60, 160]].all()
    assert middle[112, 112]
    assert not chest[[5, 218]].any()
