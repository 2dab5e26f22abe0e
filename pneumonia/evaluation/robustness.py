"""How a network holds up when the pictures change and the lungs do not."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from tqdm import tqdm

from pneumonia.model.prediction import predict_logits
from pneumonia.perturbations.corruptions import SHIFTS, Shift
from pneumonia.perturbations.region_swaps import EXCHANGES, with_parts_of_others
from pneumonia.statistics import metrics

UNCHANGED = "unchanged"


def shifted_logits(
    model: keras.Model,
    squares: NDArray[np.uint8],
    shifts: Mapping[str, Shift] = SHIFTS,
) -> dict[str, NDArray[np.float64]]:
    """Score radiographs as they are and under every named change.

    Parameters
    ----------
    model : keras.Model
    squares : ndarray of uint8, shape (N, S, S, 1)
    shifts : mapping of str to Shift, optional

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        Logits; ``"unchanged"`` first, then by the names of `shifts`.
    """
    side = squares.shape[1]
    logits = {UNCHANGED: predict_logits(model, squares)}
    for name, shift in tqdm(shifts.items(), "Scoring changed copies", unit="change"):
        changed = [_resize(shift(square[..., 0]), side) for square in squares]
        logits[name] = predict_logits(model, np.stack(changed)[..., np.newaxis])
    return logits


def exchanged_logits(
    model: keras.Model, squares: NDArray[np.uint8], labels: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Score each radiograph with parts of another.

    Parameters
    ----------
    model : keras.Model
    squares : ndarray of uint8, shape (N, S, S, 1)
    labels : ndarray of int, shape (N,)

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        Logits, by the part and whether the other radiograph is of the same class or of
        the other.
    """
    return {
        f"{part} of {name} class": predict_logits(
            model, with_parts_of_others(squares, labels, part, of_other_class=other)
        )
        for part in EXCHANGES
        for name, other in (("the same", False), ("the other", True))
    }


def measure_shifts(
    y_true: ArrayLike,
    scores: Mapping[str, NDArray[np.float64]],
    *,
    threshold: float,
) -> dict[str, Any]:
    """Measure each shift at a locked threshold.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    scores : mapping of str to ndarray of shape (N,)
        In [0, 1], by shift, as from `shifted_logits`.
    threshold : float

    Returns
    -------
    dict
        ``by_shift``: for each name ``auroc``, ``sensitivity``, ``specificity``, and
        ``normal_change`` and ``pneumonia_change``, the mean absolute change of either
        class's scores against the unchanged radiographs; and of the first three
        ``worst`` and ``mean``.
    """
    y = np.asarray(y_true, int)
    by_shift = {}
    for name, score in scores.items():
        counted = metrics.proportions(y, score >= threshold)
        change = np.abs(score - scores[UNCHANGED])
        by_shift[name] = {
            "auroc": metrics.auroc(y, score),
            "sensitivity": counted["sensitivity"][0] / counted["sensitivity"][1],
            "specificity": counted["specificity"][0] / counted["specificity"][1],
            "normal_change": float(change[y == 0].mean()),
            "pneumonia_change": float(change[y == 1].mean()),
        }
    figures = ("auroc", "sensitivity", "specificity")
    return {
        "by_shift": by_shift,
        "worst": {f: min(row[f] for row in by_shift.values()) for f in figures},
        "mean": {
            f: float(np.mean([row[f] for row in by_shift.values()])) for f in figures
        },
    }


def _resize(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    if grey.shape == (side, side):
        return grey
    image = Image.fromarray(grey).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(image)
