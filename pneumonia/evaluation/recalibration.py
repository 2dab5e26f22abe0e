"""Recalibration: a site's labelled radiographs give its calibration and thresholds.

The network itself does not change.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit
from sklearn.model_selection import StratifiedGroupKFold

from pneumonia.card.schema import SCHEMA_VERSION, Card
from pneumonia.card.sections import MeasuredPoint, Partition
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
from pneumonia.statistics.operating_points import (
    OperatingPoint,
    choose_operating_points,
)

MINIMUM_PATIENTS = 50
_FOLDS = 5
_MEASURED_ON = "site, cross-fitted"


def recalibrate(
    card: Card,
    weights: Path,
    files: Sequence[LabelledFile],
    scores: ArrayLike,
    *,
    name: str,
) -> Card:
    """Make a site's card for published weights.

    Temperature, bias and thresholds are fitted to all radiographs. Their figures come
    from five-fold cross-fitting: each fifth of the patients is scored and flagged by a
    fit to the other four.

    Parameters
    ----------
    card : Card
        Of the weights that gave the scores.
    weights : Path
        Their ``.keras`` file.
    files : sequence of LabelledFile
        The site's radiographs.
    scores : array-like of shape (N,)
        Of the network, in [0, 1], as `card` calibrates them.
    name : str
        Of the site's card.

    Returns
    -------
    Card
        For `pneumonia.model.publication.save_site_card`.

    Raises
    ------
    DatasetError
        If the folder is too small, or the network cannot separate its classes.

    Notes
    -----
    At least 50 patients of each class are required. With 50 and a sensitivity of 0.9,
    the exact 95 % interval is 0.78 to 0.97; with fewer it is wider than 0.2. The
    calibration has two parameters, so it then has 25 patients of the rarer class for
    each, where 10 to 20 are customary [1]_.

    References
    ----------
    .. [1] P. Peduzzi et al., "A simulation study of the number of events per variable
       in logistic regression analysis", J. Clin. Epidemiol. 49, 1996.
    """
    y = labelled_files.labels_of(files)
    patients = labelled_files.patients_of(files)
    tiny = np.finfo(float).eps
    z = np.asarray(logit(np.clip(np.asarray(scores, float), tiny, 1 - tiny)))
    _check_site(y, z, patients)
    published = Calibration(card["temperature"], card["bias"])
    site, points = _fit(y, z)
    final = _compose(published, site)
    intervals = _bootstrap(y, z, patients, published)
    made = _describe_site(card, weights, files, final, name=name)
    made["recalibration"] = {
        "folds": _FOLDS,
        "temperature_ci": list(intervals["temperature"]),
        "bias_ci": list(intervals["bias"]),
    }
    return _with_figures(made, y, z, patients, points, intervals)


def _check_site(
    y: NDArray[np.int64], z: NDArray[np.float64], patients: NDArray[np.str_]
) -> None:
    """Refuse a folder that is too small or that the network cannot separate."""
    counts = [len(set(patients[y == label].tolist())) for label in (0, 1)]
    if min(counts) < MINIMUM_PATIENTS:
        raise DatasetError(
            f"Recalibrating needs at least {MINIMUM_PATIENTS} patients of each class; "
            "with fewer, the intervals are too wide to use. Received radiographs of "
            f"{counts[0]} normal patients and {counts[1]} with pneumonia: add more."
        )
    low, high = metrics.auroc_interval(y, z, patients)
    if low <= 0.5:
        raise DatasetError(
            "Recalibrating needs a network that tells the site's classes apart. "
            f"Received an AUROC with the 95 % interval {low:.2f} to {high:.2f}: check "
            "the labels, or use other weights."
        )


def _describe_site(
    card: Card,
    weights: Path,
    files: Sequence[LabelledFile],
    calibration: Calibration,
    *,
    name: str,
) -> Card:
    """Start a site's card: its network, its radiographs, its calibration."""
    made: Card = {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "sha256": card["sha256"],
        "architecture": card["architecture"],
        "input_shape": card["input_shape"],
        "on_lungs": card["on_lungs"],
        "calibrated": True,
        "temperature": calibration.temperature,
        "bias": calibration.bias,
        "prevalence": float(labelled_files.labels_of(files).mean()),
        "operating_points": {},
        "weights_file": weights.name,
        "recalibrated_from": card["name"],
        "partitions": {"site": cast("Partition", labelled_files.describe_files(files))},
    }
    if "served" in card:
        made["served"] = card["served"]
    if "parameters" in card:
        made["parameters"] = card["parameters"]
    return made


def _with_figures(
    card: Card,
    y: NDArray[np.int64],
    z: NDArray[np.float64],
    patients: NDArray[np.str_],
    points: Mapping[str, OperatingPoint],
    intervals: Mapping[str, list[float]],
) -> Card:
    """Add the cross-fitted figures to a site's card."""
    held_out, flags = _cross_fit(y, z, patients)
    for name, point in points.items():
        found = metrics.evaluate(
            y,
            held_out,
            threshold=point["threshold"],
            flagged=flags[name],
            groups=patients,
        )
        card["operating_points"][name] = cast(
            "MeasuredPoint",
            {
                **point,
                "threshold_ci": intervals[name],
                "measured_on": _MEASURED_ON,
                **metrics.at_point(found),
            },
        )
        if name == "balanced":
            card["metrics"] = {"site": found}
    card["reliability"] = {
        "measured_on": _MEASURED_ON,
        "bins": reliability(y, held_out, patients),
    }
    card["score_distribution"] = {
        "measured_on": _MEASURED_ON,
        **score_distribution(y, held_out),
    }
    return card


def _fit(
    y: NDArray[np.int64], z: NDArray[np.float64]
) -> tuple[Calibration, dict[str, OperatingPoint]]:
    line = fit_calibration(y, z)
    return line, choose_operating_points(y, probability(z, line))


def _cross_fit(
    y: NDArray[np.int64], z: NDArray[np.float64], patients: NDArray[np.str_]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.bool_]]]:
    """Score and flag each patient by a fit to other patients."""
    scores = np.empty(len(y))
    flags = {name: np.empty(len(y), bool) for name in ("balanced", "screening")}
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    for fitted, held in folds.split(z, y, patients):
        line, points = _fit(y[fitted], z[fitted])
        scores[held] = probability(z[held], line)
        for name, point in points.items():
            flags[name][held] = scores[held] >= point["threshold"]
    return scores, flags


def _compose(first: Calibration, second: Calibration) -> Calibration:
    """Return the calibration that equals two, one after the other."""
    return Calibration(
        first.temperature * second.temperature,
        first.bias / second.temperature + second.bias,
    )


def _bootstrap(
    y: NDArray[np.int64],
    z: NDArray[np.float64],
    patients: NDArray[np.str_],
    published: Calibration,
) -> dict[str, list[float]]:
    """Return 95 % intervals of the fitted values from a bootstrap over patients."""
    drawn: dict[str, list[float]] = {}
    for rows in draw_patients(patients):
        site, points = _fit(y[rows], z[rows])
        final = _compose(published, site)
        found = {"temperature": final.temperature, "bias": final.bias}
        found |= {name: point["threshold"] for name, point in points.items()}
        for name, value in found.items():
            drawn.setdefault(name, []).append(value)
    return {name: list(percentiles(values)) for name, values in drawn.items()}
