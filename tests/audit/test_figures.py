"""What an administrator sees of the record."""

from typing import Any

import numpy as np
import pytest
from fixtures_audit import make_entry
from fixtures_exports import INPUT_SHA256, WEIGHTS_SHA256, make_decision

from pneumonia.audit.entry import entry_of
from pneumonia.audit.figures import (
    GROUP,
    Group,
    control_charts,
    count_agreement,
    count_refusals,
    last_of_each,
)
from pneumonia.export.impression import Reading
from pneumonia.model.input_statistics import InputStatistics
from pneumonia.reasons.codes import Notice

EDGES = np.linspace(-8, 8, 33)
CARD: dict[str, Any] = {
    "sha256": "ab" * 32,
    "score_distribution": {
        "edges": EDGES.tolist(),
        "normal": [int(it < 15) * 10 for it in range(32)],
        "pneumonia": [int(it > 18) * 30 for it in range(32)],
    },
    "inputs": {
        "measured_on": "validation",
        "n": 500,
        "refused": 3,
        "by_statistic": {
            name: {
                "normal": {"mean": mean, "sd": sd},
                "pneumonia": {"mean": mean + sd, "sd": 2 * sd},
            }
            for name, mean, sd in (
                ("size", 1400.0, 300.0),
                ("grey", 137.0, 13.0),
                ("contrast", 45.0, 6.0),
                ("lungs", 0.3, 0.04),
                ("certainty", 0.95, 0.005),
            )
        },
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
        statistics=InputStatistics(1500.0, 137.0, 45.0, 0.3, 0.96),
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
        "input_size": 1500.0,
        "input_grey": 137.0,
        "input_contrast": 45.0,
        "input_lungs": 0.3,
        "input_certainty": 0.96,
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


def chart(found: list[Any], name: str = "score") -> list[Group]:
    return control_charts(found, CARD)[name]


def outside(groups: list[Group]) -> int:
    return sum(it.drifted for it in groups)


def test_scores_as_in_validation_do_not_drift() -> None:
    for share in (0.1, 0.5, 0.9):
        found = chart(drawn(40 * GROUP, share=share, told=share))
        assert len(found) == 40
        assert outside(found) <= 1


def test_other_scores_and_another_prevalence_drift() -> None:
    for changed in (
        drawn(40 * GROUP, share=0.1, told=0.1, shift=3),
        drawn(40 * GROUP, share=0.5, told=0.1),
    ):
        assert outside(chart(changed)) > 20


def described(count: int, *, share: float, told: float, **changed: float) -> list[Any]:
    """Draw radiographs as validation has them, apart from some that are changed."""
    random = np.random.default_rng(1)
    found = []
    for _ in range(count):
        label = "pneumonia" if random.random() < share else "normal"
        values: dict[str, Any] = {"prevalence": told}
        for name, of in CARD["inputs"]["by_statistic"].items():
            number = random.normal(of[label]["mean"], of[label]["sd"])
            values[f"input_{name}"] = number + changed.get(name, 0.0)
        found.append(values)
    return rows(*found)


def test_radiographs_as_in_validation_do_not_drift() -> None:
    charts = control_charts(described(40 * GROUP, share=0.3, told=0.3), CARD)
    assert set(charts) == {"score", "refused", *InputStatistics._fields}
    for name in InputStatistics._fields:
        assert len(charts[name]) == 40
        assert outside(charts[name]) <= 1, name


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("size", 900.0),
        ("grey", -25.0),
        ("contrast", 12.0),
        ("lungs", 0.1),
        ("certainty", -0.05),
    ],
)
def test_other_radiographs_drift_in_what_is_other_alone(name: str, by: float) -> None:
    found = described(40 * GROUP, share=0.3, told=0.3, **{name: by})
    charts = control_charts(found, CARD)
    drifting = {it for it in InputStatistics._fields if outside(charts[it]) > 5}
    assert drifting == {name}
    assert outside(charts[name]) > 35


def test_more_refusals_than_in_validation_drift() -> None:
    def refused(every: int) -> list[Any]:
        numbers = range(40 * GROUP)
        code = {"refusal": "rotated", "score": None}
        return rows(*(code if it % every == 0 else {} for it in numbers))

    assert outside(chart(refused(150), "refused")) == 0
    assert outside(chart(refused(8), "refused")) == 40
    assert chart(refused(5), "refused")[0].mean == 0.2


def test_results_of_other_weights_are_left_out() -> None:
    found = drawn(2 * GROUP, share=0.1, told=0.1)
    for it in found[:GROUP]:
        it["weights_sha256"] = "cd" * 32
    assert len(chart(found)) == 1
    assert len(chart(found, "refused")) == 1


def test_a_card_without_validation_has_no_charts() -> None:
    found = drawn(2 * GROUP, share=0.1, told=0.1)
    assert control_charts(found, {"sha256": "ab" * 32}) == {}


def test_a_group_is_drawn_once_it_is_whole() -> None:
    found = described(GROUP - 1, share=0.1, told=0.1)
    assert not any(control_charts(found, CARD).values())
