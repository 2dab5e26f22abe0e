"""The place Help explains every number, key and limit, with the card's own figures."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pneumonia.ui import explanation_texts, help_page
from pneumonia.ui import help_texts as texts
from pneumonia.ui.viewer.texts import VIEWER

POINT = {"threshold": 0.8, "sensitivity": 0.9, "specificity": 0.97}
CARD = {
    "name": "tiny",
    "sha256": "ab" * 32,
    "operating_points": {"balanced": POINT},
}


def script(card: "dict[str, Any] | None", prevalence: float) -> None:
    from pneumonia.ui import help_page

    help_page.show(card, prevalence=prevalence)  # type: ignore[arg-type]


def open_place(card: dict[str, Any] | None, prevalence: float = 0.2) -> AppTest:
    page = AppTest.from_function(
        script, default_timeout=120, kwargs={"card": card, "prevalence": prevalence}
    )
    page.run()
    assert not page.exception
    return page


def drawings(page: AppTest) -> list[Any]:
    return list(page.get("vega_lite_chart"))


def test_drawing_counts_100_children_at_the_prevalence() -> None:
    (drawing,) = drawings(open_place(CARD))
    told = drawing.proto.alt
    assert "Pneumonia, flagged: 18;" in told
    assert "Pneumonia, not flagged, missed: 2;" in told
    assert "No pneumonia, flagged, false alarms: 2;" in told
    assert "No pneumonia, not flagged: 78." in told


def test_drawing_moves_with_the_prevalence() -> None:
    (drawing,) = drawings(open_place(CARD, 0.5))
    assert "Pneumonia, flagged: 45;" in drawing.proto.alt


@pytest.mark.parametrize(
    "card", [None, {**CARD, "operating_points": {"balanced": {"threshold": 0.8}}}]
)
def test_without_figures_there_is_no_drawing(card: dict[str, Any] | None) -> None:
    page = open_place(card)
    assert not drawings(page)
    assert [element.value for element in page.subheader] == [
        texts.NUMBERS,
        explanation_texts.MAP,
        texts.LIMITS,
        texts.KEYS,
        texts.PRIVACY,
        texts.CITE,
    ]


def test_heatmap_is_drawn_and_told_with_what_it_is_not() -> None:
    page = open_place(None)
    (drawing,) = page.get("html")
    assert f'alt="{explanation_texts.MAP_DRAWN}"' in drawing.proto.body
    assert explanation_texts.MAP_DRAWN in [element.value for element in page.caption]
    assert explanation_texts.MAP_IS in [element.value for element in page.markdown]


def test_every_key_of_the_viewer_is_explained() -> None:
    table = help_page.keys()
    explained = [name for name in VIEWER if name.endswith("_does")]
    assert explained
    assert table[texts.DOES] == [VIEWER[name] for name in explained]
    assert len(table[texts.KEY]) == len(explained)


def test_citation_names_the_weights_once_they_are_loaded() -> None:
    assert "Weights tiny" in open_place(CARD).code[0].value
    assert "Weights" not in open_place(None).code[0].value
