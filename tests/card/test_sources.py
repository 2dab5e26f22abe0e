"""Every collection that a card names is told in plain words."""

import json
from pathlib import Path

import pytest

from pneumonia.card.sources import (
    LABELS,
    SOURCES,
    describe_sources,
    name_group,
    name_label,
    name_origin,
    name_source,
)

CARD = Path(__file__).parents[2] / "weights" / "ensemble.json"


@pytest.mark.skipif(not CARD.is_file(), reason="no weights are in weights/")
def test_all_that_the_shipped_card_names_is_known() -> None:
    found = json.loads(CARD.read_text())["other_hospitals"]
    assert {row["source"] for row in found["groups"]} <= SOURCES.keys()
    assert {row["label"] for row in found["groups"]} <= LABELS.keys()
    assert not [
        row["labelled_by"]
        for row in found["groups"]
        if name_origin(row["labelled_by"]) == row["labelled_by"]
    ]


def test_the_short_name_stands_in_brackets() -> None:
    assert name_source("actualmed") == "Spanish hospital (actualmed)"
    assert name_group("actualmed covid") == "COVID-19: Spanish hospital (actualmed)"


def test_an_unknown_name_stands_as_it_is() -> None:
    assert name_source("elsewhere") == "elsewhere"
    assert name_label("unheard") == "unheard"
    assert name_origin("nobody") == "nobody"
    assert describe_sources(["elsewhere"]) == []


def test_a_description_says_whose_radiographs_they_are() -> None:
    described = dict(describe_sources(["rsna", "nih", "cohen", "cxnet", "actualmed"]))
    assert len(described) == 5
    assert all(
        "adults" in what.lower() or "ages not stated" in what
        for what in described.values()
    )
