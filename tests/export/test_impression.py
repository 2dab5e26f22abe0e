"""The reader's impression stands beside the model's flag."""

from typing import Any

import pytest
from fixtures_exports import make_decision

from pneumonia.export.impression import Reading, Region
from pneumonia.model.decision import Decision


def said(flagged: bool | None) -> Decision:
    """Decide on a radiograph that is flagged, not flagged, or unreadable."""
    if flagged is None:
        return make_decision(None, status="unreadable")
    return make_decision(0.9 if flagged else 0.1)


@pytest.mark.parametrize(
    ("impression", "flagged", "expected"),
    [
        ("pneumonia", True, "agree"),
        ("pneumonia", False, "disagree"),
        ("normal", False, "agree"),
        ("normal", True, "disagree"),
        ("unsure", True, "undecided"),
        ("unsure", False, "undecided"),
        ("pneumonia", None, "undecided"),
        ("normal", None, "undecided"),
    ],
)
def test_agreement_of_impression_and_flag(
    impression: Any, flagged: bool | None, expected: str
) -> None:
    assert Reading(impression, 4.2).agreement(said(flagged)) == expected


def test_agreement_ignores_a_change_after_the_reveal() -> None:
    reading = Reading("normal", 4.2, changed_after_reveal=("pneumonia",))
    assert reading.agreement(said(True)) == "disagree"


def test_impression_must_be_one_of_three() -> None:
    wrong: Any = "effusion"
    with pytest.raises(ValueError, match="Received: 'effusion'"):
        Reading(wrong, 1)


def test_changed_impression_must_be_one_of_three() -> None:
    wrong: Any = ("normal", "maybe")
    with pytest.raises(ValueError, match="Received: 'maybe'"):
        Reading("normal", 1, changed_after_reveal=wrong)


@pytest.mark.parametrize("seconds", [-0.1, float("nan")])
def test_time_must_not_be_negative(seconds: float) -> None:
    with pytest.raises(ValueError, match="0 seconds or more"):
        Reading("normal", seconds)


@pytest.mark.parametrize("region", [Region(5, 5, 5, 9), Region(5, 9, 8, 5)])
def test_region_must_have_an_area(region: Region) -> None:
    with pytest.raises(ValueError, match="has an area"):
        Reading("normal", 1, region=region)
    with pytest.raises(ValueError, match="has an area"):
        Reading("normal", 1, region_after_reveal=region)


@pytest.mark.parametrize("confidence", [0, 6, 2.5])
def test_confidence_must_be_on_the_scale(confidence: Any) -> None:
    with pytest.raises(ValueError, match="one of 1, 2, 3, 4, 5"):
        Reading("normal", 1, confidence=confidence)


@pytest.mark.parametrize(
    ("impression", "confidence", "rating"),
    [
        ("pneumonia", 5, 5),
        ("pneumonia", 1, 1),
        ("unsure", None, 0),
        ("unsure", 4, 0),
        ("normal", 1, -1),
        ("normal", 5, -5),
        ("normal", None, None),
    ],
)
def test_impression_and_confidence_make_one_scale(
    impression: Any, confidence: int | None, rating: int | None
) -> None:
    assert Reading(impression, 1, confidence=confidence).rating == rating


def test_last_impression_is_the_one_that_stands() -> None:
    assert Reading("normal", 1).last_impression == "normal"
    changed = Reading("normal", 1, changed_after_reveal=("unsure", "pneumonia"))
    assert changed.last_impression == "pneumonia"
