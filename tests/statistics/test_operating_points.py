"""Operating points keep their rules on scores of every kind."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

from pneumonia.statistics.operating_points import choose_operating_points

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def draw_cases(
    n: int = 200, *, seed: int = 0, decimals: int = 16
) -> tuple[Ints, Floats]:
    """Draw cases whose scores overlap, three of four with pneumonia."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 4 > 0).astype(np.int64)
    score = 1 / (1 + np.exp(-rng.normal(2 * y - 1, 1.5)))
    return y, np.round(score, decimals)


def measure(y: Ints, score: Floats, threshold: float) -> tuple[float, float]:
    """Sensitivity and specificity."""
    flagged = score >= threshold
    return flagged[y == 1].mean(), (~flagged)[y == 0].mean()


def thresholds_of(y: Ints, score: Floats) -> tuple[float, float]:
    points = choose_operating_points(y, score)
    return points["balanced"]["threshold"], points["screening"]["threshold"]


@pytest.mark.parametrize("decimals", [16, 2, 1])
@pytest.mark.parametrize("seed", range(5))
def test_balanced_threshold_maximises_the_mean_of_both_to_within_a_hundredth(
    seed: int, decimals: int
) -> None:
    y, score = draw_cases(seed=seed, decimals=decimals)
    balanced, _ = thresholds_of(y, score)
    best = max(np.mean(measure(y, score, cut)) for cut in score)
    assert best - 0.01 - 1e-12 <= np.mean(measure(y, score, balanced)) <= best + 1e-12


def test_balanced_threshold_is_steadier_than_the_very_best() -> None:
    balanced, best = [], []
    for seed in range(40):
        y, _ = draw_cases(2000)
        z = np.random.default_rng(seed).normal(6 * y - 3, 1.5)
        balanced.append(logit(thresholds_of(y, expit(z))[0]))
        grid = np.linspace(-4, 4, 401)
        best.append(grid[np.argmax([sum(measure(y, z, cut)) for cut in grid])])
    assert np.std(balanced) < 0.7 * np.std(best)


def test_balanced_threshold_has_no_worse_one_between_it_and_the_best() -> None:
    # Two tops: the higher one, and one that comes within a hundredth, behind a dip.
    y = np.repeat([0, 1, 0, 1], [495, 95, 105, 400])
    score = np.repeat([0.1, 0.3, 0.7, 0.9], [495, 95, 105, 400])
    tops = [np.mean(measure(y, score, cut)) for cut in (0.2, 0.5, 0.8)]
    assert tops[0] > tops[2] > tops[0] - 0.01 > tops[1]
    balanced, _ = thresholds_of(y, score)
    assert balanced < 0.3


@pytest.mark.parametrize("decimals", [16, 2, 1])
@pytest.mark.parametrize("seed", range(5))
def test_screening_threshold_is_sensitive_enough(seed: int, decimals: int) -> None:
    y, score = draw_cases(seed=seed, decimals=decimals)
    _, screening = thresholds_of(y, score)
    assert measure(y, score, screening)[0] >= 0.98


@pytest.mark.parametrize("seed", range(5))
def test_screening_threshold_is_the_largest_that_is_sensitive_enough(
    seed: int,
) -> None:
    y, score = draw_cases(seed=seed)
    balanced, screening = thresholds_of(y, score)
    higher = [cut for cut in np.sort(score) if screening < cut < balanced]
    assert all(measure(y, score, cut)[0] < 0.98 for cut in higher[1:])


@pytest.mark.parametrize("decimals", [16, 1])
@pytest.mark.parametrize("seed", range(5))
def test_screening_is_not_above_balanced(seed: int, decimals: int) -> None:
    balanced, screening = thresholds_of(*draw_cases(seed=seed, decimals=decimals))
    assert screening <= balanced


def test_points_coincide_when_balanced_is_sensitive_enough() -> None:
    y = np.repeat([0, 1], 10)
    balanced, screening = thresholds_of(y, 0.2 + 0.6 * y)
    assert balanced == screening == pytest.approx(0.5)


def test_threshold_lies_midway_on_the_logit_scale() -> None:
    balanced, _ = thresholds_of(np.array([0, 0, 1, 1]), np.array([0.1, 0.5, 0.9, 0.95]))
    assert np.log(balanced / (1 - balanced)) == pytest.approx(np.log(9) / 2)


@pytest.mark.parametrize("decimals", [16, 1])
def test_thresholds_lie_between_scores(decimals: int) -> None:
    y, score = draw_cases(decimals=decimals)
    for threshold in thresholds_of(y, score):
        assert not np.isin(threshold, score)
        assert score.min() < threshold < score.max()


def test_scores_of_exactly_zero_and_one_are_separated() -> None:
    y = np.array([0, 0, 1, 1])
    assert thresholds_of(y, y.astype(float)) == pytest.approx((0.5, 0.5))


def test_among_equally_good_thresholds_the_middle_one_is_chosen() -> None:
    y = np.array([0, 1, 0, 1, 0, 1])
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    balanced, _ = thresholds_of(y, score)
    assert 0.3 < balanced < 0.4


def test_constant_scores_flag_every_case() -> None:
    y = np.array([0, 1, 1])
    assert thresholds_of(y, np.full(3, 0.4)) == (0, 0)


def test_reversed_scores_flag_every_case() -> None:
    y = np.repeat([0, 1], 10)
    assert thresholds_of(y, 0.8 - 0.6 * y) == (0, 0)


def test_screening_keeps_its_rule_when_the_lowest_scores_are_tied() -> None:
    # A tenth of the pneumonias has the lowest score of all.
    y = np.repeat([0, 1], [20, 20])
    score = np.concatenate([np.full(20, 0.1), np.full(2, 0.1), np.full(18, 0.9)])
    balanced, screening = thresholds_of(y, score)
    assert balanced == pytest.approx(0.5)
    assert screening == 0


@pytest.mark.parametrize("label", [0, 1])
def test_operating_points_need_both_classes(label: int) -> None:
    with pytest.raises(ValueError, match="need cases of both classes"):
        choose_operating_points([label] * 3, [0.1, 0.2, 0.3])


def test_operating_points_say_how_they_were_chosen() -> None:
    points = choose_operating_points(*draw_cases())
    assert list(points) == ["balanced", "screening"]
    assert "sensitivity of at least 0.98" in points["screening"]["rule"]
