"""Figures for whoever runs the server, as Prometheus reads them; nothing of a patient.

They are shown on a port of their own if ``PNEUMONIA_METRICS_PORT`` names one, to this
machine alone unless ``PNEUMONIA_METRICS_ADDRESS`` names another address.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)

from pneumonia.reading import isolation
from pneumonia.reading.environment import whole_number

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment

_LOGGER: Final = logging.getLogger(__name__)
_REGISTRY: Final = CollectorRegistry()
_SECONDS: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
# Addresses hold secrets and names of files: a request is counted by its kind alone.
_KINDS: Final = {
    "upload": re.compile(r"/_stcore/upload_file/"),
    "health": re.compile(r"/(_stcore/(script-)?health.*|ready)$"),
    "download": re.compile(r"/export/"),
    "static": re.compile(r"/(static|_stcore|media|component)/"),
}

_requests = Counter(
    "pneumonia_requests",
    "Requests answered, by kind and by the class of their status.",
    ["kind", "status"],
    registry=_REGISTRY,
)
_request_seconds = Histogram(
    "pneumonia_request_seconds",
    "Seconds until a request was answered.",
    ["kind"],
    buckets=_SECONDS,
    registry=_REGISTRY,
)
_files = Counter(
    "pneumonia_files",
    "Files with a result: assessed, refused or unreadable.",
    ["status"],
    registry=_REGISTRY,
)
_file_seconds = Histogram(
    "pneumonia_file_seconds",
    "Seconds from the bytes of a file to its result.",
    buckets=_SECONDS,
    registry=_REGISTRY,
)
_refusals = Counter(
    "pneumonia_refusals",
    "Files without a score, by the code of the reason.",
    ["code"],
    registry=_REGISTRY,
)
_sessions = Gauge("pneumonia_sessions", "Visitors connected now.", registry=_REGISTRY)


def _show(name: str, text: str, value: Callable[[], float]) -> None:
    Gauge(name, text, registry=_REGISTRY).set_function(value)


ProcessCollector(registry=_REGISTRY)
_show(
    "pneumonia_decoders",
    "Processes that decode.",
    lambda: len(isolation.decoder_processes()),
)
_show(
    "pneumonia_decoders_busy",
    "Processes that are decoding a file now.",
    isolation.count_busy_decoders,
)
_show(
    "pneumonia_decoders_resident_memory_bytes",
    "Memory of the processes that decode.",
    lambda: sum(map(_resident_bytes, isolation.decoder_processes())),
)


def start_metrics() -> Callable[[], None]:
    """Show the figures if a setting asks for it.

    Returns
    -------
    callable
        Ends it.
    """
    port = whole_number("PNEUMONIA_METRICS_PORT", 0)
    if not port:
        return lambda: None
    address = os.environ.get("PNEUMONIA_METRICS_ADDRESS") or "127.0.0.1"
    try:
        server, thread = start_http_server(port, address, _REGISTRY)
    except (OSError, OverflowError) as error:
        _LOGGER.error(
            "Metrics need a free port of this machine. Received: %s:%s (%s). Set "
            "PNEUMONIA_METRICS_PORT to another; the page is served without them.",
            address,
            port,
            error,
        )
        return lambda: None

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end


@contextmanager
def note_session() -> Iterator[None]:
    """Count a visitor while connected."""
    with _sessions.track_inprogress():
        yield


@contextmanager
def note_request(path: str, send: Any) -> Iterator[Any]:
    """Count a request and its seconds.

    Parameters
    ----------
    path : str
    send : callable
        Of ASGI; use the one that is given instead.
    """
    kind = next((it for it, known in _KINDS.items() if known.search(path)), "page")
    status = 500  # of one that ends without an answer

    async def noting(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    begin = time.perf_counter()
    try:
        yield noting
    finally:
        _request_seconds.labels(kind).observe(time.perf_counter() - begin)
        _requests.labels(kind, f"{status // 100}xx").inc()


def note_assessment(assessment: Assessment, seconds: float) -> None:
    """Count a file and why it has no score.

    Parameters
    ----------
    assessment : Assessment
    seconds : float
        From the bytes to it.
    """
    _files.labels(assessment.status).inc()
    _file_seconds.observe(seconds)
    if assessment.refusal is not None:
        _refusals.labels(assessment.refusal.code).inc()


def _resident_bytes(process_id: int) -> int:
    with contextlib.suppress(OSError):
        pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0
