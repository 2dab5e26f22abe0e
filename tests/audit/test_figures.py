"""What an administrator sees of the record."""

from typing import Any

import numpy as np
from fixtures_audit import make_entry
from fixtures_exports import INPUT_SHA256, WEIGHTS_SHA256, make_decision

from pneumonia.audit.entry import entry_of
from pneumonia.audit.figures import (
    GROUP,
    control_chart,
    count_agreement,
    count_refusals,
    last_of_each,
)
from pneumonia.export.impression import Reading
from pneumonia.reasons.codes import Notice

EDGES = np.linspace(-8, 8, 33)
CARD: dict[str, Any] = {
    "sha256": "ab" * 32,
    "score_distribution": {
        "edges": EDGES.tolist(),
        "normal": [int(it < 15) * 10 for it in range(32)],
        "pneumonia": [int(it > 18) * 30 for it in range(32)],
    },
}


def rows(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for number, values in enumerate(changes):
        entry = vars(make_entry(number)) | {"sequence": number} | values
        found.append(entry)
    return found


def drawn(count: int, *, share: float, told: float, shift: float = 0) -> list[Any]:
    """Draw scores as validation has them, of which some share is pneumonia."""
    random = np.random.default_rng(0)
    middles = (EDGES[:-1] + EDGES[1:]) / 2
    counts = CARD["score_distribution"]
    found = []
    for _ in range(count):
        which = "pneumonia" if random.random() < share else "normal"
        chances = np.array(counts[which]) / sum(counts[which])
        odds = random.choice(middles, p=chances) + shift
        found.append({"score": 1 / (1 + np.exp(-odds)), "prevalence": told})
    return rows(*found)


def test_an_entry_tells_what_was_shown_and_nothing_of_a_patient() -> None:
    decision = make_decision(
        0.83,
        prevalence=0.2,
        warnings=(Notice("unknown_age"), Notice("unknown_age")),
    )
    reading = Reading("normal", 9.0, changed_after_reveal=("unsure", "pneumonia"))
    entry = entry_of(decision, reading, session="s", user=None)
    assert vars(entry) | {"id": "", "time": ""} == {
        "kind": "result",
        "session": "s",
        "user": None,
        "input_sha256": INPUT_SHA256,
        "weights": "resnet",
        "weights_sha256": WEIGHTS_SHA256,
        "status": "assessed",
        "score": 0.83,
        "flagged": True,
        "operating_point": "balanced",
        "prevalence": 0.2,
        "impression": "normal",
        "changed_to": "pneumonia",
        "warnings": "unknown_age",
        "refusal": None,
        "number": None,
        "digest": None,
        "id": "",
        "time": "",
    }


def test_the_last_entry_of_a_file_counts() -> None:
    file = {"input_sha256": "aa"}
    found = last_of_each(
        rows(file, {}, file | {"impression": "normal"}, file | {"session": "s2"})
    )
    assert [it["sequence"] for it in found] == [1, 2, 3]


def test_agreement_counts_impressions_by_flag() -> None:
    found = count_agreement(
        rows(
            {"impression": "normal"},
            {"impression": "normal"},
            {"impression": "pneumonia", "flagged": True},
            {"impression": "pneumonia", "flagged": None},
            {},
        )
    )
    assert found == {("normal", False): 2, ("pneumonia", True): 1}


def test_refusals_are_counted_by_code() -> None:
    codes = [{"refusal": it} for it in ("rotated", "lateral_view", "rotated")]
    assert count_refusals(rows(*codes, {})) == [("rotated", 2), ("lateral_view", 1)]


def test_scores_as_in_validation_do_not_drift() -> None:
    for share in (0.1, 0.5, 0.9):
        chart = control_chart(drawn(40 * GROUP, share=share, told=share), CARD)
        assert len(chart) == 40
        assert sum(it.drifted for it in chart) <= 1


def test_other_scores_and_another_prevalence_drift() -> None:
    for changed in (
        drawn(40 * GROUP, share=0.1, told=0.1, shift=3),
        drawn(40 * GROUP, share=0.5, told=0.1),
    ):
        assert sum(it.drifted for it in control_chart(changed, CARD)) > 20


def test_scores_of_other_weights_are_left_out() -> None:
    found = drawn(2 * GROUP, share=0.1, told=0.1)
    for it in found[:GROUP]:
        it["weights_sha256"] = "cd" * 32
    assert len(control_chart(found, CARD)) == 1
    assert control_chart(found, {"sha256": "ab" * 32}) == []


def test_a_group_is_drawn_once_it_is_whole() -> None:
    assert control_chart(drawn(GROUP - 1, share=0.1, told=0.1), CARD) == []
