"""What a radiograph looks like at arm's length: its layout in a few hundred numbers.

Where in a picture it is light or dark, and which way its edges face, tells a frontal
chest from another view, another part of the body or another thing, whatever the
network that reads it later has learned to ignore.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE: Final = 64
_THUMBNAIL: Final = 16
_CELLS: Final = 8
_DIRECTIONS: Final = 8
LENGTH: Final = _THUMBNAIL**2 + _CELLS**2 * _DIRECTIONS


def describe(square: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe the layout of a picture.

    Parameters
    ----------
    square : ndarray of uint8, shape (S, S)
        As the model sees it.

    Returns
    -------
    ndarray of float32, shape (LENGTH,)
        A thumbnail of mean 0 and variance 1, then a histogram of the directions of
        the grey levels' gradients in each of 8 x 8 cells [1]_. Directions are kept
        apart from their opposites, so an inverted picture differs in both.

    References
    ----------
    .. [1] N. Dalal, B. Triggs, "Histograms of Oriented Gradients for Human
       Detection", CVPR 2005.
    """
    small = cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    levels = small.astype(np.float32)
    levels = (levels - levels.mean()) / max(float(levels.std()), 1.0)
    thumbnail = cv2.resize(
        levels, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA
    )
    return np.concatenate([thumbnail.ravel(), _edges(levels)], dtype=np.float32)


def _edges(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    x = cv2.Sobel(levels, cv2.CV_32F, 1, 0, ksize=3)
    y = cv2.Sobel(levels, cv2.CV_32F, 0, 1, ksize=3)
    strength = np.hypot(x, y)
    position = np.arctan2(y, x) * (_DIRECTIONS / (2 * np.pi))
    lower = np.floor(position)
    share = position - lower
    index = lower.astype(np.intp) % _DIRECTIONS
    maps = np.zeros((_DIRECTIONS, _SIDE, _SIDE), np.float32)
    rows, columns = np.indices(index.shape)
    maps[index, rows, columns] = strength * (1 - share)
    maps[(index + 1) % _DIRECTIONS, rows, columns] += strength * share
    width = _SIDE // _CELLS
    cells = maps.reshape(_DIRECTIONS, _CELLS, width, _CELLS, width).mean((2, 4))
    # Roots, so that a few hard edges (a marker, a wire) do not drown the rest.
    roots = np.sqrt(cells).ravel()
    return np.asarray(roots / max(float(np.sqrt(np.mean(roots**2))), 1e-6))
