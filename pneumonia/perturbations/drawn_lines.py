"""Bright strokes drawn onto radiographs.

Sick children carry lines, tubes and wires more often than healthy ones. A network that
is trained with random curves and rings on both classes cannot take them for the
disease.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.perturbations.corruptions import Grey

# Points across and down, shape (N, 2), as fractions of the side; and the width in
# pixels of a square of 224.
Stroke = tuple[NDArray[np.float64], float]

_FINER = 4


def ring(across: float, down: float, radius: float) -> NDArray[np.float64]:
    """Give the points of a circle, shape (30, 2), in fractions of the side."""
    angle = np.linspace(0, 2 * np.pi, 30)
    return np.column_stack(
        [across + radius * np.cos(angle), down + radius * np.sin(angle)]
    )


def draw_strokes(grey: Grey, strokes: Sequence[Stroke], brighter_by: float) -> Grey:
    """Brighten a radiograph along strokes.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    strokes : sequence of (ndarray of shape (N, 2), float)
    brighter_by : float
        Grey levels that a stroke adds where it covers a pixel.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    rows, columns = grey.shape
    layer = np.zeros((rows * _FINER, columns * _FINER), np.uint8)
    unit = _FINER * min(grey.shape) / 224
    for points, width in strokes:
        pixels = np.rint(points * layer.shape[::-1]).astype(np.int32)
        thickness = max(1, round(width * unit))
        cv2.polylines(layer, [pixels], False, 255, thickness, cv2.LINE_AA)
    cover = cv2.resize(layer, (columns, rows), interpolation=cv2.INTER_AREA)
    added = brighter_by / 255 * cover
    return np.asarray(np.rint(np.clip(grey + added, 0, 255)), np.uint8)


def draw_any_lines(grey: Grey, rng: np.random.Generator) -> Grey:
    """Draw up to five curves and up to four rings or discs anywhere.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    strokes = [(_any_curve(rng), rng.uniform(0.6, 3)) for _ in range(rng.integers(6))]
    for _ in range(rng.integers(5)):
        across, down = rng.uniform(0, 1, 2)
        circle = ring(across, down, rng.uniform(0.005, 0.04))
        strokes.append((circle, rng.uniform(0.8, 4)))
    return draw_strokes(grey, strokes, rng.uniform(30, 140))


def _any_curve(rng: np.random.Generator) -> NDArray[np.float64]:
    """Bend a random straight line by a few smooth waves."""
    along = np.linspace(0, 1, 40)[:, np.newaxis]
    start, end = rng.uniform(-0.1, 1.1, (2, 2))
    # Slow waves have the larger amplitude, as in a slack line. The ends stay in place.
    waves = [
        np.sin(np.pi * n * along) * rng.normal(0, 0.12 / n, 2) for n in range(1, 5)
    ]
    return np.asarray(start + along * (end - start) + sum(waves))
