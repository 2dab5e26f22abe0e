"""Limitations are sentences with the numbers of the card."""

import copy
from typing import cast

import pytest
from fixtures_cards import measure_tiny

from pneumonia.card.limitations import limitations
from pneumonia.card.schema import Card


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Card:
    return measure_tiny(tmp_path_factory.mktemp("measured"))


@pytest.fixture
def card(measured: Card) -> Card:
    return copy.deepcopy(measured)


def test_adults_come_first_with_the_share_that_is_flagged(card: Card) -> None:
    assert limitations(card)[0] == (
        "It is not for adults: it flags 75 % (60 % to 90 %) of 40 unlabelled "
        "radiographs of adults of another hospital."
    )


def test_official_val_counts_flags_and_misses(card: Card) -> None:
    (sentence,) = [s for s in limitations(card) if "official `val`" in s]
    assert "flags 4 of 8 normals and misses 0 of 8 pneumonias" in sentence


def test_hidden_lungs_above_chance_are_stated(card: Card) -> None:
    hidden = card["regions"]["occlusions"]["lungs_box"]
    hidden["auroc"], hidden["auroc_ci"] = 0.65, [0.595, 0.703]
    (sentence,) = [s for s in limitations(card) if "box of the lungs" in s]
    assert sentence == (
        "With the box of the lungs made grey AUROC is 0.650 (0.595 to 0.703; chance "
        "0.5), so the network also uses what lies outside the lungs."
    )


def test_hidden_lungs_within_chance_are_not_a_limitation(card: Card) -> None:
    card["regions"]["occlusions"]["lungs_box"]["auroc_ci"] = [0.45, 0.7]
    assert "box of the lungs" not in " ".join(limitations(card))


def test_perturbation_that_costs_most_specificity_is_named(card: Card) -> None:
    rows = card["corruptions"]["by_perturbation"]
    rows["unchanged"]["specificity"] = 0.97
    rows["blur"]["specificity"] = -1.0
    rows["noise"]["normal_change"] = 2.0
    text = " ".join(limitations(card))
    assert "“blur” costs most specificity: from 0.970 to -1.000." in text
    assert "score change of normals is 2.000, under “noise”" in text


def test_screening_that_reaches_its_sensitivity_is_no_limitation(card: Card) -> None:
    card["operating_points"]["screening"]["sensitivity"] = 0.98
    assert "screening threshold" not in " ".join(limitations(card))
    card["operating_points"]["screening"]["sensitivity"] = 0.97
    assert "screening threshold" in " ".join(limitations(card))


def test_card_without_measured_sections_has_no_limitations(card: Card) -> None:
    point = {"threshold": 0.5, "rule": "a half"}
    least = {"operating_points": {"balanced": point, "screening": point}}
    assert limitations(cast("Card", least)) == []
