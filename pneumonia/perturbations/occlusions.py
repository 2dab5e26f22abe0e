"""Occlusions: regions of a radiograph covered by an even grey.

A network that relies on the lungs cannot separate the classes without them, and hardly
needs the rest. The regions fit a centred chest of the training folder. On a single
radiograph they may leave a rim of lung visible. No network is trained or chosen with
them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pneumonia.perturbations.corruptions import Grey, Perturbation
from pneumonia.perturbations.region_swaps import CHEST, Corners, fill

_RIGHT_LUNG = ((0.31, 0.12), (0.43, 0.12), (0.43, 0.84), (0.11, 0.84), (0.11, 0.62))
_LEFT_LUNG = ((0.57, 0.12), (0.69, 0.12), (0.89, 0.62), (0.89, 0.86), (0.57, 0.86))
_MIDDLE = ((0.43, 0.0), (0.57, 0.0), (0.57, 1.0), (0.43, 1.0))

REGIONS: dict[str, Sequence[Corners]] = {
    "lungs": [_RIGHT_LUNG, _LEFT_LUNG],
    "chest": [CHEST],
    "spine_and_mediastinum": [_MIDDLE],
}


def region(name: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Mark the pixels of one of `REGIONS`.

    Parameters
    ----------
    name : str
    shape : (int, int)
        Height and width of the picture.

    Returns
    -------
    ndarray of bool, shape `shape`
    """
    filled = [fill(shape, corners) for corners in REGIONS[name]]
    return np.asarray(np.any(filled, axis=0), bool)


def _occlude(name: str, *, outside: bool = False) -> Perturbation:
    def occlude(grey: Grey) -> Grey:
        inside = region(name, grey.shape)
        hidden = ~inside if outside else inside
        occluded = grey.copy()
        # The mean grey of the visible rest: the occlusion itself carries no sign of
        # what it hides.
        occluded[hidden] = round(float(grey[~hidden].mean()))
        return occluded

    return occlude


OCCLUSIONS: dict[str, Perturbation] = {
    **{name: _occlude(name) for name in REGIONS},
    "all_but_the_chest": _occlude("chest", outside=True),
}
