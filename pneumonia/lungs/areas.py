"""A large picture averaged over few areas, for all that looks at no detail."""

import itertools
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.fields import SIDE

# In the 256 grey levels that are shown: as it is, or averaged and not rounded.
Picture = NDArray[np.uint8] | NDArray[np.float32]

# A picture with a shorter side is quickly resized as it is.
_LEAST_SIDE: Final = 4 * SIDE


def average_areas(picture: Picture) -> Picture:
    """Average a picture over 128 x 128 equal areas, if it is large.

    It is what OpenCV's ``INTER_AREA`` gives, not yet rounded, for a tenth of the work:
    rows are added up first, many columns at once.

    Parameters
    ----------
    picture : ndarray of uint8, shape (H, W)

    Returns
    -------
    ndarray of float32, shape (128, 128)
        Grey levels; the picture itself where a side is shorter than 512 pixels.
    """
    if min(picture.shape) < _LEAST_SIDE:
        return picture
    rows, columns = picture.shape
    edges = np.arange(SIDE + 1) * rows
    starts = edges // SIDE
    bands = np.empty((SIDE, columns), np.float32)
    for band, (top, bottom) in enumerate(itertools.pairwise(starts)):
        lines = picture[top:bottom]
        cv2.reduce(lines, 0, cv2.REDUCE_SUM, bands[band : band + 1], cv2.CV_32F)
    # Of a row in which an edge lies a part belongs to the band above.
    above = (edges % SIDE / SIDE).astype(np.float32)[:, np.newaxis]
    shared = picture[np.minimum(starts, rows - 1)] * above
    bands += shared[1:]
    bands -= shared[:-1]
    areas = cv2.resize(bands, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(areas * np.float32(SIDE / rows), np.float32)
