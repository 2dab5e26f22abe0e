"""Results from the spool to the archive by C-STORE, tried until they arrive."""

import logging
import ssl
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ComprehensiveSRStorage,
    SecondaryCaptureImageStorage,
)

from pneumonia.errors import note_fault
from pneumonia.pacs.settings import NodeSettings
from pneumonia.pacs.spool import Spool
from pneumonia.pacs.tls import associate

if TYPE_CHECKING:
    from pynetdicom import AE
    from pynetdicom.association import Association

_logger = logging.getLogger(__name__)

_FIRST_DELAY: Final = 1.0
# Stored, stored with a change, or there already (PS3.4, table B.2-1; PS3.7, annex C).
_ARRIVED: Final = {0x0000, 0xB000, 0xB006, 0xB007, 0x0111}
_NO_CONTEXT: Final = 0x0122


def deliver_until(
    stopped: threading.Event,
    spool: Spool,
    ae: "AE",
    settings: NodeSettings,
    context: ssl.SSLContext | None,
) -> None:
    """Deliver whatever comes into the spool. A result leaves it once it has arrived.

    Parameters
    ----------
    stopped : threading.Event
        Ends it after the object that is being sent.
    spool : Spool
    ae : AE
        With time limits.
    settings : NodeSettings
    context : SSLContext or None
        For TLS.
    """
    for sop_class in (SecondaryCaptureImageStorage, ComprehensiveSRStorage):
        ae.add_requested_context(sop_class)
    delay = _FIRST_DELAY
    while not stopped.is_set():
        paths = [path for entry in spool.results() for path in sorted(entry.iterdir())]
        if not paths:
            stopped.wait(0.2)
            continue
        try:
            connect = partial(associate, ae, settings.destination, context)
            failure = _deliver(stopped, spool, connect, paths)
        except OSError as error:  # such as a host whose name is not known
            failure = f"delivery failed, {error.strerror}"
        except Exception as error:
            failure = f"delivery failed, {note_fault(error).details['fault']}"
        if failure is None:
            delay = _FIRST_DELAY
            continue
        _logger.warning("%s; next try in %.0f s", failure, delay)
        stopped.wait(delay)
        delay = min(2 * delay, settings.limits.retry_seconds)


def _deliver(
    stopped: threading.Event,
    spool: Spool,
    connect: Callable[[], "Association"],
    paths: list[Path],
) -> str | None:
    """Send all that waits in one association; returns what went wrong last."""
    failure = None
    association = connect()
    if not association.is_established:
        return "the archive accepts no association"
    try:
        for path in paths:
            if stopped.is_set():
                break
            status = _send(association, path)
            if status in _ARRIVED:
                spool.delivered(path)
            elif status is None:
                return "the archive ended the association or did not answer in time"
            else:
                name = path.parent.name[:16]
                failure = f"{name}: the archive refuses a result, status {status:04X}"
    finally:
        if association.is_established:
            association.release()
    return failure


def _send(association: "Association", path: Path) -> int | None:
    """Send one object; returns the status, or None without an answer."""
    try:
        answer = association.send_c_store(path)
    except ValueError:  # the archive takes no objects of this kind
        return _NO_CONTEXT
    except RuntimeError:  # the association has ended
        return None
    return int(answer.Status) if "Status" in answer else None
