"""Parts of one radiograph exchanged for those of another.

Arms, neck, abdomen and the edge of the picture say how a child was held and exposed,
and sick children are held and exposed otherwise; the heart is wide in the young, who
are sick more often. A network can tell the classes apart by them. Where they belong to
another child, it no longer can.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.perturbations.corruptions import Grey

Corners = Sequence[tuple[float, float]]

# Across and down, as fractions of the side, where a centred chest of the training
# folder lies.
CHEST: Corners = (
    *((0.25, 0.12), (0.75, 0.12), (0.9, 0.5)),
    *((0.9, 0.86), (0.1, 0.86), (0.1, 0.5)),
)
# Likewise: upper mediastinum, hila, heart (wider on the left side of the body, right in
# the picture) and what lies behind them.
MEDIASTINUM: Corners = (
    *((0.43, 0.1), (0.57, 0.1), (0.58, 0.4), (0.68, 0.66)),
    *((0.68, 0.86), (0.37, 0.86), (0.37, 0.6), (0.42, 0.4)),
)


def fill(shape: tuple[int, ...], corners: Corners) -> NDArray[np.uint8]:
    """Mark the inside of a polygon with 1, the outside with 0; shape (H, W)."""
    mask = np.zeros(shape, np.uint8)
    pixels = np.rint(np.array(corners) * shape[::-1]).astype(np.int32)
    return np.asarray(cv2.fillPoly(mask, [pixels], 1))


def exchange_surroundings(
    chest: Grey, other: Grey, *, zoom: float = 1.0, softness: float = 0.022
) -> Grey:
    """Show the chest of one radiograph in the surroundings of another.

    Parameters
    ----------
    chest, other : ndarray of uint8, shape (H, W)
    zoom : float
        Of the outline of the chest, about the centre.
    softness : float
        Standard deviation of the blur along that outline, as a fraction of the side.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    return _blend(chest, other, CHEST, zoom, softness)


def exchange_mediastinum(
    lungs: Grey, other: Grey, *, zoom: float = 1.0, softness: float = 0.022
) -> Grey:
    """Show the lungs of one radiograph about the mediastinum and heart of another.

    The parameters and the result are those of `exchange_surroundings`.
    """
    return _blend(other, lungs, MEDIASTINUM, zoom, softness)


def _blend(
    inside: Grey, outside: Grey, outline: Corners, zoom: float, softness: float
) -> Grey:
    corners = [(0.5 + zoom * (x - 0.5), 0.5 + zoom * (y - 0.5)) for x, y in outline]
    mask = fill(inside.shape, corners).astype(np.float32)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), softness * inside.shape[0]))
    return np.asarray(np.rint(mask * inside + (1 - mask) * outside), np.uint8)


EXCHANGES: dict[str, Callable[[Grey, Grey], Grey]] = {
    "surroundings": exchange_surroundings,
    "mediastinum": exchange_mediastinum,
}


def with_parts_of_others(
    squares: NDArray[np.uint8],
    labels: NDArray[np.int64],
    part: str,
    *,
    of_other_class: bool,
) -> NDArray[np.uint8]:
    """Show every radiograph with a part of another, the same each time.

    Parameters
    ----------
    squares : ndarray of uint8, shape (N, S, S, 1)
    labels : ndarray of int, shape (N,)
        1 for pneumonia, 0 for normal.
    part : str
        One of `EXCHANGES`.
    of_other_class : bool
        Whether the other radiograph is of the other class or of the same; where there
        is none, a radiograph keeps all its own.

    Returns
    -------
    ndarray of uint8, shape (N, S, S, 1)
    """
    rng = np.random.default_rng(0)
    shown = np.empty_like(squares)
    for index, square in enumerate(squares):
        others = np.flatnonzero((labels != labels[index]) == of_other_class)
        others = others[others != index]
        other = rng.choice(others) if len(others) else index
        shown[index, ..., 0] = EXCHANGES[part](square[..., 0], squares[other, ..., 0])
    return shown
