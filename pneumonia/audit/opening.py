"""Where the record is kept, and what programs without visitors write into it."""

from __future__ import annotations

import itertools
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from pneumonia.errors import AuditError

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision

# How long a program that ends waits for the database.
_LAST_SECONDS: Final = 10.0


def audit_address() -> str | None:
    """Return where the record is kept, None where there is none."""
    return os.environ.get("PNEUMONIA_AUDIT") or None


def waiting_folder(name: str) -> Path:
    """Return where the entries of a program wait."""
    return Path(os.environ.get("PNEUMONIA_AUDIT_WAITING", "audit-waiting")) / name


@contextmanager
def audit_packages() -> Iterator[None]:
    """Tell which packages are missing, where an import within fails.

    Raises
    ------
    AuditError
    """
    try:
        yield
    except ImportError as error:
        raise AuditError(
            "The audit record needs the packages of the extra audit: "
            'pip install ".[audit]"'
        ) from error


@contextmanager
def noting() -> Iterator[Callable[[Decision], None]]:
    """Give what takes decisions into the record, for a program without visitors.

    It never waits for the database, but for some seconds at the end. What could not be
    written by then is written by the next program that finds it waiting.

    Yields
    ------
    callable
        It does nothing where there is no record.

    Raises
    ------
    AuditError
        If a record is asked for that cannot be: its packages are missing, or its
        address is none.
    """
    address = audit_address()
    if address is None:
        yield lambda _: None
        return
    with audit_packages():
        from pneumonia.audit.entry import entry_of
        from pneumonia.audit.recorder import open_recorder

    session = secrets.token_hex(8)
    with _own_folder() as folder:
        recorder = open_recorder(address, folder)
        try:
            yield lambda decision: recorder.record(
                entry_of(decision, None, session=session, user=None)
            )
        finally:
            recorder.finish(_LAST_SECONDS)


@contextmanager
def _own_folder() -> Iterator[Path]:
    """Take the first folder that no other program has; the system frees it."""
    for number in itertools.count(1):
        folder = waiting_folder(f"program-{number}")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (folder / "lock").open("ab")
        except OSError:  # the recorder tells, and records a gap
            yield folder
            return
        with lock:
            if not _is_taken(lock):
                yield folder
                return


def _is_taken(lock: IO[bytes]) -> bool:
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
