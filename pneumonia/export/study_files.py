"""Files of a reader study: readings as CSV, there and back, and reference labels."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from pneumonia.errors import RecordsError
from pneumonia.export.impression import Impression, Reading, Region
from pneumonia.export.records import DISCLAIMER, to_csv
from pneumonia.export.study import StudyCase, Truth
from pneumonia.language.speech import say

# What stands in the column of labels, in any case.
_LABELS: Final[dict[str, Truth]] = {
    "normal": "normal",
    "0": "normal",
    "pneumonia": "pneumonia",
    "1": "pneumonia",
}
_NEEDED: Final = ("input_sha256", "impression", "seconds_to_impression")
_MOST_BYTES: Final = 10_000_000


def study_to_csv(
    cases: Sequence[StudyCase], *, files: Sequence[str] | None = None
) -> str:
    """Write one reader's readings, a row a case.

    Parameters
    ----------
    cases : sequence of StudyCase
    files : sequence of str, optional
        Names of the files; left out by default, since a name can identify a patient.

    Returns
    -------
    str
        `read_study` reads it back.
    """
    names = [{}] * len(cases) if files is None else [{"file": name} for name in files]
    return to_csv(
        [
            {"case": number, **name, **_row(case), "disclaimer": say(DISCLAIMER)}
            for number, (case, name) in enumerate(zip(cases, names, strict=True), 1)
        ]
    )


def _row(case: StudyCase) -> dict[str, Any]:
    reading = case.reading
    return {
        "input_sha256": case.input_sha256,
        "reference": case.reference,
        "impression": reading.impression,
        "confidence": reading.confidence,
        "seconds_to_impression": reading.seconds,
        "changed_after_reveal": list(reading.changed_after_reveal),
        "region": list(reading.region or ()),
        "region_after_reveal": list(reading.region_after_reveal or ()),
        "flagged": case.flagged,
        "unsure": case.unsure,
        "probability": case.probability,
        "prevalence": case.prevalence,
        "score_at_reference_prevalence": case.score,
        "operating_point": case.operating_point,
        "weights_sha256": case.weights_sha256,
    }


def read_study(data: bytes) -> list[StudyCase]:
    """Read what `study_to_csv` wrote.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    list of StudyCase

    Raises
    ------
    RecordsError
        If it is no such file; the message names the row, never what stands there.
    """
    header, rows = _table(data)
    if missing := [name for name in _NEEDED if name not in header]:
        raise RecordsError(
            say(
                "A study is read from the CSV that this page exports. Received: a "
                "table without the column {column}. Export the study again.",
                column=missing[0],
            )
        )
    cases = []
    for number, row in rows:
        try:
            cases.append(_case(row))
        except (KeyError, ValueError) as error:
            raise RecordsError(
                say(
                    "A row of a study has an impression, a time and the file's "
                    "SHA-256. Received: row {number}, which has not. Export the study "
                    "again.",
                    number=number,
                )
            ) from error
    return cases


_YES_OR_NO: Final = {"true": True, "false": False, "": None}


def _case(row: Mapping[str, str]) -> StudyCase:
    digest = row["input_sha256"]
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256")
    reading = Reading(
        cast("Impression", row["impression"]),
        _number(row["seconds_to_impression"]),
        _region(row.get("region")),
        cast("Any", tuple(row.get("changed_after_reveal", "").split())),
        _region(row.get("region_after_reveal")),
        int(row["confidence"]) if row.get("confidence") else None,
    )
    score, probability, prevalence = (
        _number(row[name]) if row.get(name) else None
        for name in ("score_at_reference_prevalence", "probability", "prevalence")
    )
    return StudyCase(
        digest,
        reading,
        _LABELS[row["reference"]] if row.get("reference") else None,
        score,
        _YES_OR_NO[row.get("flagged", "").lower()],
        row.get("operating_point", ""),
        row.get("weights_sha256", ""),
        _YES_OR_NO[row.get("unsure", "").lower()],
        probability,
        prevalence,
    )


def _region(cell: str | None) -> Region | None:
    return Region(*map(_number, cell.split())) if cell else None


def _number(cell: str) -> float:
    # A spreadsheet may write the decimal comma of its country.
    return float(cell.replace(",", "."))


def read_labels(data: bytes) -> dict[str, Truth]:
    """Read reference labels from a CSV with the columns ``file`` and ``label``.

    Parameters
    ----------
    data : bytes
        Commas, semicolons or tabs; UTF-8, UTF-16 or as a spreadsheet writes it.
        Labels are ``normal`` or 0, ``pneumonia`` or 1.

    Returns
    -------
    dict of str to {"normal", "pneumonia"}
        By file name as it is written.

    Raises
    ------
    RecordsError
        If a column is missing, a label is another, or a file has two labels. The
        message names the row, never what stands there.
    """
    header, rows = _table(data)
    if not {"file", "label"} <= set(header):
        raise RecordsError(
            say(
                "Reference labels are a CSV with the columns file and label. Received: "
                "{count} columns without them. Name the columns in the first row.",
                count=len(header),
            )
        )
    labels: dict[str, Truth] = {}
    for number, row in rows:
        label = _LABELS.get(row["label"].strip().lower())
        if label is None:
            raise RecordsError(
                say(
                    "A label is normal or pneumonia (or 0 or 1). Received: another one "
                    "in row {number}. Correct it, or leave out the row.",
                    number=number,
                )
            )
        if labels.setdefault(row["file"].strip(), label) != label:
            raise RecordsError(
                say(
                    "A file has one label. Received: a second one in row {number}. "
                    "Leave out one of them.",
                    number=number,
                )
            )
    return labels


def label_of_path(path: str) -> Truth | None:
    """Read a label from a folder named NORMAL or PNEUMONIA, in any case.

    Parameters
    ----------
    path : str
        Of a file in a folder or a ZIP archive.

    Returns
    -------
    {"normal", "pneumonia"} or None
        Of the innermost such folder.
    """
    *folders, _ = path.replace("\\", "/").split("/")
    for folder in reversed(folders):
        if folder.lower() in ("normal", "pneumonia"):
            return _LABELS[folder.lower()]
    return None


def match_labels(labels: Mapping[str, Truth], paths: Iterable[str]) -> dict[str, Truth]:
    """Give each path its label: by the whole path, else by the name of the file.

    Parameters
    ----------
    labels : mapping of str to {"normal", "pneumonia"}
        As of `read_labels`.
    paths : iterable of str

    Returns
    -------
    dict of str to {"normal", "pneumonia"}
        Paths without a label are left out, and those whose file name stands for more
        than one label or more than one path.
    """
    paths = list(paths)
    taken = Counter(_name(path) for path in paths)
    by_name: dict[str, set[Truth]] = {}
    for written, label in labels.items():
        by_name.setdefault(_name(written), set()).add(label)
    found = {}
    for path in paths:
        name = _name(path)
        if path in labels:
            found[path] = labels[path]
        elif taken[name] == 1 and len(by_name.get(name, ())) == 1:
            (found[path],) = by_name[name]
    return found


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _table(data: bytes) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """Return the header, and the rows with their numbers in the file."""
    if len(data) > _MOST_BYTES:
        raise RecordsError(
            say(
                "A table has at most {most} MB. Received: {size:.0f} MB. Choose the "
                "CSV file.",
                most=_MOST_BYTES // 1_000_000,
                size=len(data) / 1_000_000,
            )
        )
    text = _decode(data)
    if not text.strip() or "\0" in text:
        raise RecordsError(
            say(
                "A table is a CSV file with a header. Received: a file that is not "
                "text. Choose the CSV file."
            )
            if data.strip()
            else say(
                "A table is a CSV file with a header. Received: an empty file. Choose "
                "the CSV file."
            )
        )
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=delimiter, restval="", strict=True
    )
    try:
        header = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        rows = [(reader.line_num, cast("dict[str, str]", row)) for row in reader]
    except csv.Error as error:
        raise RecordsError(
            say(
                "A table is a CSV file with a header. Received: one that is broken at "
                "line {number}. Save it again as CSV.",
                number=reader.line_num,
            )
        ) from error
    return header, iter(rows)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets write in Western Europe; it names any byte.
        return data.decode("cp1252", "replace")
