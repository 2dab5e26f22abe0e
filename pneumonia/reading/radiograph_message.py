"""A radiograph, or why there is none, as a message from one process to another.

A message is a header in JSON and the bytes of the pixels. Nothing in it is run, and
what it says is checked: the process that sends it has read a file from a stranger.
"""

import json
import socket
import struct
import time
from dataclasses import asdict
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.reading.dicom_attributes import DicomAttributes
from pneumonia.reading.grey_levels import ModalityUnits
from pneumonia.reading.pixel_shape import PixelShape
from pneumonia.reading.radiograph import MAX_PIXELS, Radiograph
from pneumonia.reasons.cautions import WARNINGS
from pneumonia.reasons.codes import Notice
from pneumonia.reasons.refusals import REFUSALS

# Bytes of the header, and of what follows it.
LENGTHS: Final = struct.Struct("<IQ")
_MOST_HEADER_BYTES: Final = 2**20
_MOST_BODY_BYTES: Final = 2 * MAX_PIXELS


class Message(NamedTuple):
    """A header, and the bytes that follow it.

    Attributes
    ----------
    header : dict
    body : ndarray of uint8, shape (N,)
    """

    header: dict[str, Any]
    body: NDArray[np.uint8]


def send(channel: socket.socket, header: dict[str, Any], body: Any) -> None:
    """Send a message.

    Parameters
    ----------
    channel : socket
    header : dict
    body : buffer
    """
    encoded = json.dumps(header, default=_plain).encode()
    size = memoryview(body).nbytes
    channel.sendall(LENGTHS.pack(len(encoded), size) + encoded)
    channel.sendall(body)


def _plain(value: date | np.generic) -> Any:
    """Write what JSON lacks: a date as text, NumPy's numbers as plain ones."""
    return value.isoformat() if isinstance(value, date) else value.item()


def receive(channel: socket.socket, seconds: float) -> Message:
    """Receive a message.

    Parameters
    ----------
    channel : socket
    seconds : float
        Until the whole of it must have come.

    Returns
    -------
    Message

    Raises
    ------
    TimeoutError, EOFError, OSError
        If it does not come.
    ValueError
        If it is none, or longer than any radiograph.
    """
    until = time.monotonic() + seconds

    def take(size: int) -> NDArray[np.uint8]:
        taken = np.empty(size, np.uint8)
        at = 0
        while at < size:
            channel.settimeout(max(until - time.monotonic(), 1e-3))
            if not (count := channel.recv_into(taken[at:].data)):
                raise EOFError
            at += count
        return taken

    header_bytes, body_bytes = LENGTHS.unpack(take(LENGTHS.size).tobytes())
    if header_bytes > _MOST_HEADER_BYTES or body_bytes > _MOST_BODY_BYTES:
        raise ValueError("a message longer than any radiograph")
    header = json.loads(take(header_bytes).tobytes())
    return Message(dict(header), take(body_bytes))


def to_message(read: Radiograph | RadiographError) -> tuple[dict[str, Any], Any]:
    """Make a message of what was read.

    Parameters
    ----------
    read : Radiograph or RadiographError

    Returns
    -------
    header : dict
    body : buffer
    """
    if isinstance(read, RadiographError):
        refusal = {"code": read.code, "received": read.received}
        return {**refusal, "repair": read.repair, "details": read.details}, b""
    header = {
        "shape": read.pixels.shape,
        "dtype": read.pixels.dtype.name,
        "format": read.format,
        "warnings": [[notice.code, dict(notice.details)] for notice in read.warnings],
        "window": read.window,
        "units": asdict(read.units) if read.units else None,
        "pixel_shape": asdict(read.pixel_shape),
        "dicom": asdict(read.dicom) if read.dicom else None,
    }
    return header, read.pixels.data


def from_message(message: Message, sha256: str) -> Radiograph | RadiographError:
    """Make of a message what was read.

    Parameters
    ----------
    message : Message
    sha256 : str
        Of the file.

    Returns
    -------
    Radiograph or RadiographError

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is none of `to_message`.
    """
    header, body = message
    if "code" in header:
        kind = (
            UnsupportedRadiographError
            if header["code"] in REFUSALS
            else UnreadableRadiographError
        )
        error = kind(
            header["code"],
            header["received"],
            repair=header["repair"],
            **header["details"],
        )
        str(error)  # fails on a code without a sentence
        return error
    if header["dtype"] not in ("uint8", "uint16"):
        raise ValueError("pixels of another type")
    rows, columns = header["shape"]
    pixels = body.view(header["dtype"]).reshape(rows, columns)
    pixels.flags.writeable = False
    shape, units = header["pixel_shape"], header["units"]
    spacing = shape["spacing_mm"]
    low, high = header["window"]
    return Radiograph(
        pixels=pixels,
        sha256=sha256,
        format=str(header["format"]),
        warnings=tuple(
            Notice(code, details)
            for code, details in header["warnings"]
            if code in WARNINGS
        ),
        window=(float(low), float(high)),
        units=ModalityUnits(**units) if units else None,
        pixel_shape=PixelShape(
            float(shape["aspect"]),
            (float(spacing[0]), float(spacing[1])) if spacing else None,
            bool(shape["at_detector"]),
        ),
        dicom=_to_attributes(header["dicom"]) if header["dicom"] else None,
    )


def _to_attributes(said: dict[str, Any]) -> DicomAttributes:
    day = said["study_date"]
    return DicomAttributes(
        **{**said, "study_date": date.fromisoformat(day) if day else None}
    )
