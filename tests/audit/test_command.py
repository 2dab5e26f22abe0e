"""``python -m pneumonia audit``: check, export, shorten."""

import csv
import io
from pathlib import Path

import pytest
from fixtures_audit import make_entry

from pneumonia.audit.store import AuditStore
from pneumonia.cli.commands import EXIT_OK, EXIT_USAGE, main


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "audit.db"
    monkeypatch.setenv("PNEUMONIA_AUDIT", str(path))
    store = AuditStore(str(path))
    old = make_entry(1, time="2020-01-01T00:00:00.000000+00:00")
    store.append([old, make_entry(2)])
    store.close()
    return path


def test_verify_prints_the_last_hash_to_be_given_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["audit", "verify"]) == EXIT_OK
    told = capsys.readouterr().out
    assert told.startswith("2 entries, the chain is whole.")
    head = told.split()[-1]
    assert main(["audit", "verify", "--head", head]) == EXIT_OK
    assert main(["audit", "verify", "--head", "ab" * 32]) == EXIT_USAGE
    assert "cut off" in capsys.readouterr().err


def test_export_writes_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "export"]) == EXIT_OK
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [it["input_sha256"] for it in rows] == [f"{it:064x}" for it in (1, 2)]


def test_purge_deletes_what_is_old(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "purge", "--days", "365"]) == EXIT_OK
    assert capsys.readouterr().out.startswith("1 entries older than 365 days")
    assert main(["audit", "verify"]) == EXIT_OK


@pytest.mark.parametrize("days", ["0", "-1", "many", "1e3"])
def test_days_are_a_number(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["audit", "purge", "--days", days])
    assert "Days are a whole number" in capsys.readouterr().err


def test_it_says_where_no_record_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PNEUMONIA_AUDIT")
    assert main(["audit", "verify"]) == EXIT_USAGE
    assert "Give --database" in capsys.readouterr().err
