"""The two steps after training: fit the decision rule, then report on the network.

`fit_decision` fits calibration and operating points on validation and its perturbed
copies. `report` measures the network with that rule on the held-out internal test,
whose patients were not used for any fit or selection.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from pneumonia.card.sections import (
    MeasuredPoint,
    Regions,
    Robustness,
    Shortcuts,
)
from pneumonia.data import labelled_files
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.data.partitions import TRAIN_PARTS, Part
from pneumonia.data.squares import store_rows
from pneumonia.evaluation import robustness, shortcuts, subgroups
from pneumonia.evaluation.external_sets import measure_external_sets
from pneumonia.evaluation.network_rule import DecisionRule
from pneumonia.evaluation.other_hospitals import FOLDER, measure_other_hospitals
from pneumonia.model.network import Network
from pneumonia.perturbations.corruptions import CORRUPTIONS
from pneumonia.perturbations.drawn_devices import DEVICES
from pneumonia.statistics import metrics
from pneumonia.statistics.calibration import (
    Calibration,
    fit_calibration,
    probability,
    reliability,
    score_distribution,
)
from pneumonia.statistics.operating_points import (
    OperatingPoint,
    choose_operating_points,
)
from pneumonia.statistics.selective import measure_selective

Logits = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Report:
    """What was measured.

    Attributes
    ----------
    card : dict
        Sections of `pneumonia.card.schema.Card`: the decision rule and the figures.
    labels, scores : ndarray of shape (N,)
        Of the held-out internal test, for the figures.
    """

    card: dict[str, Any]
    labels: NDArray[np.int64]
    scores: NDArray[np.float64]


def fit_decision(
    network: Network, validation: Part, *, calibrated: bool
) -> DecisionRule:
    """Fit calibration and operating points on validation and its perturbed copies.

    Parameters
    ----------
    network : Network
    validation : Part
    calibrated : bool
        Fit temperature and bias. Otherwise scores are only moved to the prevalence of
        the validation part, because training weighs both classes equally.

    Returns
    -------
    DecisionRule
    """
    logits = robustness.perturbed_logits(network, validation.squares)
    return fit_decision_to_logits(validation.labels, logits, calibrated=calibrated)


def fit_decision_to_logits(
    labels: NDArray[np.int64], logits: Mapping[str, Logits], *, calibrated: bool
) -> DecisionRule:
    """Fit as `fit_decision` does, to logits that were computed before.

    Every copy holds the same radiographs, so the fit to all copies together is the fit
    to the mean over the perturbations.

    Parameters
    ----------
    labels : ndarray of shape (N,)
        1 for pneumonia, 0 for normal.
    logits : mapping of str to ndarray of shape (N,)
        As of `pneumonia.evaluation.robustness.perturbed_logits`.
    calibrated : bool

    Returns
    -------
    DecisionRule
    """
    all_labels = np.tile(labels, len(logits))
    all_logits = np.concatenate(list(logits.values()))
    prevalence = float(labels.mean())
    calibration = (
        fit_calibration(all_labels, all_logits)
        if calibrated
        else Calibration(1.0, float(logit(prevalence)))
    )
    points = choose_operating_points(all_labels, probability(all_logits, calibration))
    return DecisionRule(calibrated, calibration, prevalence, points)


def report(
    network: Network,
    parts: Mapping[str, Part],
    rule: DecisionRule,
    *,
    sizes: Path | None = None,
    external: Path | None = None,
) -> Report:
    """Measure a network with its decision rule.

    Parameters
    ----------
    network : Network
    parts : mapping of str to Part
        ``training``, ``validation``, ``internal_test``, and others to measure, such as
        ``official_val``.
    rule : DecisionRule
    sizes : Path, optional
        Table of native sizes for `pneumonia.evaluation.shortcuts.native_sizes`.
    external : Path, optional
        Folder for `pneumonia.evaluation.external_sets.measure_external_sets`.

    Returns
    -------
    Report

    Raises
    ------
    DatasetError
        If `sizes` or `external` cannot be read.
    """
    test = parts["internal_test"]
    files = {name: part.files for name, part in parts.items()}
    scores = {
        name: rule.scores(network.logits(part.squares)) for name, part in parts.items()
    }
    files["train_folder"] = [file for name in TRAIN_PARTS for file in files[name]]
    scores["train_folder"] = np.concatenate([scores[name] for name in TRAIN_PARTS])
    tested = (test.labels, scores["internal_test"], test.patients)
    card: dict[str, Any] = {
        "calibrated": rule.calibrated,
        "temperature": rule.calibration.temperature,
        "bias": rule.calibration.bias,
        "prevalence": rule.prevalence,
        "operating_points": measure_points(rule.operating_points, *tested),
        **_measure_unsure(rule, *tested),
        "partitions": {
            name: labelled_files.describe_files(part) for name, part in files.items()
        },
        "metrics": {
            name: _evaluate(part, scores[name], rule.threshold)
            for name, part in files.items()
        },
        "score_distribution": {
            "measured_on": "validation",
            **score_distribution(parts["validation"].labels, scores["validation"]),
        },
        "reliability": {"measured_on": "internal_test", "bins": reliability(*tested)},
        "subgroups": {
            "measured_on": "internal_test",
            "by_kind": subgroups.by_kind(
                test.kinds, *tested[1:], threshold=rule.threshold
            ),
        },
        **_measure_perturbations(network, test, rule),
        "regions": _measure_regions(network, test, rule),
        "shortcuts": _audit_shortcuts(network, parts, files["train_folder"], sizes),
    }
    if external:
        card["external_sets"] = measure_external_sets(
            network,
            external,
            {name: (files[name], scores[name]) for name in TRAIN_PARTS},
            rule.calibration,
            threshold=rule.threshold,
        )
        if (external / FOLDER).is_dir():
            card["other_hospitals"] = measure_other_hospitals(network, external, rule)
    return Report(card, test.labels, scores["internal_test"])


def measure_points(
    points: Mapping[str, OperatingPoint],
    y_true: ArrayLike,
    y_score: ArrayLike,
    patients: ArrayLike,
) -> dict[str, MeasuredPoint]:
    """Measure operating points on the held-out internal test.

    Parameters
    ----------
    points : mapping of str to OperatingPoint
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    y_score : array-like of shape (N,)
        In [0, 1].
    patients : array-like of shape (N,)

    Returns
    -------
    dict of str to MeasuredPoint
    """
    measured = {}
    for name, point in points.items():
        found = metrics.evaluate(
            y_true, y_score, threshold=point["threshold"], groups=patients
        )
        measured[name] = cast(
            "MeasuredPoint",
            {**point, "measured_on": "internal_test", **metrics.at_point(found)},
        )
    return measured


def _measure_unsure(
    rule: DecisionRule,
    y_true: NDArray[np.int64],
    y_score: NDArray[np.float64],
    patients: NDArray[np.str_],
) -> dict[str, Any]:
    """Measure the unsure zone of the balanced threshold, where it has one."""
    zone = rule.operating_points["balanced"].get("unsure")
    if zone is None:
        return {}
    found = measure_selective(
        y_true, y_score, patients, threshold=rule.threshold, zone=zone
    )
    return {"selective": {"measured_on": "internal_test", **found}}


def _evaluate(
    files: Sequence[LabelledFile], scores: NDArray[np.float64], threshold: float
) -> metrics.Metrics:
    return metrics.evaluate(
        labelled_files.labels_of(files),
        scores,
        threshold=threshold,
        groups=labelled_files.patients_of(files),
    )


def _measure_perturbations(
    network: Network, test: Part, rule: DecisionRule
) -> dict[str, Robustness]:
    measured = {}
    for name, changes in (("corruptions", CORRUPTIONS), ("drawn_devices", DEVICES)):
        logits = robustness.perturbed_logits(network, test.squares, changes)
        measured[name] = robustness.measure_robustness(
            test.labels,
            {key: rule.scores(each) for key, each in logits.items()},
            threshold=rule.threshold,
        )
    return measured


def _measure_regions(network: Network, test: Part, rule: DecisionRule) -> Regions:
    occluded = robustness.occluded_logits(network, test.squares)
    return robustness.measure_regions(
        test.labels,
        test.patients,
        {name: rule.scores(logits) for name, logits in occluded.items()},
        threshold=rule.threshold,
    )


def _audit_shortcuts(
    network: Network,
    parts: Mapping[str, Part],
    files: Sequence[LabelledFile],
    sizes: Path | None,
) -> Shortcuts:
    """Audit the whole train folder: the properties do not depend on the network."""
    each = [parts[name].squares for name in TRAIN_PARTS]
    squares = store_rows(itertools.chain(*each), each[0].shape[1:])
    numbers, thumbnails = shortcuts.lung_properties(network.finder, squares)
    return shortcuts.audit_shortcuts(
        {**shortcuts.image_properties(squares), **numbers},
        shortcuts.native_sizes(sizes, files) if sizes else {},
        labelled_files.labels_of(files),
        labelled_files.patients_of(files),
        thumbnails,
    )
