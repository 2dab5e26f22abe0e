"""DICOM bytes to the few attributes that may be read.

Attributes that identify a patient are never read: the parser gets a list of those that
are allowed. It gives up a file that would keep it busy for long.
"""

import io
import re
import zlib
from typing import Final, NamedTuple

from pydicom import config
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reading.dicom_pixel_data import PixelData, read_pixel_data
from pneumonia.reading.dicom_values import HOSTILE_BYTES, raise_damaged_dicom
from pneumonia.reading.part_limits import check_parts

# All that is ever read of a file. Of the dates age and day of the study are kept.
ALLOWED: Final = tuple(
    """
    SpecificCharacterSet SOPClassUID Modality BurnedInAnnotation PresentationIntentType
    BodyPartExamined AnatomicRegionSequence ViewPosition ViewCodeSequence
    CodeValue CodingSchemeDesignator CodeMeaning
    PatientSex PatientAge PatientBirthDate
    StudyDate SeriesDate AcquisitionDate ContentDate
    PatientOrientation ImageOrientationPatient FieldOfViewHorizontalFlip
    FieldOfViewRotation Laterality ImageLaterality
    PixelSpacing ImagerPixelSpacing NominalScannedPixelSpacing PixelAspectRatio
    NumberOfFrames Rows Columns SamplesPerPixel PhotometricInterpretation
    PlanarConfiguration BitsAllocated BitsStored HighBit PixelRepresentation
    PixelPaddingValue PixelPaddingRangeLimit ModalityLUTSequence
    RescaleSlope RescaleIntercept RescaleType VOILUTSequence WindowCenter WindowWidth
    VOILUTFunction PresentationLUTSequence PresentationLUTShape LUTDescriptor LUTData
    RedPaletteColorLookupTableDescriptor RedPaletteColorLookupTableData
    GreenPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableData
    BluePaletteColorLookupTableDescriptor BluePaletteColorLookupTableData
    """.split()
)

_ALLOWED: Final = frozenset(Tag(keyword) for keyword in ALLOWED)

# Limits until the pixels are decoded. The longest value is a LUT of 65,536 entries in a
# sequence.
_MAX_VALUE_BYTES = 2**19
_MAX_META_ELEMENTS = 1_000
_UNDEFINED_LENGTH = 0xFFFFFFFF
# An item's tag and length, its tag and that of its end, in both byte orders.
_ITEM_BYTES = 8
_UNDEFINED = b"\xff\xff\xff\xff"
_ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_ITEM_ENDS = (b"\xfe\xff\x0d\xe0", b"\xff\xfe\xe0\x0d")
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


class DicomFile(NamedTuple):
    """What was parsed of a file.

    Attributes
    ----------
    dataset : pydicom.FileDataset
        The allowed attributes before the pixels.
    pixel_data : PixelData or None
    """

    dataset: FileDataset
    pixel_data: PixelData | None


def parse_dicom(data: bytes, *, max_bytes: int) -> DicomFile:
    """Parse the allowed attributes and find the pixels.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_bytes : int
        Limit on a deflated file once it is inflated.

    Returns
    -------
    DicomFile

    Raises
    ------
    UnreadableRadiographError
        If the file is damaged, or consists of too many parts.
    UnsupportedRadiographError
        With the code ``too_large``.
    """
    pixel_tag = Tag("PixelData")
    found_pixels = False

    def stop_when(tag: BaseTag, _vr: str | None, length: int) -> bool:
        nonlocal found_pixels
        found_pixels = tag == pixel_tag
        if tag in _ALLOWED and _MAX_VALUE_BYTES < length != _UNDEFINED_LENGTH:
            raise ValueError(f"{tag} has {length} bytes")
        return bool(tag >= pixel_tag)

    reader = _BoundedReader()
    try:
        plain = _inflate(data, max_bytes)
        reader = _BoundedReader(plain)
        dataset = read_partial(
            reader, stop_when=stop_when, force=True, specific_tags=list(_ALLOWED)
        )
        _check_sequences(dataset)
    except HOSTILE_BYTES as error:
        # Within an item pydicom makes every error one of its own.
        raise_damaged_dicom(reader.refusal or error)
    if not found_pixels:
        return DicomFile(dataset, None)
    little_endian = dataset.original_encoding[1] is not False
    pixel_data = read_pixel_data(plain, reader.tell(), little_endian=little_endian)
    return DicomFile(dataset, pixel_data)


class _BoundedReader(io.BytesIO):
    """Stops the parsing of a file of very many elements, or that nests them deeply.

    pydicom reads at least once for every element, nested or not, and keeps the
    elements of sequences: 40 MB of empty items took minutes and gigabytes.
    """

    refusal: UnreadableRadiographError | None = None
    _reads = _depth = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        data = super().read(size)
        if size == _ITEM_BYTES and data[:4] in _ITEMS:
            self._depth += data[4:] == _UNDEFINED
        elif size == _ITEM_BYTES and data[:4] in _ITEM_ENDS:
            self._depth -= 1
        try:
            check_parts("dicom_reads", self._reads)
            check_parts("dicom_depth", self._depth)
        except UnreadableRadiographError as error:
            self.refusal = error
            raise
        return data


def _check_sequences(dataset: FileDataset) -> None:
    """Count the items of sequences of a stated length, which are parsed when used."""
    for element in dataset.values():
        if isinstance(element, RawDataElement) and element.value:
            items = sum(element.value.count(item) for item in _ITEMS)
            check_parts("dicom_items", items)


def _inflate(data: bytes, max_bytes: int) -> bytes:
    """Undo the deflated transfer syntax, which pydicom does without a limit.

    References
    ----------
    * DICOM PS3.5, annex A.5; PS3.10, section 7.1
    """
    position = 132 if data[128:132] == b"DICM" else 0
    deflated = False
    for _ in range(_MAX_META_ELEMENTS):
        if data[position : position + 2] != b"\x02\0":
            break
        long = data[position + 4 : position + 6] in (b"OB", b"UN", b"OW", b"UT")
        field = (
            slice(position + 8, position + 12)
            if long
            else slice(position + 6, position + 8)
        )
        if data[position + 2 : position + 4] == b"\x10\0":
            deflated = data.startswith(_DEFLATED, field.stop)
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
