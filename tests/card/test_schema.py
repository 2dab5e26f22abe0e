"""A card with another version, key or type is refused by name."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from fixtures_cards import describe_trained
from fixtures_models import describe, tiny_network

from pneumonia.card.schema import SCHEMA_VERSION, check_card
from pneumonia.errors import WeightsError
from pneumonia.model.weights import available_weights

WEIGHTS = Path(__file__).parents[2] / "weights"


@pytest.fixture
def least() -> dict[str, Any]:
    card = describe(tiny_network(), sha256="0" * 64)
    return {"schema_version": SCHEMA_VERSION, **card}


def test_least_card_is_accepted_unchanged(least: dict[str, Any]) -> None:
    assert check_card(least) is least


@pytest.mark.parametrize("name", available_weights(WEIGHTS))
def test_shipped_cards_follow_the_schema(name: str) -> None:
    card = json.loads((WEIGHTS / f"{name}.json").read_text())
    assert check_card(card)["name"] == name


@pytest.mark.parametrize("version", [None, 0, SCHEMA_VERSION + 1, "1"])
def test_another_schema_version_is_refused(
    least: dict[str, Any], version: object
) -> None:
    with pytest.raises(WeightsError, match=r"schema version 2\. Received: "):
        check_card({**least, "schema_version": version})


def test_every_missing_key_is_named_in_the_order_of_the_schema() -> None:
    with pytest.raises(WeightsError, match="lacks name, sha256, architecture, input"):
        check_card({"schema_version": SCHEMA_VERSION})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"note": "free text"}, "has the unknown key note"),
        ({"temperature": "1"}, "has temperature of type str, not float"),
        ({"calibrated": 1}, "has calibrated of type int, not bool"),
        ({"on_lungs": 0}, "has on_lungs of type int, not bool"),
        ({"served": {"sha256": "0", "stride": 16.0}}, r"lacks served\.first"),
        ({"bias": True}, "has bias of type bool, not float"),
        (
            {"input_shape": [32, 32.5, 1]},
            r"has input_shape\[1\] of type float, not int",
        ),
        ({"input_shape": "32"}, "has input_shape of type str, not a list"),
        ({"operating_points": []}, "has operating_points of type list, not an object"),
        (
            {"operating_points": {"balanced": {"threshold": 0.5}}},
            r"lacks operating_points\.balanced\.rule",
        ),
        (
            {"score_distribution": {"edges": [], "normal": [], "pneumonia": []}},
            r"lacks score_distribution\.measured_on",
        ),
        ({"git_revision": 5}, "has git_revision of type int, not str"),
        ({"versions": {"keras": 3}}, r"has versions\.keras of type int, not str"),
    ],
)
def test_wrong_key_or_type_is_named_by_its_path(
    least: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(WeightsError, match=message):
        check_card({**least, **changes})


POINTS = {
    "balanced": {"threshold": 0.5, "rule": "a half"},
    "screening": {"threshold": 0.25, "rule": "a quarter"},
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperature": 0.0}, r"temperature 0\.0, outside \(0, inf\)"),
        ({"temperature": -5}, "temperature -5, outside"),
        ({"temperature": math.nan}, "temperature nan, outside"),
        ({"bias": math.inf}, r"bias inf, outside \(-inf, inf\)"),
        ({"bias": math.nan}, "bias nan, outside"),
        ({"prevalence": 0}, r"prevalence 0, outside \(0, 1\)"),
        ({"prevalence": 1.0}, "prevalence 1.0, outside"),
        ({"input_shape": [32, 0, 1]}, r"input_shape\[1\] 0, outside \[1, 4096\]"),
        ({"input_shape": [32, 32]}, "input_shape with 2 numbers, not 3"),
        ({"parameters": -1}, r"parameters -1, outside \[0, inf\)"),
        (
            {"served": {"sha256": "0", "stride": 0.0, "first": 7.0}},
            r"served\.stride 0\.0, outside",
        ),
        (
            {"served": {"sha256": "0", "stride": 16.0, "first": math.nan}},
            r"served\.first nan, outside",
        ),
    ],
)
def test_number_out_of_its_range_is_named(
    least: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(WeightsError, match=rf"that has {message}"):
        check_card({**least, **changes})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("threshold", -5, r"outside \[0, 1\)"),
        ("threshold", 1.0, "outside"),
        ("threshold", math.nan, "outside"),
        ("threshold", "a half", "of type str, not float"),
        ("sensitivity", 1.01, r"outside \[0, 1\]"),
        ("specificity", -0.01, "outside"),
        ("sensitivity_ci", [0.5], "with 1 numbers, not 2"),
        ("sensitivity_ci", [0.9, 0.8], "with numbers that do not rise"),
        ("sensitivity_ci", [0.9, 1.1], r"outside \[0, 1\]"),
        ("ppv_ci", [None, math.nan], "outside"),
    ],
)
def test_number_of_an_operating_point_out_of_its_range_is_named(
    least: dict[str, Any], name: str, value: object, message: str
) -> None:
    points = {**POINTS, "screening": {**POINTS["screening"], name: value}}
    path = rf"operating_points\.screening\.{name}"
    with pytest.raises(WeightsError, match=rf"that has {path}.*{message}"):
        check_card({**least, "operating_points": points})


def test_threshold_that_flags_all_and_undefined_figures_are_accepted(
    least: dict[str, Any],
) -> None:
    screening = {"threshold": 0, "rule": "all", "sensitivity": None}
    screening["sensitivity_ci"] = [None, None]
    check_card({**least, "operating_points": {**POINTS, "screening": screening}})


def test_quartiles_rise(least: dict[str, Any]) -> None:
    adults = {"n": 4, "patients": 4, "flagged": 0.5, "flagged_ci": [0.1, 0.9]}
    for quartiles in ([0.2, 0.1, 0.3], [0.1, 0.2]):
        found = {"adults": {**adults, "quartiles": quartiles}}
        with pytest.raises(WeightsError, match=r"adults\.quartiles with"):
            check_card({**least, "external_sets": found})


def test_screening_threshold_above_the_balanced_one_is_refused(
    least: dict[str, Any],
) -> None:
    points = {**POINTS, "balanced": {"threshold": 0.2, "rule": "too low"}}
    with pytest.raises(WeightsError, match="screening threshold above the balanced"):
        check_card({**least, "operating_points": points})


def test_whole_number_is_a_float(least: dict[str, Any]) -> None:
    check_card({**least, "temperature": 1, "bias": 0})


def test_recipe_of_any_settings_is_accepted(least: dict[str, Any]) -> None:
    training = describe_trained()["training"]
    training["recipe"] = {"any": [[0.5, 128]], "nested": {"a": None}}
    check_card({**least, "training": training})


@pytest.mark.parametrize(
    "zone", [[0.6, 0.7], [0.7, 0.4], [-0.1, 0.7], [0.4, 1.2], [0.4]]
)
def test_zone_that_does_not_lie_around_the_threshold_is_refused(
    least: dict[str, Any], zone: list[float]
) -> None:
    least["operating_points"]["balanced"]["unsure"] = [0.4, 0.7]
    assert check_card(least) is least
    least["operating_points"]["balanced"]["unsure"] = zone
    with pytest.raises(WeightsError, match=r"operating_points\.balanced\.unsure"):
        check_card(least)
