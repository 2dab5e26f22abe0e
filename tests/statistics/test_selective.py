"""The unsure zone, and what setting the least sure cases aside does."""

import numpy as np
import pytest
from scipy.special import expit, logit

from pneumonia.statistics.operating_points import choose_operating_points
from pneumonia.statistics.selective import measure_selective, unsure_zone


def test_zone_holds_a_tenth_of_each_class_on_average_over_both() -> None:
    # Distances from 0: normals 0.1 to 1 in tens, pneumonias 0.05 to 1 in twenties.
    normal, pneumonia = -np.arange(1, 11) / 10, np.arange(1, 21) / 20
    y = np.repeat([0, 1], [10, 20])
    zone = unsure_zone(y, expit(np.concatenate([normal, pneumonia])), 0.5)
    # One normal of ten (0.1) and two pneumonias of twenty (0.05, 0.1): 10 % of each.
    assert zone is not None
    assert logit(zone) == pytest.approx([-0.1, 0.1])


def test_zone_does_not_depend_on_how_many_cases_have_pneumonia() -> None:
    rng = np.random.default_rng(0)
    normal, pneumonia = rng.normal(-2, 1, 1000), rng.normal(2, 1, 1000)
    zones = [
        unsure_zone(
            np.repeat([0, 1], [1000, 1000 * times]),
            expit(np.concatenate([normal, np.tile(pneumonia, times)])),
            0.5,
        )
        for times in (1, 5)
    ]
    assert zones[0] == pytest.approx(zones[1], abs=0.01)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_zone_reaches_as_far_to_both_sides(threshold: float) -> None:
    y = np.arange(40) % 2
    score = np.random.default_rng(0).uniform(0.01, 0.99, 40)
    low, high = unsure_zone(y, score, threshold) or [0, 0]
    assert low < threshold < high
    middle = logit(threshold)
    assert middle - logit(low) == pytest.approx(logit(high) - middle)


def test_threshold_that_flags_every_case_has_no_zone() -> None:
    assert unsure_zone([0, 1], [0.2, 0.8], 0.0) is None


def test_every_operating_point_has_its_own_zone() -> None:
    y = np.arange(400) % 2
    score = expit(np.random.default_rng(1).normal(3 * y - 1.5, 1.5))
    points = choose_operating_points(y, score)
    for point in points.values():
        low, high = point["unsure"]
        assert low < point["threshold"] < high
    assert points["balanced"]["unsure"] != points["screening"]["unsure"]


def test_errors_near_the_threshold_are_left_out() -> None:
    # Ten cases at log odds -5 to 5; those at -1 and 1 are wrong, and one far away.
    at = np.array([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5])
    y = np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 0])
    found = measure_selective(
        y,
        expit(at),
        np.arange(10),
        threshold=0.5,
        zone=[float(expit(-1.5)), float(expit(1.5))],
    )
    assert (found["n"], found["unsure"], found["wrong"]) == (10, 0.2, 0.3)
    assert found["wrong_when_sure"] == pytest.approx(1 / 8)
    assert found["errors_unsure"] == pytest.approx(2 / 3)
    assert found["errors_in_tenth"] == pytest.approx(1 / 3)
    # 10, 10 (9.5 to even), 9, 8, 7 and 5 of the surest.
    curve = [3 / 10, 3 / 10, 2 / 9, 1 / 8, 1 / 7, 1 / 5]
    assert found["wrong_at_coverage"] == pytest.approx(curve)


def test_without_an_error_no_share_of_errors_is_given() -> None:
    found = measure_selective(
        [0, 1], [0.1, 0.9], ["a", "b"], threshold=0.5, zone=[0.05, 0.95]
    )
    assert found["errors_unsure"] is found["errors_in_tenth"] is None
    assert found["wrong_when_sure"] is None
    assert found["wrong"] == 0
