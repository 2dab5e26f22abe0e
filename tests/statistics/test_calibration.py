"""Probabilities that hold what they say, and their move to another prevalence."""

from typing import Any

import numpy as np
import pytest

from pneumonia.statistics.calibration import (
    Calibration,
    at_prevalence,
    fit_calibration,
    of_100_patients,
    predictive_figures,
    predictive_values,
    probability,
    reliability,
    score_distribution,
)
from pneumonia.statistics.metrics import expected_calibration_error


def overconfident(temperature: float, bias: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    line = rng.normal(0, 2, 20_000)
    y = (rng.random(20_000) < 1 / (1 + np.exp(-line))).astype(int)
    return y, (line - bias) * temperature


def test_fit_finds_the_temperature_and_the_bias() -> None:
    y, logits = overconfident(temperature=3.0, bias=0.7)
    fitted = fit_calibration(y, logits)
    assert fitted.temperature == pytest.approx(3.0, rel=0.05)
    assert fitted.bias == pytest.approx(0.7, abs=0.06)


def test_fitted_probabilities_are_calibrated() -> None:
    y, logits = overconfident(temperature=3.0, bias=0.7)
    before = expected_calibration_error(y, probability(logits, Calibration(1.0, 0.0)))
    after = expected_calibration_error(
        y, probability(logits, fit_calibration(y, logits))
    )
    assert before > 0.05
    assert after < 0.01


def test_separated_classes_keep_the_temperature_finite() -> None:
    fitted = fit_calibration([0] * 20 + [1] * 20, [-5.0] * 20 + [5.0] * 20)
    assert 0.5 < fitted.temperature < 5
    assert 0.9 < probability([5.0], fitted)[0] < 1


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="Received: 0 and 3"):
        fit_calibration([1, 1, 1], [0.0, 1.0, 2.0])


def test_probability_is_the_sigmoid() -> None:
    assert probability([0.0], Calibration(1.0, 0.0))[0] == 0.5
    assert probability([2.0], Calibration(2.0, 0.0))[0] == pytest.approx(0.731059)


def test_extreme_logits_do_not_overflow() -> None:
    ends = probability([-1e9, 1e9], Calibration(1.0, 0.0))
    assert ends.tolist() == [0.0, 1.0]


def test_probability_moves_with_the_prevalence() -> None:
    # 0.83 where 74 % have pneumonia is 0.23 where 15 % have it.
    moved = at_prevalence(0.83, assumed=0.74, wanted=0.15)
    assert float(moved) == pytest.approx(0.23, abs=0.005)


def test_same_prevalence_changes_nothing() -> None:
    p = np.linspace(0, 1, 11)
    np.testing.assert_allclose(at_prevalence(p, assumed=0.3, wanted=0.3), p)


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_impossible_prevalence_is_refused(prevalence: float) -> None:
    with pytest.raises(ValueError, match="Received"):
        at_prevalence(0.5, assumed=0.5, wanted=prevalence)


def test_predictive_values_follow_bayes_rule() -> None:
    ppv, npv = predictive_values(0.9, 0.8, 0.1)
    assert ppv == pytest.approx(0.09 / (0.09 + 0.18))
    assert npv == pytest.approx(0.72 / (0.72 + 0.01))


def test_predictive_figures_take_ends_from_ends() -> None:
    ppv, npv = predictive_figures((0.9, 0.8, 1.0), (0.8, 0.7, 1.0), 0.1)
    assert ppv == pytest.approx([1 / 3, 0.08 / 0.35, 1.0])
    assert npv == pytest.approx([0.72 / 0.73, 0.63 / 0.65, 1.0])


def test_predictive_figures_are_none_where_undefined() -> None:
    ppv, npv = predictive_figures((0.9, None, 0.0), (0.8, 0.7, 1.0), 0.1)
    assert ppv[1:] == (None, None)
    assert npv[1] is None
    assert npv[2] == pytest.approx(0.9)


@pytest.mark.parametrize("prevalence", [0.01, 0.15, 0.155, 0.5, 0.99])
def test_patients_add_up_to_100(prevalence: float) -> None:
    assert sum(of_100_patients(0.933, 0.97, prevalence).values()) == 100


def test_patients_are_counted_in_whole_ones() -> None:
    assert of_100_patients(0.9, 0.97, 0.2) == {
        "found": 18,
        "missed": 2,
        "false_alarms": 2,
        "spared": 78,
    }


def test_predictive_value_without_flags_is_undefined() -> None:
    ppv, npv = predictive_values(0.0, 1.0, 0.2)
    assert np.isnan(ppv)
    assert npv == pytest.approx(0.8)


def test_reliability_bins_hold_the_same_number_and_explain_the_error() -> None:
    rng = np.random.default_rng(1)
    score = rng.random(503)
    y = (rng.random(503) < score**2).astype(int)
    bins: list[Any] = [*reliability(y, score, np.arange(503))]
    assert {row["n"] for row in bins} == {50, 51}
    gaps = [row["n"] * abs(row["mean_score"] - row["observed"]) for row in bins]
    assert sum(gaps) / 503 == pytest.approx(expected_calibration_error(y, score))
    for row in bins:
        low, high = row["observed_ci"]
        assert low <= row["observed"] <= high


def test_reliability_of_few_cases_has_a_bin_each() -> None:
    bins = reliability([0, 1, 1], [0.1, 0.5, 0.9], ["a", "b", "c"])
    assert [row["observed"] for row in bins] == [0, 1, 1]


def test_every_score_is_counted_once_even_at_the_ends() -> None:
    found = score_distribution([0, 0, 1, 1, 1], [0.0, 0.4, 0.6, 1.0, 1.0])
    assert sum(found["normal"]) == 2
    assert sum(found["pneumonia"]) == 3
    assert found["normal"][0] == 1
    assert found["pneumonia"][-1] == 2


def test_bins_are_of_equal_width_in_logits() -> None:
    found = score_distribution([0, 1], [0.5, 1 / (1 + np.exp(-3.2))])
    steps = np.diff(found["edges"])
    np.testing.assert_allclose(steps, steps[0])
    (column,) = np.flatnonzero(found["pneumonia"])
    assert found["edges"][column] <= 3.2 < found["edges"][column + 1]
