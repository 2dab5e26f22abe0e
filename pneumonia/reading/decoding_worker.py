"""The process that decodes: one file after another, within limits.

`pneumonia.reading.isolation` starts it as

    python -m pneumonia.reading.decoding_worker CHANNEL LIFELINE SECONDS MEGABYTES

with the numbers of an open socket and of an open pipe, and what one file may take. It
imports neither TensorFlow nor the page.
"""

import ctypes
import fcntl
import gc
import logging
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final

import cv2
import imagecodecs

from pneumonia.errors import RadiographError, UnreadableRadiographError
from pneumonia.language.speech import N_
from pneumonia.reading.freed_memory import return_freed_memory
from pneumonia.reading.radiograph import read_radiograph
from pneumonia.reading.radiograph_message import LENGTHS, send, to_message
from pneumonia.reading.third_party_warnings import hide_third_party_warnings

_OPEN_FILES: Final = 64
_NO_NEW_PRIVILEGES: Final = 38


class _Log(logging.Handler):
    """Keeps what this package logs, for the log of the main process."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def main() -> None:
    """Decode what comes, until the channel is closed."""
    descriptor, lifeline, seconds, megabytes = map(int, sys.argv[1:])
    channel = socket.socket(fileno=descriptor)
    _end_with(lifeline)
    hide_third_party_warnings()
    log = _Log()
    logging.getLogger("pneumonia").addHandler(log)
    for name in ("jpeg8", "jpegls", "jpeg2k", "jpegxl", "dicomrle", "tiff", "png"):
        getattr(imagecodecs, f"{name}_decode")  # loads the decoder
    _limit(megabytes)
    gc.freeze()  # what was loaded stays; looking through it takes longer than a file
    send(channel, {}, b"")  # ready
    while data := _receive(channel):
        log.lines.clear()
        header, pixels = _read(data, seconds, megabytes)
        send(channel, {**header, "log": log.lines}, pixels)
        del data, header, pixels
        return_freed_memory()


def _receive(channel: socket.socket) -> bytes:
    """Receive a file; nothing once the channel is closed."""
    lengths = channel.recv(LENGTHS.size, socket.MSG_WAITALL)
    if len(lengths) < LENGTHS.size:
        return b""
    return channel.recv(sum(LENGTHS.unpack(lengths)), socket.MSG_WAITALL)


def _read(data: bytes, seconds: int, megabytes: int) -> tuple[dict[str, Any], Any]:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        # The main process takes the digest meanwhile.
        return to_message(read_radiograph(data, sha256=""))
    except RadiographError as error:
        if not _is_lack_of_memory(error.__cause__):
            return to_message(error)
        return to_message(
            UnreadableRadiographError(
                "over_limit", limit=megabytes, unit=N_("MB of memory")
            )
        )
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _is_lack_of_memory(error: BaseException | None) -> bool:
    if isinstance(error, cv2.error):
        return error.code == cv2.Error.StsNoMem
    return isinstance(error, MemoryError)


def _end_with(lifeline: int) -> None:
    """End when the main process does, even within a decoder.

    It holds the other end of this pipe. Once that is closed this process gets SIGIO,
    which ends it. What the kernel offers for this (PR_SET_PDEATHSIG) looks at the
    thread that started this process, and a page's threads end early.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


def _limit(megabytes: int) -> None:
    """Bound what this process may use, for good."""
    # These signals' default actions end the process, also within code written in C.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # is for the main process
    status = Path("/proc/self/status")
    if status.exists():  # Linux
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        bytes_now = int(lines["VmSize"].split()[0]) * 1024
        most = bytes_now + megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    # No core dumps, which would hold the radiograph; nothing is written to a disc.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))


if __name__ == "__main__":
    main()
