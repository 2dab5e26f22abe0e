"""Operating points: the named thresholds that turn a score into a flag."""

from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pneumonia.statistics.logistic import expit, logit
from pneumonia.statistics.selective import unsure_zone

SCREENING_SENSITIVITY = 0.98

# The mean of sensitivity and specificity is flat around its maximum, so chance decides
# which threshold is the best. All that lose no more than this count as equally good.
BALANCED_TOLERANCE = 0.01


class OperatingPoint(TypedDict):
    """A named threshold, how it was chosen, and both ends of its unsure zone."""

    threshold: float
    rule: str
    unsure: NotRequired[list[float]]


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
        ``balanced``: the highest mean of sensitivity and specificity (Youden's index
        [1]_), to within 0.01; of the thresholds around it that reach this, the middle
        on the logit scale. ``screening``: the largest threshold, not above
        ``balanced``, with a sensitivity of at least 0.98. A threshold lies midway
        between two neighbouring scores on the logit scale. If none keeps the rule,
        the threshold is 0, which flags every case.

        Each has the zone of `pneumonia.statistics.selective.unsure_zone` around it,
        where there is one.

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
    logits = np.unique(logit(score))
    cuts = (logits[1:] + logits[:-1]) / 2
    thresholds = np.append(0.0, expit(cuts))
    spared = np.searchsorted(normal, thresholds)
    found = len(pneumonia) - np.searchsorted(pneumonia, thresholds)
    # Sensitivity plus specificity over a common denominator: whole numbers tie.
    youden = found * len(normal) + spared * len(pneumonia)
    balanced = _middle_of_the_best(
        youden, cuts, 2 * BALANCED_TOLERANCE * len(normal) * len(pneumonia)
    )
    sensitive = np.flatnonzero(found / len(pneumonia) >= SCREENING_SENSITIVITY)
    screening = min(balanced, int(sensitive[-1]))
    points: dict[str, OperatingPoint] = {
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
    for point in points.values():
        if zone := unsure_zone(y, score, point["threshold"]):
            point["unsure"] = zone
    return points


def _middle_of_the_best(
    youden: NDArray[np.int64], cuts: NDArray[np.float64], tolerance: float
) -> int:
    """Return the index of the middle of the thresholds about as good as the best.

    `youden` has one value more than `cuts`, the first: of flagging every case. It has
    no place on the logit scale and is chosen only where nothing does better.
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
