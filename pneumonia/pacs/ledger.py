"""Which instances were received, and what became of them, over any restart.

``instances/<SOP Instance UID>`` holds the SOP class and the SHA-256 of the file in the
spool, ``delivered/<sha256>`` says that its results have arrived. Both are forgotten
after 30 days.
"""

import time
from pathlib import Path
from typing import Final

from pneumonia.pacs.spool import Spool, sync, write

# Failure Reason (PS3.3, C.14.1.1).
NO_SUCH_INSTANCE: Final = 0x0112
CLASS_CONFLICT: Final = 0x0119

_SECONDS_KEPT: Final = 30 * 86400
_SECONDS_BETWEEN: Final = 3600


class Ledger:
    """What storage commitment is answered from.

    Parameters
    ----------
    folder : Path
        The spool's.
    spool : Spool
    """

    def __init__(self, folder: Path, spool: Spool) -> None:
        self._instances, self._delivered = folder / "instances", folder / "delivered"
        self._spool = spool
        self._tidied = 0.0
        for each in (self._instances, self._delivered):
            each.mkdir(mode=0o700, exist_ok=True)
        spool.on_delivered = self._note_delivered

    def note(self, sop_class: str, uid: str, digest: str) -> None:
        """Remember an instance that is in the spool; raises OSError if it cannot be.

        Parameters
        ----------
        sop_class : str
        uid : str
            A valid SOP Instance UID.
        digest : str
            SHA-256 of its file in the spool.
        """
        self._tidy()
        part = self._instances / f"{uid}.part"
        write(part, f"{sop_class} {digest}".encode())
        part.replace(self._instances / uid)
        sync(self._instances)

    def failure(self, sop_class: str, uid: str) -> int | None:
        """Tell why an instance is not committed to, None if it is.

        It is while it is in the spool, or its results are, and once these have arrived.
        """
        try:
            known, digest = (self._instances / uid).read_text().split()
        except (OSError, ValueError):
            return NO_SUCH_INSTANCE
        if known != sop_class:
            return CLASS_CONFLICT
        # In this order: it goes from one to the next.
        kept = self._spool.holds(digest) or (self._delivered / digest).exists()
        return None if kept else NO_SUCH_INSTANCE

    def _note_delivered(self, digest: str) -> None:
        write(self._delivered / digest, b"")
        sync(self._delivered)

    def _tidy(self) -> None:
        now = time.time()
        if now < self._tidied + _SECONDS_BETWEEN:
            return
        self._tidied = now
        for folder in (self._instances, self._delivered):
            for path in folder.iterdir():
                try:
                    if path.stat().st_mtime < now - _SECONDS_KEPT:
                        path.unlink()
                except FileNotFoundError:
                    continue
