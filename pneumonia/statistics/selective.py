"""Selective classification: how many errors go when the least sure cases are set aside.

The least sure cases are those whose scores lie nearest to the threshold, in log odds.
"""

from typing import Final, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pneumonia.statistics.intervals import Interval, proportion_interval
from pneumonia.statistics.logistic import expit, logit

# The unsure zone holds this share of each class, on average over both.
UNSURE_SHARE: Final = 0.10
# Shares of the cases that are answered.
COVERAGES: Final = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)


class Selective(TypedDict):
    """What setting the least sure cases aside does; None where undefined.

    ``unsure`` is the share of cases in the unsure zone, ``wrong`` the share of errors
    among all cases and ``wrong_when_sure`` among those outside the zone.
    ``errors_unsure`` is the share of all errors that lies in the zone, and
    ``errors_in_tenth`` the share that lies in the tenth of the cases nearest to the
    threshold. ``wrong_at_coverage`` is the share of errors in the surest cases, for
    each of `COVERAGES`.
    """

    n: int
    unsure: float
    unsure_ci: Interval
    wrong: float
    wrong_ci: Interval
    wrong_when_sure: float | None
    wrong_when_sure_ci: Interval
    errors_unsure: float | None
    errors_in_tenth: float | None
    wrong_at_coverage: list[float]


def unsure_zone(
    y_true: ArrayLike, y_score: ArrayLike, threshold: float
) -> list[float] | None:
    """Find the scores around a threshold that count as unsure.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal; both occur.
    y_score : array-like of shape (N,)
        In [0, 1].
    threshold : float
        In [0, 1].

    Returns
    -------
    list of float, or None
        Lower and upper end, as far from the threshold on the logit scale. Both
        classes weigh the same, so the zone does not depend on the prevalence. None
        for a threshold of 0 or 1, which has no place on that scale.
    """
    if not 0 < threshold < 1:
        return None
    y = np.asarray(y_true, bool)
    distance = _distance(y_score, threshold)
    order = np.argsort(distance, kind="stable")
    weights = np.where(y, 0.5 / y.sum(), 0.5 / (~y).sum())[order]
    # Rounding must not take in one case more.
    last = int(np.searchsorted(np.cumsum(weights), UNSURE_SHARE - 1e-9))
    reach = distance[order][last]
    at = logit(threshold)
    return [float(expit(at - reach)), float(expit(at + reach))]


def measure_selective(
    y_true: ArrayLike,
    y_score: ArrayLike,
    patients: ArrayLike,
    *,
    threshold: float,
    zone: list[float],
) -> Selective:
    """Measure what setting the least sure cases aside does to the errors.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal; N is at least 1.
    y_score : array-like of shape (N,)
        In [0, 1].
    patients : array-like of shape (N,)
    threshold : float
        In (0, 1).
    zone : list of float
        As of `unsure_zone`.

    Returns
    -------
    Selective
    """
    score, group = np.asarray(y_score, float), np.asarray(patients)
    wrong = (score >= threshold) != np.asarray(y_true, bool)
    unsure = (score >= zone[0]) & (score <= zone[1])
    surest = np.argsort(-_distance(score, threshold), kind="stable")
    answered = [max(1, round(share * len(score))) for share in COVERAGES]
    tenth = surest[round((1 - UNSURE_SHARE) * len(score)) :]
    sure, errors = ~unsure, int(wrong.sum())
    return {
        "n": len(score),
        "unsure": float(unsure.mean()),
        "unsure_ci": list(proportion_interval(unsure, group)),
        "wrong": float(wrong.mean()),
        "wrong_ci": list(proportion_interval(wrong, group)),
        "wrong_when_sure": float(wrong[sure].mean()) if sure.any() else None,
        "wrong_when_sure_ci": (
            list(proportion_interval(wrong[sure], group[sure]))
            if sure.any()
            else [None, None]
        ),
        "errors_unsure": float(wrong[unsure].sum() / errors) if errors else None,
        "errors_in_tenth": float(wrong[tenth].sum() / errors) if errors else None,
        "wrong_at_coverage": [float(wrong[surest[:n]].mean()) for n in answered],
    }


def _distance(y_score: ArrayLike, threshold: float) -> NDArray[np.float64]:
    """Distance from a threshold on the logit scale."""
    score = np.clip(np.asarray(y_score, float), 1e-9, 1 - 1e-9)
    return np.asarray(np.abs(logit(score) - logit(threshold)))
