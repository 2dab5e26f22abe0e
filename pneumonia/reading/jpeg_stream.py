"""Tells whether a JPEG holds its whole picture.

A JPEG that was cut may still have, or be given, an end marker. libjpeg then fills the
rest with one grey and only warns; imagecodecs and Pillow hide the warning.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import imagecodecs
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from pneumonia.reading.jpeg_lossless import is_coded_whole
from pneumonia.reading.part_limits import check_parts

_END_OF_IMAGE: Final = b"\xff\xd9"
_SOS, _EOI, _DRI = 0xDA, 0xD9, 0xDD
_LOSSLESS, _PROGRESSIVE = {0xC3, 0xCB}, {0xC2, 0xCA}
_FRAMES: Final = {0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB}
_OTHER_FRAMES: Final = {0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF, 0xF7}
_WITHOUT_LENGTH: Final = {0x01, 0xD8, *range(0xD0, 0xD8)}
_COEFFICIENTS: Final = 64
# Between coded bytes stand only FF00, which is the value FF, and restart markers.
# Any number of bytes FF may precede a marker. The pattern takes the last of them only:
# with all, a search through a long row of them would take the square of its length.
_MARKER: Final = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_RESTARTS: Final = [bytes((0xFF, number)) for number in range(0xD0, 0xD8)]
_LEAST_FILLING: Final = 8
# Bytes of a scan that are searched at once: few at first, as most scans are short.
_FIRST_PART, _LARGEST_PART = 2**12, 2**20
# Two ways in which a scan could go on: unlike from the first bit, without the byte FF.
_TAIL: Final = np.random.default_rng(0).integers(1, 255, 512, np.uint8)
_TAILS: Final = (_TAIL.tobytes(), np.bitwise_not(_TAIL).tobytes())
# libjpeg fills up with zeros: of the two, this one is unlike them from the first bit.
_UNLIKE_FILLING: Final = max(_TAILS)


@dataclass
class _Frame:
    """What the start of a frame says; T.81, B.2.2."""

    marker: int
    rows: int
    columns: int
    # Horizontal and vertical sampling of each component.
    sampling: dict[int, tuple[int, int]]
    # How many low bits of each coefficient are still missing, per component.
    missing: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, marker: int, segment: bytes) -> "_Frame":
        components = [segment[i : i + 3] for i in range(6, 6 + 3 * segment[5], 3)]
        sampling = {
            part[0]: (part[1] >> 4 or 1, part[1] & 15 or 1) for part in components
        }
        return cls(
            marker,
            int.from_bytes(segment[1:3], "big"),
            int.from_bytes(segment[3:5], "big"),
            sampling,
            {name: [16] * _COEFFICIENTS for name in sampling},
        )

    def count_units(self, scanned: list[int]) -> int:
        """Count the units that a scan of some components codes; T.81, A.2."""
        unit = 1 if self.marker in _LOSSLESS else 8
        widest = max(width for width, _ in self.sampling.values())
        highest = max(height for _, height in self.sampling.values())
        width, height = widest, highest
        columns, rows = self.columns, self.rows
        if len(scanned) == 1:
            width, height = self.sampling[scanned[0]]
            columns, rows = -(-columns * width // widest), -(-rows * height // highest)
            width = height = 1
        return -(-columns // (unit * width)) * -(-rows // (unit * height))

    def note_scan(self, scanned: list[int], segment: bytes) -> None:
        """Note which bits of which coefficients a scan delivers; T.81, G.1.1.1."""
        first, last, bits = segment[-3], segment[-2], segment[-1] & 15
        if self.marker not in _PROGRESSIVE:
            first, last, bits = 0, _COEFFICIENTS - 1, 0
        for name in scanned:
            missing = self.missing[name]
            for coefficient in range(first, min(last + 1, _COEFFICIENTS)):
                missing[coefficient] = bits

    @property
    def is_whole(self) -> bool:
        """Whether the scans so far delivered every bit of every coefficient."""
        return not any(any(bits) for bits in self.missing.values())


def decode_whole(
    data: bytes, shape: tuple[int, int], colours: str
) -> NDArray[np.uint8] | None:
    """Decode a JPEG of 8 bits, if its decoder has nothing to say against it.

    Parameters
    ----------
    data : bytes
    shape : tuple of int
        Rows and columns, which were checked.
    colours : {"GRAY", "RGB"}

    Returns
    -------
    ndarray of uint8, shape (H, W) or (H, W, 3), or None
        None where libjpeg warns, or scans are missing; `is_cut_off` tells whether the
        picture is whole all the same.
    """
    try:
        if simplejpeg.decode_jpeg_header(data)[:2] != shape:
            return None
        end = _find_end(list(_walk(data)), data)
        # Zeros that fill up a file may pass for the data that it lacks.
        if end is None or data[:end].rstrip(b"\xff").endswith(bytes(_LEAST_FILLING)):
            return None
        pixels = np.asarray(simplejpeg.decode_jpeg(data, colours))
    except (IndexError, KeyError, ValueError):
        return None
    return pixels[..., 0] if colours == "GRAY" else pixels


def is_cut_off(data: bytes, picture: NDArray[Any] | None = None) -> bool:
    """Tell whether a JPEG ends before its picture does.

    The size of the picture must have been checked before, since it is decoded twice;
    at most once if it is whole and its picture is given.

    Parameters
    ----------
    data : bytes
        Baseline, extended, progressive or lossless JPEG, of any depth.
    picture : ndarray, optional
        What a decoder made of it.

    Returns
    -------
    bool
        True where a scan, a restart interval or, of a scan's data, anything that
        changes the picture is missing. That the end marker alone is missing does not
        matter. False also for what libjpeg cannot decode at all.

    Notes
    -----
    A decoder reads no bit after the last unit of a scan. So the picture of a whole
    scan stays the same whatever follows; that of one which ends early changes.

    References
    ----------
    * ITU-T T.81, annexes A.2, B and G.1
    """
    segments = list(_walk(data))
    try:
        end = _find_end(segments, data)
    except (IndexError, KeyError, ValueError):
        return False
    if end is None:
        return True
    head = _without_filling(data[:end])
    if picture is not None and segments[-1].marker == _SOS:
        contents = [(it.marker, data[it.start : it.end]) for it in segments]
        if is_coded_whole(picture, contents, memoryview(head)[segments[-1].end :]):
            return False
    if picture is not None:
        decoded = _decode(head + _UNLIKE_FILLING + _END_OF_IMAGE)
        if decoded is not None and np.array_equal(decoded, picture):
            return False
    one, other = (_decode(head + tail + _END_OF_IMAGE) for tail in _TAILS)
    if one is None or other is None:
        return one is not other
    return not np.array_equal(one, other)


def _without_filling(data: bytes) -> bytes:
    """Leave out fill bytes, and the zeros of a file that was made before its content.

    Coded data are padded with ones (T.81, F.1.2.3) and so do not end in zeros.
    """
    data = data.rstrip(b"\xff")
    filled = data.rstrip(b"\0")
    if len(data) - len(filled) < _LEAST_FILLING:
        return data
    return filled.rstrip(b"\xff")


def _decode(data: bytes) -> NDArray[Any] | None:
    try:
        return imagecodecs.jpeg8_decode(data)
    except RuntimeError:
        return None


class _Segment(NamedTuple):
    """A marker, its segment, and the coded data of a scan that follow it.

    Attributes
    ----------
    marker : int
    start, end : int
        Of the segment, without marker and length.
    scan_end : int
        Where the data of a scan end; else the same as `end`.
    skipped : int
        How many bytes lie before the marker that belong to nothing.
    """

    marker: int
    start: int
    end: int
    scan_end: int
    skipped: int


def _walk(data: bytes) -> Iterator[_Segment]:
    """Walk the segments and scans of the first picture."""
    at = 2
    while found := _MARKER.search(data, at):
        marker, start, skipped = found.group()[-1], found.end(), found.start() - at
        if marker == _EOI:
            return
        end = scan_end = start
        if marker not in _WITHOUT_LENGTH:
            end = scan_end = start + int.from_bytes(data[start : start + 2], "big")
        if marker == _SOS:
            scan_end = _find_scan_end(data, end)
        yield _Segment(marker, start + 2, end, scan_end, skipped)
        at = max(scan_end, start)


def _find_scan_end(data: bytes, start: int) -> int:
    """Find the first marker after coded data that does not belong to them."""
    coded = np.frombuffer(data, np.uint8)
    size = _FIRST_PART
    while start < len(data):
        part = coded[start : start + size + 1]
        at = np.flatnonzero(part[:-1] == 0xFF)
        marker = part[at + 1]
        is_coded = (marker == 0) | (marker == 0xFF) | (marker & 0xF8 == 0xD0)
        if not is_coded.all():
            return start + int(at[np.argmin(is_coded)])
        start, size = start + size, min(8 * size, _LARGEST_PART)
    return len(data)


def check_work(data: bytes) -> None:
    """Refuse a JPEG of very many segments or scans, before it is decoded.

    A progressive JPEG may repeat scans, each of a few bytes, that cover the whole
    picture.

    Parameters
    ----------
    data : bytes

    Raises
    ------
    UnreadableRadiographError
        With the code ``too_complex``.
    """
    segments = scans = 0
    for segment in _walk(data):
        scans += segment.marker == _SOS
        # Decoders take the bytes between segments one by one.
        segments += 1 + segment.skipped
        check_parts("jpeg_scans", scans)
        check_parts("jpeg_segments", segments)


def read_size(data: bytes) -> tuple[int, int]:
    """Read rows and columns of the first frame; (0, 0) if there is none."""
    for segment in _walk(data):
        if segment.marker in _FRAMES | _OTHER_FRAMES:
            sides = data[segment.start + 1 : segment.start + 5]
            return int.from_bytes(sides[:2], "big"), int.from_bytes(sides[2:], "big")
    return 0, 0


def _find_end(segments: list[_Segment], data: bytes) -> int | None:
    """Find where the last scan's data end; None if scans or restarts are missing."""
    end = None
    frame: _Frame | None = None
    interval = 0
    for marker, start, after, scan_end, _ in segments:
        if after > len(data):
            return None
        segment = data[start:after]
        if marker in _OTHER_FRAMES:
            raise ValueError("a JPEG that libjpeg does not decode")
        if marker in _FRAMES:
            frame = _Frame.of(marker, segment)
        elif marker == _DRI:
            interval = int.from_bytes(segment[:2], "big")
        elif marker == _SOS and frame is not None:
            scanned = list(segment[1 : 1 + 2 * segment[0] : 2])
            end = scan_end
            frame.note_scan(scanned, segment)
            if interval:
                needed = (frame.count_units(scanned) - 1) // interval
                found = sum(data.count(one, after, scan_end) for one in _RESTARTS)
                if found < needed:
                    return None
    return end if frame is not None and frame.is_whole else None
