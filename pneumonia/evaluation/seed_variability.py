"""Seed variability: networks of the same recipe and data that differ in their seed."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from pneumonia.card.sections import SeedNetwork, SeedPair, SeedVariability, Training
from pneumonia.data.partitions import Part
from pneumonia.errors import WeightsError
from pneumonia.evaluation.external_sets import ADULTS_FOLDER, read_adults
from pneumonia.evaluation.network_report import fit_decision
from pneumonia.evaluation.robustness import (
    UNCHANGED,
    measure_robustness,
    perturbed_logits,
)
from pneumonia.model import weights
from pneumonia.model.network import Network
from pneumonia.statistics import metrics

# Scores by perturbation, of the internal test and perhaps of adults; and the threshold.
Scores = dict[str, dict[str, NDArray[np.float64]]]

_ADULTS = "adults"


def measure_seed_variability(
    networks: Mapping[int, Network],
    parts: Mapping[str, Part],
    *,
    calibrated: bool,
    external: Path | None = None,
) -> SeedVariability:
    """Measure networks of several seeds and compare them in pairs.

    Each network gets its own decision rule from validation, as of
    `pneumonia.evaluation.network_report.fit_decision`, and is measured on the held-out
    internal test.

    Parameters
    ----------
    networks : mapping of int to Network
        Networks of the same recipe by seed. The first is the published one.
    parts : mapping of str to Part
        ``validation`` and ``internal_test`` at least.
    calibrated : bool
        As of `pneumonia.evaluation.network_report.fit_decision`.
    external : Path, optional
        A folder that may hold ``adults_nih``, to compare their ranking.

    Returns
    -------
    SeedVariability
        A row for each network, and for each two.
    """
    by_seed = {f"seed {seed}": network for seed, network in networks.items()}
    test = parts["internal_test"]
    scores: dict[str, Scores] = {}
    thresholds: dict[str, float] = {}
    for name, network in by_seed.items():
        thresholds[name], scores[name] = _score(network, parts, calibrated, external)
    return {
        "measured_on": "internal_test",
        "networks": [
            _describe(name, scores[name], test, threshold=thresholds[name])
            for name in scores
        ],
        "pairs": [
            _compare(pair, scores, thresholds)
            for pair in itertools.combinations(by_seed, 2)
        ],
    }


def load_other_seeds(
    paths: Sequence[Path], training: Training
) -> dict[int, weights.Weights]:
    """Load weights of the same recipe and data, trained from other seeds.

    Parameters
    ----------
    paths : sequence of Path
    training : Training
        Of the card of the network to compare with.

    Returns
    -------
    dict of int to Weights
        By seed.

    Raises
    ------
    WeightsError
        If weights cannot be loaded, have another recipe or data, or the same seed.
    """
    others: dict[int, weights.Weights] = {}
    for path in paths:
        other = weights.load_weights(path)
        found = other.card.get("training")
        if found is None or any(
            found[key] != training[key] for key in ("recipe", "index_sha256")
        ):
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
    network: Network,
    parts: Mapping[str, Part],
    calibrated: bool,
    external: Path | None,
) -> tuple[float, Scores]:
    """Fit a decision rule; return its balanced threshold and the scores."""
    rule = fit_decision(network, parts["validation"], calibrated=calibrated)
    logits = {
        "internal_test": perturbed_logits(network, parts["internal_test"].squares)
    }
    if external and (external / ADULTS_FOLDER).is_dir():
        squares, _ = read_adults(external, network.picture_side)
        logits[_ADULTS] = {UNCHANGED: network.logits(squares)}
    return rule.threshold, {
        part: {name: rule.scores(z) for name, z in perturbed.items()}
        for part, perturbed in logits.items()
    }


def _describe(
    name: str, scores: Scores, test: Part, *, threshold: float
) -> SeedNetwork:
    perturbed = scores["internal_test"]
    found = metrics.evaluate(
        test.labels, perturbed[UNCHANGED], threshold=threshold, groups=test.patients
    )
    robustness = measure_robustness(test.labels, perturbed, threshold=threshold)
    row: SeedNetwork = {
        "network": name,
        "threshold": threshold,
        "auroc": found["auroc"],
        "auroc_ci": found["auroc_ci"],
        "worst_auroc": robustness["worst"]["auroc"],
        "sensitivity": found["sensitivity"],
        "sensitivity_ci": found["sensitivity_ci"],
        "specificity": found["specificity"],
        "specificity_ci": found["specificity_ci"],
        "worst_specificity": robustness["worst"]["specificity"],
        "ece": found["ece"],
        "ece_ci": found["ece_ci"],
        "largest_normal_change": max(
            change["normal_change"] for change in robustness["by_perturbation"].values()
        ),
    }
    if _ADULTS in scores:
        flagged = scores[_ADULTS][UNCHANGED] >= threshold
        row["adults_flagged"] = float(flagged.mean())
    return row


def _compare(
    pair: tuple[str, str],
    scores: Mapping[str, Scores],
    thresholds: Mapping[str, float],
) -> SeedPair:
    one, other = (scores[name]["internal_test"] for name in pair)
    differences = {name: float(np.abs(one[name] - other[name]).mean()) for name in one}
    worst = max(differences, key=lambda name: differences[name])

    def flags_that_differ(part: str) -> float:
        flags = [scores[name][part][UNCHANGED] >= thresholds[name] for name in pair]
        return float((flags[0] != flags[1]).mean())

    row: SeedPair = {
        "networks": list(pair),
        "mean_score_difference": differences[UNCHANGED],
        "largest_mean_score_difference": differences[worst],
        "largest_under": worst,
        "flags_that_differ": flags_that_differ("internal_test"),
    }
    if _ADULTS in scores[pair[0]]:
        adults = [scores[name][_ADULTS][UNCHANGED] for name in pair]
        row["adults_rank_correlation"] = float(spearmanr(*adults).statistic)
        row["adults_flags_that_differ"] = flags_that_differ(_ADULTS)
    return row
