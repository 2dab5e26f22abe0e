"""How alike networks are that differ in nothing but the seed of their training."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import spearmanr

from pneumonia.card.provenance import asked_of_training
from pneumonia.data.partitions import Part
from pneumonia.errors import WeightsError
from pneumonia.evaluation.external_sets import ADULTS_FOLDER, read_adults
from pneumonia.evaluation.network_report import decide
from pneumonia.evaluation.robustness import UNCHANGED, measure_shifts, shifted_logits
from pneumonia.model import weights
from pneumonia.model.prediction import predict_logits
from pneumonia.statistics import metrics
from pneumonia.statistics.calibration import probability

Logits = dict[str, NDArray[np.float64]]

_ADULTS = "adults"


def measure_agreement(
    seeds: Mapping[int, keras.Model],
    before: Sequence[keras.Model],
    parts: Mapping[str, Part],
    *,
    calibrated: bool,
    probes: Path | None = None,
) -> dict[str, Any]:
    """Measure networks of several seeds, their mean, and what the first was before.

    Each is calibrated and given its operating points as
    `pneumonia.evaluation.network_report.measure`
    does, and measured where nothing was chosen.

    Parameters
    ----------
    seeds : mapping of int to keras.Model
        Networks of the same recipe by seed; the first is published.
    before : sequence of keras.Model
        What that was before each lesson.
    parts : mapping of str to Part
        ``validation`` and ``internal_test`` at least.
    calibrated : bool
        As in `pneumonia.evaluation.network_report.measure`.
    probes : Path, optional
        A folder that may hold ``adults_nih``, to compare how adults are ranked.

    Returns
    -------
    dict
        ``seeds``: a row for each network, their mean (of the probabilities), the
        largest difference between them, and what the first was before each lesson;
        ``agreement``: a row for each two seeds, and for what the first was and what it
        became in each lesson, with the mean absolute difference of their scores on the
        internal test as it is and under the shift where they differ most, and the
        share of flags that differ.
    """
    alike = {f"seed {seed}": model for seed, model in seeds.items()}
    first = next(iter(alike))
    earlier = {f"{first} before lesson {n}": model for n, model in enumerate(before, 1)}
    logits = {
        name: _score(model, parts, probes)
        for name, model in {**alike, **earlier}.items()
    }
    logits["mean of the seeds"] = {
        part: {
            shift: logit(
                np.mean([expit(logits[name][part][shift]) for name in alike], axis=0)
            )
            for shift in logits[first][part]
        }
        for part in logits[first]
    }
    labels = {name: parts[name].labels for name in ("validation", "internal_test")}
    rows, scores, thresholds = {}, {}, {}
    for name, by_part in logits.items():
        line, _, points = decide(
            labels["validation"], by_part["validation"], calibrated=calibrated
        )
        thresholds[name] = points["balanced"]["threshold"]
        scores[name] = {
            part: {shift: probability(z, line) for shift, z in by_shift.items()}
            for part, by_shift in by_part.items()
        }
        rows[name] = _describe(
            scores[name],
            labels["internal_test"],
            parts["internal_test"].patients,
            threshold=thresholds[name],
        )
    spread = {
        key: float(np.ptp([rows[name][key] for name in alike]))
        for key in rows[first]
        if not key.endswith("_ci")
    }
    pairs = [
        *itertools.combinations(alike, 2),
        *itertools.pairwise([*earlier, first]),
    ]
    return {
        "seeds": [
            *({"network": name, **rows[name]} for name in alike),
            {"network": "largest difference between seeds", **spread},
            *(
                {"network": name, **rows[name]}
                for name in ("mean of the seeds", *earlier)
            ),
        ],
        "agreement": [
            {
                "networks": f"{one} and {other}",
                **_compare(
                    scores[one], scores[other], thresholds[one], thresholds[other]
                ),
            }
            for one, other in pairs
        ],
    }


def load_alike(
    paths: Sequence[Path], training: Mapping[str, Any]
) -> dict[int, weights.Weights]:
    """Load weights that differ from a network's in nothing but the seed.

    Parameters
    ----------
    paths : sequence of Path
    training : mapping
        Of that network's card.

    Returns
    -------
    dict of int to Weights
        By seed.

    Raises
    ------
    WeightsError
        If they cannot be loaded, were trained otherwise or from the same seed.
    """
    others: dict[int, weights.Weights] = {}
    for path in paths:
        other = weights.load_weights(path)
        found = other.card.get("training", {})
        if asked_of_training(found) != asked_of_training(training):
            raise WeightsError(
                "Only weights of the same recipe and data can be compared. Received: "
                f"{path}. Leave it out, or train it again with another --seed."
            )
        if found["seed"] in {training["seed"], *others}:
            raise WeightsError(
                f"Weights to compare differ in their seed. Received: {path} of seed "
                f"{found['seed']} again. Leave it out."
            )
        others[found["seed"]] = other
    return others


def _score(
    model: keras.Model, parts: Mapping[str, Part], probes: Path | None
) -> dict[str, Logits]:
    found = {
        name: shifted_logits(model, parts[name].squares)
        for name in ("validation", "internal_test")
    }
    if probes and (probes / ADULTS_FOLDER).is_dir():
        squares, _ = read_adults(probes, model.input_shape[1])
        found[_ADULTS] = {UNCHANGED: predict_logits(model, squares)}
    return found


def _describe(
    scores: Mapping[str, Logits],
    labels: NDArray[np.int64],
    patients: NDArray[np.str_],
    *,
    threshold: float,
) -> dict[str, Any]:
    internal = scores["internal_test"]
    found = metrics.evaluate(
        labels, internal[UNCHANGED], threshold=threshold, groups=patients
    )
    shifts = measure_shifts(labels, internal, threshold=threshold)
    row: dict[str, Any] = {"threshold": threshold}
    for key in ("auroc", "sensitivity", "specificity", "ece"):
        row |= {key: found[key], f"{key}_ci": found[f"{key}_ci"]}
        if key in ("auroc", "specificity"):
            row[f"worst {key}"] = shifts["worst"][key]
    row["normals move by at most"] = max(
        change["normal_change"] for change in shifts["by_shift"].values()
    )
    if _ADULTS in scores:
        row["adults flagged"] = float((scores[_ADULTS][UNCHANGED] >= threshold).mean())
    return row


def _compare(
    one: Mapping[str, Logits],
    other: Mapping[str, Logits],
    threshold: float,
    other_threshold: float,
) -> dict[str, Any]:
    first, second = one["internal_test"], other["internal_test"]
    differences = {s: float(np.abs(first[s] - second[s]).mean()) for s in first}
    worst = max(differences, key=lambda shift: differences[shift])
    row: dict[str, Any] = {
        "scores differ by": differences[UNCHANGED],
        "most": f"{differences[worst]:.4f} ({worst})",
        "flags that differ": _differing(
            first[UNCHANGED] >= threshold, second[UNCHANGED] >= other_threshold
        ),
    }
    if _ADULTS in one:
        mine, theirs = one[_ADULTS][UNCHANGED], other[_ADULTS][UNCHANGED]
        row["rank correlation on adults"] = float(spearmanr(mine, theirs).statistic)
        row["flags that differ on adults"] = _differing(
            mine >= threshold, theirs >= other_threshold
        )
    return row


def _differing(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one != other).mean())
