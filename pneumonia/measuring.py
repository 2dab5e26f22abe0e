"""What a network does on each part of the data: everything its card says of it.

Calibration and operating points are fitted on validation and its shifted copies; what
they do is measured on the internal test, whose patients nothing was fitted on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from pneumonia import audit, dataset, metrics
from pneumonia.calibration import (
    Calibration,
    fit_calibration,
    probability,
    reliability,
    score_distribution,
)
from pneumonia.covers import COVERS
from pneumonia.dataset import LabelledFile
from pneumonia.devices import DEVICES
from pneumonia.evaluation import (
    UNCHANGED,
    exchanged_logits,
    measure_shifts,
    shifted_logits,
)
from pneumonia.gate_audit import kinds_to_measure, measure_gate
from pneumonia.gate_fitting import fit_gate
from pneumonia.probes import measure_probes
from pneumonia.properties import image_properties, native_sizes
from pneumonia.training import predict_logits

# The parts that the official train folder is split into.
TRAIN_PARTS = ("training", "validation", "internal_test")


@dataclass(frozen=True, eq=False)
class Part:
    """Radiographs of one purpose.

    Attributes
    ----------
    files : sequence of LabelledFile
    squares : ndarray of uint8, shape (N, S, S, 1)
        The files' pixels as the network sees them.
    """

    files: Sequence[LabelledFile]
    squares: NDArray[np.uint8]

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """1 for pneumonia, 0 for normal; shape (N,)."""
        return dataset.labels_of(self.files)

    @cached_property
    def patients(self) -> NDArray[np.str_]:
        """Shape (N,)."""
        return dataset.patients_of(self.files)


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
        Table of native sizes for `pneumonia.properties.native_sizes`.
    probes : Path, optional
        Folder for `pneumonia.probes.measure_probes` and
        `pneumonia.gate_audit.kinds_to_measure`.

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
            name: {**dataset.count(part), "index_sha256": dataset.index_sha256(part)}
            for name, part in files.items()
        },
        "metrics": {
            name: metrics.evaluate(
                dataset.labels_of(part),
                scores[name],
                threshold=balanced,
                groups=dataset.patients_of(part),
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
            "by_part": audit.by_part(
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
            "by_kind": audit.by_kind(
                dataset.kinds_of(internal_test.files), *tested[1:], threshold=balanced
            ),
            "by_property": audit.by_property(
                {name: values[rows] for name, values in {**picture, **file}.items()},
                *tested,
                threshold=balanced,
            ),
        },
        "shortcuts": {
            "measured_on": "train_folder",
            **audit.audit_shortcuts(
                picture,
                file,
                dataset.labels_of(files["train_folder"]),
                dataset.patients_of(files["train_folder"]),
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
        As from `pneumonia.evaluation.shifted_logits`.
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
