"""A site's own labelled radiographs → its calibration and thresholds.

The network stays as it is; what its scores mean at a site is fitted anew.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit
from sklearn.model_selection import StratifiedGroupKFold

from pneumonia.data import labelled_files
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError
from pneumonia.statistics import metrics
from pneumonia.statistics.calibration import (
    Calibration,
    fit_calibration,
    probability,
    reliability,
    score_distribution,
)
from pneumonia.statistics.intervals import draw_patients, percentiles

MINIMUM_PATIENTS = 50
_FOLDS = 5
_RESAMPLES = 200

# What belongs to the network, not to the radiographs it was measured on.
_KEPT = ("sha256", "architecture", "input_shape", "parameters", "gate", "gate_measured")


def recalibrate(
    card: Mapping[str, Any],
    weights: Path,
    files: Sequence[LabelledFile],
    scores: ArrayLike,
    *,
    name: str,
) -> dict[str, Any]:
    """Make a site's card over published weights.

    Temperature, bias and thresholds are fitted to all radiographs. What is reported of
    them is cross-fitted: five times, a fifth of the patients is scored and flagged by
    a fit to the others.

    Parameters
    ----------
    card : mapping
        Of the weights that gave the scores.
    weights : Path
        Their ``.keras`` file.
    files : sequence of LabelledFile
        The site's radiographs.
    scores : array-like of shape (N,)
        The network's, in [0, 1], as `card` calibrates them.
    name : str
        Of the site's card.

    Returns
    -------
    dict
        A card for `pneumonia.model.weights.save_site_card`.

    Raises
    ------
    DatasetError
        If the folder is too small, or the network cannot tell its classes apart.

    Notes
    -----
    At least 50 patients of each class are asked for. Of 50 with a sensitivity or
    specificity of 0.9, the exact 95 % interval is 0.78 to 0.97; with fewer it comes
    to span 0.2, and a flag that misses one in three could not be told from one that
    misses one in twenty. The two parameters of the calibration then also rest on
    25 patients of the rarer class each, where 10 to 20 are customary [1]_. Without
    an AUROC above 0.5 by its whole interval no threshold can help.

    References
    ----------
    .. [1] P. Peduzzi et al., "A simulation study of the number of events per variable
       in logistic regression analysis", J. Clin. Epidemiol. 49, 1996.
    """
    y = labelled_files.labels_of(files)
    patients = labelled_files.patients_of(files)
    counts = [len(set(patients[y == label].tolist())) for label in (0, 1)]
    if min(counts) < MINIMUM_PATIENTS:
        raise DatasetError(
            f"Recalibrating needs at least {MINIMUM_PATIENTS} patients of each class; "
            "with fewer, the intervals say nothing. Received radiographs of "
            f"{counts[0]} normal patients and {counts[1]} with pneumonia: add more."
        )
    tiny = np.finfo(float).eps
    z = np.asarray(logit(np.clip(np.asarray(scores, float), tiny, 1 - tiny)))
    low, high = metrics.auroc_interval(y, z, patients)
    if low <= 0.5:
        raise DatasetError(
            "Recalibrating needs a network that tells the site's classes apart. "
            f"Received an AUROC with the 95 % interval {low:.2f} to {high:.2f}: check "
            "the labels, or use other weights."
        )
    line, points = _fit(y, z)
    held_out, flags = _cross_fit(y, z, patients)
    reports = {
        point: metrics.evaluate(
            y,
            held_out,
            threshold=points[point]["threshold"],
            flagged=flags[point],
            groups=patients,
        )
        for point in points
    }
    before = Calibration(card["temperature"], card["bias"])
    final = _after(before, line)
    intervals = _bootstrap(y, z, patients, before)
    return {
        "name": name,
        "weights_file": weights.name,
        "recalibrated_from": card["name"],
        **{key: card[key] for key in _KEPT if key in card},
        "calibrated": True,
        "temperature": final.temperature,
        "bias": final.bias,
        "prevalence": float(y.mean()),
        "operating_points": {
            point: {
                **points[point],
                "threshold_ci": intervals[point],
                "measured_on": "site, cross-fitted",
                **metrics.at_point(reports[point]),
            }
            for point in points
        },
        "partitions": {
            "site": {
                **labelled_files.count(files),
                "index_sha256": labelled_files.index_sha256(files),
            }
        },
        "metrics": {"site": reports["balanced"]},
        "reliability": {
            "measured_on": "site, cross-fitted",
            "bins": reliability(y, held_out, patients),
        },
        "score_distribution": {
            "measured_on": "site, cross-fitted",
            **score_distribution(y, held_out),
        },
        "recalibration": {
            "folds": _FOLDS,
            "temperature_ci": intervals["temperature"],
            "bias_ci": intervals["bias"],
        },
    }


def _fit(
    y: NDArray[np.int64], z: NDArray[np.float64]
) -> tuple[Calibration, dict[str, metrics.OperatingPoint]]:
    line = fit_calibration(y, z)
    return line, metrics.choose_operating_points(y, probability(z, line))


def _cross_fit(
    y: NDArray[np.int64], z: NDArray[np.float64], patients: NDArray[np.str_]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.bool_]]]:
    """Score and flag each patient by a fit to others."""
    scores = np.empty(len(y))
    flags = {name: np.empty(len(y), bool) for name in ("balanced", "screening")}
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    for fitted, held in folds.split(z, y, patients):
        line, points = _fit(y[fitted], z[fitted])
        scores[held] = probability(z[held], line)
        for name, point in points.items():
            flags[name][held] = scores[held] >= point["threshold"]
    return scores, flags


def _after(before: Calibration, line: Calibration) -> Calibration:
    """Make one line of the card's and of one fitted to what the card's gives."""
    return Calibration(
        before.temperature * line.temperature,
        before.bias / line.temperature + line.bias,
    )


def _bootstrap(
    y: NDArray[np.int64],
    z: NDArray[np.float64],
    patients: NDArray[np.str_],
    before: Calibration,
) -> dict[str, list[float]]:
    """95 % intervals of what was fitted, by drawing patients."""
    drawn: dict[str, list[float]] = {}
    for rows in draw_patients(patients, _RESAMPLES):
        line, points = _fit(y[rows], z[rows])
        final = _after(before, line)
        found = {"temperature": final.temperature, "bias": final.bias}
        found |= {name: point["threshold"] for name, point in points.items()}
        for name, value in found.items():
            drawn.setdefault(name, []).append(value)
    return {name: list(percentiles(values)) for name, values in drawn.items()}
