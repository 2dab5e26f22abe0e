"""Rows for charts say what the card says, and leave out what it lacks."""

from typing import Any, cast

import pytest
from fixtures_cards import measure_tiny

from pneumonia.card import chart_data
from pneumonia.card.schema import Card

POINT = {
    "threshold": 0.8,
    "rule": "any",
    "measured_on": "internal_test",
    "sensitivity": 0.9,
    "sensitivity_ci": [0.8, 1.0],
    "specificity": 0.8,
    "specificity_ci": [0.7, 0.9],
}
BARE = cast(
    "Card",
    {
        "name": "tiny",
        "calibrated": True,
        "prevalence": 0.5,
        "operating_points": {"balanced": POINT},
    },
)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    return measure_tiny(tmp_path_factory.mktemp("measured"))


def with_figures(**sections: Any) -> Card:
    return cast("Card", {**BARE, **sections})


def test_a_bare_card_gives_its_points_and_nothing_else() -> None:
    assert len(chart_data.point_rows(BARE, 0.1)) == 1
    for rows in (
        chart_data.roc_rows,
        chart_data.reliability_rows,
        chart_data.perturbation_rows,
        chart_data.group_rows,
        chart_data.coverage_rows,
    ):
        assert rows(BARE) == []


def test_errors_at_coverage_are_of_the_own_hospital_and_of_large_sources() -> None:
    wrong = [0.5, 0.4, 0.3, 0.2, 0.1, 0.0]

    def source(name: str, n: int) -> dict[str, Any]:
        return {"source": name, "n": n, "wrong_at_coverage": wrong}

    card = with_figures(
        selective={
            "measured_on": "internal_test",
            "n": 9,
            "wrong_at_coverage": wrong,
        },
        other_hospitals={
            "selective": [
                *(source("few", 99), source("all", 999)),
                *(source("some", 100), source("many", 300)),
            ]
        },
    )
    rows = chart_data.coverage_rows(card)
    names = [row["radiographs_of"] for row in rows[::6]]
    assert names == [chart_data.partition_name("internal_test"), "many", "some"]
    assert [row["wrong"] for row in rows[:6]] == wrong
    assert [row["answered"] for row in rows[:6]] == [1.0, 0.95, 0.9, 0.8, 0.7, 0.5]


def test_a_point_that_was_not_measured_gives_no_row() -> None:
    points = {"balanced": {"threshold": 0.8, "rule": "any"}}
    assert chart_data.point_rows(with_figures(operating_points=points), 0.1) == []


def test_points_move_to_the_prevalence() -> None:
    (row,) = chart_data.point_rows(BARE, 0.1)
    # Bayes' rule by hand: 0.09 true flags against 0.18 false ones.
    assert row["ppv"] == pytest.approx(1 / 3)
    assert row["npv"] == pytest.approx(0.72 / 0.73)
    assert row["ppv_low"] < row["ppv"] < row["ppv_high"]
    # Odds of 4 at one half are odds of 4 / 9 at one tenth.
    assert row["threshold"] == pytest.approx(4 / 13)


def test_threshold_of_a_score_stays_where_it_is() -> None:
    (row,) = chart_data.point_rows(with_figures(calibrated=False), 0.1)
    assert row["threshold"] == 0.8


def test_curve_runs_from_no_flag_to_all_flags() -> None:
    counts = {
        "measured_on": "validation",
        "edges": [-1.0, 0.0, 1.0],
        "normal": [3, 1],
        "pneumonia": [1, 4],
    }
    rows = chart_data.roc_rows(with_figures(score_distribution=counts))
    found = [(row["false_alarms"], row["sensitivity"]) for row in rows]
    assert found == [(0, 0), (0.25, 0.8), (1, 1)]
    assert rows[0]["measured_on"].startswith("Validation (part of train")


def test_groups_leave_out_what_was_fitted_on(card: Card) -> None:
    rows = chart_data.group_rows(card)
    names = {row["group"] for row in rows}
    assert "Held-out internal test" in names
    assert "Official val folder" in names
    assert not any(name.startswith(("Training", "Validation")) for name in names)
    assert {"of these: bacterial", "of these: viral"} <= names
    assert "of these: normal" not in names


def test_groups_count_the_radiographs_of_the_class(card: Card) -> None:
    counts = {
        row["figure"]: row["radiographs"]
        for row in chart_data.group_rows(card)
        if row["group"] == "Official val folder"
    }
    assert counts == {"sensitivity": 8, "specificity": 8}


def test_perturbations_name_each_change_once(card: Card) -> None:
    names = [row["perturbation"] for row in chart_data.perturbation_rows(card)]
    assert len(names) == len(set(names))
    assert names[0] == "unchanged"


def test_every_section_of_a_measured_card_gives_rows(card: Card) -> None:
    assert chart_data.roc_rows(card)
    assert chart_data.reliability_rows(card)
    assert all(
        row["observed_low"] <= row["observed"] <= row["observed_high"]
        for row in chart_data.reliability_rows(card)
    )
