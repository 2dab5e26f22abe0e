"""A DICOM node: C-ECHO, and C-STORE of radiographs that are assessed as they come."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pynetdicom import AE
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    SecondaryCaptureImageStorage,
    Verification,
)

from pneumonia.errors import PacsError
from pneumonia.pacs.delivery import Destination, deliver_until
from pneumonia.pacs.results import Assessor
from pneumonia.pacs.server import BoundedServer, Limits, Peer
from pneumonia.pacs.spool import Spool
from pneumonia.reading.dicom_codecs import TRANSFER_SYNTAXES

_logger = logging.getLogger(__name__)

_RADIOGRAPHS: Final = (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    SecondaryCaptureImageStorage,
)
# Explicit and implicit VR, deflated, big endian, and what this program decompresses.
_SYNTAXES: Final = [
    *("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"),
    *("1.2.840.10008.1.2.2", *TRANSFER_SYNTAXES),
]
_AFTER_ERROR_SECONDS: Final = 5


@dataclass(frozen=True)
class NodeSettings:
    """Where the node listens, whom it hears, and who gets the results.

    Attributes
    ----------
    spool : Path
    peers : tuple of Peer
    destination : Destination
    title : str
        The node's own AE title.
    address : str
        That it listens at.
    port : int
        0 for any that is free.
    limits : Limits
    """

    spool: Path
    peers: tuple[Peer, ...]
    destination: Destination
    title: str = "PNEUMONIA"
    address: str = "127.0.0.1"
    port: int = 11112
    limits: Limits = field(default_factory=Limits)


def run_node(
    settings: NodeSettings,
    assessor: Assessor,
    *,
    stopped: threading.Event,
    ready: Callable[[int], None] = lambda port: None,
) -> None:
    """Receive, assess and deliver until it is told to stop.

    Parameters
    ----------
    settings : NodeSettings
    assessor : Assessor
    stopped : threading.Event
    ready : callable, optional
        Called with the port once the node listens.

    Raises
    ------
    PacsError
        If the address cannot be used, or another process has the spool.
    """
    spool = Spool(settings.spool, settings.limits.spool_bytes)
    try:
        with _listening(settings, spool) as port, _delivering(settings, spool):
            ready(port)
            while not stopped.is_set():
                spool.changed.clear()
                if not _assess_next(spool, assessor, stopped):
                    spool.changed.wait(0.5)
    finally:
        spool.close()


def _assess_next(spool: Spool, assessor: Assessor, stopped: threading.Event) -> bool:
    """Assess one radiograph; returns whether there was one."""
    received = spool.next_received()
    if received is None:
        return False
    try:
        _, files = assessor.assess(received.read_bytes())
        spool.finish(received, files)
    except OSError as error:  # a full disc: everything waits
        _logger.warning("%s: %s", received.stem[:16], error.strerror)
        stopped.wait(_AFTER_ERROR_SECONDS)
    return True


@contextmanager
def _listening(settings: NodeSettings, spool: Spool) -> Iterator[int]:
    ae = _entity(settings)
    ae.require_called_aet = True
    ae.maximum_associations = settings.limits.associations
    ae.maximum_pdu_size = settings.limits.pdu_bytes
    ae.add_supported_context(Verification)
    for sop_class in _RADIOGRAPHS:
        ae.add_supported_context(sop_class, _SYNTAXES)
    try:
        server = ae.make_server(
            (settings.address, settings.port),
            server_class=BoundedServer,
            peers=settings.peers,
            limits=settings.limits,
            spool=spool,
        )
    except OSError as error:
        raise PacsError(
            "The node listens at an address of this machine and a free port. Received: "
            f"{settings.address}, port {settings.port} ({error.strerror}). Name "
            "another with --address and --port."
        ) from error
    with _thread(server.serve_forever):
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


@contextmanager
def _delivering(settings: NodeSettings, spool: Spool) -> Iterator[None]:
    ended = threading.Event()

    def deliver() -> None:
        deliver_until(
            ended,
            spool,
            _entity(settings),
            settings.destination,
            longest_delay=settings.limits.longest_delay,
        )

    with _thread(deliver):
        try:
            yield
        finally:
            ended.set()


@contextmanager
def _thread(function: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=function)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _entity(settings: NodeSettings) -> AE:
    ae = AE(ae_title=settings.title)
    idle = settings.limits.idle_seconds
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = idle
    ae.connection_timeout = idle
    return ae
