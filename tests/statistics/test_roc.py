"""The curve's corners against scikit-learn, and the interval of its area."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from pneumonia.statistics.metrics import auroc
from pneumonia.statistics.roc import area_interval, corners_of_counts, roc_corners


def test_corners_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    y, score = rng.integers(2, size=50), rng.integers(-5, 6, size=50)
    false, true, _ = roc_curve(y, score, drop_intermediate=False)
    expected = np.column_stack([false, true])
    np.testing.assert_allclose(roc_corners(y, score), expected)


def test_corners_start_without_flags_and_end_with_all_flagged() -> None:
    corners = roc_corners([0, 1, 0, 1], [0.2, 0.2, 0.1, 0.9])
    assert corners == [(0, 0), (0, 0.5), (0.5, 1), (1, 1)]


def test_counts_give_the_curve_of_the_scores_they_count() -> None:
    y, score = [0, 0, 0, 1, 1], [0, 0, 1, 1, 2]
    assert corners_of_counts([2, 1, 0], [0, 1, 1]) == roc_corners(y, score)


def test_one_class_has_no_curve() -> None:
    assert roc_corners([1, 1], [0.2, 0.3]) == []
    assert corners_of_counts([0, 0], [1, 2]) == []


def test_interval_of_a_perfect_area_is_no_point() -> None:
    low, high = area_interval(1.0, normal=10, pneumonia=10)
    assert high == 1
    assert 0.7 < low < 0.85


def test_interval_is_mirrored_with_the_classes() -> None:
    low, high = area_interval(0.8, normal=12, pneumonia=30)
    mirrored = area_interval(0.2, normal=12, pneumonia=30)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_interval_shrinks_with_the_number_of_cases() -> None:
    few = area_interval(0.9, normal=10, pneumonia=10)
    many = area_interval(0.9, normal=100, pneumonia=100)
    assert few[0] < many[0] < 0.9 < many[1] < few[1]


def test_interval_holds_the_true_area_in_95_of_100_studies() -> None:
    rng = np.random.default_rng(0)
    shift, size = 1.8, 20
    truth = 0.8985  # the normal distribution's value at 1.8 / sqrt(2)
    y = np.repeat([0, 1], size)
    held = 0
    for _ in range(400):
        area = auroc(y, rng.normal(size=2 * size) + shift * y)
        low, high = area_interval(area, normal=size, pneumonia=size)
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.99


def test_one_class_has_no_interval() -> None:
    assert all(map(math.isnan, area_interval(0.5, normal=0, pneumonia=3)))
