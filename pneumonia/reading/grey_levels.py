"""Grey levels of any radiograph: their type, their window and their units."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

GreyLevels = NDArray[np.uint8] | NDArray[np.uint16]

# Lowest and highest grey level that are shown.
Window = tuple[float, float]

PERCENTILES: Final = (0.5, 99.5)
# The narrowest window, in grey levels: black or white, and nothing between.
NARROWEST: Final = 1e-3
_AS_STORED: Final = (0.0, 255.0)


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
    return _AS_STORED if pixels.dtype == np.uint8 else robust_window(pixels)


def robust_window(pixels: NDArray[Any]) -> Window:
    """Choose what becomes black and white of 16-bit pixels.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16
        Of the picture alone, without padding; not all alike.

    Returns
    -------
    low, high : float
        The 0.5 and 99.5 percentiles, so that burnt or dead pixels do not set them.
    """
    low, high = np.percentile(pixels, PERCENTILES)
    if low == high:  # nearly all pixels alike: the few others are the picture
        low, high = pixels.min(), pixels.max()
    return float(low), max(float(high), float(low) + NARROWEST)


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
    if pixels.dtype == np.uint8 and window == _AS_STORED:
        return np.asarray(pixels, np.uint8)
    low, high = window
    # A table of 65,536 entries is faster than arithmetic on millions of pixels.
    levels = (np.arange(65_536) - low) * (255.0 / (high - low))
    table = np.asarray(np.rint(np.clip(levels, 0, 255)), np.uint8)
    return np.asarray(table[pixels])
