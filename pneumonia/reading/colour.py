"""Grey that is stored as colour, behind an alpha channel or under a tint."""

from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.reading.grey_levels import GreyLevels
from pneumonia.reasons.codes import Notice

TRANSPARENT: Final = Notice("transparency_made_black")
_TINTED: Final = Notice("tint_removed")
# All in grey levels of 256, for 99 % of the pixels. Lossy chroma lets grey differ.
_GREY_SPREAD: Final = 8
# How far a pixel may lie from the curve of the tint.
_TINT_SPREAD: Final = 12
# Every channel of a tint rises with the luma; one that falls is another colour.
_LEAST_RISE: Final = 0.02
_SATURATED: Final = 250
# Pixels a side from which colour is judged. Averaging takes chroma noise away; a tint
# changes slowly, and is judged from fewer.
_JUDGED_SIDE: Final = 256
_TINT_SIDE: Final = 128
_ROWS_AT_ONCE: Final = 256


class _LinearMap(NamedTuple):
    """Makes grey of RGB: a weight for each channel, and an offset."""

    weights: NDArray[np.float64]
    offset: float


# ITU-R BT.601, rounded as Pillow does.
_LUMA: Final = _LinearMap(np.array([19_595, 38_470, 7_471]) / 65_536, 0)


def reduce_to_grey(
    samples: NDArray[Any], picture_format: str
) -> tuple[GreyLevels, tuple[Notice, ...]]:
    """Reduce grey, grey with alpha, RGB or RGBA to grey levels of the same depth.

    Parameters
    ----------
    samples : ndarray of uint8 or uint16, shape (H, W) or (H, W, 1 to 4)
    picture_format : str
        Named in the refusal.

    Returns
    -------
    pixels : ndarray of uint8 or uint16, shape (H, W)
        Transparent parts are black; an alpha channel that is the same everywhere
        means nothing. RGB becomes luma, or the tint's own grey where every pixel has
        the same tint.
    notices : tuple of Notice

    Raises
    ------
    UnsupportedRadiographError
        With the code ``colour_image``.
    """
    notices: tuple[Notice, ...] = ()
    if samples.ndim == 2:
        samples = samples[..., np.newaxis]
    if samples.shape[-1] in (2, 4):
        alpha, samples = samples[..., -1], samples[..., :-1]
        if alpha.min() != alpha.max():
            samples, notices = _lay_on_black(samples, alpha), (TRANSPARENT,)
    if samples.shape[-1] == 1:
        return np.ascontiguousarray(samples[..., 0]), notices
    judged = _sample(samples, _JUDGED_SIDE)
    spread = judged.max(axis=-1) - judged.min(axis=-1)
    if np.percentile(spread, 99) <= _GREY_SPREAD:
        return _map_to_grey(samples, _LUMA), notices
    tint = _find_tint(_sample(samples, _TINT_SIDE))
    if tint is None:
        raise UnsupportedRadiographError(
            "colour_image", "colour", format=picture_format
        )
    return _map_to_grey(samples, tint), (*notices, _TINTED)


def _lay_on_black(samples: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    full = np.iinfo(samples.dtype).max
    laid = np.empty_like(samples)
    for start in range(0, len(samples), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        opacity = alpha[rows, :, np.newaxis] / full
        laid[rows] = np.floor(samples[rows] * opacity + 0.5)
    return laid


def _sample(samples: NDArray[Any], side: int) -> NDArray[np.float64]:
    """Average to about so many pixels a side, as rows of RGB in [0, 255]."""
    rows, columns, _ = samples.shape
    step = max(1, min(rows, columns) // side)
    size = (columns // step, rows // step)
    small = cv2.resize(samples, size, interpolation=cv2.INTER_AREA).reshape(-1, 3)
    # Seldom are all of 16 bits in use.
    top = 255 if samples.dtype == np.uint8 else max(int(samples.max()), 1)
    return np.asarray(small * (255 / top), np.float64)


def _find_tint(judged: NDArray[np.float64]) -> _LinearMap | None:
    """Fit the tint of a picture whose every pixel has the same one.

    Parameters
    ----------
    judged : ndarray of float64, shape (N, 3)

    Returns
    -------
    _LinearMap or None
        None if a channel is no smooth, rising function of the others: then the picture
        is in colour.
    """
    # A strong tint drives channels to their end, where they tell nothing more.
    telling = np.percentile(judged, 98, axis=0) < _SATURATED
    weights = _LUMA.weights * (telling if telling.any() else 1)
    weights /= weights.sum()
    base = judged @ weights
    residue, slopes, offsets = np.zeros(len(base)), [], []
    for channel in judged.T:
        free = channel < _SATURATED
        low, high = np.percentile(base[free], [1, 99]) if free.any() else (0, 0)
        if high - low < 1:
            return None
        # A parabola: film and toner tint the middle levels more than the ends.
        curve = np.polynomial.Polynomial.fit(base[free], channel[free], 2)
        if curve.deriv()(np.array([low, high])).min() < _LEAST_RISE:
            return None
        expected = np.where(free, curve(base), channel)
        residue = np.maximum(residue, np.abs(expected - channel))
        line = np.polynomial.Polynomial.fit(base[free], channel[free], 1).convert()
        offsets.append(line.coef[0])
        slopes.append(line.coef[1])
    if np.percentile(residue, 99) > _TINT_SPREAD:
        return None
    strongest = int(np.argmax(slopes))
    return _LinearMap(weights * slopes[strongest], float(offsets[strongest]))


def _map_to_grey(samples: NDArray[Any], linear: _LinearMap) -> GreyLevels:
    full = np.iinfo(samples.dtype).max
    offset = linear.offset
    if samples.dtype == np.uint16 and offset:
        offset *= int(samples.max()) / 255
    grey = np.empty(samples.shape[:2], samples.dtype)
    for start in range(0, len(samples), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        levels = samples[rows] @ linear.weights + offset
        grey[rows] = np.floor(levels + 0.5).clip(0, full)
    return grey
