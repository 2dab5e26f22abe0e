"""Operating points are chosen on the whole suite, and measured elsewhere."""

import numpy as np
import pytest

from pneumonia.evaluation import network_report
from pneumonia.statistics.calibration import probability

# Unchanged, a threshold anywhere between -1 and 3 is right; blurred, normals rise.
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
SUITE = {
    "unchanged": np.array([-4.0, -3, -2, -1, 3, 4, 5, 6]),
    "blur": np.array([-1.0, 0, 1, 2.5, 3, 4, 5, 6]),
    "darker": np.array([-4.0, -3, -2, -1, 2.7, 4, 5, 6]),
}


def mean_over_suite(threshold: float, line: network_report.Calibration) -> float:
    balanced = []
    for logits in SUITE.values():
        flagged = probability(logits, line) >= threshold
        balanced.append(flagged[LABELS == 1].mean() + 1 - flagged[LABELS == 0].mean())
    return float(np.mean(balanced)) / 2


@pytest.mark.parametrize("calibrated", [True, False])
def test_balanced_is_best_on_the_mean_over_the_suite(calibrated: bool) -> None:
    line, _, points = network_report.decide(LABELS, SUITE, calibrated=calibrated)
    chosen = points["balanced"]["threshold"]
    grid = probability(np.linspace(-5, 7, 241), line)
    best = max(mean_over_suite(threshold, line) for threshold in grid)
    assert mean_over_suite(chosen, line) == pytest.approx(best)
    assert mean_over_suite(chosen, line) == 1


def test_screening_keeps_its_sensitivity_over_the_suite() -> None:
    line, _, points = network_report.decide(LABELS, SUITE, calibrated=True)
    screening = points["screening"]["threshold"]
    found = [(probability(z, line) >= screening)[LABELS == 1] for z in SUITE.values()]
    assert np.mean(found) >= 0.98
    assert screening <= points["balanced"]["threshold"]


def test_uncalibrated_scores_are_moved_to_the_prevalence_only() -> None:
    line, prevalence, _ = network_report.decide(
        np.array([0, 1, 1, 1]), {"unchanged": np.arange(4.0)}, calibrated=False
    )
    assert prevalence == 0.75
    assert line.temperature == 1
    assert line.bias == pytest.approx(np.log(3))


def test_points_are_described_with_what_they_do_elsewhere() -> None:
    points = network_report.describe_points(
        {"balanced": {"threshold": 0.5, "rule": "a half"}},
        [0, 0, 1, 1],
        [0.1, 0.6, 0.7, 0.8],
        ["a", "b", "c", "d"],
    )
    assert points["balanced"]["measured_on"] == "internal_test"
    assert points["balanced"]["specificity"] == 0.5
    assert points["balanced"]["sensitivity"] == 1
    assert set(points["balanced"]) >= {"ppv_ci", "npv_ci", "rule", "threshold"}
