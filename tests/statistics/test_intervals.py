"""Exact intervals, and the bootstrap that draws patients."""

import numpy as np
import pytest

from pneumonia.statistics.intervals import (
    clopper_pearson,
    draw_patients,
    percentiles,
    proportion_interval,
)


@pytest.mark.parametrize(
    ("successes", "trials", "interval"),
    [
        (16, 16, (0.025 ** (1 / 16), 1)),
        (0, 10, (0, 1 - 0.025 ** (1 / 10))),
        (8, 10, (0.4439, 0.9748)),
        (1, 2, (0.0126, 0.9874)),
    ],
)
def test_clopper_pearson_interval(
    successes: int, trials: int, interval: tuple[float, float]
) -> None:
    assert clopper_pearson(successes, trials) == pytest.approx(interval, abs=1e-4)


def test_clopper_pearson_of_sixteen_right_of_sixteen() -> None:
    assert clopper_pearson(16, 16) == pytest.approx((0.794, 1), abs=5e-4)


def test_clopper_pearson_without_trials_is_undefined() -> None:
    assert np.isnan(clopper_pearson(0, 0)).all()


def test_radiographs_of_a_patient_are_drawn_together() -> None:
    patients = np.array(["a", "b", "a", "c", "a"])
    for rows in draw_patients(patients, 50):
        counts = np.bincount(rows, minlength=5)
        assert counts[0] == counts[2] == counts[4]
        assert counts[0] + counts[1] + counts[3] == 3


def test_same_seed_draws_the_same() -> None:
    one, other = (
        np.concatenate(list(draw_patients(np.arange(9), 5, seed=3))) for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)


def test_undefined_draws_are_left_out() -> None:
    assert percentiles([float("nan"), 1.0, 1.0]) == (1.0, 1.0)
    assert np.isnan(percentiles([float("nan")])).all()


def test_share_without_misses_has_the_exact_interval() -> None:
    interval = proportion_interval([True] * 16, np.arange(16))
    assert interval == pytest.approx(clopper_pearson(16, 16))


def test_patients_with_many_radiographs_widen_the_interval() -> None:
    hits = np.repeat(np.arange(20) % 2 == 0, 10)
    apart = proportion_interval(hits, np.arange(200))
    together = proportion_interval(hits, np.repeat(np.arange(20), 10))
    assert together[1] - together[0] > 2 * (apart[1] - apart[0])
