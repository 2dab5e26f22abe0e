"""Records of assessments survive JSON, CSV and spreadsheets."""

import csv
import io
import json
from typing import Any

import pytest
from fixtures_exports import UNSURE_CARD, WEIGHTS_SHA256, make_decision

from pneumonia import __version__
from pneumonia.export.impression import Reading, Region
from pneumonia.export.records import (
    DISCLAIMER,
    record,
    record_with_reading,
    to_csv,
    to_json,
)
from pneumonia.model.decision import Decision
from pneumonia.reasons.codes import Notice, Refusal
from pneumonia.reasons.sentences import sentence

WARNINGS = (Notice("secondary_capture"), Notice("text_in_picture"))
TOO_SMALL = Refusal("too_small", "small_dicom", {"columns": 9, "rows": 9})

SCORE = 0.1 + 0.2  # Has seventeen digits.


CARD = {
    "name": "seed_cnn",
    "sha256": WEIGHTS_SHA256,
    "operating_points": {"balanced": {"threshold": 1 / 7}},
}


def decision(score: float | None = SCORE, **changes: Any) -> Decision:
    values: dict[str, Any] = {"calibrated": False, "weights": "seed_cnn"}
    return make_decision(score, card=CARD, **(values | changes))


def make_record(file: str | None = None, **changes: Any) -> dict[str, Any]:
    return record(decision(**changes), file=file)


def make_refusal(**changes: Any) -> dict[str, Any]:
    refused: dict[str, Any] = {"status": "refused", "refusal": TOO_SMALL, "score": None}
    return make_record(**(refused | changes))


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


# Records


def test_record_names_no_file_by_default() -> None:
    assert "file" not in make_record()


def test_record_names_the_file_first_when_asked() -> None:
    first, *_ = make_record(file="ward/7.png").items()
    assert first == ("file", "ward/7.png")


def test_record_carries_the_disclaimer() -> None:
    assert make_record()["disclaimer"] == DISCLAIMER
    assert "not a medical device" in DISCLAIMER


def test_refusal_has_no_probability() -> None:
    row = make_refusal()
    assert row["probability"] is row["flagged"] is None
    assert row["reason"] == "too_small"


# JSON


def test_json_round_trip_rounds_and_loses_nothing() -> None:
    records = [make_record(file="a.png", warnings=WARNINGS), make_refusal()]
    assert json.loads(to_json(records)) == records


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(to_json([])) == []


@pytest.mark.parametrize("name", ["Kind Größe.png", "胸.png", 'a"b\\c\n.png', "=1+1"])
def test_json_keeps_any_file_name(name: str) -> None:
    assert json.loads(to_json([make_record(file=name)]))[0]["file"] == name


def test_json_is_readable_beyond_ascii() -> None:
    assert "Größe.png" in to_json([make_record(file="Größe.png")])


def test_json_keeps_a_file_name_that_is_not_utf_8() -> None:
    name = b"Gr\xf6\xdfe.png".decode("utf-8", "surrogateescape")
    text = to_json([make_record(file=name)]).encode().decode()
    assert json.loads(text)[0]["file"] == name


# CSV


def test_csv_has_a_header_and_a_row_a_record() -> None:
    rows = read_csv(to_csv([make_record(file="a.png"), make_record(file="b.png")]))
    assert [row["file"] for row in rows] == ["a.png", "b.png"]
    assert list(rows[0]) == list(make_record(file="a.png"))


def test_csv_does_not_round() -> None:
    (row,) = read_csv(to_csv([make_record()]))
    assert float(row["probability"]) == SCORE
    assert float(row["threshold"]) == 1 / 7


def test_csv_leaves_unknown_cells_empty() -> None:
    assessed, refused = read_csv(to_csv([make_record(), make_refusal()]))
    assert (assessed["reason"], assessed["message"]) == ("", "")
    assert (refused["probability"], refused["flagged"]) == ("", "")


def test_csv_keeps_quotes_commas_and_line_breaks() -> None:
    name = 'the "64, 32".\r\nExport it\nagain.png'
    (row,) = read_csv(to_csv([make_refusal(file=name)]))
    assert row["file"] == name


def test_csv_joins_the_warnings() -> None:
    (row,) = read_csv(to_csv([make_record(warnings=WARNINGS)]))
    assert row["warnings"] == " ".join(sentence(warning) for warning in WARNINGS)
    assert row["warning_codes"] == "secondary_capture text_in_picture"


def test_csv_of_nothing_is_empty() -> None:
    assert to_csv([]) == ""


@pytest.mark.parametrize(
    "name", ["=1+1.png", "+1.png", "-1.png", "@sum.png", "\t=1.png", "\r=1.png"]
)
def test_csv_file_name_cannot_become_a_formula(name: str) -> None:
    (row,) = read_csv(to_csv([make_record(file=name)]))
    assert row["file"] == f"./{name}"


@pytest.mark.parametrize("name", ["a=1.png", "ward/=1.png", "/data/-1.png", "1-2.png"])
def test_csv_keeps_harmless_file_names(name: str) -> None:
    (row,) = read_csv(to_csv([make_record(file=name)]))
    assert row["file"] == name


def test_csv_escapes_a_file_name_that_is_not_utf_8() -> None:
    name = b"Gr\xf6\xdfe.png".decode("utf-8", "surrogateescape")
    (row,) = read_csv(to_csv([make_record(file=name)]).encode().decode())
    assert row["file"] == r"Gr\udcf6\udcdfe.png"


def test_table_does_not_change_the_records() -> None:
    records = [make_record(file="=1.png", warnings=WARNINGS)]
    to_csv(records)
    assert records == [make_record(file="=1.png", warnings=WARNINGS)]


# The reader's own impression


def test_record_with_reading_keeps_every_field_and_adds_the_version() -> None:
    plain, full = make_record(), record_with_reading(decision(), None)
    assert {name: full[name] for name in plain} == plain
    assert full["version"] == __version__
    assert list(full)[-1] == "disclaimer"


@pytest.mark.parametrize(
    ("score", "unsure", "reasons"),
    [(0.83, True, ["near_cut_off"]), (0.95, False, [])],
)
def test_record_says_whether_the_answer_is_unsure_and_why(
    score: float, unsure: bool, reasons: list[str]
) -> None:
    row = record(make_decision(score, card=UNSURE_CARD))
    assert (row["unsure"], row["unsure_reasons"]) == (unsure, reasons)
    assert row["flagged"] is True


def test_record_of_older_weights_does_not_say_what_is_unsure() -> None:
    row = make_record()
    assert (row["unsure"], row["unsure_reasons"]) == (None, [])
    assert read_csv(to_csv([row]))[0]["unsure"] == ""


def test_record_says_what_is_wrong_with_the_heatmap() -> None:
    assert make_record()["heatmap_codes"] == []
    assert make_record(evidence=None)["heatmap_codes"] == ["not_finite"]
    assert make_refusal()["heatmap_codes"] == []


def test_masked_region_is_told_at_the_prevalence_of_the_row() -> None:
    assert make_record()["masked_probability"] is None
    row = make_record(score=0.83, masked_score=0.83)
    assert row["masked_probability"] == row["probability"]
    assert row["heatmap_codes"] == ["no_effect"]
    row = make_record(score=0.83, masked_score=0.41)
    assert row["masked_probability"] < row["probability"]
    assert row["heatmap_codes"] == []


def test_record_without_a_reading_leaves_its_fields_empty() -> None:
    row = record_with_reading(decision(), None)
    assert row["impression"] is row["agreement"] is row["region"] is None
    assert row["changed_after_reveal"] == []


def test_record_with_reading_has_the_same_fields_with_and_without_one() -> None:
    reading = Reading("normal", 4.5)
    assert list(record_with_reading(decision(), reading)) == list(
        record_with_reading(decision(), None)
    )


def test_reading_survives_json() -> None:
    reading = Reading(
        "normal", 4.5, Region(1, 2, 3, 4.5), ("unsure", "pneumonia"), Region(5, 6, 7, 8)
    )
    row = record_with_reading(decision(), reading, file="a.png")
    (read,) = json.loads(to_json([row]))
    assert read == row
    assert read["impression"] == "normal"
    assert read["seconds_to_impression"] == 4.5
    assert read["agreement"] == "disagree"
    assert read["changed_after_reveal"] == ["unsure", "pneumonia"]
    assert read["region"] == [1, 2, 3, 4.5]
    assert read["region_after_reveal"] == [5, 6, 7, 8]


def test_csv_joins_the_parts_of_a_reading() -> None:
    reading = Reading("normal", 4.5, Region(1, 2, 3, 4.5), ("unsure", "pneumonia"))
    rows = [
        record_with_reading(decision(), None),
        record_with_reading(decision(), reading),
    ]
    without, with_one = read_csv(to_csv(rows))
    assert (without["impression"], without["region"]) == ("", "")
    assert with_one["changed_after_reveal"] == "unsure pneumonia"
    assert with_one["region"] == "1 2 3 4.5"
