"""The place Model says what the card says, and leaves out what it lacks."""

import csv
import io
import json
from pathlib import Path
from typing import Any, cast

import pytest
from fixtures_page import downloads
from streamlit.testing.v1 import AppTest

from pneumonia.card import chart_data
from pneumonia.card.limitations import limitations
from pneumonia.card.schema import Card
from pneumonia.ui import model_texts as texts

WEIGHTS = Path(__file__).parents[2] / "weights"
POINT = {
    "threshold": 0.8,
    "rule": "any",
    "measured_on": "internal_test",
    "sensitivity": 0.9,
    "sensitivity_ci": [0.8, 1.0],
    "specificity": 0.8,
    "specificity_ci": [0.7, 0.9],
}
# Only what every card has.
BARE = {
    "schema_version": 1,
    "name": "tiny",
    "sha256": "ab" * 32,
    "architecture": "seed_cnn",
    "input_shape": [32, 32, 1],
    "calibrated": True,
    "temperature": 1.0,
    "bias": 0.0,
    "prevalence": 0.5,
    "operating_points": {"balanced": {"threshold": 0.8, "rule": "any"}},
}


def script(cards: "list[dict[str, Any]]", prevalence: float) -> None:
    from pneumonia.ui import model_page

    first, *others = cards
    model_page.show(
        first,  # type: ignore[arg-type]
        prevalence=prevalence,
        others=others,  # type: ignore[arg-type]
        names={"seed_cnn": "Original CNN"},
    )


def open_place(*cards: dict[str, Any], prevalence: float = 0.1) -> AppTest:
    page = AppTest.from_function(
        script, default_timeout=120, kwargs={"cards": cards, "prevalence": prevalence}
    )
    page.run()
    assert not page.exception
    return page


@pytest.fixture(scope="module")
def published() -> list[dict[str, Any]]:
    names = ("ensemble", "seed_cnn")
    return [json.loads((WEIGHTS / f"{name}.json").read_text()) for name in names]


def headings(page: AppTest) -> list[str]:
    return [element.value for element in page.subheader]


def charts(page: AppTest) -> list[dict[str, Any]]:
    found: list[Any] = list(page.get("vega_lite_chart"))
    return [json.loads(element.proto.spec) for element in found]


def test_bare_card_has_no_empty_box() -> None:
    page = open_place(BARE)
    assert headings(page) == [
        texts.ELSEWHERE,
        texts.LICENCE_TITLE,
        texts.CITATION_TITLE,
    ]
    assert not charts(page)
    assert not page.table
    assert not page.radio


def test_points_stand_at_the_prevalence_that_was_chosen() -> None:
    page = open_place({**BARE, "operating_points": {"balanced": POINT}})
    assert texts.POINTS.format(prevalence="10 %") in headings(page)
    (table,) = page.table
    assert list(table.value["Balanced"]) == [
        "90.0 % (80.0 to 100.0 %)",
        "80.0 % (70.0 to 90.0 %)",
        "33.3 % (22.9 to 52.6 %)",
        "98.6 % (96.9 to 100.0 %)",
        "0.31",
    ]
    counted = page.markdown[1].value
    assert "about 10 have pneumonia" in counted
    assert "9 of them are flagged and 1 missed, and 18 of the 90 others" in counted


def test_published_card_fills_every_section(published: list[dict[str, Any]]) -> None:
    page = open_place(*published)
    for title in (
        texts.ROC,
        texts.RELIABILITY,
        texts.GROUPS,
        texts.SURENESS,
        texts.PERTURBATIONS,
        texts.BESIDE,
        texts.LIMITATIONS,
        texts.LEARNED_FROM,
    ):
        assert title in headings(page)
    assert len(charts(page)) == 5


def test_limitations_are_those_of_the_card(published: list[dict[str, Any]]) -> None:
    said = "\n".join(element.value for element in open_place(*published).markdown)
    first: Any = published[0]
    assert limitations(first)
    assert all(line in said for line in limitations(first))


def test_measure_is_chosen_and_worst_comes_first(
    published: list[dict[str, Any]],
) -> None:
    page = open_place(*published)
    rows: list[Any] = [
        row
        for card in published
        for row in chart_data.perturbation_rows(cast("Card", card))
    ]
    for measure, choose in (
        ("normal_change", max),
        ("specificity", min),
        ("sensitivity", min),
    ):
        worst = choose(rows, key=lambda row: row[measure])["perturbation"]
        page.radio(key="model_measure_control").set_value(measure).run()
        (dots,) = charts(page)[-1]["layer"]
        assert dots["encoding"]["x"]["field"] == measure
        assert dots["encoding"]["y"]["sort"][0] == worst
        networks = dots["encoding"]["color"]["scale"]["domain"]
        assert networks == ["ensemble", "Original CNN"]


def test_part_of_the_curve_is_chosen(published: list[dict[str, Any]]) -> None:
    page = open_place(*published)

    def right_end() -> float:
        return float(charts(page)[0]["layer"][1]["encoding"]["x"]["scale"]["domain"][1])

    assert right_end() == 0.3
    page.radio(key="model_roc_part_control").set_value("whole").run()
    assert right_end() == 1


def test_every_chart_has_words_and_a_download(published: list[dict[str, Any]]) -> None:
    page = open_place(*published)
    drawn: list[Any] = list(page.get("vega_lite_chart"))
    alts = [element.proto.alt for element in drawn]
    assert all(alts)
    titles = [title.value for title in page.subheader]
    assert all(alt in titles for alt in alts)
    labels = downloads(page)
    assert labels.count(texts.DATA) == 1 + len(alts)
    assert texts.CARD in labels


def test_downloaded_rows_have_one_width() -> None:
    from pneumonia.ui.shown_chart import rows_as_csv

    rows: list[dict[str, Any]] = [{"a": 1, "b": None}, {"a": 2, "c": 3}]
    assert list(csv.DictReader(io.StringIO(rows_as_csv(rows).decode()))) == [
        {"a": "1", "b": "", "c": ""},
        {"a": "2", "b": "", "c": "3"},
    ]
