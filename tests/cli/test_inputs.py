"""Which files the command line reads, and why not the others."""

import gc
import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from fixtures_cli import Rows
from phantoms import write_phantom

from pneumonia.cli.inputs import find_inputs
from pneumonia.errors import RadiographError
from pneumonia.reading.archive import Archive


def reason(path: Path) -> str:
    """Say why a file that is named is not read."""
    (found,) = find_inputs([str(path)])
    with pytest.raises(RadiographError) as caught:
        found.read()
    return str(caught.value)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.png")
    assert reason(tmp_path / "x.png").startswith(
        "Only regular files are read. Received: a pipe."
    )


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null"])
def test_a_device_is_not_read(name: str) -> None:
    assert "Received: a device." in reason(Path(name))


def test_a_link_that_leads_nowhere_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "dangling.png").symlink_to(tmp_path / "absent.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    for name in ("dangling.png", "loop.png"):
        assert "Received: a link that leads nowhere." in reason(tmp_path / name)


def test_a_file_that_cannot_be_opened_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_phantom(tmp_path / "x.png", seed=0)
    (found,) = find_inputs([str(path)])

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may open anything
    with pytest.raises(RadiographError, match="the error Permission denied"):
        found.read()


def test_in_a_folder_each_of_them_gets_a_row(assess: Rows, radiographs: Path) -> None:
    os.mkfifo(radiographs / "pipe.png")
    (radiographs / "link.png").symlink_to(radiographs / "absent.png")
    rows = {Path(row["file"]).name: row for row in assess(radiographs)}
    assert len(rows) == 6
    for name in ("pipe.png", "link.png"):
        assert rows[name]["status"] == "unreadable"
        assert "Only regular files are read." in rows[name]["message"]


def test_folders_that_lead_into_one_another_are_searched_once(
    radiographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (radiographs / "again").symlink_to(radiographs)
    (radiographs / "b" / "up").symlink_to("..")
    write_phantom(tmp_path / "elsewhere" / "g.png", seed=7)
    (tmp_path / "elsewhere" / "back").symlink_to(radiographs / "b")
    (radiographs / "a linked folder").symlink_to(tmp_path / "elsewhere")

    found = [Path(each.name) for each in find_inputs([str(radiographs)])]

    assert [str(path.relative_to(radiographs)) for path in found] == [
        *("a linked folder/g.png", "a.png", "b/c.png", "b/d/e.jpeg", "f.tiff")
    ]
    assert "3 links lead to folders that are searched anyway" in capsys.readouterr().err


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(900 * 2**20)
    tracemalloc.start()
    message = reason(tmp_path / "large.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "Files up to 100 MB are read. Received: 900 MB." in message
    assert peak < 2**20


def test_only_two_archives_are_held_at_a_time(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("x.png", b"\x89PNG")
    for number in range(6):
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as packed:
            packed.writestr("inner.zip", inner.getvalue())

    found = list(find_inputs([str(tmp_path)]))

    assert [each.read() for each in found] == [b"\x89PNG"] * 6
    gc.collect()
    assert sum(isinstance(each, Archive) for each in gc.get_objects()) <= 2
