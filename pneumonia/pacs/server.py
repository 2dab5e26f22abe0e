"""Who may connect to the node, for how long, and how much they may send."""

import logging
import socket
import socketserver
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from pynetdicom import evt
from pynetdicom.transport import ThreadedAssociationServer

from pneumonia.pacs.answers import is_uid
from pneumonia.pacs.commitment import Commitments
from pneumonia.pacs.ledger import Ledger
from pneumonia.pacs.results import is_own
from pneumonia.pacs.settings import Limits, NodeSettings
from pneumonia.pacs.spool import Spool
from pneumonia.reading.radiograph import sha256_of

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.events import Event

_logger = logging.getLogger(__name__)

# Permanent, by the service user: calling AE title not recognized (PS3.8, table 9-21).
_TITLE_NOT_RECOGNIZED: Final = (1, 1, 3)
# Statuses of C-STORE (PS3.4, table B.2-1).
_SUCCESS, _OUT_OF_RESOURCES = 0x0000, 0xA700
# A request for an association may be longer than the PDUs that follow.
_LEAST_PDU: Final = 64 * 2**10
# Commands and headers beside the objects of one association.
_BESIDE_OBJECTS: Final = 8 * 2**20


class BoundedServer(ThreadedAssociationServer):
    """Keeps what peers send in a spool, within limits.

    Parameters
    ----------
    *arguments
        Those of `pynetdicom.transport.ThreadedAssociationServer`.
    settings : NodeSettings
        Who is not among its peers is refused.
    spool : Spool
    ledger : Ledger or None
        Remembers what came; None where storage commitment is not offered.
    commitments : Commitments or None
    """

    def __init__(
        self,
        *arguments: Any,
        settings: NodeSettings,
        spool: Spool,
        ledger: Ledger | None = None,
        commitments: Commitments | None = None,
    ) -> None:
        self._peers, self._limits = settings.peers, settings.limits
        self._spool, self._ledger = spool, ledger
        self._meters: dict[Association, _Meter] = {}
        super().__init__(*arguments)
        self.bind(evt.EVT_CONN_OPEN, self._measure)
        self.bind(evt.EVT_CONN_CLOSE, _give_up_waiting)
        self.bind(evt.EVT_REQUESTED, self._check_pair)
        self.bind(evt.EVT_REJECTED, _tell_of_rejection)
        self.bind(evt.EVT_C_STORE, self._store)
        if commitments:
            self.bind(evt.EVT_N_ACTION, commitments.take)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection; TLS begins with its first message, in its own thread.

        The library's own would have everybody wait for one who says nothing.
        """
        connection, address = socketserver.TCPServer.get_request(self)
        if self.ssl_context:
            connection = self.ssl_context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Hang up on strangers, and on peers that open connections without end."""
        address = ip_address(client_address[0])
        known = any(address in peer.network for peer in self._peers)
        if not known:
            _logger.warning("%s: hung up, the address is not among the peers", address)
        # The library itself answers those above the limit, with a rejection.
        return known and len(self.active_associations) < 2 * self._limits.associations

    def service_actions(self) -> None:
        """End associations whose time is up; called twice a second."""
        super().service_actions()
        for association, meter in list(self._meters.items()):
            is_late = time.monotonic() > meter.end
            if is_late:
                _logger.warning("an association is ended: its time is up")
                _hang_up(association)
            if is_late or (association.ident and not association.is_alive()):
                del self._meters[association]

    def shutdown(self) -> None:
        """Stop listening, and end all associations."""
        # The library's own works only for servers that it started.
        socketserver.BaseServer.shutdown(self)
        self.server_close()
        for association in self.active_associations:
            _hang_up(association)

    def _measure(self, event: "Event") -> None:
        stream: Any = event.assoc.dul.socket
        meter = _Meter(stream.recv, self._limits)
        # The library itself reads a PDU of any length that a peer states.
        stream.recv = meter
        self._meters[event.assoc] = meter

    def _check_pair(self, event: "Event") -> None:
        """Reject a title that comes from another peer's address."""
        requestor: Any = event.assoc.requestor
        title = requestor.primitive.calling_ae_title
        address = ip_address(requestor.address_info.address)
        if not any(
            title == peer.title and address in peer.network for peer in self._peers
        ):
            event.assoc.acse.send_reject(*_TITLE_NOT_RECOGNIZED)
            _tell_of_rejection(event)
            event.assoc.kill()

    def _store(self, event: "Event") -> int:
        """Keep an object that was received; returns the status of C-STORE."""
        data = event.encoded_dataset()
        self._meters[event.assoc].held -= len(data)
        digest = sha256_of(data)
        name = digest[:16]
        if is_own(data):
            # No failure: an archive that forwards all it gets would try for ever.
            _logger.info("%s: own_result", name)
            return _SUCCESS
        try:
            if self._spool.add(data):
                self._remember(event.request, digest)
                return _SUCCESS
            _logger.warning("%s: not taken, the spool is full", name)
        except OSError as error:
            _logger.warning("%s: not taken, %s", name, error.strerror)
        return _OUT_OF_RESOURCES

    def _remember(self, request: Any, digest: str) -> None:
        uid = str(request.AffectedSOPInstanceUID)
        if self._ledger and is_uid(uid):
            self._ledger.note(str(request.AffectedSOPClassUID), uid, digest)


class _Meter:
    """Reads from a peer within limits; in the place of `AssociationSocket.recv`."""

    def __init__(self, read: Callable[[int], bytearray], limits: Limits) -> None:
        self._read = read
        self._most_at_once = max(limits.pdu_kilobytes * 1024, _LEAST_PDU)
        self._most = limits.object_megabytes * 2**20 + _BESIDE_OBJECTS
        self.end = time.monotonic() + limits.association_seconds
        # What came and was not yet taken out.
        self.held = 0

    def __call__(self, count: int) -> bytearray:
        if count > self._most_at_once or self.held + count > self._most:
            _logger.warning("an association is ended: a PDU or object is too large")
            raise ConnectionAbortedError
        self.held += count
        try:
            return self._read(count)
        except ssl.SSLError as error:
            _logger.warning("an association is ended: no TLS, %s", error.reason)
            raise


def _give_up_waiting(event: "Event") -> None:
    """Free the place of one who went before asking for an association.

    The library would wait for the request until the time for it is up.
    """
    association: Any = event.assoc
    if association.requestor.primitive is None:
        association.dul.to_user_queue.put(None)


def _tell_of_rejection(event: "Event") -> None:
    requestor: Any = event.assoc.requestor
    _logger.warning(
        "%s: association rejected, by its AE titles or because too many are open",
        requestor.address_info.address,
    )


def _hang_up(association: "Association") -> None:
    """Close a connection in a way that wakes whoever reads from it."""
    stream = association.dul.socket
    if stream is not None and stream.socket is not None:
        with suppress(OSError):
            stream.socket.shutdown(socket.SHUT_RDWR)
