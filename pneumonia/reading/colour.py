"""Grey that is stored as colour, behind an alpha channel or under a tint."""

import math
from collections.abc import Iterator
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
# How far a pixel may lie from the curve of the tint, and a saturated one above it.
_TINT_SPREAD: Final = 12
_SATURATED_SPREAD: Final = 48
# Every channel of a tint rises with the luma; one that falls is another colour.
_LEAST_RISE: Final = 0.02
_SATURATED: Final = 250
# A channel that is saturated in more than this share tells too little of the grey.
_SELDOM: Final = 0.02
# Pixels a side from which colour is judged. Averaging takes chroma noise away; a tint
# changes slowly, and is judged from fewer.
_JUDGED_SIDE: Final = 256
_TINT_SIDE: Final = 64
# Blocks from which colour is judged, by the square of how many there are a side.
_MOST_BLOCKS: Final = 16
_PIXELS_AT_ONCE: Final = 2**19


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
    judged = _average(samples, _JUDGED_SIDE)
    spread = judged.max(axis=-1) - judged.min(axis=-1)
    if np.percentile(spread, 99) <= _GREY_SPREAD:
        return _map_to_grey(samples, _LUMA), notices
    tint = _find_tint(samples)
    if tint is None:
        raise UnsupportedRadiographError(
            "colour_image", "colour", format=picture_format
        )
    return _map_to_grey(samples, tint), (*notices, _TINTED)


def lay_colour_on_black(
    samples: NDArray[Any], colour: Any
) -> tuple[NDArray[Any], tuple[Notice, ...]]:
    """Make the one colour black, in place, that a PNG may name as transparent."""
    if not isinstance(colour, tuple) or samples.shape[2] != len(colour):
        return samples, ()
    transparent = (samples == np.array(colour, samples.dtype)).all(axis=-1)
    samples[transparent] = 0
    return samples, (TRANSPARENT,) if transparent.any() else ()


def _lay_on_black(samples: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    full = np.iinfo(samples.dtype).max
    laid = np.empty_like(samples)
    for rows in _bands(samples):
        opacity = alpha[rows, :, np.newaxis] / full
        laid[rows] = np.floor(samples[rows] * opacity + 0.5)
    return laid


def _bands(samples: NDArray[Any]) -> Iterator[slice]:
    """Cut a picture to bands of rows that are few pixels, however wide it is."""
    height = max(1, _PIXELS_AT_ONCE // samples.shape[1])
    for start in range(0, len(samples), height):
        yield slice(start, start + height)


def _divide(samples: NDArray[Any], side: int) -> tuple[NDArray[Any], int]:
    """Cut a picture to whole blocks, about so many a side; give a block's side."""
    height, width = samples.shape[:2]
    # Of a very wide picture there would be very many.
    least = math.isqrt(height * width // (_MOST_BLOCKS * side**2))
    step = min(max(1, min(height, width) // side, least), height, width)
    rows, columns = (length // step * step for length in samples.shape[:2])
    return samples[:rows, :columns], step


def _average(samples: NDArray[Any], side: int) -> NDArray[np.float64]:
    """Average each block, in [0, 255], shape (N, 3)."""
    whole, step = _divide(samples, side)
    size = (whole.shape[1] // step, whole.shape[0] // step)
    mean = cv2.resize(whole, size, interpolation=cv2.INTER_AREA).reshape(-1, 3)
    return np.asarray(mean * (255 / _top(samples)), np.float64)


def _find_saturated(samples: NDArray[Any], side: int) -> NDArray[np.bool_]:
    """Tell where a pixel of a block is at the end of the channel, shape (N, 3)."""
    whole, step = _divide(samples, side)
    rows, columns = whole.shape[0] // step, whole.shape[1] // step
    lines = whole.reshape(rows, step, -1).max(axis=1)
    highest = lines.reshape(rows, columns, step, 3).max(axis=2).reshape(-1, 3)
    return np.asarray(highest >= _top(samples) / 255 * _SATURATED)


def _top(samples: NDArray[Any]) -> int:
    """Return what white is: seldom are all of 16 bits in use."""
    return 255 if samples.dtype == np.uint8 else max(int(samples.max()), 1)


def _find_tint(samples: NDArray[Any]) -> _LinearMap | None:
    """Fit the tint of a picture whose every pixel has the same one.

    Parameters
    ----------
    samples : ndarray of uint8 or uint16, shape (H, W, 3)

    Returns
    -------
    _LinearMap or None
        None if a channel is no smooth, rising function of the others: then the picture
        is in colour.
    """
    judged = _average(samples, _TINT_SIDE)
    # An average tells nothing of a block in which a pixel is at its end.
    saturated = _find_saturated(samples, _TINT_SIDE)
    # A strong tint drives channels to their end, where they tell nothing more.
    telling = saturated.mean(axis=0) < _SELDOM
    if not telling.any():
        telling[:] = True
    weights = _LUMA.weights * telling
    weights /= weights.sum()
    base = judged @ weights
    residue, slopes, offsets = np.zeros(len(base)), [], []
    for channel, known in zip(judged.T, ~saturated.T, strict=True):
        # A parabola takes three points.
        if len(np.unique(np.rint(base[known]))) < 3:
            return None
        low, high = np.percentile(base[known], [1, 99])
        # A parabola: film and toner tint the middle levels more than the ends.
        curve = np.polynomial.Polynomial.fit(base[known], channel[known], 2)
        if curve.deriv()(np.array([low, high])).min() < _LEAST_RISE:
            return None
        above = channel - curve(base)
        beyond = above - (_SATURATED_SPREAD - _TINT_SPREAD)
        residue = np.maximum(residue, np.where(known, np.abs(above), beyond))
        line = np.polynomial.Polynomial.fit(base[known], channel[known], 1).convert()
        offsets.append(line.coef[0])
        slopes.append(line.coef[1])
    if np.percentile(residue, 99) > _TINT_SPREAD:
        return None
    # The brightest channel that is not saturated keeps the most levels.
    strongest = int(np.argmax(np.where(telling, slopes, -np.inf)))
    return _LinearMap(weights * slopes[strongest], float(offsets[strongest]))


def _map_to_grey(samples: NDArray[Any], linear: _LinearMap) -> GreyLevels:
    full = np.iinfo(samples.dtype).max
    offset = linear.offset * _top(samples) / 255
    grey = np.empty(samples.shape[:2], samples.dtype)
    for rows in _bands(samples):
        levels = samples[rows] @ linear.weights + offset
        grey[rows] = np.floor(levels + 0.5).clip(0, full)
    return grey
