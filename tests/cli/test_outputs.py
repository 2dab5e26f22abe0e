"""What ``assess`` writes: never over something else, and never half of it."""

import csv
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fixtures_cli import Command, last_line, read_json
from fixtures_decoding import count_decoding
from phantoms import write_phantom

from pneumonia.cli import assess as assess_module
from pneumonia.cli.outputs import part_of
from pneumonia.export.records import to_json_line
from pneumonia.model.classifier import Classifier

ROOT = Path(__file__).parents[2]


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop the command line once it tells of the second file."""
    # A shell has what it starts in the background ignore this signal.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    told = []

    def tell(line: str) -> None:
        told.append(line)
        if len(told) == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(assess_module, "write_line", tell)
    yield
    signal.signal(signal.SIGINT, usual)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


# Whole or not at all


def test_outputs_replace_those_of_an_earlier_run_and_leave_nothing_else(
    command: Command, radiographs: Path, out: Path
) -> None:
    outputs = ("--json", out / "rows.json", "--csv", out / "rows.csv")
    assert command("assess", radiographs / "a.png", *outputs) == 0
    assert command("assess", radiographs, *outputs) == 0
    assert len(read_json(out / "rows.json")) == len(read_csv(out / "rows.csv")) == 4
    assert names(out) == ["rows.csv", "rows.json"]


@pytest.mark.usefixtures("stopping")
def test_a_stopped_run_writes_what_is_there_and_exits_with_130(
    command: Command, radiographs: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = ("--json", out / "rows.json", "--csv", out / "rows.csv")
    assert command("assess", radiographs, *outputs) == 130
    rows = read_json(out / "rows.json")
    assert [Path(row["file"]).name for row in rows] == ["a.png", "c.png"]
    assert [row["file"] for row in read_csv(out / "rows.csv")] == [
        row["file"] for row in rows
    ]
    assert names(out) == ["rows.csv", "rows.json"]
    assert last_line(capsys.readouterr().err) == (
        "Stopped after 2 of 4 files. Go on with --resume."
    )


@pytest.mark.parametrize("formats", [("json",), ("csv",), ("json", "csv")])
def test_resume_reads_only_what_has_no_row(
    command: Command,
    radiographs: Path,
    out: Path,
    formats: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_phantom(radiographs / "=1+1.png", seed=9)
    shutil.copy(radiographs / "a.png", radiographs / os.fsdecode(b"caf\xe9.png"))
    monkeypatch.chdir(radiographs)
    inputs = ["=1+1.png", os.fsdecode(b"caf\xe9.png"), "a.png", "f.tiff"]
    outputs = [it for name in formats for it in (f"--{name}", out / f"rows.{name}")]
    assert command("assess", *inputs, *outputs) == 0
    whole = {path.name: path.read_bytes() for path in out.iterdir()}
    assert command("assess", *inputs[:2], *outputs) == 0
    decoded = count_decoding(monkeypatch)
    assert command("assess", *inputs, *outputs, "--resume") == 0
    assert len(decoded) == 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == whole


def test_resume_of_a_complete_run_needs_no_model(
    command: Command,
    radiographs: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (radiographs / "empty.png").touch()
    arguments = ("assess", radiographs, "--json", out / "rows.json")
    assert command(*arguments) == 1
    before = read_json(out / "rows.json")
    monkeypatch.delattr("pneumonia.cli.model_loading.load_classifier")
    assert command(*arguments, "--resume") == 1
    assert read_json(out / "rows.json") == before


def test_a_row_that_a_killed_run_did_not_end_is_written_again(
    command: Command, radiographs: Path, out: Path
) -> None:
    outputs = ("--json", out / "rows.json", "--csv", out / "rows.csv")
    command("assess", radiographs, *outputs)
    rows = read_json(out / "rows.json")
    table = (out / "rows.csv").read_bytes()
    part_of(out / "rows.json").write_text(
        "".join(map(to_json_line, rows))[:-30], encoding="utf-8"
    )
    part_of(out / "rows.csv").write_bytes(table[:-30])
    for path in (out / "rows.json", out / "rows.csv"):
        path.unlink()
    assert command("assess", radiographs, *outputs) == 2  # without --resume
    assert command("assess", radiographs, *outputs, "--resume") == 0
    assert read_json(out / "rows.json") == rows
    assert (out / "rows.csv").read_bytes() == table
    assert names(out) == ["rows.csv", "rows.json"]


def test_the_last_row_of_a_killed_table_is_written_again(
    command: Command, radiographs: Path, out: Path
) -> None:
    command("assess", radiographs, "--csv", out / "rows.csv")
    table = (out / "rows.csv").read_bytes()
    (out / "rows.csv").unlink()
    part_of(out / "rows.csv").write_bytes(table[:-30])
    assert command("assess", radiographs, "--csv", out / "rows.csv", "--resume") == 0
    assert (out / "rows.csv").read_bytes() == table


# The last one takes all rows, and not the end of the list.
@pytest.mark.parametrize("share", [0, 0.2, 0.6, 0.999])
def test_a_full_disk_is_a_sentence_and_loses_no_row(
    command: Command,
    radiographs: Path,
    out: Path,
    share: float,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outputs = ("--json", out / "rows.json", "--csv", out / "rows.csv")
    command("assess", radiographs, *outputs)
    size = (out / "rows.json").stat().st_size
    for path in out.iterdir():
        path.unlink()
    with disk_of(int(share * size)):
        assert command("assess", radiographs, *outputs) == 2
    line = last_line(capsys.readouterr().err)
    assert "rows.json cannot be written: File too large." in line or not share
    for path in out.iterdir():
        assert path.name in line
        assert path.read_bytes().endswith(b"\n")
    parts = [
        json.loads(line)
        for path in out.glob("*.json.part")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    kept = len(parts or read_csv(out / "rows.csv")) if share > 0.5 else 0
    assert (f" {kept} rows are in" in line) is (share > 0.5)
    assert command("assess", radiographs, *outputs, "--resume") == 0
    assert len(read_json(out / "rows.json")) == len(read_csv(out / "rows.csv")) == 4
    assert names(out) == ["rows.csv", "rows.json"]


def test_a_disk_that_is_full_for_heatmaps_leaves_no_half_of_one(
    command: Command,
    radiographs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with disk_of(1000):
        status = command("assess", radiographs, "--heatmaps", tmp_path / "maps")
    assert status == 2
    assert ".png cannot be written: File too large." in capsys.readouterr().err
    assert names(tmp_path / "maps") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_stopped_loses_no_row(
    command: Command, weights: Path, tmp_path: Path, out: Path, number: int
) -> None:
    picture = write_phantom(tmp_path / "in" / "0.png", seed=0, shape=(200, 200))
    for copy in range(1, 80):
        shutil.copy(picture, tmp_path / "in" / f"{copy}.png")
    arguments = [
        *("assess", str(tmp_path / "in"), "--weights", str(weights)),
        *("--json", str(out / "rows.json"), "--csv", str(out / "rows.csv")),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "pneumonia", *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    part = part_of(out / "rows.json")
    while process.poll() is None and not (part.exists() and part.stat().st_size > 2000):
        time.sleep(0.02)
    process.send_signal(number)
    assert process.stderr is not None
    told = process.stderr.read()
    process.stderr.close()
    if number == signal.SIGKILL:
        assert process.wait() == -signal.SIGKILL
        rows: list[Any] = [json.loads(it) for it in part.read_text().split("\n")[:-1]]
    else:
        assert process.wait() == 130
        assert "Traceback" not in told
        rows = read_json(out / "rows.json")
        assert len(read_csv(out / "rows.csv")) == len(rows)
        assert names(out) == ["rows.csv", "rows.json"]
    assert 2 <= len(rows) < 80
    assert command(*arguments, "--resume") == 0
    resumed = read_json(out / "rows.json")
    assert resumed[: len(rows)] == rows
    assert len({row["file"] for row in resumed}) == len(resumed) == 80
    assert len(read_csv(out / "rows.csv")) == 80


# Over nothing else


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("option", ["--json", "--csv"])
@pytest.mark.parametrize("name", ["a.png", "twin.png", "b/../a.png"])
def test_an_output_never_overwrites_an_input(
    idle: Command,
    radiographs: Path,
    option: str,
    name: str,
    force: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    os.link(radiographs / "a.png", radiographs / "twin.png")
    before = (radiographs / "a.png").read_bytes()
    path = radiographs / name
    assert idle("assess", radiographs / "a.png", option, path, *force) == 2
    assert "is one of the files to read" in capsys.readouterr().err
    assert (radiographs / "a.png").read_bytes() == before


def test_an_archive_is_an_input_too(idle: Command, radiographs: Path) -> None:
    packed = shutil.make_archive(str(radiographs), "zip", radiographs)
    assert idle("assess", packed, "--json", packed, "--force") == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("--json", "--csv"),
        ("--json", "--heatmaps"),
        ("--csv", "--heatmaps"),
    ],
)
def test_two_outputs_in_one_place_are_wrong_usage(
    idle: Command,
    radiographs: Path,
    out: Path,
    first: str,
    second: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = out / ".." / out.name / "rows"
    assert idle("assess", radiographs, first, out / "rows", second, other) == 2
    assert "Each output needs a file or folder of its own" in capsys.readouterr().err
    assert names(out) == []


def test_two_names_of_one_file_are_wrong_usage(
    idle: Command, radiographs: Path, out: Path
) -> None:
    (out / "a").touch()
    os.link(out / "a", out / "b")
    assert idle("assess", radiographs, "--json", out / "a", "--csv", out / "b") == 2


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_a_file_of_another_program_is_replaced_only_with_force(
    command: Command,
    radiographs: Path,
    out: Path,
    option: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = out / "notes"
    target.write_text("what somebody wrote")
    assert command("assess", radiographs, option, target) == 2
    assert "this program did not write it" in capsys.readouterr().err
    assert target.read_text() == "what somebody wrote"
    assert command("assess", radiographs, option, target, "--force") == 0
    assert len(target.read_text().splitlines()) > 4


def test_a_report_is_replaced_only_with_force_where_it_is_not_ours(
    command: Command, labelled: Path, out: Path
) -> None:
    arguments = ("evaluate", "--data", labelled, "--json", out / "report.json")
    (out / "report.json").write_text("what somebody wrote")
    assert command(*arguments) == 2
    assert command(*arguments, "--force") == 0
    assert command(*arguments) == 0
    assert names(out) == ["report.json"]


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_results_are_not_written_through_a_link(
    idle: Command, radiographs: Path, out: Path, force: tuple[str, ...]
) -> None:
    (out / "target").write_text("kept")
    (out / "link.json").symlink_to(out / "target")
    (out / "dangling.json").symlink_to(out / "absent")
    for name in ("link.json", "dangling.json"):
        assert idle("assess", radiographs, "--json", out / name, *force) == 2
    assert (out / "target").read_text() == "kept"
    assert not (out / "absent").exists()


def test_a_link_in_place_of_the_part_is_not_followed(
    idle: Command, radiographs: Path, out: Path
) -> None:
    (out / "rows.json.part").symlink_to(out / "target")
    assert idle("assess", radiographs, "--json", out / "rows.json", "--force") == 2
    assert not (out / "target").exists()


def test_results_are_not_written_to_a_pipe(
    idle: Command, radiographs: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(out / "pipe")
    assert idle("assess", radiographs, "--json", out / "pipe", "--force") == 2
    assert "Output is written to a regular file" in capsys.readouterr().err
    assert (out / "pipe").is_fifo()


# Going on with what was begun


def test_resume_needs_an_output(idle: Command, radiographs: Path) -> None:
    assert idle("assess", radiographs, "--resume") == 2


@pytest.mark.parametrize(
    "content", ["[1]", "{}\n", '[{"weights_sha256": 1}]', "a\n1\n"]
)
def test_resume_from_something_else_is_a_sentence(
    idle: Command,
    radiographs: Path,
    out: Path,
    content: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    part_of(out / "rows.json").write_text(content)
    assert idle("assess", radiographs, "--json", out / "rows.json", "--resume") == 2
    assert "does not hold rows of this program" in capsys.readouterr().err
    assert part_of(out / "rows.json").read_text() == content


@pytest.mark.parametrize("name", ["json", "csv"])
def test_resume_with_other_settings_is_a_sentence(
    command: Command,
    radiographs: Path,
    out: Path,
    name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("assess", radiographs, f"--{name}", out / f"rows.{name}")
    command(*arguments)
    before = (out / f"rows.{name}").read_bytes()
    status = command(*arguments, "--resume", "--operating-point", "screening")
    assert status == 2
    line = last_line(capsys.readouterr().err)
    assert "another operating_point. Received: balanced." in line
    assert (out / f"rows.{name}").read_bytes() == before


def test_rows_are_there_while_the_run_goes_on(
    command: Command,
    classifier: Classifier,
    radiographs: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def tell(line: str) -> None:
        part = part_of(out / "rows.json").read_text(encoding="utf-8")
        table = read_csv(part_of(out / "rows.csv"))
        rows = [json.loads(line) for line in part.splitlines()]
        assert [row["file"] for row in rows] == [row["file"] for row in table]
        seen.append(len(rows))

    monkeypatch.setattr(assess_module, "write_line", tell)
    command(
        *("assess", radiographs, "--json", out / "rows.json", "--csv", out / "rows.csv")
    )
    assert seen[:4] == [1, 2, 3, 4]


def test_a_name_cannot_forge_a_line_or_command_the_terminal(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_phantom(tmp_path / "in" / "x\nfake.png: not flagged\x1b[2J.png", seed=0)
    command("assess", tmp_path / "in", "--json", tmp_path / "rows.json")
    printed = capsys.readouterr().out
    assert r"x\nfake.png: not flagged\x1b[2J.png: " in printed
    assert len(printed.splitlines()) == 2
    (row,) = read_json(tmp_path / "rows.json")
    assert row["file"].endswith("x\nfake.png: not flagged\x1b[2J.png")


def test_a_reader_that_leaves_is_one_error_and_no_noise_at_the_end() -> None:
    script = (
        "from pneumonia.cli.text_output import write_line\n"
        "try:\n    write_line('x')\nexcept BrokenPipeError:\n    print('again')"
    )
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")
