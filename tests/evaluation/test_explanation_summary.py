"""Means over radiographs, their intervals, and the distance from the baselines."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pytest

from pneumonia.evaluation.explanation_measures import GAUSSIAN, RANDOM
from pneumonia.evaluation.explanation_summary import Values, summarise
from pneumonia.statistics import intervals

PATIENTS = ["a", "a", "b", "c", "d"]


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "N_RESAMPLES", 100)


def values(
    methods: Mapping[str, Mapping[int, float]], measure: str = "deletion"
) -> Values:
    """Give one measure of the methods."""
    made: Values = defaultdict(lambda: defaultdict(dict))
    for name, by_row in methods.items():
        made[name][measure] |= by_row
    return made


def test_mean_has_an_interval_over_patients() -> None:
    found = summarise(values({"cam": {0: 0.1, 1: 0.1, 2: 0.3, 4: 0.7}}), PATIENTS)
    figure = found["cam"]["deletion"]
    assert figure["n"] == 4
    assert figure["mean"] == pytest.approx(0.3)
    low, high = figure["mean_ci"]
    assert low is not None
    assert high is not None
    # The mean of 0.1, 0.1 and 0.1 is a little below 0.1.
    assert 0.1 - 1e-9 <= low < 0.3 < high <= 0.7 + 1e-9


def test_value_that_is_no_number_does_not_count() -> None:
    found = summarise(values({"cam": {0: np.nan, 1: 0.25}}), PATIENTS)
    assert found["cam"]["deletion"]["n"] == 1
    assert summarise(values({"cam": {0: np.nan}}), PATIENTS)["cam"] == {}


def test_distance_from_a_baseline_is_of_the_same_radiographs() -> None:
    found = summarise(
        values({"cam": {0: 0.1, 2: 0.2}, RANDOM: {0: 0.5, 3: 0.0}, GAUSSIAN: {2: 0.1}}),
        PATIENTS,
    )
    figure = found["cam"]["deletion"]
    assert figure["over_random"] == pytest.approx(-0.4)
    assert figure["over_gaussian"] == pytest.approx(0.1)
    assert "over_gaussian" not in found[RANDOM]["deletion"]
    assert "over_random" not in found[GAUSSIAN]["deletion"]


def test_share_of_radiographs_is_never_certain() -> None:
    every = values({"cam": dict.fromkeys(range(5), 1.0)}, "pointing")
    low, high = summarise(every, PATIENTS)["cam"]["pointing"]["mean_ci"]
    assert high == 1
    assert low is not None
    assert low < 0.6
