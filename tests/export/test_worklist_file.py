"""The worklist's table keeps its rows; the saved worklist joins its files again."""

import json
from typing import Any

import pytest
from fixtures_exports import make_decision

from pneumonia.errors import RecordsError
from pneumonia.export.impression import Reading, Region
from pneumonia.export.records import to_csv
from pneumonia.export.worklist_file import (
    SavedCase,
    WorklistCase,
    load_worklist,
    save_worklist,
    worklist_records,
)

FULL = Reading(
    "normal", 3.5, Region(1, 2, 3, 4), ("unsure",), Region(5, 6, 7, 8.5), confidence=2
)
CASES = [
    WorklistCase(1, "Jane Doe.png"),
    WorklistCase(
        2, "b.png", "ab" * 32, make_decision(0.83, prevalence=0.15), FULL, done=True
    ),
    WorklistCase(3, "c.png", "cd" * 32, locked=True),
    WorklistCase(4, "d.png", "ef" * 32, make_decision(0.1), seen=True),
]


# The table


def test_every_row_of_the_list_is_a_row_of_the_table() -> None:
    rows = worklist_records(CASES)
    assert [row["row"] for row in rows] == [1, 2, 3, 4]
    assert [row["status"] for row in rows] == [
        "waiting",
        "assessed",
        "withheld",
        "assessed",
    ]
    assert [row["done"] for row in rows] == [False, True, False, False]


def test_rows_stand_at_the_chosen_prevalence_and_point() -> None:
    row = worklist_records(CASES)[1]
    assert row["prevalence"] == 0.15
    assert row["operating_point"] == "balanced"
    assert row["impression"] == "normal"
    assert row["confidence"] == 2


def test_a_withheld_case_gives_nothing_away() -> None:
    row = worklist_records(CASES)[2]
    told = {key for key, value in row.items() if value is not None}
    assert told == {"row", "done", "status", "input_sha256", "disclaimer"}


def test_all_rows_have_the_same_columns() -> None:
    rows = worklist_records(CASES, names=True)
    assert all(set(row) == set(rows[0]) for row in rows)
    assert to_csv(rows).splitlines()[0].startswith("row,file,done,status,reason")


def test_files_are_named_only_when_asked() -> None:
    assert "Jane" not in json.dumps(worklist_records(CASES))
    named = worklist_records(CASES, names=True)
    assert [row["file"] for row in named] == [case.name for case in CASES]


def test_a_list_without_any_answer_has_rows() -> None:
    rows = worklist_records(CASES[:1])
    assert rows[0]["status"] == "waiting"
    assert to_csv(rows).count("\n") == 2


# The saved worklist


def test_what_was_recorded_survives() -> None:
    assert load_worklist(save_worklist(CASES).encode()) == {
        "ab" * 32: SavedCase(done=True, seen=False, reading=FULL),
        "cd" * 32: SavedCase(done=False, seen=False, reading=None),
        "ef" * 32: SavedCase(done=False, seen=True, reading=None),
    }


def test_saved_worklist_holds_no_names_and_no_results() -> None:
    text = save_worklist(CASES)
    assert "png" not in text
    assert not {"probability", "score", "flagged"} & set(json.loads(text)["cases"][0])


def test_saved_worklist_names_files_when_asked() -> None:
    text = save_worklist(CASES, names=True)
    assert [case["file"] for case in json.loads(text)["cases"]] == [
        "b.png",
        "c.png",
        "d.png",
    ]


@pytest.mark.parametrize(
    "data", [b"", b"\0\1", b"[]", b'{"format": "other"}', b"[" * 100_000]
)
def test_another_file_is_told(data: bytes) -> None:
    with pytest.raises(RecordsError, match="Received: another file"):
        load_worklist(data)


def test_another_version_is_told() -> None:
    whole = json.loads(save_worklist(CASES)) | {"version": 2}
    with pytest.raises(RecordsError, match="version 1"):
        load_worklist(json.dumps(whole).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"input_sha256": "Jane Doe"},
        {"input_sha256": 7},
        {"reading": {"impression": "normal"}},
        {"reading": "normal"},
        {"reading": {**json.loads('{"impression": "effusion", "seconds": 1}')}},
    ],
)
def test_a_broken_case_is_told_by_its_place_alone(change: dict[str, Any]) -> None:
    whole = json.loads(save_worklist(CASES))
    whole["cases"][1].update(change)
    with pytest.raises(RecordsError, match="case 2, which has not") as caught:
        load_worklist(json.dumps(whole).encode())
    assert "Jane" not in str(caught.value)


def test_state_is_the_decisions_or_why_there_is_none() -> None:
    assert [case.state for case in CASES] == [
        "reading",
        "flagged",
        "locked",
        "not_flagged",
    ]


def test_a_locked_case_must_not_hold_its_answer() -> None:
    with pytest.raises(ValueError, match="Received: one in row 7"):
        WorklistCase(7, "a.png", "ab" * 32, make_decision(0.9), locked=True)
