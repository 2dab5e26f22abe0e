"""Figures by label: normal, bacterial and viral radiographs."""

import numpy as np
from numpy.typing import NDArray

from pneumonia.card.sections import Subgroup
from pneumonia.statistics import metrics
from pneumonia.statistics.intervals import proportion_interval


def by_kind(
    kinds: NDArray[np.int64],
    scores: NDArray[np.float64],
    patients: NDArray[np.str_],
    *,
    threshold: float,
) -> dict[str, Subgroup]:
    """Measure normal, bacterial and viral radiographs separately.

    Parameters
    ----------
    kinds : ndarray of int, shape (N,)
        As of `pneumonia.data.labelled_files.kinds_of`.
    scores : ndarray of shape (N,)
        In [0, 1].
    patients : ndarray of shape (N,)
    threshold : float
        In [0, 1].

    Returns
    -------
    dict of str to Subgroup
        ``normal``, and ``bacterial`` and ``viral`` where there are any. The AUROC of a
        kind of pneumonia is against all normals.
    """
    normal: NDArray[np.bool_] = kinds == 0
    correct = scores[normal] < threshold
    found: dict[str, Subgroup] = {
        "normal": {
            "n": int(normal.sum()),
            "specificity": float(correct.mean()),
            "specificity_ci": list(proportion_interval(correct, patients[normal])),
        }
    }
    for number, name in ((1, "bacterial"), (2, "viral")):
        kind: NDArray[np.bool_] = kinds == number
        if kind.any():
            flagged = scores[kind] >= threshold
            rows = normal | kind
            pairs = (kind[rows], scores[rows])
            found[name] = {
                "n": int(kind.sum()),
                "auroc": metrics.auroc(*pairs),
                "auroc_ci": list(metrics.auroc_interval(*pairs, patients[rows])),
                "sensitivity": float(flagged.mean()),
                "sensitivity_ci": list(proportion_interval(flagged, patients[kind])),
            }
    return found
