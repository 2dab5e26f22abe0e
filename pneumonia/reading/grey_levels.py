"""Grey levels of any radiograph: their type, their window and their units."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

GreyLevels = NDArray[np.uint8] | NDArray[np.uint16]

# Lowest and highest grey level that are shown.
Window = tuple[float, float]

PERCENTILES: Final = (0.5, 99.5)
# The narrowest window, in grey levels: black or white, and nothing between.
NARROWEST: Final = 1e-3
# Eight bits without a window of their own.
AS_STORED: Final = (0.0, 255.0)
# OpenCV counts in float32, which holds every whole number up to here.
_COUNTED_AT_ONCE: Final = 2**24


@dataclass(frozen=True)
class ModalityUnits:
    """The line from grey levels back to modality units.

    Attributes
    ----------
    slope, intercept : float
        units = slope * grey + intercept; the slope is negative where the
        presentation inverts.
    name : str or None
        RescaleType, such as ``"US"`` (unspecified) or ``"OD"``.
    """

    slope: float = 1.0
    intercept: float = 0.0
    name: str | None = None


def default_window(pixels: GreyLevels) -> Window:
    """Choose what becomes black and white where no file states it.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)

    Returns
    -------
    low, high : float
        0 and 255 for 8 bits, which are shown as they are; `robust_window` for 16.
    """
    if pixels.dtype == np.uint8:
        return AS_STORED
    return robust_window(count_levels(pixels))


def count_levels(pixels: NDArray[Any]) -> NDArray[np.int64]:
    """Count how many pixels have each grey level.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)

    Returns
    -------
    ndarray of int64, shape (256,) or (65536,)
    """
    levels = int(np.iinfo(pixels.dtype).max) + 1
    counts = np.zeros(levels, np.int64)
    rows = max(1, _COUNTED_AT_ONCE // max(pixels.shape[1], 1))
    for start in range(0, len(pixels), rows):
        part = pixels[start : start + rows]
        if part.size:
            found = cv2.calcHist([part], [0], None, [levels], [0, levels])
            counts += found.ravel().astype(np.int64)
    return counts


def robust_window(counts: NDArray[np.int64]) -> Window:
    """Choose what becomes black and white of 16-bit pixels.

    Parameters
    ----------
    counts : ndarray of int64, shape (N,)
        How many pixels of the picture alone, without padding, have each grey level;
        not all have one.

    Returns
    -------
    low, high : float
        The 0.5 and 99.5 percentiles, so that burnt or dead pixels do not set them.
    """
    up_to = counts.cumsum()
    low, high = (percentile(up_to, share / 100) for share in PERCENTILES)
    if low == high:  # nearly all pixels alike: the few others are the picture
        low, high = (float(it) for it in np.flatnonzero(counts)[[0, -1]])
    return low, max(high, low + NARROWEST)


def percentile(up_to: NDArray[np.int64], share: float) -> float:
    """Find what NumPy's percentile of the pixels would be, from their counts.

    Parameters
    ----------
    up_to : ndarray of int64, shape (N,)
        How many pixels have this grey level or a lower one.
    share : float
        In [0, 1].

    Returns
    -------
    float
        In grey levels.
    """
    place = share * (int(up_to[-1]) - 1)
    rank = int(place)
    below, above = np.searchsorted(up_to, [rank, min(rank + 1, up_to[-1] - 1)], "right")
    step, part = float(above - below), place - rank
    # As NumPy rounds it.
    return float(below + step * part if part < 0.5 else above - step * (1 - part))


def apply_window(pixels: GreyLevels, window: Window) -> NDArray[np.uint8]:
    """Show grey levels in a window, pixel by pixel.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)
    window : tuple of float

    Returns
    -------
    ndarray of uint8, shape (H, W)
        8-bit pixels without a window of their own are returned as they are.
    """
    if pixels.dtype == np.uint8 and window == AS_STORED:
        return np.asarray(pixels, np.uint8)
    return look_up(pixels, window_table(pixels.dtype, window))


def window_table(kind: np.dtype[Any], window: Window) -> NDArray[np.uint8]:
    """Give what every grey level is shown as.

    Parameters
    ----------
    kind : dtype
        Of the pixels: uint8 or uint16.
    window : tuple of float

    Returns
    -------
    ndarray of uint8, shape (256,) or (65536,)
    """
    low, high = window
    levels = (np.arange(int(np.iinfo(kind).max) + 1) - low) * (255.0 / (high - low))
    return np.asarray(np.rint(np.clip(levels, 0, 255)), np.uint8)


def look_up(pixels: GreyLevels, table: NDArray[Any]) -> NDArray[Any]:
    """Replace every grey level by the entry of a table.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)
    table : ndarray of uint8 or uint16, shape (256,) or (65536,)

    Returns
    -------
    ndarray of the table's dtype, shape (H, W)
        A table is faster than arithmetic on millions of pixels.
    """
    return np.asarray(cv2.LUT(pixels, table))
