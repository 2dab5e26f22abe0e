"""How well scores separate pneumonia from normal, and how sure we can be of it.

Throughout, `y_true` is array-like of shape (N,) with 1 for pneumonia and 0 for
normal, and `y_score` is array-like of shape (N,) in [0, 1].
"""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from pneumonia.statistics.intervals import (
    clopper_pearson,
    draw_patients,
    percentiles,
    wider,
)

SCREENING_SENSITIVITY = 0.98

# The mean of sensitivity and specificity is flat about its highest: which threshold is
# on top is chance. All that lose no more than this are as good.
BALANCED_TOLERANCE = 0.01


class OperatingPoint(TypedDict):
    """A named threshold and how it was chosen."""

    threshold: float
    rule: str


def auroc(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """Area under the receiver operating characteristic; nan with one class only.

    Computed from ranks, as the Mann-Whitney statistic [1]_: a bootstrap calls it
    thousands of times, where scikit-learn's checks would take most of the time.

    References
    ----------
    .. [1] J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a
       receiver operating characteristic (ROC) curve", Radiology 143, 1982.
    """
    positive = np.asarray(y_true, bool)
    n = int(positive.sum())
    pairs = n * (len(positive) - n)
    if pairs == 0:
        return float("nan")
    ranks = rankdata(np.asarray(y_score, float))[positive].sum()
    return float((ranks - n * (n + 1) / 2) / pairs)


def brier(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """Mean squared distance of score and outcome [1]_.

    References
    ----------
    .. [1] G. W. Brier, "Verification of forecasts expressed in terms of
       probability", Monthly Weather Review 78, 1950.
    """
    return float(np.mean((np.asarray(y_score, float) - np.asarray(y_true)) ** 2))


def expected_calibration_error(
    y_true: ArrayLike, y_score: ArrayLike, *, n_bins: int = 10
) -> float:
    """Mean distance of score and outcome over bins of equal mass [1]_.

    Parameters
    ----------
    y_true, y_score : array-like of shape (N,)
    n_bins : int
        Every bin holds N / n_bins cases, to within one.

    Returns
    -------
    float
        In [0, 1].

    References
    ----------
    .. [1] M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining well calibrated
       probabilities using Bayesian binning", AAAI 2015.
    """
    score = np.asarray(y_score, float)
    order = np.argsort(score, kind="stable")
    gap = score[order] - np.asarray(y_true, float)[order]
    bins = np.array_split(gap, min(n_bins, len(gap)))
    return float(sum(abs(part.sum()) for part in bins) / len(gap))


def proportions(y_true: ArrayLike, flagged: ArrayLike) -> dict[str, tuple[int, int]]:
    """Count successes and trials behind each figure of a 2 x 2 table.

    Parameters
    ----------
    y_true : array-like of shape (N,)
    flagged : array-like of bool, shape (N,)

    Returns
    -------
    dict of str to (int, int)
        ``accuracy``, ``sensitivity``, ``specificity``, ``ppv`` and ``npv``.
    """
    cells = 2 * np.asarray(y_true, int) + np.asarray(flagged, int)
    tn, fp, fn, tp = np.bincount(cells, minlength=4).tolist()
    return {
        "accuracy": (tp + tn, tp + tn + fp + fn),
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "ppv": (tp, tp + fp),
        "npv": (tn, tn + fn),
    }


def evaluate(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    threshold: float,
    flagged: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_resamples: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Compute every figure the project reports, each with its 95 % interval.

    Intervals are those of `pneumonia.statistics.intervals`. The draws of ``ece`` are
    moved to lie around its value: each draw adds noise of its own, which ``ece``
    counts as miscalibration.

    Parameters
    ----------
    y_true, y_score : array-like of shape (N,)
    threshold : float
        A case is flagged when its score is at least this.
    flagged : array-like of bool, shape (N,), optional
        Which cases were flagged, where thresholds were cross-fitted and each case
        was held against one that others chose.
    groups : array-like of shape (N,), optional
        Patients; without them every radiograph stands for itself.
    n_resamples : int, optional
        As of `pneumonia.statistics.intervals.draw_patients`.
    seed : int

    Returns
    -------
    dict
        ``n``, ``positives``, ``threshold``, and for each of ``auroc``,
        ``accuracy``, ``accuracy_at_0_5``, ``sensitivity``, ``specificity``,
        ``ppv``, ``npv``, ``brier`` and ``ece`` (10 bins of equal mass) the value
        and ``<name>_ci``, a list of two. None where a figure is undefined.
    """
    y = np.asarray(y_true, int)
    score = np.asarray(y_score, float)
    flags = score >= threshold if flagged is None else np.asarray(flagged, bool)
    counted = _all_proportions(y, score, flags)
    figures: dict[str, Callable[[NDArray[Any], NDArray[Any]], float]] = {
        "auroc": auroc,
        "brier": brier,
        "ece": expected_calibration_error,
    }
    values = {name: figure(y, score) for name, figure in figures.items()}
    values |= {name: _ratio(*pair) for name, pair in counted.items()}
    resampled: dict[str, list[float]] = {name: [] for name in values}
    names = np.arange(len(y)) if groups is None else groups
    for rows in draw_patients(names, n_resamples, seed=seed):
        for name, figure in figures.items():
            resampled[name].append(figure(y[rows], score[rows]))
        for name, pair in _all_proportions(y[rows], score[rows], flags[rows]).items():
            resampled[name].append(_ratio(*pair))
    report: dict[str, Any] = {
        "n": len(y),
        "positives": int(y.sum()),
        "threshold": float(threshold),
    }
    drawn = np.array(resampled["ece"])
    resampled["ece"] = np.clip(drawn - drawn.mean() + values["ece"], 0, 1).tolist()
    for name, value in values.items():
        low, high = percentiles(resampled[name])
        if name in counted:
            low, high = wider((low, high), clopper_pearson(*counted[name]))
        report[name] = _or_none(value)
        report[f"{name}_ci"] = [_or_none(low), _or_none(high)]
    return report


def choose_operating_points(
    y_true: ArrayLike, y_score: ArrayLike
) -> dict[str, OperatingPoint]:
    """Choose the two thresholds that the page offers.

    Parameters
    ----------
    y_true, y_score : array-like of shape (N,)

    Returns
    -------
    dict of str to OperatingPoint
        ``balanced`` is the middle, on the logit scale, of the thresholds around the
        best that reach the highest mean of sensitivity and specificity (Youden's
        index [1]_) to within 0.01; ``screening`` is the largest threshold not above
        it with a sensitivity of at least 0.98. Thresholds lie in the middle, on the
        logit scale, of the gap between neighbouring scores; where no such threshold
        keeps the rule, the threshold is 0, which flags every case.

    Raises
    ------
    ValueError
        If there are no cases of one class.

    References
    ----------
    .. [1] W. J. Youden, "Index for rating diagnostic tests", Cancer 3, 1950.
    """
    y = np.asarray(y_true, int)
    score = np.clip(np.asarray(y_score, float), 1e-9, 1 - 1e-9)
    normal, pneumonia = np.sort(score[y == 0]), np.sort(score[y == 1])
    if not (len(normal) and len(pneumonia)):
        raise ValueError(
            "Operating points need cases of both classes. "
            f"Received: {len(normal)} normal and {len(pneumonia)} with pneumonia."
        )
    logits = np.unique(np.log(score / (1 - score)))
    cuts = (logits[1:] + logits[:-1]) / 2
    thresholds = np.append(0.0, 1 / (1 + np.exp(-cuts)))
    spared = np.searchsorted(normal, thresholds)
    found = len(pneumonia) - np.searchsorted(pneumonia, thresholds)
    # Sensitivity plus specificity over a common denominator: whole numbers tie.
    youden = found * len(normal) + spared * len(pneumonia)
    balanced = _middle_of_the_best(
        youden, cuts, 2 * BALANCED_TOLERANCE * len(normal) * len(pneumonia)
    )
    sensitive = np.flatnonzero(found / len(pneumonia) >= SCREENING_SENSITIVITY)
    screening = min(balanced, int(sensitive[-1]))
    return {
        "balanced": {
            "threshold": float(thresholds[balanced]),
            "rule": (
                f"middle of the thresholds within {BALANCED_TOLERANCE} of the highest "
                "mean of sensitivity and specificity"
            ),
        },
        "screening": {
            "threshold": float(thresholds[screening]),
            "rule": (
                "largest threshold not above balanced with sensitivity of at least "
                f"{SCREENING_SENSITIVITY}"
            ),
        },
    }


def auroc_interval(
    y_true: ArrayLike, y_score: ArrayLike, groups: ArrayLike
) -> list[float]:
    """95 % interval of the AUROC from a bootstrap over patients, low and high.

    Parameters
    ----------
    y_true, y_score : array-like of shape (N,)
        The scores of any range.
    groups : array-like of shape (N,)
        Patients.
    """
    y, score = np.asarray(y_true), np.asarray(y_score)
    return list(
        percentiles([auroc(y[rows], score[rows]) for rows in draw_patients(groups)])
    )


def at_point(report: Mapping[str, Any]) -> dict[str, Any]:
    """Pick what an operating point does from a report of `evaluate`."""
    return {
        key: report[key]
        for figure in ("sensitivity", "specificity", "ppv", "npv")
        for key in (figure, f"{figure}_ci")
    }


def _middle_of_the_best(
    youden: NDArray[np.int64], cuts: NDArray[np.float64], tolerance: float
) -> int:
    """Return which threshold is in the middle of those about as good as the best.

    `youden` has one value more than `cuts`, the first: of flagging every case, which
    has no place on the logit scale and is chosen only where nothing does better.
    """
    tied = np.flatnonzero(youden == youden.max())
    best = int(tied[len(tied) // 2])
    if best == 0:
        return 0
    worse = np.flatnonzero(youden < youden.max() - tolerance)
    first = int(worse[worse < best].max(initial=0)) + 1
    last = int(worse[worse > best].min(initial=len(youden))) - 1
    middle = (cuts[first - 1] + cuts[last - 1]) / 2
    return first + int(np.abs(cuts[first - 1 : last] - middle).argmin())


def _all_proportions(
    y: NDArray[Any], score: NDArray[Any], flagged: NDArray[np.bool_]
) -> Mapping[str, tuple[int, int]]:
    counted = proportions(y, flagged)
    counted["accuracy_at_0_5"] = (int(((score >= 0.5) == y).sum()), len(y))
    return counted


def _ratio(successes: int, trials: int) -> float:
    return successes / trials if trials else float("nan")


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
