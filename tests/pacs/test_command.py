"""The command line: a node in a process of its own, with foreign clients around it."""

import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures_pacs import (
    PATIENT,
    Archive,
    draw_dicom,
    draw_refused,
    free_port,
    parse,
    send,
    wait_for,
)

from pneumonia.audit.store import AuditStore
from pneumonia.cli.commands import main
from pneumonia.pacs.spool import Spool

ROOT = Path(__file__).parents[2]
SECRETS = (PATIENT, "ID-4711", "ACC", "ANKLE", "1.2.826", "20260115")

# pynetdicom installs programs of the same names beside Python.
DCMTK = {
    name: shutil.which(name, path="/usr/local/bin:/usr/bin")
    for name in ("storescu", "storescp", "echoscu")
}


@contextmanager
def node(
    tmp_path: Path, archive: int, title: str = "ARCHIVE"
) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """Run the command; gives its process, port and log."""
    port, log = free_port(), tmp_path / "log"
    with log.open("a") as stream:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "pneumonia", "pacs", "node"),
                *("--spool", str(tmp_path / "spool"), "--port", str(port)),
                *("--from", "MODALITY@127.0.0.0/8", "--retry-seconds", "1"),
                *("--to", f"{title}@127.0.0.1:{archive}"),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            text=True,
        )
    try:
        wait_for(lambda: f"listens at 127.0.0.1, port {port}" in log.read_text(), 60)
        yield process, port, log
    finally:
        process.terminate()
        process.wait(30)


def results_in(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "spool" / "results").glob("*/*.dcm"))


def spooled(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "spool").rglob("*.dcm"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """Run dcmtk's storescp; gives its folder and port."""
    if not all(DCMTK.values()):
        pytest.skip("dcmtk is not installed")
    folder, port = tmp_path / "store", free_port()
    folder.mkdir()
    process = subprocess.Popen(
        [str(DCMTK["storescp"]), "--aetitle", "ARCHIVE", "-od", str(folder), str(port)]
    )
    yield folder, port
    process.terminate()
    process.wait(10)


def test_dcmtk_sends_and_receives(tmp_path: Path, store: tuple[Path, int]) -> None:
    folder, archive = store
    paths = [tmp_path / f"{number}.dcm" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(draw_dicom(number))
    refused = tmp_path / "refused.dcm"
    refused.write_bytes(draw_refused(9))
    with node(tmp_path, archive) as (process, port, log):
        titles = ["-aet", "MODALITY", "-aec", "PNEUMONIA", "localhost", str(port)]
        echo, storing = str(DCMTK["echoscu"]), str(DCMTK["storescu"])
        subprocess.run([echo, *titles], check=True)
        subprocess.run([storing, *titles, *map(str, [*paths, refused])], check=True)
        stranger = ["-aet", "STRANGER", *titles[2:]]
        assert subprocess.run([echo, *stranger]).returncode != 0
        wait_for(lambda: len(list(folder.iterdir())) == 6 and not spooled(tmp_path))
        process.terminate()
        assert process.wait(30) == 130
        text = log.read_text()
    stored = [parse(path.read_bytes()) for path in folder.iterdir()]
    by_study = Counter(f"{it.StudyInstanceUID} {it.Modality}" for it in stored)
    assert by_study == Counter(
        f"1.2.826.0.1.{number} {kind}" for number in range(3) for kind in ("OT", "SR")
    )
    assert re.search(r"^[0-9a-f]{16}: wrong_body_part$", text, re.MULTILINE)
    assert "association rejected" in text
    assert not [secret for secret in SECRETS if secret in text]


def test_a_node_that_is_killed_goes_on_and_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    archive_port, sent = free_port(), [draw_dicom(number) for number in range(4)]
    with node(tmp_path, archive_port) as (process, port, _):
        assert send(port, *sent) == [0] * 4
        wait_for(lambda: results_in(tmp_path))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert spooled(tmp_path)
    with Archive(archive_port) as archive, node(tmp_path, archive_port):
        wait_for(lambda: not spooled(tmp_path))
    assert len(archive.stored) == 8
    assert len({result.SOPInstanceUID for result in archive.stored}) == 8
    assert len({result.StudyInstanceUID for result in archive.stored}) == 4


def test_what_the_node_assesses_is_recorded_and_a_lost_database_keeps_no_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive_port = free_port()
    address = str(tmp_path / "later" / "audit.db")
    monkeypatch.setenv("PNEUMONIA_AUDIT", address)
    monkeypatch.setenv("PNEUMONIA_AUDIT_WAITING", str(tmp_path / "waiting"))
    sent = [draw_dicom(1), draw_refused(2)]
    with (
        Archive(archive_port) as archive,
        node(tmp_path, archive_port) as (process, port, log),
    ):
        assert send(port, *sent) == [0] * 2
        wait_for(lambda: len(archive.stored) == 2 and not spooled(tmp_path))
        wait_for(lambda: waits(tmp_path))
        Path(address).parent.mkdir()
        wait_for(lambda: Path(address).exists() and not waits(tmp_path))
        process.terminate()
        process.wait(30)
        text = log.read_text()
    store = AuditStore(address)
    rows = list(store.rows())
    store.verify()
    store.close()
    assert len({it["input_sha256"] for it in rows}) == len(rows) == 2
    assert all(it["input_sha256"][:16] in text for it in rows)
    assert {it["refusal"] for it in rows} == {None, "wrong_body_part"}
    assert not [secret for secret in SECRETS if secret in f"{rows}{text}"]


def waits(tmp_path: Path) -> bool:
    return any((tmp_path / "waiting").rglob("*.json"))


def test_a_spool_in_use_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spool = Spool(tmp_path, 1)
    arguments = ["--from", "A@127.0.0.1", "--to", "B@127.0.0.1:104"]
    assert main(["pacs", "node", "--spool", str(tmp_path), *arguments]) == 2
    assert "a folder that another process uses" in capsys.readouterr().err
    spool.close()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (["--from", "A"], "such as XRAY@10.0.0.7"),
        (["--from", "A@1.2.3.4.5"], "such as XRAY@10.0.0.7"),
        (["--from", "A@10.0.0.1/8"], "has host bits set"),
        (["--from", "A TITLE TOO LONG FOR IT@10.0.0.1"], "1 to 16 characters"),
        (["--to", "A@host"], "such as PACS@10.0.0.5:104"),
        (["--title", ""], "1 to 16 characters"),
        (["--idle-seconds", "0"], "a whole number above 0"),
    ],
)
def test_wrong_settings_are_told(
    wrong: list[str],
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {"--from": "A@127.0.0.1", "--to": "B@host:104", "--title": "C"}
    given |= {wrong[0]: wrong[1]}
    arguments = [part for pair in given.items() for part in pair]
    with pytest.raises(SystemExit, match="2"):
        main(["pacs", "node", "--spool", str(tmp_path), *arguments])
    assert expected in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "pynetdicom", None)
    for name in [name for name in sys.modules if name.startswith("pneumonia.pacs.")]:
        monkeypatch.delitem(sys.modules, name)
    arguments = ["--from", "A@127.0.0.1", "--to", "B@host:104"]
    assert main(["pacs", "node", "--spool", str(tmp_path), *arguments]) == 2
    assert "pip install '.[pacs]'" in capsys.readouterr().err
