"""A DICOM node: C-ECHO, C-STORE of radiographs that are assessed, commitment."""

import logging
import threading
from typing import Final

from pynetdicom import AE
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    SecondaryCaptureImageStorage,
    StorageCommitmentPushModel,
    Verification,
)

from pneumonia.errors import PacsError
from pneumonia.pacs.commitment import Commitments
from pneumonia.pacs.delivery import deliver_until
from pneumonia.pacs.ledger import Ledger
from pneumonia.pacs.results import Assessor
from pneumonia.pacs.server import BoundedServer
from pneumonia.pacs.settings import NodeSettings
from pneumonia.pacs.spool import Spool
from pneumonia.pacs.tls import context_of_client, context_of_server
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


def run_node(
    settings: NodeSettings, assessor: Assessor, stopped: threading.Event
) -> None:
    """Receive, assess and deliver until it is told to stop.

    Parameters
    ----------
    settings : NodeSettings
    assessor : Assessor
    stopped : threading.Event
        Set at the end also by an exception, such as Ctrl-C.

    Raises
    ------
    PacsError
        If the address or the files of TLS cannot be used, or another process has the
        spool.
    """
    spool = Spool(settings.spool, round(settings.limits.spool_megabytes * 2**20))
    try:
        ledger = Ledger(settings.spool, spool) if settings.commit else None
        commitments = Commitments(settings, ledger) if ledger else None
        tls = settings.tls
        context = context_of_client(tls) if tls else None
        server = _server(settings, spool, ledger, commitments)
        threads = [
            threading.Thread(target=server.serve_forever),
            threading.Thread(
                target=deliver_until,
                args=(stopped, spool, _entity(settings), settings, context),
            ),
        ]
        if commitments:
            asked = (stopped, _entity(settings), context)
            threads += [threading.Thread(target=commitments.report_until, args=asked)]
        for thread in threads:
            thread.start()
        _logger.info(
            "%s listens at %s, port %d",
            *(settings.title, *server.server_address[:2]),
        )
        try:
            while not stopped.is_set():
                spool.changed.clear()
                if not _assess_next(spool, assessor, stopped):
                    spool.changed.wait(0.5)
        finally:
            stopped.set()
            server.shutdown()
            for thread in threads:
                thread.join()
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


def _server(
    settings: NodeSettings,
    spool: Spool,
    ledger: Ledger | None,
    commitments: Commitments | None,
) -> BoundedServer:
    ae = _entity(settings)
    ae.require_called_aet = True
    ae.maximum_associations = settings.limits.associations
    ae.maximum_pdu_size = round(settings.limits.pdu_kilobytes * 1024)
    ae.add_supported_context(Verification)
    for sop_class in _RADIOGRAPHS:
        ae.add_supported_context(sop_class, _SYNTAXES)
    if commitments:
        ae.add_supported_context(StorageCommitmentPushModel)
    context = context_of_server(settings.tls) if settings.tls else None
    try:
        return BoundedServer(
            *(ae, (settings.address, settings.port), settings.title),
            *(ae.supported_contexts, context),
            settings=settings,
            spool=spool,
            ledger=ledger,
            commitments=commitments,
        )
    except OSError as error:
        raise PacsError(
            "The node listens at an address of this machine and a free port. Received: "
            f"{settings.address}, port {settings.port} ({error.strerror}). Name "
            "another with --address and --port."
        ) from error


def _entity(settings: NodeSettings) -> AE:
    ae = AE(ae_title=settings.title)
    idle = settings.limits.idle_seconds
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = idle
    ae.connection_timeout = idle
    return ae
