"""Parts of a radiograph covered, to see what a network goes by.

A network that goes by the lungs cannot tell the classes apart without them, and hardly
needs the rest. The places are those of a centred chest in the training folder; on a
single radiograph they may leave a rim of lung in sight. Nothing is trained or chosen
with them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pneumonia.perturbations.corruptions import Grey, Shift
from pneumonia.perturbations.region_swaps import CHEST, Corners, fill

_RIGHT_LUNG = ((0.31, 0.12), (0.43, 0.12), (0.43, 0.84), (0.11, 0.84), (0.11, 0.62))
_LEFT_LUNG = ((0.57, 0.12), (0.69, 0.12), (0.89, 0.62), (0.89, 0.86), (0.57, 0.86))
_MIDDLE = ((0.43, 0.0), (0.57, 0.0), (0.57, 1.0), (0.43, 1.0))

PLACES: dict[str, Sequence[Corners]] = {
    "lungs": [_RIGHT_LUNG, _LEFT_LUNG],
    "chest": [CHEST],
    "spine and mediastinum": [_MIDDLE],
}


def place(name: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell which pixels of a picture belong to one of `PLACES`, shape `shape`."""
    filled = [fill(shape, corners) for corners in PLACES[name]]
    return np.asarray(np.any(filled, axis=0), bool)


def _covered(name: str, *, outside: bool = False) -> Shift:
    def cover(grey: Grey) -> Grey:
        inside = place(name, grey.shape)
        hidden = ~inside if outside else inside
        covered = grey.copy()
        # An even grey like that of what stays in sight, so that neither its edge nor
        # its brightness tells of what lies beneath.
        covered[hidden] = round(float(grey[~hidden].mean()))
        return covered

    return cover


COVERS: dict[str, Shift] = {
    **{f"{name} covered": _covered(name) for name in PLACES},
    "all but the chest covered": _covered("chest", outside=True),
}
