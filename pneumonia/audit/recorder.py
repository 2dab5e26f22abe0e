"""Takes entries without making anybody wait, and delivers them to the database.

Every entry is first a small file, without the user's name; a thread appends it to the
database and removes the file. So a lost database or a killed server costs no entry, and
one that is delivered twice is written once, as it has its own random number.
"""

from __future__ import annotations

import functools
import json
import logging
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from pneumonia.audit.entry import Entry
from pneumonia.audit.store import AuditStore
from pneumonia.errors import AuditError
from pneumonia.reading.environment import whole_number

_logger = logging.getLogger(__name__)

_RETRY_SECONDS: Final = 5.0
_BATCH: Final = 500


class Recorder:
    """What waits on disk, and the thread that delivers it.

    Parameters
    ----------
    store : AuditStore
    folder : Path
        Where entries wait; of this server alone. It is made if need be.
    most : int
        Entries that may wait. Those beyond are counted, and a gap is recorded.
    """

    def __init__(self, store: AuditStore, folder: Path, *, most: int = 100_000) -> None:
        self.store = store
        self._folder = folder
        self._most = most
        self._users: dict[str, str] = {}
        self._missed = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._told = False
        for cut_off in folder.glob("*.new"):
            cut_off.unlink(missing_ok=True)
        self._waiting = len(self._files())
        self._thread = threading.Thread(target=self._run, daemon=True, name="audit")

    def start(self) -> None:
        """Deliver from now on, what waits from before first."""
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """Deliver no more; what waits stays."""
        self._ended.set()
        self._wake.set()
        self._thread.join()

    def finish(self, seconds: float) -> None:
        """Deliver what waits, unless that takes too long; then as `stop`, at once.

        Parameters
        ----------
        seconds : float
            An entry that is just being written then may be written twice: it has one
            number, and is kept once.
        """
        until = time.monotonic() + seconds
        while (self._waiting or self._missed) and not self._told:
            if time.monotonic() > until:
                break
            time.sleep(0.02)
        self._ended.set()
        self._wake.set()
        self._thread.join(max(0.0, until - time.monotonic()))

    @property
    def waiting(self) -> int:
        """How many entries wait on disk."""
        return self._waiting

    def record(self, entry: Entry) -> None:
        """Take an entry. Never raises, and never waits for the database.

        Parameters
        ----------
        entry : Entry
        """
        with self._lock:
            if entry.user is not None:
                self._users[entry.id] = entry.user
            if self._waiting < self._most and self._keep(entry):
                self._waiting += 1
            else:
                self._missed += 1
                self._users.pop(entry.id, None)
        self._wake.set()

    def deliver(self) -> int:
        """Append what waits to the database; return how many entries that were.

        Raises
        ------
        AuditError
            If the database cannot be used; then all of it still waits.
        """
        files = self._files()[:_BATCH]
        entries = [self._read(path) for path in files]
        found = sorted(filter(None, entries), key=lambda it: it.time)
        missed, damaged = self._missed, entries.count(None)
        gap = [Entry("gap", number=missed + damaged)] if missed + damaged else []
        self.store.append([*found, *gap])
        for path in files:
            path.unlink(missing_ok=True)
        with self._lock:
            self._missed -= missed
            self._waiting -= len(files)
            for it in found:
                self._users.pop(it.id, None)
        return len(found)

    def _files(self) -> list[Path]:
        return list(self._folder.glob("*.json"))

    def _keep(self, entry: Entry) -> bool:
        path = self._folder / f"{entry.id}.json"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(replace(entry, user=None))))
            fresh.replace(path)
        except OSError as error:
            _logger.error(
                "An entry of the audit record could not be kept: %s.", error.strerror
            )
            return False
        return True

    def _read(self, path: Path) -> Entry | None:
        """Read an entry that waits; None where a fault of the machine damaged it."""
        try:
            entry = Entry(**json.loads(path.read_text()))
        except (ValueError, TypeError):
            return None
        return replace(entry, user=self._users.get(entry.id))

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wake.wait()
            self._wake.clear()
            while not self._ended.is_set() and self._try():
                pass

    def _try(self) -> bool:
        """Deliver once; tell whether there may be more to deliver at once."""
        try:
            delivered = self.deliver()
        except Exception as error:  # whatever it is, the next try may succeed
            if not self._told:
                known = isinstance(error, AuditError)
                words = str(error) if known else type(error).__name__
                _logger.error("Entries of the audit record wait on disk. %s", words)
            self._told = True
            # Not `_wake`: each new entry would ask the lost database again.
            self._ended.wait(_RETRY_SECONDS)
            return True
        if self._told:
            _logger.warning("The audit record is written again.")
        self._told = False
        return delivered == _BATCH


def open_recorder(address: str, folder: Path) -> Recorder:
    """Return a recorder that is started.

    Parameters
    ----------
    address : str
        As for `AuditStore`.
    folder : Path
        Where entries wait.

    Returns
    -------
    Recorder

    Raises
    ------
    AuditError
        If the address cannot be used.
    """
    most = whole_number("PNEUMONIA_AUDIT_WAITING_MOST", 100_000)
    recorder = Recorder(AuditStore(address), folder, most=most)
    recorder.start()
    return recorder


recorder_of = functools.cache(open_recorder)
