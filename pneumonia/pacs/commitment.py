"""Storage commitment (PS3.4, annex J): the node says what it holds or has answered."""

import logging
import queue
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydicom.dataset import Dataset
from pynetdicom import build_context, build_role
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

from pneumonia.errors import note_fault
from pneumonia.pacs.answers import is_uid
from pneumonia.pacs.ledger import Ledger
from pneumonia.pacs.settings import NodeSettings
from pneumonia.pacs.tls import associate

if TYPE_CHECKING:
    from pynetdicom import AE
    from pynetdicom.events import Event

_logger = logging.getLogger(__name__)

# Statuses of N-ACTION (PS3.7, annex C).
_SUCCESS, _NOT_AUTHORIZED, _RESOURCE_LIMITATION = 0x0000, 0x0124, 0x0213
_NO_SUCH_OBJECT, _INVALID_ARGUMENT, _NO_SUCH_ACTION = 0x0112, 0x0115, 0x0123
_REQUEST: Final = 1  # the one type of action
# The types of the event.
_ALL_COMMITTED, _WITH_FAILURES = 1, 2
_MOST_INSTANCES: Final = 10_000
_MOST_WAITING: Final = 100
_MOST_TRIES: Final = 12


@dataclass
class _Report:
    """What is to be reported, to whom, and when next."""

    title: str
    transaction: str
    instances: list[tuple[str, str]]
    tries: int = 0
    due: float = 0.0


class Commitments:
    """Takes requests, and reports to those who made them, in associations of its own.

    Parameters
    ----------
    settings : NodeSettings
        Only those whom ``commit`` names are answered.
    ledger : Ledger
    """

    def __init__(self, settings: NodeSettings, ledger: Ledger) -> None:
        self._to = {it.title: it for it in settings.commit}
        self._retry_seconds = settings.limits.retry_seconds
        self._ledger = ledger
        self._waiting = queue.Queue[_Report](_MOST_WAITING)

    def take(self, event: "Event") -> tuple[int, None]:
        """Answer N-ACTION: take a request, or say why not."""
        requestor: Any = event.assoc.requestor
        title = requestor.ae_title
        if title not in self._to:
            return _NOT_AUTHORIZED, None
        request: Any = event.request
        if request.RequestedSOPInstanceUID != StorageCommitmentPushModelInstance:
            return _NO_SUCH_OBJECT, None
        if event.action_type != _REQUEST:
            return _NO_SUCH_ACTION, None
        try:
            asked = event.action_information
            transaction = str(asked.TransactionUID)
            instances = [
                (str(it.ReferencedSOPClassUID), str(it.ReferencedSOPInstanceUID))
                for it in asked.ReferencedSOPSequence
            ]
        except Exception:  # pydicom meets damaged bytes with almost any type
            return _INVALID_ARGUMENT, None
        uids = [transaction, *(uid for pair in instances for uid in pair)]
        if not instances or not all(map(is_uid, uids)):
            return _INVALID_ARGUMENT, None
        if len(instances) > _MOST_INSTANCES:
            return _RESOURCE_LIMITATION, None
        try:
            self._waiting.put_nowait(_Report(title, transaction, instances))
        except queue.Full:
            return _RESOURCE_LIMITATION, None
        return _SUCCESS, None

    def report_until(
        self, stopped: threading.Event, ae: "AE", context: ssl.SSLContext | None
    ) -> None:
        """Report whatever was asked, until it arrives or was tried often enough."""
        while not stopped.is_set():
            try:
                report = self._waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            if report.due > time.monotonic():
                stopped.wait(0.2)
            elif self._send(report, ae, context):
                continue
            else:
                delay = min(2.0**report.tries, self._retry_seconds)
                report.tries, report.due = report.tries + 1, time.monotonic() + delay
            if report.tries == _MOST_TRIES:
                _logger.warning("a commitment was not reported: it is given up")
                continue
            try:
                self._waiting.put_nowait(report)
            except queue.Full:
                _logger.warning("a commitment was not reported: too many wait")

    def _send(self, report: _Report, ae: "AE", context: ssl.SSLContext | None) -> bool:
        """Send N-EVENT-REPORT in an association of its own; tells if it arrived."""
        event_type, told = self._describe(report)
        try:
            association = associate(
                *(ae, self._to[report.title], context),
                contexts=[build_context(StorageCommitmentPushModel)],
                ext_neg=[build_role(StorageCommitmentPushModel, scp_role=True)],
            )
            if not association.is_established:
                _logger.warning("a commitment waits: its peer accepts no association")
                return False
            try:
                answer, _ = association.send_n_event_report(
                    *(told, event_type, StorageCommitmentPushModel),
                    StorageCommitmentPushModelInstance,
                )
            finally:
                if association.is_established:
                    association.release()
        except Exception as error:
            fault = note_fault(error).details["fault"]
            _logger.warning("a commitment waits: %s", fault)
            return False
        return "Status" in answer and answer.Status == _SUCCESS

    def _describe(self, report: _Report) -> tuple[int, Dataset]:
        """Say what is committed to now, and what is not."""
        told = Dataset()
        told.TransactionUID = report.transaction
        committed, failed = [], []
        for sop_class, uid in report.instances:
            item = Dataset()
            item.ReferencedSOPClassUID = sop_class
            item.ReferencedSOPInstanceUID = uid
            reason = self._ledger.failure(sop_class, uid)
            if reason is None:
                committed.append(item)
            else:
                item.FailureReason = reason
                failed.append(item)
        if committed:
            told.ReferencedSOPSequence = committed
        if failed:
            told.FailedSOPSequence = failed
        _logger.info("committed: %d, not: %d", len(committed), len(failed))
        return (_WITH_FAILURES if failed else _ALL_COMMITTED), told
