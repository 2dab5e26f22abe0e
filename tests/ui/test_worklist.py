"""The list tells and filters what is unsure."""

from typing import Any

from fixtures_exports import CARD, UNSURE_CARD, make_decision

from pneumonia.ui import texts
from pneumonia.ui.uploads import Case
from pneumonia.ui.worklist import Row, filtered


def row(score: float, card: dict[str, Any] = UNSURE_CARD) -> Row:
    case = Case(str(score), f"{score}.png", lambda: b"")
    decision = make_decision(score, card=card)
    return Row(case, decision.assessment, lambda _: decision)


def test_line_tells_flag_unsure_and_number() -> None:
    assert row(0.83).line == "● flagged ◐ unsure · 0.83"
    assert row(0.5).line == "○ not flagged ◐ unsure · 0.50"
    assert row(0.95).line == "● flagged · 0.95"
    assert row(0.83, CARD).line == "● flagged · 0.83"


def test_filter_keeps_what_is_unsure_whatever_its_flag() -> None:
    rows = [row(0.95), row(0.83), row(0.5), row(0.1)]
    rows.append(Row(Case("w", "w.png", lambda: b"")))
    assert filtered(rows, "unsure") == rows[1:3]
    assert set(texts.FILTERS) >= {"unsure"}
    assert filtered(rows, "flagged") == rows[:2]
