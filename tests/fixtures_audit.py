"""Databases for the audit record: SQLite, and a PostgreSQL of the test's own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from pneumonia.audit.entry import Entry

_SECONDS = 60


def make_entry(number: int = 0, **changes: Any) -> Entry:
    values: dict[str, Any] = {
        "kind": "result",
        "session": "s1",
        "input_sha256": f"{number:064x}",
        "weights": "ensemble",
        "weights_sha256": "ab" * 32,
        "status": "assessed",
        "score": 0.1 + 0.2,
        "flagged": False,
        "operating_point": "balanced",
        "prevalence": 0.15,
        "warnings": "unknown_age",
    }
    return Entry(**(values | changes))


def engine_of(address: str) -> Engine:
    """Reach a record's database behind its back."""
    url = address if "://" in address else f"sqlite:///{address}"
    return create_engine(url.replace("postgresql:", "postgresql+pg8000:"))


def drop_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS audit, audit_version"))


def find_postgresql() -> Path | None:
    """Return the folder of PostgreSQL's programs, Debian's newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    named = shutil.which("postgres")
    path = found[-1] if found else Path(named).resolve() if named else None
    return path.parent if path else None


class PostgreSQL:
    """A server on a free port of this machine, in a folder that goes with it.

    Use it as a context manager.

    Parameters
    ----------
    programs : Path
        As `find_postgresql` gives it.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"postgresql://audit@127.0.0.1:{self.port}/postgres"
        # It does not run as root.
        names = {it.pw_name for it in pwd.getpwall()}
        other = "postgres" if "postgres" in names else "nobody"
        self._user = other if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self._folder, self._user)

    def __enter__(self) -> "PostgreSQL":
        self._call("initdb", "-U", "audit", "-A", "trust", "-N", "-D", self._data)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(str(self._programs / "postgres"), "-D", self._data),
                *("-h", "127.0.0.1", "-p", str(self.port), "-k", "", "-F"),
                *("-c", "shared_buffers=16MB"),
            ],
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + _SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user,
            cwd=self._folder,
            check=True,
            capture_output=True,
        )
