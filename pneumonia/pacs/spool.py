"""A bounded folder in which radiographs and results wait, over any restart.

``received/<sha256>.dcm`` is a radiograph, ``results/<sha256>/`` holds what was made of
it. Either is complete or absent: it is written beside, and renamed once it is on disc.
"""

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pneumonia.errors import PacsError
from pneumonia.reading.radiograph import sha256_of

# Is being written; a start removes what is left of it.
_PART: Final = ".part"


class Spool:
    """Radiographs that were received, and results to deliver.

    Safe to share between threads; a second process is refused.

    Parameters
    ----------
    folder : Path
        Made if it is absent; only its owner can read it.
    most_bytes : int
        Of all that waits. The results of one radiograph may exceed it.

    Attributes
    ----------
    changed : threading.Event
        Set whenever something was added.
    on_delivered : callable
        Takes the SHA-256 of a radiograph before its last result is forgotten.

    Raises
    ------
    PacsError
        If another process uses the folder.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._received, self._results = folder / "received", folder / "results"
        self._most_bytes = most_bytes
        self._adding = threading.Lock()
        self.changed = threading.Event()
        self.on_delivered: Callable[[str], None] = lambda _: None
        for each in (folder, self._received, self._results):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise PacsError(
                "A spool belongs to one node. Received: a folder that another process "
                "uses. End that one, or name another folder."
            ) from error
        for left in folder.glob(f"*/*{_PART}"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for left in self._results.iterdir():
            if not any(left.iterdir()):  # stopped after its last delivery
                left.rmdir()

    def close(self) -> None:
        """Let another process use the folder."""
        os.close(self._lock)

    @property
    def size(self) -> int:
        """The bytes of all that waits."""
        total = 0
        for path in (*self._received.iterdir(), *self._results.glob("*/*")):
            try:
                total += path.stat().st_size
            except FileNotFoundError:  # delivered meanwhile
                continue
        return total

    def add(self, data: bytes) -> bool:
        """Keep a radiograph. One that waits already is not kept twice.

        Parameters
        ----------
        data : bytes
            The whole file.

        Returns
        -------
        bool
            False if there is no room for it.

        Raises
        ------
        OSError
            If it cannot be written; nothing of it is left then.
        """
        digest = sha256_of(data)
        path = self._received / f"{digest}.dcm"
        with self._adding:
            if not path.exists() and not (self._results / digest).exists():
                if self.size + len(data) > self._most_bytes:
                    return False
                part = path.with_suffix(_PART)
                try:
                    write(part, data)
                    part.replace(path)
                    sync(self._received)
                finally:
                    part.unlink(missing_ok=True)
        self.changed.set()
        return True

    def next_received(self) -> Path | None:
        """Return the radiograph to assess next; None if there is none, or no room.

        With the spool full, results have to be delivered before more are made.
        """
        results = self.results()
        for path in _by_age(self._received):
            if path.suffix == _PART:
                continue
            if (self._results / path.stem).exists():
                # Stopped after its results were kept.
                path.unlink()
                continue
            return None if results and self.size > self._most_bytes else path
        return None

    def finish(self, received: Path, files: Mapping[str, bytes]) -> None:
        """Keep the results of a radiograph in its place.

        Parameters
        ----------
        received : Path
            As of `next_received`.
        files : mapping of str to bytes
            Results by file name, delivered in the order of the names; may be empty.

        Raises
        ------
        OSError
            If they cannot be written; the radiograph stays, and nothing of them does.
        """
        if files:
            target = self._results / received.stem
            part = target.with_suffix(_PART)
            try:
                part.mkdir(mode=0o700)
                for name, data in files.items():
                    write(part / name, data)
                sync(part)
                part.replace(target)
                sync(self._results)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        received.unlink()
        self.changed.set()

    def holds(self, digest: str) -> bool:
        """Tell whether a radiograph waits, or results of it do, by its SHA-256."""
        # In this order: it goes from one to the other.
        received = self._received / f"{digest}.dcm"
        return received.exists() or (self._results / digest).exists()

    def results(self) -> list[Path]:
        """Return the folders of results, the oldest first."""
        return [path for path in _by_age(self._results) if path.suffix != _PART]

    def delivered(self, path: Path) -> None:
        """Forget a result that has arrived, and its folder after the last one."""
        if list(path.parent.iterdir()) == [path]:
            self.on_delivered(path.parent.name)
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


def _by_age(folder: Path) -> list[Path]:
    ages = []
    for path in folder.iterdir():
        try:
            ages.append((path.stat().st_mtime_ns, path))
        except FileNotFoundError:
            continue
    return [path for _, path in sorted(ages)]


def write(path: Path, data: bytes) -> None:
    """Write a file that is on disc when this returns."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Have the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
