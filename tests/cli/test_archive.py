"""The ray engine without Ray: its usage, its worker and the folder that it writes."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from fixtures_cli import Command, Rows

from pneumonia import __version__
from pneumonia.cli.archive_output import SCHEMA, ArchiveFolder
from pneumonia.cli.archive_sources import Source, find_sources
from pneumonia.cli.archive_worker import Settings, Worker
from pneumonia.cli.text_output import UsageError
from pneumonia.model.weights import load_card

SOURCES = [Source(f"{number}.png", f"{number}.png") for number in range(20)]


def row(name: str, status: str = "assessed") -> dict[str, Any]:
    empty = {field.name: None for field in SCHEMA}
    return {**empty, "file": name, "status": status}


def names_in(folder: Path) -> list[str]:
    from pyarrow.dataset import dataset

    table = dataset(folder, SCHEMA, format="parquet").to_table()
    return list(table["file"].to_pylist())


def settings_of(weights: Path) -> Settings:
    card, _ = load_card(weights)
    sha256 = card["sha256"]
    return Settings(str(weights), sha256, __version__, "balanced", None, False, False)


@pytest.fixture
def own_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a worker sets for its process."""
    monkeypatch.setenv("PNEUMONIA_DECODERS", "1")
    threads = cv2.getNumThreads()
    yield
    cv2.setNumThreads(threads)


def test_a_worker_gives_the_rows_of_the_plain_engine(
    assess: Rows, radiographs: Path, weights: Path, own_threads: None
) -> None:
    (radiographs / "damaged.png").write_bytes(b"no picture")
    (radiographs / "empty.png").touch()
    (radiographs / "damaged.zip").write_bytes(b"PK\x03\x04 and no more")
    plain = assess(radiographs)
    worker = Worker(settings_of(weights))
    assert worker.load() == ""
    assert worker.assess(list(find_sources([str(radiographs)], None))) == plain
    assert {each["status"] for each in plain} == {"assessed", "unreadable"}
    assert set(plain[0]) == set(SCHEMA.names)
    assert SCHEMA.names == list(plain[0])
    (given_up,) = worker.assess([SOURCES[0]], give_up=True)
    assert given_up["status"] == "unreadable"
    assert "ended the program" in given_up["message"]


def test_a_worker_with_other_weights_says_so(weights: Path, own_threads: None) -> None:
    other = settings_of(weights)._replace(weights_sha256="0" * 64)
    assert "All machines need the same program and weights" in Worker(other).load()
    assert "missing" in Worker(other._replace(weights="no_such")).load()


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    folder = ArchiveFolder(tmp_path / "out")
    folder.begin({"weights": "tiny"}, SOURCES, resume=False)
    parts = dict(folder.left())
    assert [*parts[0], *parts[1], *parts[2]] == SOURCES
    folder.write(1, [row(source.name) for source in parts[1]])

    again = ArchiveFolder(tmp_path / "out")
    again.begin({"weights": "tiny"}, [], resume=True)
    assert dict(again.left()) == {0: parts[0], 2: parts[2]}
    assert again.count() == {"assessed": 8}
    assert again.files == 20


def test_what_cannot_be_read_is_in_quarantine_alone(tmp_path: Path) -> None:
    folder = ArchiveFolder(tmp_path)
    folder.begin({}, SOURCES, resume=False)
    folder.write(0, [row("a"), row("b", "unreadable"), row("c", "refused")])
    assert names_in(tmp_path / "rows") == ["a", "c"]
    assert names_in(tmp_path / "quarantine") == ["b"]
    assert folder.count() == {"assessed": 1, "refused": 1, "unreadable": 1}
    folder.write(0, [row("a"), row("b"), row("c", "refused")])
    assert names_in(tmp_path / "quarantine") == []


def test_a_name_that_is_not_unicode_is_kept(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.png")
    folder = ArchiveFolder(tmp_path)
    folder.begin({}, [Source(name, name)], resume=False)
    assert dict(folder.left()) == {0: [Source(name, name)]}
    folder.write(0, [row(name)])
    assert names_in(tmp_path / "rows") == ["\\udcff.png"]


def test_a_full_disc_leaves_a_part_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ArchiveFolder(tmp_path)
    folder.begin({}, SOURCES, resume=False)

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        folder.write(0, [row("a")])
    assert not list((tmp_path / "rows").iterdir())


@pytest.mark.parametrize(
    ("change", "resume", "told"),
    [
        ({}, False, "holds a run already"),
        ({"prevalence": 0.1}, True, "another prevalence"),
    ],
)
def test_a_run_is_only_gone_on_with_as_it_was(
    tmp_path: Path, change: dict[str, Any], resume: bool, told: str
) -> None:
    settings = {"prevalence": 0.5}
    ArchiveFolder(tmp_path).begin(settings, SOURCES, resume=False)
    with pytest.raises(UsageError, match=told):
        ArchiveFolder(tmp_path).begin({**settings, **change}, SOURCES, resume=resume)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UsageError, match=r"holds thesis\.txt"):
        ArchiveFolder(tmp_path).begin({}, SOURCES, resume=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_no_files_leave_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No files were found"):
        ArchiveFolder(tmp_path).begin({}, [], resume=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--engine", "ray"], "Name a folder with --parquet"),
        (["--engine", "ray", "--parquet", "out", "--csv", "x"], "neither JSON, CSV"),
        (["--parquet", "out"], "options of --engine ray"),
    ],
)
def test_wrong_usage_is_told(
    idle: Command,
    radiographs: Path,
    options: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert idle("assess", radiographs, *options) == 2
    assert told in capsys.readouterr().err


def test_that_ray_writes_no_audit_record_is_told_before_the_work(
    idle: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PNEUMONIA_AUDIT", str(tmp_path / "audit.db"))
    folder = tmp_path / "out"
    assert idle("assess", tmp_path, "--engine", "ray", "--parquet", folder) == 2
    assert "writes no audit record" in capsys.readouterr().err
    assert not folder.exists()


def test_nothing_to_assess_is_told(
    idle: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert idle("assess") == 2
    assert "Name the radiographs to assess" in capsys.readouterr().err
