"""Measures of one map: what the score does, whether it repeats, where it lies."""

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

# Shares of the pixels that are removed or shown, one after the other.
_STEPS: Final = np.linspace(0, 1, 11)
# Maps that know nothing of the network.
RANDOM: Final = "random map"
GAUSSIAN: Final = "centred Gaussian"
# Grid on which two maps of one radiograph are compared, along a side.
_GRID: Final = 40

Array = NDArray[np.float32]
# What the whole square must have more than one of which everything is replaced.
_LEAST_EVIDENCE: Final = 0.5
# From squares (M, S, S, 1) to logits of what is explained (M,).
Score = Callable[[NDArray[np.uint8]], NDArray[np.float64]]


def deletion_and_insertion(
    square: NDArray[np.uint8],
    evidence: Sequence[Array],
    score: Score,
    *,
    seed: int = 0,
) -> list[tuple[float, float]]:
    """Follow the logit while what a map marks is removed, and while it is shown [1]_.

    The logit and not the probability, which stays near 1 until most is gone. It is
    given as a share: 1 for the whole square, 0 where everything is replaced.

    Parameters
    ----------
    square : ndarray of uint8, shape (S, S)
        What the network sees. The whole radiograph is not changed: the lungs would be
        found elsewhere, and the box would be measured together with the map.
    evidence : sequence of ndarray of float32, shape (S, S)
        Of several maps, pixel by pixel. The strongest pixels come first; those of the
        same strength in random order.
    score : callable
        The logit of the finding that the maps explain.
    seed : int

    Returns
    -------
    list of (float, float)
        For each map the area under that share while pixels are removed, which is low
        for a faithful map, and while they are shown, which is high. Empty if replacing
        everything takes less than 0.5 from the logit: then there is nothing to follow.

    References
    ----------
    .. [1] V. Petsiuk, A. Das, K. Saenko, "RISE: Randomized Input Sampling for
       Explanation of Black-box Models", BMVC 2018.
    """
    noise = np.random.default_rng(seed).random(square.size)
    pictures = [square, fill_from_surroundings(square, np.zeros(square.shape, bool))]
    for strengths in evidence:
        # The place of each pixel in the order, from 0 (strongest) to below 1.
        place = np.empty(square.shape)
        order = np.lexsort((noise, -strengths.ravel()))
        place.flat[order] = np.arange(square.size) / square.size
        for step in _STEPS[1:-1]:
            pictures.append(fill_from_surroundings(square, place >= step))
            pictures.append(fill_from_surroundings(square, place < step))
    logits = score(np.stack(pictures)[..., np.newaxis])
    whole, nothing = logits[:2]
    if whole - nothing < _LEAST_EVIDENCE:
        return []
    shares = (logits[2:] - nothing) / (whole - nothing)
    curves = shares.reshape(len(evidence), len(_STEPS) - 2, 2)
    return [
        (
            float(np.trapezoid([1, *curve[:, 0], 0], _STEPS)),
            float(np.trapezoid([0, *curve[:, 1], 1], _STEPS)),
        )
        for curve in curves
    ]


def fill_from_surroundings(
    picture: NDArray[np.uint8], kept: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Replace pixels by what lies around them, blurred more the farther it is.

    Black would be as foreign to the network as it looks, and the blurred picture would
    still hold an opacity as large as a lobe.

    Parameters
    ----------
    picture : ndarray of uint8, shape (H, W)
    kept : ndarray of bool, shape (H, W)

    Returns
    -------
    ndarray of uint8, shape (H, W)
        Without any kept pixel, the picture's mean everywhere.
    """
    weight = kept.astype(np.float32)
    filled = _fill(picture * weight, weight, float(picture.mean()))
    return np.clip(np.rint(filled), 0, 255).astype(np.uint8)


def _fill(known: Array, weight: Array, otherwise: float) -> Array:
    """Fill a level of the pyramid from the coarser one."""
    height, width = known.shape
    if (height, width) == (1, 1):
        return known / weight if weight[0, 0] > 0 else np.full_like(known, otherwise)
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse = _fill(
        cv2.resize(known, half, interpolation=cv2.INTER_AREA).reshape(half[::-1]),
        cv2.resize(weight, half, interpolation=cv2.INTER_AREA).reshape(half[::-1]),
        otherwise,
    )
    around = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(known + (1 - weight) * around.reshape(known.shape), np.float32)


def rank_correlation(one: Array, other: Array) -> float:
    """Compare two maps of one radiograph by Spearman's coefficient.

    Parameters
    ----------
    one, other : ndarray of float32, shape (S, S)

    Returns
    -------
    float
        In [-1, 1]. 0 where a map is the same everywhere: it has no order to share.
    """
    from scipy.stats import spearmanr  # takes a second to import

    small = [
        cv2.resize(each, (_GRID, _GRID), interpolation=cv2.INTER_AREA).ravel()
        for each in (one, other)
    ]
    if any(np.ptp(each) == 0 for each in small):
        return 0.0
    return float(spearmanr(*small).statistic)


def share_within(strength: Array, mask: NDArray[np.bool_]) -> float:
    """Return the share of a map's strength that lies in a mask, from 0 to 1."""
    total = float(strength.sum(dtype=np.float64))
    if total <= 0:
        return float("nan")
    return float(strength[mask].sum(dtype=np.float64)) / total


def points_into(strength: Array, mask: NDArray[np.bool_]) -> float:
    """Return 1 where the strongest place of a map lies in a mask, else 0 [1]_.

    References
    ----------
    .. [1] J. Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV
       2016.
    """
    return float(mask.flat[int(strength.argmax())])


def shifted(picture: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """Move a picture down and right by pixels; its edge is repeated."""
    move = np.array([[1, 0, columns], [0, 1, rows]], np.float32)
    moved = cv2.warpAffine(
        picture, move, picture.shape[::-1], borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)


def baselines(side: int, rng: np.random.Generator) -> dict[str, Array]:
    """Make two maps that know nothing of the network.

    Parameters
    ----------
    side : int
        Of the network's square, in pixels.
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to ndarray of float32, shape (side, side)
        `RANDOM`: 10 x 10 random cells, interpolated; `GAUSSIAN`: in the middle, with a
        standard deviation of a quarter of the side.
    """
    bell = np.exp(-(np.linspace(-2, 2, side, dtype=np.float32) ** 2) / 2)
    cells = rng.random((10, 10)).astype(np.float32)
    large = cv2.resize(cells, (side, side), interpolation=cv2.INTER_LINEAR)
    return {RANDOM: np.asarray(large, np.float32), GAUSSIAN: np.outer(bell, bell)}
