"""Shortcuts that tell the classes apart, and where a network fails."""

import numpy as np
import pytest

from pneumonia.card.tables import SHIFTS_OF
from pneumonia.evaluation.subgroups import (
    audit_shortcuts,
    by_kind,
    by_part,
    by_property,
)
from pneumonia.perturbations.corruptions import SHIFTS

N = 200
LABELS = np.arange(N) % 2
PATIENTS = np.array([f"patient{i}" for i in range(N)])
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=N)


def test_every_shift_of_a_property_exists() -> None:
    assert {name for names in SHIFTS_OF.values() for name in names} <= set(SHIFTS)


def test_property_that_gives_the_class_away_is_found() -> None:
    found = audit_shortcuts(
        {"noise": NOISE, "tell": -5.0 * LABELS}, {}, LABELS, PATIENTS
    )
    assert found["alone"]["tell"]["auroc"] == 1
    assert found["alone"]["tell"]["higher_in"] == "normal"
    assert found["alone"]["noise"]["auroc"] < 0.6
    assert found["jointly"]["picture"]["auroc"] == 1


def test_properties_without_a_tell_predict_nothing_in_other_patients() -> None:
    noise = {str(i): RNG.normal(size=N) for i in range(4)}
    found = audit_shortcuts(noise, {}, LABELS, PATIENTS)
    assert found["jointly"]["picture"]["auroc"] == pytest.approx(0.5, abs=0.12)


def test_unknown_sizes_are_left_out_and_counted() -> None:
    width = np.where(np.arange(N) < 100, LABELS + NOISE, np.nan)
    found = audit_shortcuts({"noise": NOISE}, {"width": width}, LABELS, PATIENTS)
    assert found["alone"]["width"]["n"] == 100
    assert found["jointly"]["picture"]["n"] == N
    assert found["jointly"]["picture and file"]["n"] == 100


def test_size_that_is_never_known_is_not_audited() -> None:
    width = {"width": np.full(N, np.nan)}
    found = audit_shortcuts({"noise": NOISE}, width, LABELS, PATIENTS)
    assert set(found["alone"]) == {"noise"}
    assert set(found["jointly"]) == {"picture"}


def test_cover_that_leaves_nothing_to_go_by_is_told_from_one_that_does() -> None:
    scores = {"unchanged": LABELS + 0.0, "covered": np.clip(NOISE / 9 + 0.2, 0, 1)}
    found = by_part(LABELS, scores, PATIENTS, threshold=0.9)
    assert found["unchanged"]["auroc"] == 1
    assert found["unchanged"]["sensitivity"] == 1
    low, high = found["covered"]["auroc_ci"]
    assert low < 0.5 < high
    assert found["covered"]["sensitivity"] == 0
    assert found["covered"]["specificity_ci"][1] == 1
    assert found["covered"]["n"] == N


def test_viral_misses_are_told_from_bacterial() -> None:
    kinds = np.array([0, 0, 1, 1, 2, 2, -1])
    scores = np.array([0.1, 0.7, 0.8, 0.9, 0.3, 0.6, 0.9])
    found = by_kind(kinds, scores, PATIENTS[:7], threshold=0.5)
    assert found["normal"]["specificity"] == 0.5
    assert found["bacterial"]["sensitivity"] == 1
    assert found["viral"]["sensitivity"] == 0.5
    assert found["viral"]["n"] == 2
    assert found["bacterial"]["auroc"] == 1
    assert found["viral"]["auroc"] == 0.5


def test_kind_without_radiographs_has_no_row() -> None:
    found = by_kind(np.array([0, 1]), np.array([0.1, 0.9]), PATIENTS[:2], threshold=0.5)
    assert set(found) == {"normal", "bacterial"}


def test_third_in_which_the_network_fails_is_found() -> None:
    dark = np.arange(N) < N // 3
    scores = np.where(dark, 0.9, 0.1 + 0.8 * LABELS)
    found = by_property(
        {"brightness": np.arange(N, dtype=float)},
        LABELS,
        scores,
        PATIENTS,
        threshold=0.5,
    )
    low, middle, high = found["brightness"]
    assert [row["third"] for row in (low, middle, high)] == ["low", "middle", "high"]
    assert low["n"] + middle["n"] + high["n"] == N
    assert low["to"] < middle["from"]
    assert low["specificity"] < 0.1
    assert high["specificity"] == 1


def test_unknown_values_are_in_no_third() -> None:
    values = np.where(np.arange(N) < 30, np.arange(N), np.nan)
    found = by_property(
        {"width": values, "height": np.full(N, np.nan)},
        LABELS,
        np.full(N, 0.5),
        PATIENTS,
        threshold=0.5,
    )
    assert set(found) == {"width"}
    assert sum(row["n"] for row in found["width"]) == 30
