"""What a network does on each part of the data: everything its card says of it.

Calibration and operating points are fitted on validation and its shifted copies; what
they do is measured on the internal test, whose patients nothing was fitted on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from pneumonia import dataset, metrics
from pneumonia.calibration import Calibration, fit_calibration, probability
from pneumonia.dataset import LabelledFile
from pneumonia.evaluation import UNCHANGED, measure_shifts, shifted_logits
from pneumonia.training import predict_logits

# The parts that the official train folder is split into.
TRAIN_PARTS = ("training", "validation", "internal_test")

# Logits of probabilities from 0.0003 to 0.9997; what lies beyond is in the end bins.
_HISTOGRAM_EDGES = np.linspace(-8, 8, 33)


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
        ``operating_points``, ``partitions``, ``metrics``, ``shifts`` and
        ``score_distribution``.
    labels, scores : ndarray of shape (N,)
        Of the internal test, for the figures.
    """

    card: dict[str, Any]
    labels: NDArray[np.int64]
    scores: NDArray[np.float64]


def measure(
    model: keras.Model, parts: Mapping[str, Part], *, calibrated: bool
) -> Measurement:
    """Calibrate a network, choose its operating points and measure it.

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

    Returns
    -------
    Measurement
    """
    validation, internal_test = parts["validation"], parts["internal_test"]
    shifted = {
        name: shifted_logits(model, parts[name].squares)
        for name in ("validation", "internal_test")
    }
    # The whole suite: every copy counts the same, the unchanged is one of them.
    suite_labels = np.tile(validation.labels, len(shifted["validation"]))
    suite_logits = np.concatenate(list(shifted["validation"].values()))
    prevalence = float(validation.labels.mean())
    line = (
        fit_calibration(suite_labels, suite_logits)
        if calibrated
        else Calibration(1.0, float(logit(prevalence)))
    )
    points = metrics.choose_operating_points(
        suite_labels, probability(suite_logits, line)
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
    files = {name: part.files for name, part in parts.items()}
    files["train_folder"] = [file for name in TRAIN_PARTS for file in files[name]]
    scores["train_folder"] = np.concatenate([scores[name] for name in TRAIN_PARTS])
    at_points = {
        name: metrics.evaluate(
            internal_test.labels,
            scores["internal_test"],
            threshold=point["threshold"],
            groups=internal_test.patients,
        )
        for name, point in points.items()
    }
    return Measurement(
        {
            "calibrated": calibrated,
            "temperature": line.temperature,
            "bias": line.bias,
            "prevalence": prevalence,
            "operating_points": {
                name: {
                    **point,
                    "measured_on": "internal_test",
                    **{
                        key: at_points[name][key]
                        for figure in ("sensitivity", "specificity", "ppv", "npv")
                        for key in (figure, f"{figure}_ci")
                    },
                }
                for name, point in points.items()
            },
            "partitions": {
                name: {
                    **dataset.count(part),
                    "index_sha256": dataset.index_sha256(part),
                }
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
            "score_distribution": {
                **score_distribution(validation.labels, scores["validation"]),
                "measured_on": "validation",
            },
        },
        internal_test.labels,
        scores["internal_test"],
    )


def score_distribution(y_true: ArrayLike, y_score: ArrayLike) -> dict[str, list[Any]]:
    """Count normals' and pneumonias' scores in bins of equal width in logits.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    y_score : array-like of shape (N,)
        In [0, 1].

    Returns
    -------
    dict
        ``edges``, K + 1 logits of scores, and the counts ``normal`` and
        ``pneumonia``, K each; the first and last bin hold all that lies beyond.
    """
    y = np.asarray(y_true)
    tiny = np.finfo(float).eps
    logits = logit(np.clip(np.asarray(y_score, float), tiny, 1 - tiny))
    logits = np.clip(logits, _HISTOGRAM_EDGES[0], _HISTOGRAM_EDGES[-1])
    return {
        "edges": _HISTOGRAM_EDGES.tolist(),
        "normal": np.histogram(logits[y == 0], _HISTOGRAM_EDGES)[0].tolist(),
        "pneumonia": np.histogram(logits[y == 1], _HISTOGRAM_EDGES)[0].tolist(),
    }
