"""Lines, tubes and wires drawn onto radiographs, to test whether they raise the score.

Children with pneumonia carry them more often than healthy ones, so a network can take
them for the disease. They are drawn at their usual place in a centred chest, at one
brightness. No network is trained on these or chosen by them.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from pneumonia.perturbations.corruptions import Grey, Perturbation

# Points across and down, shape (N, 2), as fractions of the side; and the width in
# pixels of a square of 224.
Stroke = tuple[NDArray[np.float64], float]

# Grey levels that a device adds at its full width: a stark contrast, so that the test
# is a hard one.
_BRIGHTER_BY = 110
_FINER = 4


def _ring(across: float, down: float, radius: float) -> NDArray[np.float64]:
    """Give the points of a circle."""
    angle = np.linspace(0, 2 * np.pi, 30)
    return np.column_stack(
        [across + radius * np.cos(angle), down + radius * np.sin(angle)]
    )


def _curve(*points: tuple[float, float]) -> NDArray[np.float64]:
    through = PchipInterpolator(np.linspace(0, 1, len(points)), np.array(points))
    return np.asarray(through(np.linspace(0, 1, 40)))


def _draw(strokes: Sequence[Stroke]) -> Perturbation:
    """Brighten a radiograph along strokes."""

    def perturb(grey: Grey) -> Grey:
        rows, columns = grey.shape
        layer = np.zeros((rows * _FINER, columns * _FINER), np.uint8)
        unit = _FINER * min(grey.shape) / 224
        for points, width in strokes:
            pixels = np.rint(points * layer.shape[::-1]).astype(np.int32)
            thickness = max(1, round(width * unit))
            cv2.polylines(layer, [pixels], False, 255, thickness, cv2.LINE_AA)
        cover = cv2.resize(layer, (columns, rows), interpolation=cv2.INTER_AREA)
        added = _BRIGHTER_BY / 255 * cover
        return np.asarray(np.rint(np.clip(grey + added, 0, 255)), np.uint8)

    return perturb


DEVICES: dict[str, Perturbation] = {
    "ECG leads": _draw(
        [
            (_curve((0.26, 0.25), (0.2, 0.45), (0.3, 0.7), (0.38, 1)), 1.2),
            (_curve((0.75, 0.24), (0.8, 0.5), (0.62, 0.75), (0.45, 1)), 1.2),
            (_curve((0.72, 0.72), (0.6, 0.85), (0.5, 1)), 1.2),
            (_ring(0.26, 0.25, 0.014), 3.0),
            (_ring(0.75, 0.24, 0.014), 3.0),
            (_ring(0.72, 0.72, 0.014), 3.0),
        ]
    ),
    "gastric tube": _draw(
        [
            (
                _curve((0.5, 0), (0.51, 0.45), (0.52, 0.65), (0.58, 0.8), (0.62, 0.86)),
                2.0,
            )
        ]
    ),
    "tracheal tube": _draw(
        [
            (_curve((0.485, 0), (0.487, 0.15), (0.49, 0.3)), 1.0),
            (_curve((0.515, 0), (0.513, 0.15), (0.51, 0.3)), 1.0),
        ]
    ),
    "central line": _draw(
        [(_curve((0.2, 0.1), (0.3, 0.16), (0.42, 0.2), (0.45, 0.3), (0.46, 0.42)), 1.6)]
    ),
    "sternal wires": _draw(
        [(_ring(0.5, down, 0.018), 1.4) for down in (0.28, 0.36, 0.44, 0.52, 0.6)]
    ),
}
