"""Numbers are rounded in one place, and never to certainty."""

import pytest
from fixtures_exports import make_decision

from pneumonia.export.rounding import write_number, write_percent, write_threshold


@pytest.mark.parametrize(
    ("score", "number", "threshold"),
    [
        (0.0001, "< 0.01", "0.61"),
        (0.9999, "> 0.99", "0.61"),
        (0.005, "0.01", "0.61"),
        (0.6121, "0.6121", "0.6125"),
        (0.6149, "0.6149", "0.6125"),
        (0.6151, "0.62", "0.61"),
        (0.6125, "0.612500", "0.612500"),
    ],
)
def test_number_is_rounded_neither_to_certainty_nor_to_its_threshold(
    score: float, number: str, threshold: str
) -> None:
    decision = make_decision(score)
    assert write_number(decision) == number
    assert write_threshold(decision) == threshold


def test_number_and_threshold_are_told_apart_where_the_prevalence_is_low() -> None:
    decision = make_decision(0.7, prevalence=0.01)
    assert write_number(decision) == "0.0082"
    assert write_threshold(decision) == "0.0056"


def test_refused_radiograph_has_no_number() -> None:
    assert write_number(make_decision(None, status="refused")) is None


@pytest.mark.parametrize(
    ("share", "text"), [(0.15, "15 %"), (0.7428, "74.3 %"), (0.001, "0.1 %")]
)
def test_prevalence_is_written_in_percent(share: float, text: str) -> None:
    assert write_percent(share) == text
