"""A folder of weights: what its list does not name as it is, is not loaded."""

import os
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from pneumonia.checked_files import (
    LIST,
    PINNED,
    claimed,
    listed_files,
    publish,
    read_files,
)
from pneumonia.errors import WeightsError

OLD = {"a.json": b"old card", "a.keras": b"old network"}
NEW = {"a.json": b"new card", "a.keras": b"new network"}
AGAIN = "Make it again."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish(OLD, tmp_path)
    return tmp_path


def read(folder: Path, *names: str) -> list[bytes]:
    return read_files(folder, *(names or OLD), restore=AGAIN)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_published_is_listed_and_read(folder: Path) -> None:
    assert read(folder) == list(OLD.values())
    assert names(folder) == [LIST, "a.json", "a.keras"]


def test_the_list_is_that_of_sha256sum(folder: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", LIST], cwd=folder, check=True)
    made = subprocess.run(["sha256sum", *OLD], cwd=folder, capture_output=True)
    assert made.stdout == (folder / LIST).read_bytes()


def test_publishing_one_file_keeps_the_others_listed(folder: Path) -> None:
    publish({"b.json": b"another"}, folder)
    assert read(folder, "a.json", "b.json") == [b"old card", b"another"]


@pytest.mark.parametrize("name", list(OLD))
def test_a_changed_file_is_refused_by_its_name(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"changed")
    with pytest.raises(
        WeightsError,
        match=rf"{name} must have the SHA-256 that {LIST} names.*Received: one with "
        rf"{sha256(b'changed').hexdigest()[:12]}.*{AGAIN}",
    ):
        read(folder)


def test_a_missing_file_is_refused_by_its_name(folder: Path) -> None:
    (folder / "a.keras").unlink()
    with pytest.raises(WeightsError, match=r"a\.keras must .*Received: none"):
        read(folder)
    with pytest.raises(WeightsError, match=rf"b\.keras is missing\. {AGAIN}"):
        read(folder, "b.keras")


def test_a_file_that_is_not_listed_is_refused_with_how_to_list_it(folder: Path) -> None:
    (folder / "b.json").write_bytes(b"of somebody")
    with pytest.raises(WeightsError, match=r"b\.json is not listed in .*sha256sum \*"):
        read(folder, "b.json")


def test_without_a_list_nothing_is_loaded(folder: Path) -> None:
    (folder / LIST).unlink()
    with pytest.raises(WeightsError, match=r"a\.json is not listed"):
        read(folder)
    assert listed_files(folder) == {}


@pytest.mark.parametrize(
    "line",
    ["\n", "a.json\n", f"{'0' * 64}  ../a.json\n", f"{'G' * 64}  a.json\n", "half"],
)
def test_a_damaged_list_is_refused_by_its_name(folder: Path, line: str) -> None:
    with (folder / LIST).open("a") as file:
        file.write(line)
    with pytest.raises(WeightsError, match=rf"{LIST} is damaged.*list the files anew"):
        read(folder)


def test_an_unreadable_list_is_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(WeightsError, match=rf"{LIST} cannot be read: Permission"):
        listed_files(folder)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (folder / "a.json").rename(outside / "a.json")
    inner = folder / "weights"
    publish(OLD, inner)
    (inner / "a.json").unlink()
    (inner / "a.json").symlink_to(outside / "a.json")
    with pytest.raises(WeightsError, match=r"own folder\. Received: .*a\.json, a link"):
        read(inner)


def test_a_link_within_the_folder_and_a_link_to_it_are_followed(folder: Path) -> None:
    (folder / "kept").mkdir()
    (folder / "a.json").rename(folder / "kept" / "a.json")
    (folder / "a.json").symlink_to("kept/a.json")
    (folder / "link").symlink_to(folder)
    assert read(folder / "link") == list(OLD.values())


def test_what_is_no_file_is_not_read(folder: Path) -> None:
    (folder / "a.json").unlink()
    os.mkfifo(folder / "a.json")
    with pytest.raises(WeightsError, match="none that can be read"):
        read(folder)


def test_a_site_can_allow_one_list_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PINNED, sha256((folder / LIST).read_bytes()).hexdigest())
    assert read(folder) == list(OLD.values())
    publish(NEW, folder)
    with pytest.raises(WeightsError, match=rf"{PINNED} allows .* Received: .*{LIST}"):
        read(folder)
    (folder / LIST).unlink()
    with pytest.raises(WeightsError, match="not listed"):
        read(folder)


def test_whoever_reads_at_any_move_gets_all_old_files_or_all_new_ones(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, move = [read(folder)], Path.replace

    def replace(self: Path, target: Path) -> Path:
        moved = move(self, target)
        found.append(read(folder))
        return moved

    monkeypatch.setattr(Path, "replace", replace)
    publish(NEW, folder)
    old, new = list(OLD.values()), list(NEW.values())
    assert found == [old, new, new, new]


def test_what_is_published_while_somebody_reads_is_read_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, published = Path.read_bytes, False

    def read_bytes(self: Path) -> bytes:
        nonlocal published
        content = reading(self)
        if self.name == "a.json" and not published:
            published = True
            publish(NEW, folder)
        return content

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert read(folder) == list(NEW.values())


@pytest.mark.parametrize("number", [1, 2, 3])
def test_after_a_stop_at_any_move_the_files_are_read_and_published_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    move, made = Path.replace, 0

    def replace(self: Path, target: Path) -> Path:
        nonlocal made
        made += 1
        if made == number:
            raise KeyboardInterrupt
        return move(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            publish(NEW, folder)
    kept = OLD if number == 1 else NEW
    assert read(folder) == list(kept.values())

    publish({"b.json": b"another"}, folder)
    assert read(folder) == list(kept.values())
    publish(OLD, folder)
    assert read(folder) == list(OLD.values())
    assert names(folder) == [LIST, "a.json", "a.keras", "b.json"]


def test_a_full_disc_is_one_sentence_and_leaves_the_old_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WeightsError, match=r"cannot be replaced: No space left.*room"):
        publish(NEW, folder)
    assert read(folder) == list(OLD.values())
    assert names(folder) == [LIST, "a.json", "a.keras"]


def test_two_publishers_do_not_lose_one_anothers_files(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; "
        "from pneumonia.checked_files import publish; "
        "[publish({f'{sys.argv[1]}{n}.json': b'x'}, Path(sys.argv[2])) "
        "for n in range(20)]"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, name, tmp_path])
        for name in "ab"
    ]
    assert [process.wait() for process in running] == [0, 0]
    assert len(listed_files(tmp_path)) == 40


def test_a_publisher_waits_for_another(folder: Path) -> None:
    waiting = threading.Thread(target=publish, args=(NEW, folder))
    with claimed(folder):
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        assert read(folder) == list(OLD.values())
    waiting.join()
    assert read(folder) == list(NEW.values())
