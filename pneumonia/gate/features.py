"""The layout of a radiograph as 768 numbers, from which the gate tells the view.

They hold where the picture is light or dark and which way its edges face. They are
computed from the radiograph itself, so the gate does not depend on any network.
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


def describe_layout(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe the layout of a picture.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        Grey levels as they are displayed. The picture is first resized to a square of
        64 x 64 pixels.

    Returns
    -------
    ndarray of float32, shape (LENGTH,)
        A thumbnail of 16 x 16 pixels with mean 0 and variance 1, then a histogram of
        gradient directions in each of 8 x 8 cells [1]_. Opposite directions count
        apart, so an inverted picture differs in both.

    References
    ----------
    .. [1] N. Dalal, B. Triggs, "Histograms of Oriented Gradients for Human
       Detection", CVPR 2005.
    """
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    levels = small.astype(np.float32)
    levels = (levels - levels.mean()) / max(float(levels.std()), 1.0)
    thumbnail = _average(levels, _THUMBNAIL)
    return np.concatenate([thumbnail.ravel(), _gradient_histograms(levels)])


def _gradient_histograms(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share each pixel's gradient between its two nearest directions."""
    strength, angle = cv2.cartToPolar(
        cv2.Sobel(levels, cv2.CV_32F, 1, 0, ksize=3),
        cv2.Sobel(levels, cv2.CV_32F, 0, 1, ksize=3),
    )
    position = np.asarray(angle, np.float32) * np.float32(_DIRECTIONS / (2 * np.pi))
    cells = []
    for direction in range(_DIRECTIONS):
        turned = np.abs(position - direction)
        distance = np.minimum(turned, _DIRECTIONS - turned)
        share = np.maximum(1 - distance, 0)
        cells.append(_average(strength * share, _CELLS).ravel())
    # The root keeps a few hard edges (a marker, a wire) from outweighing the rest.
    roots = np.sqrt(np.concatenate(cells))
    return np.asarray(roots / max(float(np.sqrt(np.mean(roots**2))), 1e-6))


def _average(field: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Average over ``cells`` x ``cells`` equal parts."""
    parts = cv2.resize(field, (cells, cells), interpolation=cv2.INTER_AREA)
    return np.asarray(parts, np.float32)
