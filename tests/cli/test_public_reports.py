"""What users of other readers reported, tried on this one: drawn chests, odd files.

A script beside the data writes the files; a list says what must be true of each.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("PNEUMONIA_DATA", ROOT.parent / "shared" / "data"))
CASES = DATA.parent / "cases"
EXPECTED = (
    json.loads((CASES / "expected.json").read_text())
    if (CASES / "expected.json").is_file()
    else []
)
# A score moves by less where only the grey levels' last bit differs.
ALIKE = 0.001

pytestmark = pytest.mark.skipif(not EXPECTED, reason="needs ../shared/cases")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    done = run(str(CASES / "make_cases.py"), str(folder), PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def rows(written: Path) -> list[dict[str, Any]]:
    """Assess every file, as the command line does."""
    table = written / "rows.json"
    run(
        *("-m", "pneumonia", "assess", str(written / "files")),
        *("--json", str(table), "--heatmaps", str(written / "maps")),
    )
    found: list[dict[str, Any]] = json.loads(table.read_text())
    return found


def rows_of(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the rows of a file, or of all files in an archive or folder."""
    return [row for row in rows if f"/files/{name}" in f"{row['file']}/"]


def says(patterns: list[str], text: str) -> bool:
    return all(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def probability_of(rows: list[dict[str, Any]], name: str) -> float:
    (row,) = rows_of(rows, name)
    return float(row["probability"])


def faults_of_row(
    expected: dict[str, Any], row: dict[str, Any], rows: list[dict[str, Any]]
) -> list[str]:
    """Name the keys of `expected` that one row does not meet."""
    assessed = row["status"] == "assessed"
    held = {"status": row["status"] in expected.get("status", [row["status"]])}
    if not assessed:
        message = row["message"] or ""
        code = row["reason"]
        held["reason"] = code in expected.get("reason", [code])
        held["reason_not"] = code not in expected.get("reason_not", [])
        held["message_contains"] = says(expected.get("message_contains", []), message)
        held["message_lacks"] = not any(
            says([pattern], message) for pattern in expected.get("message_lacks", [])
        )
        return [key for key, holds in held.items() if not holds]
    warned = " ".join(row["warnings"])
    held["warning_contains"] = says(expected.get("warning_contains", []), warned)
    for key in ("calibrated", "flagged"):
        held[key] = expected.get(key, row[key]) == row[key]
    alike, tolerance = expected.get("probability_within", ("", 0))
    alike, tolerance = expected.get("grey_like", alike), tolerance or ALIKE
    if alike:
        difference = abs(row["probability"] - probability_of(rows, alike))
        held["probability"] = difference <= tolerance
    return [key for key, holds in held.items() if not holds]


def faults_of_file(
    expected: dict[str, Any], rows: list[dict[str, Any]], maps: Path
) -> list[str]:
    """Name the keys of `expected` that a file's rows do not meet."""
    found = rows_of(rows, expected["file"])
    faults = [] if found else ["no row"]
    if "any" in expected:
        ways = [
            faults_of_file({"file": expected["file"], **way}, rows, maps)
            for way in expected["any"]
        ]
        faults += [] if [] in ways else [f"any: {ways}"]
    assessed = [row for row in found if row["status"] == "assessed"]
    held = {
        "rows": len(found) == expected.get("rows", len(found)),
        "assessed": len(assessed) == expected.get("assessed", len(assessed)),
        "different": len({row["input_sha256"] for row in found})
        >= expected.get("different", 0),
    }
    if members := expected.get("members"):
        held["members"] = len(found) == len(members) and all(
            any(row["file"].endswith(end) for row in found) for end in members
        )
    if aspect := expected.get("heatmap_aspect"):
        (row,) = assessed
        with Image.open(maps / f"{row['input_sha256'][:16]}.png") as picture:
            held["heatmap_aspect"] = abs(picture.width / picture.height - aspect) < 0.02
    faults += [key for key, holds in held.items() if not holds]
    for row in found:
        faults += faults_of_row(expected, row, rows)
    return faults


@pytest.mark.parametrize(
    "expected",
    [entry for entry in EXPECTED if "file" in entry],
    ids=lambda entry: str(entry["file"]),
)
def test_file(
    expected: dict[str, Any], rows: list[dict[str, Any]], written: Path
) -> None:
    assert faults_of_file(expected, rows, written / "maps") == []


def faults_of_run(
    expected: dict[str, Any], status: int, text: str, table: dict[str, Any]
) -> list[str]:
    """Name the keys of `expected` that a run of a command does not meet."""
    ways = [faults_of_run(way, status, text, table) for way in expected.get("any", [])]
    held = {
        "any": not ways or [] in ways,
        "exit": status in expected.get("exit", [status]),
        "says": says(expected.get("says", []), text),
        "says_lacks": not any(
            says([pattern], text) for pattern in expected.get("says_lacks", [])
        ),
        "json": all(
            table.get(key) == value for key, value in expected.get("json", {}).items()
        ),
    }
    return [f"{key}: {status}, {text}" for key, holds in held.items() if not holds]


@pytest.mark.parametrize(
    "expected",
    [entry for entry in EXPECTED if "command" in entry],
    ids=lambda entry: str(entry["case"]),
)
def test_command(expected: dict[str, Any], written: Path, tmp_path: Path) -> None:
    # The script was written when the reader lay elsewhere.
    script = (CASES / "first_import.py").read_text()
    moved = script.replace("pneumonia.radiograph", "pneumonia.reading.radiograph")
    (tmp_path / "first_import.py").write_text(moved)
    command = expected["command"].format(cases=written, here=tmp_path)
    table = tmp_path / "table.json"
    if command.startswith("python "):
        arguments = shlex.split(command)[1:]
    else:
        arguments = ["-m", "pneumonia", *shlex.split(command)]
        arguments += ["--json", str(table)] if "json" in expected else []
    done = run(*arguments, **expected.get("environment", {}))
    found = json.loads(table.read_text()) if table.is_file() else {}
    assert (
        faults_of_run(expected, done.returncode, done.stdout + done.stderr, found) == []
    )
