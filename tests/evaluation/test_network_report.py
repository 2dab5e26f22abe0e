"""The decision rule is fitted on validation and measured on the internal test."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logit

from pneumonia.evaluation.network_report import fit_decision_to_logits, measure_points
from pneumonia.evaluation.network_rule import DecisionRule

# Unchanged, a threshold anywhere between -1 and 3 is right; blurred, normals rise.
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
SUITE = {
    "unchanged": np.array([-4.0, -3, -2, -1, 3, 4, 5, 6]),
    "blur": np.array([-1.0, 0, 1, 2.5, 3, 4, 5, 6]),
    "darker": np.array([-4.0, -3, -2, -1, 2.7, 4, 5, 6]),
}


def mean_over_suite(threshold: float, rule: DecisionRule) -> float:
    balanced = []
    for logits in SUITE.values():
        flagged = rule.scores(logits) >= threshold
        balanced.append(flagged[LABELS == 1].mean() + 1 - flagged[LABELS == 0].mean())
    return float(np.mean(balanced)) / 2


@pytest.mark.parametrize("calibrated", [True, False])
def test_balanced_is_best_on_the_mean_over_the_suite(calibrated: bool) -> None:
    rule = fit_decision_to_logits(LABELS, SUITE, calibrated=calibrated)
    grid = rule.scores(np.linspace(-5, 7, 241))
    best = max(mean_over_suite(threshold, rule) for threshold in grid)
    assert mean_over_suite(rule.threshold, rule) == pytest.approx(best)
    assert mean_over_suite(rule.threshold, rule) == 1


def test_screening_keeps_its_sensitivity_over_the_suite() -> None:
    rule = fit_decision_to_logits(LABELS, SUITE, calibrated=True)
    screening = rule.operating_points["screening"]["threshold"]
    found = [(rule.scores(z) >= screening)[LABELS == 1] for z in SUITE.values()]
    assert np.mean(found) >= 0.98
    assert screening <= rule.threshold


def test_uncalibrated_scores_are_moved_to_the_prevalence_only() -> None:
    rule = fit_decision_to_logits(
        np.array([0, 1, 1, 1]), {"unchanged": np.arange(4.0)}, calibrated=False
    )
    assert rule.prevalence == 0.75
    assert rule.calibration.temperature == 1
    assert rule.calibration.bias == pytest.approx(np.log(3))


def test_points_are_described_with_what_they_do_elsewhere() -> None:
    points = measure_points(
        {"balanced": {"threshold": 0.5, "rule": "a half"}},
        [0, 0, 1, 1],
        [0.1, 0.6, 0.7, 0.8],
        ["a", "b", "c", "d"],
    )
    assert points["balanced"]["measured_on"] == "internal_test"
    assert points["balanced"]["specificity"] == 0.5
    assert points["balanced"]["sensitivity"] == 1
    assert set(points["balanced"]) >= {"ppv_ci", "npv_ci", "rule", "threshold"}


def test_zone_is_fitted_on_all_copies_and_kept_where_points_are_measured() -> None:
    rule = fit_decision_to_logits(LABELS, SUITE, calibrated=True)
    points = measure_points(rule.operating_points, [0, 1], [0.1, 0.9], ["a", "b"])
    for name, point in rule.operating_points.items():
        low, high = points[name]["unsure"]
        assert low < point["threshold"] < high
    # Of all copies a tenth lies in it, and without the farthest of these less.
    scores = rule.scores(np.concatenate(list(SUITE.values())))
    distance = np.abs(logit(scores) - logit(rule.threshold))
    low, high = rule.operating_points["balanced"]["unsure"]
    inside = (scores >= low - 1e-12) & (scores <= high + 1e-12)
    nearer = inside & (distance < distance[inside].max() - 1e-9)
    labels = np.tile(LABELS, len(SUITE))

    def share(chosen: NDArray[np.bool_]) -> float:
        return float(np.mean([chosen[labels == label].mean() for label in (0, 1)]))

    assert share(nearer) < 0.1 <= share(inside)
