"""The spool: complete or absent, bounded, and the same after any stop."""

from pathlib import Path

import pytest

from pneumonia.errors import PacsError
from pneumonia.pacs.spool import Spool

FILES = {"1-heatmap.dcm": b"picture", "2-report.dcm": b"report"}


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", 100)


def take(spool: Spool) -> Path:
    received = spool.next_received()
    assert received is not None
    return received


def test_a_radiograph_waits_and_its_results_take_its_place(spool: Spool) -> None:
    assert spool.add(b"radiograph")
    received = take(spool)
    assert received.read_bytes() == b"radiograph"
    spool.finish(received, FILES)
    assert spool.next_received() is None
    (entry,) = spool.results()
    assert {path.name: path.read_bytes() for path in entry.iterdir()} == FILES
    for path in sorted(entry.iterdir()):
        spool.delivered(path)
    assert not spool.results()
    assert spool.size == 0


def test_what_is_refused_leaves_nothing(spool: Spool) -> None:
    spool.add(b"radiograph")
    spool.finish(take(spool), {})
    assert spool.size == 0
    assert not spool.results()


def test_the_same_file_waits_once(spool: Spool) -> None:
    assert spool.add(b"radiograph")
    assert spool.add(b"radiograph")
    spool.finish(take(spool), FILES)
    assert spool.add(b"radiograph")
    assert spool.next_received() is None


def test_more_than_the_limit_is_not_taken(spool: Spool) -> None:
    assert spool.add(b"a" * 60)
    assert not spool.add(b"b" * 60)
    assert spool.size == 60


def test_a_full_spool_delivers_before_it_assesses(spool: Spool) -> None:
    spool.add(b"a")
    spool.finish(take(spool), {"1-heatmap.dcm": bytes(98)})
    spool.add(b"bb")
    assert spool.next_received() is not None
    spool.finish(take(spool), {"1-heatmap.dcm": bytes(50)})
    (spool._received / "late.dcm").write_bytes(b"c")
    assert spool.next_received() is None
    for entry in spool.results():
        spool.delivered(entry / "1-heatmap.dcm")
    assert spool.next_received() is not None


def test_what_was_half_written_is_gone_after_a_restart(tmp_path: Path) -> None:
    first = Spool(tmp_path, 100)
    first.add(b"radiograph")
    (tmp_path / "received" / "x.part").write_bytes(b"half")
    (tmp_path / "results" / "y.part").mkdir()
    (tmp_path / "results" / "y.part" / "1-heatmap.dcm").write_bytes(b"half")
    (tmp_path / "results" / "z").mkdir()
    first.close()
    second = Spool(tmp_path, 100)
    assert second.size == len(b"radiograph")
    assert not second.results()
    assert take(second).read_bytes() == b"radiograph"


def test_a_stop_between_results_and_removal_makes_no_second_result(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.add(b"radiograph")
    received = take(spool)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", stop)
        with pytest.raises(KeyboardInterrupt):
            spool.finish(received, FILES)
    assert received.exists()
    assert len(spool.results()) == 1
    assert spool.next_received() is None
    assert not received.exists()


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_full_disc_leaves_the_radiograph_and_no_half_result(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    spool.add(b"radiograph")
    received = take(spool)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            spool.finish(received, FILES)
        with pytest.raises(OSError, match="No space left"):
            spool.add(b"another")
    assert not spool.results()
    assert [path.name for path in spool._received.iterdir()] == [received.name]


def test_a_second_node_is_refused(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(PacsError, match="another process uses"):
        Spool(tmp_path / "spool", 100)


def test_only_the_owner_can_read_it(spool: Spool, tmp_path: Path) -> None:
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
