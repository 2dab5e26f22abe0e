"""Figures against known answers, and their intervals."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as reference

from pneumonia.statistics import metrics
from pneumonia.statistics.metrics import (
    auroc,
    auroc_interval,
    brier,
    expected_calibration_error,
    proportions,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PROPORTIONS = (
    "accuracy",
    "accuracy_at_0_5",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
)
FIGURES = ("auroc", "brier", "ece", *PROPORTIONS)


def draw_cases(
    n: int = 200, *, seed: int = 0, decimals: int = 16
) -> tuple[Ints, Floats]:
    """Draw cases whose scores overlap, three of four with pneumonia."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 4 > 0).astype(np.int64)
    score = 1 / (1 + np.exp(-rng.normal(2 * y - 1, 1.5)))
    return y, np.round(score, decimals)


def evaluate(*arguments: Any, **options: Any) -> dict[str, Any]:
    """Evaluate, with keys that a test may compute."""
    return dict(metrics.evaluate(*arguments, **options))


def widths(report: dict[str, Any]) -> Floats:
    return np.array([np.diff(report[f"{name}_ci"])[0] for name in FIGURES])


# Single figures


def test_auroc_is_the_share_of_ordered_pairs() -> None:
    # Of the six pairs four are in order and one is a tie.
    assert auroc([0, 0, 1, 1, 1], [0.1, 0.5, 0.5, 0.3, 0.9]) == pytest.approx(4.5 / 6)


@pytest.mark.parametrize("label", [0, 1])
def test_auroc_of_one_class_is_undefined(label: int) -> None:
    assert np.isnan(auroc([label, label], [0.2, 0.8]))


def test_brier_is_the_mean_squared_distance() -> None:
    assert brier([0, 1, 1], [0.5, 0.9, 0.2]) == pytest.approx(0.9 / 3)


def test_calibration_error_of_two_bins() -> None:
    # Lower bin: scores of 0.2 on average, no pneumonia. Upper: 0.7 against 0.5.
    error = expected_calibration_error([0, 0, 0, 1], [0.1, 0.3, 0.6, 0.8], n_bins=2)
    assert error == pytest.approx((0.2 + 0.2) / 2)


def test_calibration_error_does_not_cancel_across_bins() -> None:
    y, score = [1, 1, 0, 0], [0.1, 0.1, 0.9, 0.9]
    assert expected_calibration_error(y, score, n_bins=2) == pytest.approx(0.9)


def test_calibration_error_cancels_within_a_bin() -> None:
    assert expected_calibration_error([0, 1], [0.5, 0.5], n_bins=1) == pytest.approx(0)


def test_calibration_error_does_not_depend_on_the_order() -> None:
    y, score = draw_cases()
    assert expected_calibration_error(y, score) == pytest.approx(
        expected_calibration_error(y[::-1], score[::-1])
    )


def test_calibration_error_with_fewer_cases_than_bins() -> None:
    error = expected_calibration_error([0, 1, 1], [0.1, 0.7, 0.6])
    assert error == pytest.approx((0.1 + 0.3 + 0.4) / 3)


def test_perfect_calibration_has_a_small_error() -> None:
    rng = np.random.default_rng(0)
    score = rng.random(20_000)
    y = (rng.random(20_000) < score).astype(int)
    assert expected_calibration_error(y, score) < 0.02


def test_proportions_count_the_cells_of_the_table() -> None:
    y = [1] * 10 + [0] * 8
    flagged = [True] * 7 + [False] * 3 + [True] * 2 + [False] * 6
    assert proportions(y, flagged) == {
        "accuracy": (13, 18),
        "sensitivity": (7, 10),
        "specificity": (6, 8),
        "ppv": (7, 9),
        "npv": (6, 9),
    }


def test_proportions_without_trials_have_none() -> None:
    assert proportions([1, 1], [True, True]) == {
        "accuracy": (2, 2),
        "sensitivity": (2, 2),
        "specificity": (0, 0),
        "ppv": (2, 2),
        "npv": (0, 0),
    }


# The report


def test_report_agrees_with_scikit_learn() -> None:
    y, score = draw_cases()
    flagged = score >= 0.6
    report = evaluate(y, score, threshold=0.6, n_resamples=2)
    assert {name: report[name] for name in FIGURES} == pytest.approx(
        {
            "auroc": reference.roc_auc_score(y, score),
            "brier": reference.brier_score_loss(y, score),
            "ece": expected_calibration_error(y, score),
            "accuracy": reference.accuracy_score(y, flagged),
            "accuracy_at_0_5": reference.accuracy_score(y, score >= 0.5),
            "sensitivity": reference.recall_score(y, flagged),
            "specificity": reference.recall_score(y, flagged, pos_label=0),
            "ppv": reference.precision_score(y, flagged),
            "npv": reference.precision_score(y, flagged, pos_label=0),
        }
    )


def test_report_counts_the_cases() -> None:
    report = evaluate(*draw_cases(), threshold=0.6, n_resamples=2)
    assert (report["n"], report["positives"], report["threshold"]) == (200, 150, 0.6)


def test_score_at_the_threshold_is_flagged() -> None:
    report = evaluate([0, 1], [0.2, 0.6], threshold=0.6, n_resamples=2)
    assert report["sensitivity"] == 1


def test_every_interval_holds_its_figure() -> None:
    report = evaluate(*draw_cases(), threshold=0.6, n_resamples=40)
    for name in FIGURES:
        low, high = report[f"{name}_ci"]
        assert low <= report[name] <= high


@pytest.mark.parametrize("seed", range(4))
def test_interval_of_a_small_calibration_error_holds_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score = rng.beta(0.5, 0.5, 500)
    y = (rng.random(500) < score).astype(int)
    report = evaluate(y, score, threshold=0.5, n_resamples=40)
    low, high = report["ece_ci"]
    assert 0 <= low < report["ece"] < high < 0.1


def test_intervals_are_the_same_for_the_same_seed() -> None:
    first, second = (
        evaluate(*draw_cases(), threshold=0.6, n_resamples=20, seed=4) for _ in "ab"
    )
    assert first == second


def test_intervals_differ_for_another_seed() -> None:
    first, second = (
        evaluate(*draw_cases(), threshold=0.6, n_resamples=20, seed=seed)
        for seed in (4, 5)
    )
    assert first["auroc_ci"] != second["auroc_ci"]


def test_intervals_narrow_with_more_cases() -> None:
    few = evaluate(*draw_cases(100), threshold=0.6, n_resamples=50)
    many = evaluate(*draw_cases(1600), threshold=0.6, n_resamples=50)
    assert (widths(many) < 0.5 * widths(few)).all()


def test_bootstrap_interval_of_the_auroc_is_about_right() -> None:
    y, score = draw_cases(400)
    area = auroc(y, score)
    # Hanley and McNeil, Radiology 143, 1982.
    above, below = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + 299 * (above - area**2) + 99 * (below - area**2)
    low, high = evaluate(y, score, threshold=0.6, n_resamples=200)["auroc_ci"]
    assert high - low == pytest.approx(3.92 * np.sqrt(spread / 300 / 100), rel=0.25)


def test_copies_of_a_radiograph_do_not_narrow_the_intervals() -> None:
    y, score = draw_cases(60)
    patients = np.arange(60).astype(str)
    once = evaluate(y, score, threshold=0.6, groups=patients, n_resamples=40)
    copied = evaluate(
        *(np.repeat(part, 10) for part in (y, score)),
        threshold=0.6,
        groups=np.repeat(patients, 10),
        n_resamples=40,
    )
    assert copied["auroc_ci"] == once["auroc_ci"]
    assert copied["brier_ci"] == pytest.approx(once["brier_ci"])


def test_intervals_by_patient_are_wider_than_by_radiograph() -> None:
    y, score = (np.repeat(part, 10) for part in draw_cases(60))
    patients = np.repeat(np.arange(60), 10)
    naive = evaluate(y, score, threshold=0.6, n_resamples=50)
    grouped = evaluate(y, score, threshold=0.6, groups=patients, n_resamples=50)
    assert (widths(grouped) > 1.5 * widths(naive)).all()


def test_patients_need_not_lie_side_by_side() -> None:
    y, score = draw_cases(60)
    patients = np.arange(60)
    order = np.random.default_rng(0).permutation(120)
    mixed = evaluate(
        *(np.tile(part, 2)[order] for part in (y, score)),
        threshold=0.6,
        groups=np.tile(patients, 2)[order],
        n_resamples=10,
    )
    once = evaluate(y, score, threshold=0.6, groups=patients, n_resamples=10)
    assert mixed["brier_ci"] == pytest.approx(once["brier_ci"])


def test_perfect_separation_does_not_collapse_the_proportions() -> None:
    y = np.repeat([0, 1], 16)
    report = evaluate(y, 0.1 + 0.8 * y, threshold=0.5, n_resamples=10)
    assert report["sensitivity_ci"] == pytest.approx([0.794, 1], abs=5e-4)
    assert report["specificity_ci"] == pytest.approx([0.794, 1], abs=5e-4)
    assert report["accuracy_at_0_5_ci"] == pytest.approx([0.891, 1], abs=5e-4)


@pytest.mark.parametrize(
    ("label", "undefined"),
    [(1, {"auroc", "specificity"}), (0, {"auroc", "sensitivity"})],
)
def test_figures_without_their_class_are_none(label: int, undefined: set[str]) -> None:
    _, score = draw_cases(20)
    report = evaluate(np.full(20, label), score, threshold=0.6, n_resamples=20)
    assert {name for name in FIGURES if report[name] is None} == undefined
    for name in undefined:
        assert report[f"{name}_ci"] == [None, None]


def test_predictive_value_without_a_flag_is_none() -> None:
    y, score = draw_cases(20)
    report = evaluate(y, score, threshold=2.0, n_resamples=20)
    assert report["ppv"] is None
    assert report["ppv_ci"] == [None, None]
    assert report["sensitivity"] == 0


def test_single_case_is_reported() -> None:
    report = evaluate([1], [0.7], threshold=0.5, n_resamples=5)
    assert report["accuracy"] == 1
    assert report["accuracy_ci"] == pytest.approx([0.025, 1])


def test_flags_of_cross_fitted_thresholds_count_instead_of_the_threshold() -> None:
    report = evaluate(
        [0, 0, 1, 1],
        [0.2, 0.6, 0.4, 0.9],
        threshold=0.5,
        flagged=[False, False, True, True],
        n_resamples=10,
    )
    assert report["sensitivity"] == report["specificity"] == 1
    assert report["accuracy_at_0_5"] == 0.5
    assert report["threshold"] == 0.5


def test_auroc_interval_is_that_of_the_report() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    score = np.clip(rng.normal(0.4 + 0.2 * y, 0.2), 0, 1)
    patients = np.arange(60) // 4
    report = evaluate(y, score, threshold=0.5, groups=patients)
    assert auroc_interval(y, score, patients) == report["auroc_ci"]
