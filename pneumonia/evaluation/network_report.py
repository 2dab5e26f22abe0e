"""What a network does on each part of the data: everything its card says of it.

Calibration and operating points are fitted on validation and its shifted copies; what
they do is measured on the internal test, whose patients nothing was fitted on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from pneumonia.data import labelled_files
from pneumonia.data.partitions import TRAIN_PARTS, Part
from pneumonia.evaluation import subgroups
from pneumonia.evaluation.external_sets import measure_probes
from pneumonia.evaluation.gate_admission import kinds_to_measure, measure_gate
from pneumonia.evaluation.robustness import (
    UNCHANGED,
    exchanged_logits,
    measure_shifts,
    shifted_logits,
)
from pneumonia.evaluation.shortcuts import image_properties, native_sizes
from pneumonia.gate.fitting import fit_gate
from pneumonia.model.prediction import predict_logits
from pneumonia.perturbations.drawn_devices import DEVICES
from pneumonia.perturbations.occlusions import COVERS
from pneumonia.statistics import metrics
from pneumonia.statistics.calibration import (
    Calibration,
    fit_calibration,
    probability,
    reliability,
    score_distribution,
)


@dataclass(frozen=True, eq=False)
class Measurement:
    """What was measured.

    Attributes
    ----------
    card : dict
        For the JSON card: ``calibrated``, ``temperature``, ``bias``, ``prevalence``,
        ``operating_points``, ``partitions``, ``metrics``, ``shifts``,
        ``devices``, ``parts``, ``score_distribution``, ``reliability``,
        ``subgroups``, ``shortcuts``, ``gate``, ``gate_measured`` and, where there are
        probes, ``probes``.
    labels, scores : ndarray of shape (N,)
        Of the internal test, for the figures.
    """

    card: dict[str, Any]
    labels: NDArray[np.int64]
    scores: NDArray[np.float64]


def measure(
    model: keras.Model,
    parts: Mapping[str, Part],
    *,
    calibrated: bool,
    sizes: Path | None = None,
    probes: Path | None = None,
) -> Measurement:
    """Calibrate a network, choose its operating points, fit its gate; measure all.

    Parameters
    ----------
    model : keras.Model
        The bare network.
    parts : mapping of str to Part
        ``training``, ``validation``, ``internal_test`` and whatever else is to be
        measured, such as ``official_val``.
    calibrated : bool
        Fit temperature and bias. Otherwise scores, learned with both classes weighing
        the same, are only moved to the prevalence of the validation part.
    sizes : Path, optional
        Table of native sizes for `pneumonia.evaluation.shortcuts.native_sizes`.
    probes : Path, optional
        Folder for `pneumonia.evaluation.external_sets.measure_probes` and
        `pneumonia.evaluation.gate_admission.kinds_to_measure`.

    Returns
    -------
    Measurement

    Raises
    ------
    DatasetError
        If `sizes` or `probes` cannot be read.
    """
    validation, internal_test = parts["validation"], parts["internal_test"]
    files = {name: part.files for name, part in parts.items()}
    files["train_folder"] = [file for name in TRAIN_PARTS for file in files[name]]
    # Which properties tell the classes apart has nothing to do with the network: the
    # whole folder says it best.
    squares = np.concatenate([parts[name].squares for name in TRAIN_PARTS])
    picture = image_properties(squares)
    file = native_sizes(sizes, files["train_folder"]) if sizes else {}
    shifted = {
        name: shifted_logits(model, parts[name].squares)
        for name in ("validation", "internal_test")
    }
    with_devices = shifted_logits(model, internal_test.squares, DEVICES)
    by_part = {
        **shifted_logits(model, internal_test.squares, COVERS),
        **exchanged_logits(model, internal_test.squares, internal_test.labels),
    }
    line, prevalence, points = decide(
        validation.labels, shifted["validation"], calibrated=calibrated
    )
    balanced = points["balanced"]["threshold"]
    scores = {
        name: probability(
            shifted[name][UNCHANGED]
            if name in shifted
            else predict_logits(model, part.squares),
            line,
        )
        for name, part in parts.items()
    }
    scores["train_folder"] = np.concatenate([scores[name] for name in TRAIN_PARTS])
    tested = (internal_test.labels, scores["internal_test"], internal_test.patients)
    gate = fit_gate(parts["training"].squares, validation.squares, seed=0)
    rows = slice(len(squares) - len(internal_test.labels), None)
    card = {
        "calibrated": calibrated,
        "temperature": line.temperature,
        "bias": line.bias,
        "prevalence": prevalence,
        "operating_points": describe_points(points, *tested),
        "partitions": {
            name: {
                **labelled_files.count(part),
                "index_sha256": labelled_files.index_sha256(part),
            }
            for name, part in files.items()
        },
        "metrics": {
            name: metrics.evaluate(
                labelled_files.labels_of(part),
                scores[name],
                threshold=balanced,
                groups=labelled_files.patients_of(part),
            )
            for name, part in files.items()
        },
        "shifts": {
            part: measure_shifts(
                parts[part].labels,
                {name: probability(z, line) for name, z in logits.items()},
                threshold=balanced,
            )
            for part, logits in shifted.items()
        },
        "devices": {
            "measured_on": "internal_test",
            **measure_shifts(
                internal_test.labels,
                {name: probability(z, line) for name, z in with_devices.items()},
                threshold=balanced,
            ),
        },
        "parts": {
            "measured_on": "internal_test",
            "by_part": subgroups.by_part(
                internal_test.labels,
                {name: probability(z, line) for name, z in by_part.items()},
                internal_test.patients,
                threshold=balanced,
            ),
        },
        "score_distribution": {
            "measured_on": "validation",
            **score_distribution(validation.labels, scores["validation"]),
        },
        "reliability": {"measured_on": "internal_test", "bins": reliability(*tested)},
        "subgroups": {
            "measured_on": "internal_test",
            "by_kind": subgroups.by_kind(
                labelled_files.kinds_of(internal_test.files),
                *tested[1:],
                threshold=balanced,
            ),
            "by_property": subgroups.by_property(
                {name: values[rows] for name, values in {**picture, **file}.items()},
                *tested,
                threshold=balanced,
            ),
        },
        "shortcuts": {
            "measured_on": "train_folder",
            **subgroups.audit_shortcuts(
                picture,
                file,
                labelled_files.labels_of(files["train_folder"]),
                labelled_files.patients_of(files["train_folder"]),
            ),
        },
        "gate": gate,
        "gate_measured": measure_gate(
            gate,
            kinds_to_measure(internal_test.squares, probes),
            side=model.input_shape[1],
        ),
    }
    if probes:
        of_train = {name: (files[name], scores[name]) for name in TRAIN_PARTS}
        card["probes"] = measure_probes(
            model, probes, of_train, line, threshold=balanced
        )
    return Measurement(card, internal_test.labels, scores["internal_test"])


def describe_points(
    points: Mapping[str, metrics.OperatingPoint],
    y_true: ArrayLike,
    y_score: ArrayLike,
    groups: ArrayLike,
) -> dict[str, Any]:
    """Measure what operating points do where they were not chosen.

    Parameters
    ----------
    points : mapping of str to OperatingPoint
    y_true, y_score : array-like of shape (N,)
        Of the internal test.
    groups : array-like of shape (N,)
        Patients.

    Returns
    -------
    dict
        For each point ``threshold``, ``rule``, ``measured_on`` and, with their
        intervals, ``sensitivity``, ``specificity``, ``ppv`` and ``npv``.
    """
    described = {}
    for name, point in points.items():
        found = metrics.evaluate(
            y_true, y_score, threshold=point["threshold"], groups=groups
        )
        described[name] = {
            **point,
            "measured_on": "internal_test",
            **metrics.at_point(found),
        }
    return described


def decide(
    labels: NDArray[np.int64],
    logits: Mapping[str, NDArray[np.float64]],
    *,
    calibrated: bool,
) -> tuple[Calibration, float, dict[str, metrics.OperatingPoint]]:
    """Fit calibration and operating points to validation and all its copies.

    Every copy holds the same radiographs, so what is best on all of them together is
    best on the mean over the suite.

    Parameters
    ----------
    labels : ndarray of shape (N,)
        Of validation.
    logits : mapping of str to ndarray of shape (N,)
        As from `pneumonia.evaluation.robustness.shifted_logits`.
    calibrated : bool
        As in `measure`.

    Returns
    -------
    Calibration
    float
        The prevalence that probabilities assume.
    dict of str to OperatingPoint
    """
    suite_labels = np.tile(labels, len(logits))
    suite_logits = np.concatenate(list(logits.values()))
    prevalence = float(labels.mean())
    line = (
        fit_calibration(suite_labels, suite_logits)
        if calibrated
        else Calibration(1.0, float(logit(prevalence)))
    )
    points = metrics.choose_operating_points(
        suite_labels, probability(suite_logits, line)
    )
    return line, prevalence, points
