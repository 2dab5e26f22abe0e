"""Text that is burned into a radiograph's pixels, found by its strokes.

A name in the picture leaves with every export, whatever becomes of the tags. Letters
are small, of one height and in rows, and their strokes are thin and sharp; ribs and
wires are long, soft or alone. A side marker is a letter by itself and is not text here.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

# Longer sides are shrunk to this, or letters would have no common scale.
_SIDE: Final = 1024
# Of a letter, in pixels.
_HEIGHTS: Final = (7, 60)
# A row of fewer letters is a marker (R, L, AP), not a name or a number.
_LETTERS: Final = 4
# A row has as many pixels, at least.
_LEAST_PIXELS: Final = _LETTERS * _HEIGHTS[0]


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
    grey = _shrink(grey)
    steepness = cv2.morphologyEx(
        grey, cv2.MORPH_GRADIENT, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    )
    found = (
        _letters(strokes, np.asarray(steepness, np.uint8)) for strokes in _strokes(grey)
    )
    return any(_has_row(letters) for letters in found)


def _shrink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring letters to a common scale."""
    scale = _SIDE / max(grey.shape)
    if scale >= 1:
        return grey
    columns, rows = (round(side * scale) for side in grey.shape[::-1])
    if scale >= 1 / 4:
        # Four points of each pixel tell as much as its whole area, and cost less.
        twice = (2 * columns, 2 * rows)
        grey = np.asarray(cv2.resize(grey, twice, interpolation=cv2.INTER_LINEAR))
    return np.asarray(cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA))


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
    # Few pixels are of strokes: only these are gone through.
    places = np.flatnonzero(strokes.view(np.bool_))
    if len(places) < _LEAST_PIXELS:
        return np.empty((0, 4))
    y, x = np.divmod(places, strokes.shape[1])
    at = _without_gaps(y), _without_gaps(x)
    small = np.zeros([1 + along.max() for along in at], np.uint8)
    small[at] = 1
    _, labels = cv2.connectedComponents(small, connectivity=8)
    label = labels[at] - 1
    area = np.bincount(label)
    order, starts = np.argsort(label, kind="stable"), area.cumsum() - area
    left, right, top, foot = (
        end.reduceat(along[order], starts)
        for along in (x, y)
        for end in (np.minimum, np.maximum)
    )
    width, height = right - left + 1, foot - top + 1
    fill = area / (width * height)
    alike = (
        (height >= _HEIGHTS[0])
        & (height <= _HEIGHTS[1])
        & (width >= 2)
        & (width <= 1.6 * height)
        & (fill >= 0.2)
        & (fill <= 0.95)
    )
    # How steeply grey changes at each component's pixels.
    sharp = np.bincount(label, steepness.ravel()[places]) / area > 60
    found = np.column_stack([left, top, width, height])[alike & sharp]
    return np.asarray(found, np.float64)


def _without_gaps(along: NDArray[np.intp]) -> NDArray[np.intp]:
    """Move places together, but for one between any that are apart."""
    kept = np.bincount(along) > 0
    kept[1:] |= kept[:-1].copy()
    return np.asarray(kept.cumsum()[along] - 1)


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
