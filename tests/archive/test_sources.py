"""Sources of archives: disk as the plain engine, buckets, web servers, lists."""

import functools
import http.server
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pneumonia.cli import archive_sources
from pneumonia.cli.archive_sources import Source, find_sources, read_source
from pneumonia.cli.inputs import find_inputs
from pneumonia.cli.text_output import UsageError
from pneumonia.errors import RadiographError, UnreadableRadiographError

fsspec = pytest.importorskip("fsspec")

BUCKET = "radiographs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two files, one below, a note, and a ZIP archive of two."""
    here = tmp_path / "folder"
    (here / "below").mkdir(parents=True)
    (here / "a.png").write_bytes(b"a")
    (here / "below" / "b.png").write_bytes(b"b")
    (here / "note.txt").write_bytes(b"no radiograph")
    with zipfile.ZipFile(here / "c.zip", "w") as archive:
        archive.writestr("d.png", b"d")
        archive.writestr("e/f.png", b"f")
    return here


def read_all(*paths: str, listed: Path | None = None) -> dict[str, bytes]:
    return {source.name: read_source(source) for source in find_sources(paths, listed)}


def test_a_folder_is_named_and_read_as_by_the_plain_engine(folder: Path) -> None:
    plain = {each.name: each.read() for each in find_inputs([str(folder)])}
    assert len(plain) == 4
    assert read_all(str(folder)) == plain


def test_what_the_plain_engine_cannot_read_fails_alike(tmp_path: Path) -> None:
    (tmp_path / "damaged.zip").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere")
    plain = sorted(find_inputs([str(tmp_path)]))
    found = sorted(find_sources([str(tmp_path)], None))
    for one, other in zip(plain, found, strict=True):
        with pytest.raises(RadiographError) as expected:
            one.read()
        with pytest.raises(RadiographError) as raised:
            read_source(other)
        assert raised.value.refusal == expected.value.refusal


def test_a_pattern_names_files(folder: Path) -> None:
    assert set(read_all(f"{folder}/**/*.png").values()) == {b"a", b"b"}


def test_a_list_names_paths_beside_those_given(folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text(f"{folder}/below\n\n{folder}/c.zip\r\n")
    found = read_all(str(folder / "a.png"), listed=listed)
    assert list(found.values()) == [b"a", b"b", b"d", b"f"]


@pytest.mark.parametrize("name", ["nothing.png", "no*.png"])
def test_a_name_of_nothing_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no file|No file has a name like"):
        list(find_sources([str(tmp_path / name)], None))


@contextmanager
def amazon() -> Iterator[str]:
    """Play S3 with moto."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield "s3"
    server.stop()


@contextmanager
def google() -> Iterator[str]:
    """Play Google Cloud Storage with its emulator."""
    play = pytest.importorskip("gcp_storage_emulator.server").create_server
    server = play("127.0.0.1", 0, in_memory=True)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        port = server._api._httpd.server_address[1]
        patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
        # Else it asks the emulator through gRPC, which that does not speak.
        patch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
        patch.setitem(fsspec.config.conf, "gs", {"token": "anon", "project": "test"})
        yield "gs"
    server.stop()


@pytest.fixture(params=[amazon, google])
def bucket(folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of a bucket that holds the folder."""
    with request.param() as protocol:
        archive_sources._open.cache_clear()
        kind = fsspec.get_filesystem_class(protocol)
        kind.clear_instance_cache()
        system = fsspec.filesystem(protocol)
        system.mkdir(BUCKET)
        system.put(str(folder), f"{BUCKET}/folder", recursive=True)
        system.pipe(f"{BUCKET}/empty.png", b"")
        yield f"{protocol}://{BUCKET}"
        archive_sources._open.cache_clear()
        kind.clear_instance_cache()


@pytest.mark.filterwarnings("ignore")  # of what stands below fsspec and the servers
def test_a_bucket_is_read(bucket: str) -> None:
    root = f"{bucket}/folder"
    everything = {
        f"{root}/a.png": b"a",
        f"{root}/below/b.png": b"b",
        f"{root}/c.zip!d.png": b"d",
        f"{root}/c.zip!e/f.png": b"f",
    }
    assert read_all(f"{root}/") == everything
    assert read_all(f"{root}/*.png") == {f"{root}/a.png": b"a"}
    assert read_all(f"{root}/c.zip", f"{root}/a.png").keys() == everything.keys() - {
        f"{root}/below/b.png"
    }
    assert read_all(f"{bucket}/empty.png") == {f"{bucket}/empty.png": b""}
    with pytest.raises(UnreadableRadiographError, match="FileNotFoundError"):
        read_source(Source("x", f"{root}/absent.png"))
    with pytest.raises(UsageError, match="cannot be listed"):
        list(find_sources([f"{bucket}-absent/folder/"], None))


def test_a_web_server_is_read(folder: Path) -> None:
    pytest.importorskip("aiohttp")
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/a.png?token=1"
        assert read_all(address) == {address: b"a"}
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Storage:
    """Fails some times before it gives a file."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.asked = failures, error, 0

    def cat_file(self, path: str, start: int, end: int) -> bytes:
        self.asked += 1
        if self.asked <= self.failures:
            raise self.error
        return b"whole"

    def size(self, path: str) -> int:
        return 5


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Any:
    def give(failures: int, error: Exception) -> Storage:
        made = Storage(failures, error)
        monkeypatch.setattr(archive_sources, "_connect", lambda place: (made, place))
        monkeypatch.setattr(archive_sources, "_WAITS", (0.0, 0.0))
        return made

    return give


def test_a_storage_that_fails_twice_is_asked_again(storage: Any) -> None:
    asked = storage(2, OSError("slow down"))
    assert read_source(Source("x", "s3://b/x.png")) == b"whole"
    assert asked.asked == 3


def test_a_storage_that_goes_on_failing_makes_the_file_unreadable(storage: Any) -> None:
    asked = storage(9, TimeoutError("https://secret"))
    with pytest.raises(UnreadableRadiographError) as raised:
        read_source(Source("x", "s3://b/x.png"))
    assert asked.asked == 3
    assert "TimeoutError" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_not_there_is_asked_for_once(storage: Any) -> None:
    asked = storage(9, FileNotFoundError())
    with pytest.raises(UnreadableRadiographError):
        read_source(Source("x", "s3://b/x.png"))
    assert asked.asked == 1
