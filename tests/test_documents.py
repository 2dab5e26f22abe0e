"""The documents: their tables can be read, and their links lead somewhere."""

import csv
import datetime
import re
from pathlib import Path

import pytest
from test_rooms import ROOMS

import pneumonia

ROOT = Path(__file__).parents[1]
EXPERIMENTS = ROOT / "weights" / "experiments.csv"
DOCUMENTS = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/audit.md",
    "docs/pacs.md",
    "docs/archive.md",
    "docs/reading.md",
    "docs/security.md",
    "docs/usage.md",
    "weights/EXPERIMENTS.md",
]
COLUMNS = ["id", "date", "commit", "hypothesis", "change", "metrics", "verdict"]


def read_experiments() -> list[dict[str, str]]:
    """Return the rows of the table of experiments."""
    with EXPERIMENTS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def count_sentences(text: str) -> int:
    """Count the sentences of a text; a dot within a number ends none."""
    return len([part for part in re.split(r"[.!?](?=\s|$)", text) if part.strip()])


def test_experiments_have_the_documented_columns() -> None:
    rows = read_experiments()
    assert rows
    assert all(list(row) == COLUMNS for row in rows)


def test_experiments_are_numbered_from_one() -> None:
    ids = [row["id"] for row in read_experiments()]
    assert ids == [f"E{number:02}" for number in range(1, len(ids) + 1)]


def test_experiments_are_dated() -> None:
    for row in read_experiments():
        if row["date"]:
            datetime.date.fromisoformat(row["date"])
        assert re.fullmatch(r"[0-9a-f]{7,40}|", row["commit"]), row["id"]


def test_no_cell_of_the_experiments_exceeds_two_sentences() -> None:
    long = [
        (row["id"], column)
        for row in read_experiments()
        for column, cell in row.items()
        if count_sentences(cell) > 2
    ]
    assert not long


def test_experiments_are_cited_by_ids_that_exist() -> None:
    known = {row["id"] for row in read_experiments()}
    text = (ROOT / "weights" / "EXPERIMENTS.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bE\d\d\b", text)) <= known


@pytest.mark.parametrize("document", DOCUMENTS)
def test_relative_links_lead_to_a_file(document: str) -> None:
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    missing = [link for link in links if not (path.parent / link).exists()]
    assert not missing


def test_the_table_of_rooms_is_the_one_that_is_enforced() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.partition("## The rooms")[2].partition("\n###")[0]
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", section, re.MULTILINE)
    assert [room for room, _ in rows] == list(ROOMS)
    for room, below in rows:
        assert set(re.findall(r"\w+", below)) == ROOMS[room], room


def test_the_citation_names_the_version() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {pneumonia.__version__}\n" in text
