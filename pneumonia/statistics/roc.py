"""The receiver operating characteristic: its corners and the interval of its area."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from pneumonia.statistics.intervals import CONFIDENCE

# Share of false alarms, and sensitivity, both in [0, 1].
Corner = tuple[float, float]


def roc_corners(y_true: ArrayLike, y_score: ArrayLike) -> list[Corner]:
    """Return the corners of the curve.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    y_score : array-like of shape (N,)
        Of any range, also an ordinal scale.

    Returns
    -------
    list of (float, float)
        From (0, 0) to (1, 1), one a different score; empty with one class only.
    """
    positive = np.asarray(y_true, bool)
    values, level = np.unique(np.asarray(y_score, float), return_inverse=True)
    return corners_of_counts(
        np.bincount(level[~positive], minlength=len(values)).tolist(),
        np.bincount(level[positive], minlength=len(values)).tolist(),
    )


def corners_of_counts(normal: Sequence[int], pneumonia: Sequence[int]) -> list[Corner]:
    """Return the corners of the curve of scores that were counted in bins.

    Parameters
    ----------
    normal, pneumonia : sequence of int, K
        By rising score.

    Returns
    -------
    list of (float, float)
        From (0, 0) to (1, 1), K + 1 of them; empty with one class only.
    """
    if not (sum(normal) and sum(pneumonia)):
        return []
    false, true = (
        np.append(0, np.cumsum(counts[::-1])) / sum(counts)
        for counts in (normal, pneumonia)
    )
    return list(zip(false.tolist(), true.tolist(), strict=True))


def area_interval(area: float, *, normal: int, pneumonia: int) -> tuple[float, float]:
    """95 % interval of the AUROC of independent cases.

    It is the score interval that Newcombe calls method 5 [1]_. A bootstrap of some
    tens of cases is too narrow, and a point where every case is right.

    Parameters
    ----------
    area : float
        The AUROC, in [0, 1].
    normal, pneumonia : int
        How many cases of either class there are.

    Returns
    -------
    low, high : float
        (nan, nan) with one class only.

    References
    ----------
    .. [1] R. G. Newcombe, "Confidence intervals for an effect size measure based on
       the Mann-Whitney statistic. Part 2", Statistics in Medicine 25, 2006.
    """
    if not (normal and pneumonia):
        return float("nan"), float("nan")
    z = float(NormalDist().inv_cdf((1 + CONFIDENCE) / 2))
    mean_size = (normal + pneumonia) / 2 - 1

    def beyond(wanted: float) -> float:
        """Tell how far a true area is from the observed one, less its margin."""
        spread = (1 - wanted) / (2 - wanted) + wanted / (1 + wanted)
        variance = wanted * (1 - wanted) * (1 + mean_size * spread)
        return (wanted - area) ** 2 - z**2 * variance / (normal * pneumonia)

    from scipy.optimize import brentq  # takes half a second to import

    # At 0 and 1 the observed area itself solves the equation, and is not the end.
    tiny = 1e-9
    return (
        float(brentq(beyond, 0, min(area, 1 - tiny))) if area > 0 else 0.0,
        float(brentq(beyond, max(area, tiny), 1)) if area < 1 else 1.0,
    )
