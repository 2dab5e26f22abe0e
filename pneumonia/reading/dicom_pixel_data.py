"""The Pixel Data element (7FE0,0010): its bytes, and the compressed frame in them.

pydicom drops the element of a file that does not close it, and so reports a file
without pixels. Here it is read up to the end of the file.
"""

from typing import Final, NamedTuple

from pneumonia.errors import UnreadableRadiographError

_ITEM: Final = b"\xfe\xff\x00\xe0"
_DELIMITER: Final = b"\xfe\xff\xdd\xe0"
_UNDEFINED_LENGTH: Final = 0xFFFFFFFF
_MAX_FRAGMENTS: Final = 20_000
# PS3.5, 7.1.2: these have a length of four bytes, after two that are reserved.
_LONG: Final = {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN", b"SQ", b"UT"}


class PixelData(NamedTuple):
    """The Pixel Data element.

    Attributes
    ----------
    value : memoryview
        All that the file has of it; not copied, as it is nearly all of a file.
    has_undefined_length : bool
        Only encapsulated pixels should (PS3.5, annex A.4).
    vr : str
        ``"OB"`` or ``"OW"``.
    """

    value: memoryview
    has_undefined_length: bool
    vr: str


class Frame(NamedTuple):
    """The only frame of encapsulated pixels.

    Attributes
    ----------
    data : bytes
        The frame's fragments, joined.
    is_closed : bool
        Whether a sequence delimiter follows, as it should.
    """

    data: bytes
    is_closed: bool


def read_pixel_data(data: bytes, at: int, *, little_endian: bool) -> PixelData:
    """Read the element that begins at a place.

    Parameters
    ----------
    data : bytes
        The whole file.
    at : int
        Where the element's tag begins.
    little_endian : bool

    Returns
    -------
    PixelData
    """
    order = "little" if little_endian else "big"
    whole = memoryview(data)
    vr = data[at + 4 : at + 6]
    if vr in _LONG:
        start = at + 12
    elif vr.isalpha() and vr.isupper():
        start = at + 8
        length = int.from_bytes(data[at + 6 : start], order)  # type: ignore[arg-type]
        return PixelData(whole[start : start + length], False, "OW")
    else:  # implicit VR
        vr, start = b"OW", at + 8
    length = int.from_bytes(data[start - 4 : start], order)  # type: ignore[arg-type]
    name = "OB" if vr == b"OB" else "OW"
    if length == _UNDEFINED_LENGTH:
        return PixelData(whole[start:], True, name)
    return PixelData(whole[start : start + length], False, name)


def is_encapsulated(value: memoryview) -> bool:
    """Tell whether a value begins with an item."""
    return bytes(value[:4]) == _ITEM


def join_fragments(value: memoryview) -> Frame:
    """Join the items of a single frame.

    Parameters
    ----------
    value : memoryview
        That begins with an item.

    Returns
    -------
    Frame

    Raises
    ------
    UnreadableRadiographError
        If the file ends within an item, or there are too many.

    References
    ----------
    * DICOM PS3.5, annex A.4
    """
    at, items = 0, []
    while bytes(value[at : at + 4]) == _ITEM:
        length = int.from_bytes(value[at + 4 : at + 8], "little")
        start, at = at + 8, at + 8 + length
        if at > len(value):
            raise UnreadableRadiographError("cut_off_dicom")
        items.append(value[start:at])
        if len(items) > _MAX_FRAGMENTS:
            raise UnreadableRadiographError("damaged_dicom")
    # The first item is a table of offsets, of which the first is 0. Some leave it out.
    if items and items[0][:4] in (b"", bytes(4)):
        del items[0]
    return Frame(b"".join(items), bytes(value[at : at + 4]) == _DELIMITER)
