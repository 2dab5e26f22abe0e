"""Text that is burned into a radiograph's pixels, found by its strokes.

A name in the picture leaves with every export, whatever becomes of the tags. Letters
are small, of one height and in rows, and their strokes are thin and sharp; ribs and
wires are long, soft or alone. A side marker is a letter by itself and is not text here.
"""

from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

# Longer sides are shrunk to this, or letters would have no common scale.
_SIDE: Final = 1024
# Of a letter, in pixels.
_HEIGHTS: Final = (7, 60)
# A row of fewer letters is a marker (R, L, AP), not a name or a number.
_LETTERS: Final = 4


def has_text(grey: NDArray[np.uint8]) -> bool:
    """Look for rows of letters, light or dark.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)

    Returns
    -------
    bool
        True where somebody should look; not a proof of either.
    """
    scale = _SIDE / max(grey.shape)
    if scale < 1:
        size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    steepness = cv2.morphologyEx(
        grey, cv2.MORPH_GRADIENT, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    )
    found = (
        _letters(strokes, np.asarray(steepness, np.uint8)) for strokes in _strokes(grey)
    )
    return any(_has_row(letters) for letters in found)


def _strokes(grey: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Keep what is thin and stands out, light and dark apart."""
    for width in (5, 13):  # of small print, and of large
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (width, width))
        for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            relief = cv2.morphologyEx(grey, operation, kernel)
            yield np.asarray(relief > 40, np.uint8)


def _letters(
    strokes: NDArray[np.uint8], steepness: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Return the boxes that may be letters, rows of (left, top, width, height)."""
    # Few rows and columns have strokes. One without any is kept behind each run of
    # them, so that what was apart stays apart.
    rows, columns = (_with_gaps(np.any(strokes, axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.empty((0, 4))
    within = np.ix_(rows, columns)
    strokes, steepness = strokes[within], steepness[within]
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    left, top, width, height, area = boxes[1:].T
    left, top = columns[left], rows[top]
    fill = area / (width * height)
    alike = (
        (height >= _HEIGHTS[0])
        & (height <= _HEIGHTS[1])
        & (width >= 2)
        & (width <= 1.6 * height)
        & (fill >= 0.2)
        & (fill <= 0.95)
    )
    # How steeply grey changes at each component's pixels; most pixels are of none.
    of_strokes = np.flatnonzero(strokes.view(np.bool_))
    total = np.bincount(
        labels.ravel()[of_strokes], steepness.ravel()[of_strokes], len(boxes)
    )
    sharp = total[1:] / area > 60
    found = np.column_stack([left, top, width, height])[alike & sharp]
    return np.asarray(found, np.float64)


def _with_gaps(used: Any) -> NDArray[np.intp]:
    """Return the places that are used, and the first behind each run of them."""
    kept = used.copy()
    kept[1:] |= used[:-1]
    return np.flatnonzero(kept)


def _has_row(boxes: NDArray[np.float64]) -> bool:
    """Find letters of one height that stand on one line, close together."""
    order = boxes[np.argsort(boxes[:, 0])]
    for left, top, width, height in order:
        count, right, foot = 1, left + width, top + height
        for other in order[order[:, 0] > left]:
            level = abs(other[1] + other[3] - foot) <= 0.2 * height
            alike = abs(other[3] - height) <= 0.3 * height
            gap = other[0] - right
            if gap > 1.2 * height:
                break
            if level and alike and gap >= -0.1 * height:
                count, right = count + 1, other[0] + other[2]
        if count >= _LETTERS:
            return True
    return False
