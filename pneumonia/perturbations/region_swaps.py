"""Counterfactual swaps: a region of one radiograph replaced by another patient's.

Sick children are positioned and exposed differently from healthy ones, which shows in
arms, neck, abdomen and picture edge. Young children have wide hearts and are sick more
often. So background and heart separate the classes without the lungs. A swap takes
that information away.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.perturbations.corruptions import Grey

Corners = Sequence[tuple[float, float]]

# Outline of a centred chest of the training folder: across and down, as fractions of
# the side.
CHEST: Corners = (
    *((0.25, 0.12), (0.75, 0.12), (0.9, 0.5)),
    *((0.9, 0.86), (0.1, 0.86), (0.1, 0.5)),
)
# Likewise of mediastinum, hila and heart. The heart is wider on the left side of the
# body, which is the right side of the picture.
MEDIASTINUM: Corners = (
    *((0.43, 0.1), (0.57, 0.1), (0.58, 0.4), (0.68, 0.66)),
    *((0.68, 0.86), (0.37, 0.86), (0.37, 0.6), (0.42, 0.4)),
)


def fill(shape: tuple[int, ...], corners: Corners) -> NDArray[np.uint8]:
    """Mark the inside of a polygon with 1, the outside with 0; shape (H, W)."""
    mask = np.zeros(shape, np.uint8)
    pixels = np.rint(np.array(corners) * shape[::-1]).astype(np.int32)
    return np.asarray(cv2.fillPoly(mask, [pixels], 1))


def swap_background(
    chest: Grey, other: Grey, *, zoom: float = 1.0, softness: float = 0.022
) -> Grey:
    """Show the chest of one radiograph before the background of another.

    Parameters
    ----------
    chest, other : ndarray of uint8, shape (H, W)
    zoom : float
        Scales the outline of the chest about the centre.
    softness : float
        Standard deviation of the blur of the outline, as a fraction of the side.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    return _blend(chest, other, CHEST, zoom, softness)


def swap_mediastinum(
    lungs: Grey, other: Grey, *, zoom: float = 1.0, softness: float = 0.022
) -> Grey:
    """Show the lungs of one radiograph around the mediastinum and heart of another.

    The parameters and the result are those of `swap_background`.
    """
    return _blend(other, lungs, MEDIASTINUM, zoom, softness)


def _blend(
    inside: Grey, outside: Grey, outline: Corners, zoom: float, softness: float
) -> Grey:
    corners = [(0.5 + zoom * (x - 0.5), 0.5 + zoom * (y - 0.5)) for x, y in outline]
    mask = fill(inside.shape, corners).astype(np.float32)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), softness * inside.shape[0]))
    return np.asarray(np.rint(mask * inside + (1 - mask) * outside), np.uint8)


REGION_SWAPS: dict[str, Callable[[Grey, Grey], Grey]] = {
    "background": swap_background,
    "mediastinum": swap_mediastinum,
}


def swap_region(
    squares: NDArray[np.uint8],
    labels: NDArray[np.int64],
    region: str,
    *,
    of_other_class: bool,
) -> NDArray[np.uint8]:
    """Give every radiograph a region of another, drawn with a fixed seed.

    Parameters
    ----------
    squares : ndarray of uint8, shape (N, S, S, 1)
    labels : ndarray of int, shape (N,)
        1 for pneumonia, 0 for normal.
    region : str
        One of `REGION_SWAPS`.
    of_other_class : bool
        Whether the other radiograph is of the other class or of the same class. Without
        another radiograph of that class, a radiograph stays as it is.

    Returns
    -------
    ndarray of uint8, shape (N, S, S, 1)
    """
    rng = np.random.default_rng(0)
    swapped = np.empty_like(squares)
    for index, square in enumerate(squares):
        others = np.flatnonzero((labels != labels[index]) == of_other_class)
        others = others[others != index]
        other = rng.choice(others) if len(others) else index
        swapped[index, ..., 0] = REGION_SWAPS[region](
            square[..., 0], squares[other, ..., 0]
        )
    return swapped


exchange_surroundings, exchange_mediastinum = swap_background, swap_mediastinum
