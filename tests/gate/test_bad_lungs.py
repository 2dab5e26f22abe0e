"""What stands where two lungs should be, read by the published gate and lungs."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.gate.checks import Admission, check_image
from pneumonia.gate.storage import load_gate
from pneumonia.lungs.finder import load_lung_finder
from pneumonia.model.weights import WEIGHTS_FOLDER
from pneumonia.phantom import draw_phantom
from pneumonia.phantom.drawings import draw_lateral
from pneumonia.reading.radiograph import Radiograph
from pneumonia.reasons.refusals import REFUSALS

Grey = NDArray[np.uint8]
SEEDS = range(500, 504)
GATE, FINDER = load_gate(WEIGHTS_FOLDER), load_lung_finder(WEIGHTS_FOLDER)


def chest(seed: int) -> Grey:
    return np.asarray(draw_phantom((300, 280), seed=seed), np.uint8)


def admit(grey: Grey) -> Admission:
    picture = Radiograph(np.ascontiguousarray(grey), sha256="", format="PNG")
    return check_image(picture, GATE, FINDER)


def black_out_half(grey: Grey) -> Grey:
    """Leave one lung beside nothing, as a film that was cut or covered."""
    blackened = grey.copy()
    blackened[:, : grey.shape[1] // 2] = 0
    return blackened


def fill_half(grey: Grey) -> Grey:
    """Leave one lung beside a plain grey half."""
    filled = grey.copy()
    filled[:, : grey.shape[1] // 2] = np.percentile(grey, 80)
    return filled


def cut_out_one_lung(grey: Grey) -> Grey:
    rows, columns = grey.shape
    lung = FINDER(grey).masks[0]
    down, across = (np.flatnonzero(lung.any(axis=axis)) / 128 for axis in (1, 0))
    return grey[
        round(down[0] * rows) : round(down[-1] * rows),
        round(across[0] * columns) : round(across[-1] * columns),
    ]


def put_two_side_by_side(grey: Grey) -> Grey:
    gap = np.zeros((grey.shape[0], 20), np.uint8)
    return np.hstack([grey, gap, chest(900)])


def put_two_on_a_black_film(grey: Grey) -> Grey:
    both = put_two_side_by_side(grey)
    return np.asarray(
        cv2.copyMakeBorder(both, 80, 80, 30, 30, cv2.BORDER_CONSTANT), np.uint8
    )


def put_one_above_the_other(grey: Grey) -> Grey:
    return np.vstack([grey, chest(900)])


def turn_to_the_side(grey: Grey) -> Grey:
    return draw_lateral(np.random.default_rng(int(grey[0, 0])), 280)


PART = {"cropped", "lateral_view", "not_chest_radiograph"}
CODES: dict[Callable[[Grey], Grey], set[str]] = {
    black_out_half: PART,
    fill_half: PART,
    cut_out_one_lung: PART,
    put_two_side_by_side: {"not_chest_radiograph"},
    put_two_on_a_black_film: {"not_chest_radiograph"},
    put_one_above_the_other: {"not_chest_radiograph"},
    turn_to_the_side: {"lateral_view", "not_chest_radiograph"},
}


@pytest.mark.parametrize("change", CODES)
def test_what_is_not_two_lungs_is_refused_with_its_code_and_sentence(
    change: Callable[[Grey], Grey],
) -> None:
    for seed in SEEDS:
        with pytest.raises(UnsupportedRadiographError) as caught:
            admit(change(chest(seed)))

        assert caught.value.code in CODES[change]
        rule, _ = {str(code): words for code, words in REFUSALS.items()}[
            caught.value.code
        ]
        assert str(caught.value).startswith(rule)


def whiten(grey: Grey, lungs: NDArray[np.bool_]) -> Grey:
    """Make lungs as light as the tissue around them."""
    share = cv2.resize(lungs.astype(np.float32), grey.shape[::-1])
    share = cv2.GaussianBlur(share, (0, 0), 6)
    whitened = grey * (1 - share) + np.percentile(grey, 80) * share
    return np.asarray(whitened, np.uint8)


@pytest.mark.parametrize("side", [0, 1])
def test_a_white_lung_is_still_found_and_read(side: int) -> None:
    for seed in SEEDS:
        grey = chest(seed)
        lungs = FINDER(grey).masks

        admission = admit(whiten(grey, lungs[side]))

        assert admission.lungs is not None
        found = admission.lungs.masks[side]
        overlap = 2 * (found & lungs[side]).sum() / (found.sum() + lungs[side].sum())
        assert overlap > 0.8
        assert admission.calibrated


def test_a_phantom_is_read_as_a_radiograph() -> None:
    for seed in SEEDS:
        admission = admit(chest(seed))

        assert admission.lungs is not None
        assert all(admission.lungs.found)
