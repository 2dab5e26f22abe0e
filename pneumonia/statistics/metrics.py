"""Discrimination, calibration and operating points, with confidence intervals.

Throughout, `y_true` is array-like of shape (N,) with 1 for pneumonia and 0 for
normal, and `y_score` is array-like of shape (N,) in [0, 1].
"""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pneumonia.statistics.intervals import (
    Interval,
    clopper_pearson,
    draw_patients,
    percentiles,
    wider,
)


class FlagFigures(TypedDict):
    """Sensitivity and specificity with their 95 % intervals; None where undefined."""

    sensitivity: float | None
    sensitivity_ci: Interval
    specificity: float | None
    specificity_ci: Interval


class PointFigures(FlagFigures):
    """The figures of an operating point; None where undefined."""

    ppv: float | None
    ppv_ci: Interval
    npv: float | None
    npv_ci: Interval


class Metrics(PointFigures):
    """Every figure of some radiographs, each with its 95 % interval.

    Undefined figures are None: the AUROC of one class, the PPV without flags.
    """

    n: int
    positives: int
    threshold: float
    auroc: float | None
    auroc_ci: Interval
    brier: float | None
    brier_ci: Interval
    ece: float | None
    ece_ci: Interval
    accuracy: float | None
    accuracy_ci: Interval
    accuracy_at_0_5: float | None
    accuracy_at_0_5_ci: Interval


def auroc(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """Area under the receiver operating characteristic; nan with one class only.

    Computed as the Mann-Whitney statistic [1]_: a bootstrap calls it thousands of
    times, and scikit-learn's input checks would take most of the time.

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
    score = np.asarray(y_score, float)
    normal = np.sort(score[~positive])
    # A tie counts half.
    below = np.searchsorted(normal, score[positive], "left").sum()
    up_to = np.searchsorted(normal, score[positive], "right").sum()
    return float((below + up_to) / 2 / pairs)


def brier(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """Mean squared difference of score and outcome [1]_.

    References
    ----------
    .. [1] G. W. Brier, "Verification of forecasts expressed in terms of
       probability", Monthly Weather Review 78, 1950.
    """
    return float(np.mean((np.asarray(y_score, float) - np.asarray(y_true)) ** 2))


def expected_calibration_error(
    y_true: ArrayLike, y_score: ArrayLike, *, n_bins: int = 10
) -> float:
    """Mean difference of score and outcome over bins of equal mass [1]_.

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
) -> Metrics:
    """Compute every figure of the project, each with its 95 % interval.

    Intervals are those of `pneumonia.statistics.intervals`. Resampling adds noise that
    ``ece`` counts as miscalibration, so its draws are centred on its value.

    Parameters
    ----------
    y_true, y_score : array-like of shape (N,)
    threshold : float
        A case is flagged when its score is at least this.
    flagged : array-like of bool, shape (N,), optional
        Which cases were flagged. Given where thresholds were cross-fitted, so that
        there is no single threshold.
    groups : array-like of shape (N,), optional
        Patients; without them every radiograph counts as a patient.
    n_resamples : int, optional
        As of `pneumonia.statistics.intervals.draw_patients`.
    seed : int

    Returns
    -------
    Metrics
        ``ece`` is over 10 bins of equal mass.
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
    return cast("Metrics", report)


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


def at_point(report: Metrics) -> PointFigures:
    """Return the figures of the operating point from a report of `evaluate`."""
    return {
        "sensitivity": report["sensitivity"],
        "sensitivity_ci": report["sensitivity_ci"],
        "specificity": report["specificity"],
        "specificity_ci": report["specificity_ci"],
        "ppv": report["ppv"],
        "ppv_ci": report["ppv_ci"],
        "npv": report["npv"],
        "npv_ci": report["npv_ci"],
    }


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
