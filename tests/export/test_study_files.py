"""Readings survive their CSV; labels come from tables and folders, or a sentence."""

import csv
import io

import pytest

from pneumonia.errors import RecordsError
from pneumonia.export.impression import Reading, Region
from pneumonia.export.study import StudyCase
from pneumonia.export.study_files import (
    label_of_path,
    match_labels,
    read_labels,
    read_study,
    study_to_csv,
)

FULL = StudyCase(
    "ab" * 32,
    Reading(
        "normal",
        12.25,
        Region(1, 2, 3, 4.5),
        ("unsure", "pneumonia"),
        Region(5, 6, 7, 8),
        4,
    ),
    "pneumonia",
    0.1 + 0.2,
    True,
    "balanced",
    "cd" * 32,
    False,
    0.46,
    0.15,
)
SPARE = StudyCase("ef" * 32, Reading("unsure", 0.0))


def test_readings_survive_the_csv() -> None:
    assert read_study(study_to_csv([FULL, SPARE]).encode()) == [FULL, SPARE]


def test_cases_are_numbered_and_files_are_not_named() -> None:
    rows = list(csv.DictReader(io.StringIO(study_to_csv([FULL, SPARE]))))
    assert [row["case"] for row in rows] == ["1", "2"]
    assert "file" not in rows[0]
    assert "not a medical device" in rows[0]["disclaimer"]


def test_files_are_named_when_asked() -> None:
    text = study_to_csv([FULL, SPARE], files=["a.png", "=b.png"])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["file"] for row in rows] == ["a.png", "./=b.png"]
    assert read_study(text.encode()) == [FULL, SPARE]


def test_study_saved_by_a_spreadsheet_is_read() -> None:
    text = study_to_csv([FULL, SPARE]).replace(",", ";").replace(".", ",")
    text = text.replace("True", "TRUE")
    assert read_study(b"\xef\xbb\xbf" + text.encode()) == [FULL, SPARE]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "an empty file"),
        (b"\0\1\2PNG", "not text"),
        (b"name,label\na,b\n", "without the column input_sha256"),
    ],
)
def test_another_file_is_no_study(data: bytes, words: str) -> None:
    with pytest.raises(RecordsError, match=words):
        read_study(data)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("ab" * 32, "Jane Doe"),
        ("unsure pneumonia", "maybe"),
        ("12.25", "soon"),
        (",4,", ",9,"),
        ("True", "Yes"),
    ],
)
def test_a_wrong_cell_is_told_by_its_row_alone(was: str, becomes: str) -> None:
    text = study_to_csv([FULL])
    assert was in text
    with pytest.raises(RecordsError, match="row 2, which has not") as caught:
        read_study(text.replace(was, becomes, 1).encode())
    assert becomes not in str(caught.value).replace("row 2", "")


@pytest.mark.parametrize(
    "text",
    [
        "file,label\na.png,normal\nb.png,PNEUMONIA\n",
        "File;Label\na.png;0\nb.png;1\n",
        "label\tfile\r\nNormal\ta.png\r\n1\tb.png\r\n",
        "file,label,note\na.png,normal,\nb.png,pneumonia,x\n",
    ],
)
def test_labels_are_read_as_spreadsheets_write_them(text: str) -> None:
    expected = {"a.png": "normal", "b.png": "pneumonia"}
    assert read_labels(text.encode()) == expected
    assert read_labels(text.encode("utf-16")) == expected


def test_file_names_of_other_alphabets_are_read() -> None:
    assert "Größe.png" in read_labels("file,label\nGröße.png,1\n".encode())
    assert "Größe.png" in read_labels("file,label\nGröße.png,1\n".encode("cp1252"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.png,normal\n", "2 columns without them"),
        ("file,label\na.png,effusion\n", "another one in row 2"),
        ("file,label\na.png,1\n\na.png,0\n", "a second one in row 4"),
        ('file,label\n"a.png,1\n', "broken at line"),
    ],
)
def test_wrong_labels_are_told_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(RecordsError, match=words):
        read_labels(text.encode())


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("test/NORMAL/a.png", "normal"),
        ("test\\Pneumonia\\a.png", "pneumonia"),
        ("NORMAL/PNEUMONIA/a.png", "pneumonia"),
        ("PNEUMONIA.png", None),
        ("NORMAL-1/a.png", None),
    ],
)
def test_label_comes_from_the_innermost_folder(path: str, label: str | None) -> None:
    assert label_of_path(path) == label


def test_labels_meet_files_by_path_and_then_by_name() -> None:
    labels = read_labels(b"file,label\nx/a.png,0\ny/a.png,1\nb.png,1\n")
    found = match_labels(labels, ["x/a.png", "y/a.png", "deep/b.png", "c.png"])
    assert found == {
        "x/a.png": "normal",
        "y/a.png": "pneumonia",
        "deep/b.png": "pneumonia",
    }


def test_a_name_that_stands_for_two_files_or_labels_gets_none() -> None:
    two_labels = read_labels(b"file,label\nx/a.png,0\ny/a.png,1\n")
    assert match_labels(two_labels, ["a.png"]) == {}
    one = read_labels(b"file,label\na.png,1\n")
    assert match_labels(one, ["x/a.png", "y/a.png"]) == {}
