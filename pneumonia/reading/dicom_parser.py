"""DICOM bytes to the few attributes that may be read.

Attributes that identify a patient are never read: the parser gets a list of those that
are allowed. It gives up a file that would keep it busy for long.
"""

import io
import re
import zlib
from collections.abc import Callable
from typing import Any, Final, TypeVar

from pydicom import config
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError

Value = TypeVar("Value")

# All that is ever read of a file.
ALLOWED: Final = tuple(
    """
    SpecificCharacterSet SOPClassUID Modality BurnedInAnnotation PresentationIntentType
    BodyPartExamined ViewPosition ViewCodeSequence CodeMeaning
    PatientAge PatientOrientation Laterality ImageLaterality
    PixelSpacing ImagerPixelSpacing NominalScannedPixelSpacing PixelAspectRatio
    NumberOfFrames Rows Columns SamplesPerPixel PhotometricInterpretation
    PlanarConfiguration BitsAllocated BitsStored HighBit PixelRepresentation PixelData
    PixelPaddingValue PixelPaddingRangeLimit ModalityLUTSequence
    RescaleSlope RescaleIntercept RescaleType VOILUTSequence WindowCenter WindowWidth
    VOILUTFunction PresentationLUTSequence PresentationLUTShape LUTDescriptor LUTData
    RedPaletteColorLookupTableDescriptor RedPaletteColorLookupTableData
    GreenPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableData
    BluePaletteColorLookupTableDescriptor BluePaletteColorLookupTableData
    """.split()
)

# Limits until the pixels are decoded. The longest value is a LUT of 65,536 entries in a
# sequence.
_MAX_VALUE_BYTES = 2**19
_MAX_READS = 200_000
_UNDEFINED_LENGTH = 0xFFFFFFFF
_EXPLICIT = b"1.2.840.10008.1.2.1"
_DEFLATED = b"1.2.840.10008.1.2.1.99"


def is_dicom(data: bytes) -> bool:
    """Tell DICOM by its content, with or without preamble and file meta header.

    Parameters
    ----------
    data : bytes
        The file, or at least its first 132 bytes.

    Returns
    -------
    bool

    References
    ----------
    * DICOM PS3.10, section 7.1
    """
    if data[128:132] == b"DICM":
        return True
    # Without a preamble a file begins with the group of file meta elements or with
    # the first group of a dataset, in either byte order.
    group, element = data[:2], data[2:4]
    if group in (b"\x02\0", b"\x08\0"):
        return len(data) > 8 and element[1:] == b"\0"
    return group in (b"\0\x02", b"\0\x08") and element[:1] == b"\0" and len(data) > 8


def parse_dicom(data: bytes, *, max_bytes: int) -> FileDataset:
    """Parse the allowed attributes, up to the pixels.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_bytes : int
        Limit on a deflated file once it is inflated.

    Returns
    -------
    pydicom.FileDataset

    Raises
    ------
    UnsupportedRadiographError
        With the code ``too_large``.
    Exception
        Of almost any type, if the file is damaged.
    """
    pixel_data = Tag("PixelData")
    allowed = {Tag(keyword) for keyword in ALLOWED}

    def stop_when(tag: BaseTag, _vr: str | None, length: int) -> bool:
        short = tag in allowed and tag != pixel_data
        if short and _MAX_VALUE_BYTES < length != _UNDEFINED_LENGTH:
            raise ValueError(f"{tag} has {length} bytes")
        return bool(tag > pixel_data)

    return read_partial(
        _BoundedReader(_inflate(data, max_bytes)),
        stop_when=stop_when,
        force=True,
        specific_tags=list(allowed),
    )


class _BoundedReader(io.BytesIO):
    """Stops the parsing of a file that consists of very many elements.

    pydicom reads at least once for every element, nested or not, and keeps the
    elements of sequences: 40 MB of empty items took minutes and gigabytes.
    """

    _reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > _MAX_READS:
            raise ValueError("too many elements")
        return super().read(size)


def _inflate(data: bytes, max_bytes: int) -> bytes:
    """Undo the deflated transfer syntax, which pydicom does without a limit.

    References
    ----------
    * DICOM PS3.5, annex A.5; PS3.10, section 7.1
    """
    position = 132 if data[128:132] == b"DICM" else 0
    deflated = False
    while data[position : position + 2] == b"\x02\0":
        long = data[position + 4 : position + 6] in (b"OB", b"UN", b"OW", b"UT")
        field = (
            slice(position + 8, position + 12)
            if long
            else slice(position + 6, position + 8)
        )
        if data[position + 2 : position + 4] == b"\x10\0":
            deflated = data[field.stop :].startswith(_DEFLATED)
        position = field.stop + int.from_bytes(data[field], "little")
    if not deflated:
        return data
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = inflater.decompress(data[position:], max_bytes + 1)
    if len(plain) > max_bytes:
        raise UnsupportedRadiographError(
            "too_large", "inflated_size", megabytes=max_bytes // 2**20
        )
    return data[:position].replace(_DEFLATED, _EXPLICIT + b"\0\0\0") + plain


def name_uid(uid: str) -> str:
    """Name a UID for a message.

    Parameters
    ----------
    uid : str

    Returns
    -------
    str
        The name in the standard, else the UID itself. Empty if it does not consist of
        numbers and points: then it may be a patient's name.
    """
    if not re.fullmatch(r"[0-9.]{1,64}", uid):
        return ""
    return UID(uid, validation_mode=config.IGNORE).name


def read_optional(
    dataset: Dataset, keyword: str, convert: Callable[[Any], Value]
) -> Value | None:
    """Read an attribute that may be absent, empty or invalid.

    Parameters
    ----------
    dataset : pydicom.Dataset
    keyword : str
    convert : callable

    Returns
    -------
    converted value or None
    """
    try:
        value = dataset.get(keyword)
        return None if value is None or value == "" else convert(value)
    except Exception:
        # An invalid value counts as absent. pydicom raises almost any type for it.
        return None


def read_text(dataset: Dataset, keyword: str) -> str | None:
    """Read a coded string in capitals, None if it is absent or empty."""
    return read_optional(dataset, keyword, lambda v: str(v).strip().upper()) or None


def read_integer(dataset: Dataset, keyword: str) -> int:
    """Read an integer that a picture cannot do without, 1 or more.

    Parameters
    ----------
    dataset : pydicom.Dataset
    keyword : str

    Returns
    -------
    int

    Raises
    ------
    UnreadableRadiographError
        If it is absent, invalid or less than 1.
    """
    number = read_optional(dataset, keyword, int)
    if number is None:
        raise UnreadableRadiographError(
            "missing_attribute", "no_value", keyword=keyword
        )
    if number < 1:
        raise UnreadableRadiographError(
            "missing_attribute", "value", keyword=keyword, value=number
        )
    return number
