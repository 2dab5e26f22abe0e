"""DICOM files for tests, built in memory with pydicom."""

import io
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_PROGRESSIVE = "1.2.840.10008.1.2.4.55"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_FIRST_ORDER = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
HTJ2K_RPCL = "1.2.840.10008.1.2.4.202"
HTJ2K = "1.2.840.10008.1.2.4.203"
RLE = "1.2.840.10008.1.2.5"
MPEG4 = "1.2.840.10008.1.2.4.102"

COMPUTED_RADIOGRAPHY = "1.2.840.10008.5.1.4.1.1.1"
DX_FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.1.1.1"
ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
DICOMDIR = "1.2.840.10008.1.3.10"

PATIENT = "Doe^Jane"


def ramp(bits: int = 12, shape: tuple[int, int] = (64, 80)) -> NDArray[Any]:
    """Draw a ramp over the whole range of `bits`, darkest at the top left."""
    count = shape[0] * shape[1]
    levels = np.arange(count) * ((1 << bits) - 1) // (count - 1)
    return levels.reshape(shape).astype(np.uint8 if bits <= 8 else np.uint16)


def encode(pixels: NDArray[Any], syntax: str, bits: int) -> bytes:
    """Compress a grey or RGB picture for a transfer syntax."""
    if syntax == JPEG_BASELINE:
        return bytes(imagecodecs.jpeg8_encode(pixels, 95))
    if syntax == JPEG_PROGRESSIVE:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=95, progressive=True)
        return file.getvalue()
    if syntax == JPEG_EXTENDED:
        return bytes(imagecodecs.jpeg8_encode(pixels, 98, bitspersample=12))
    if syntax in (JPEG_LOSSLESS, JPEG_LOSSLESS_FIRST_ORDER):
        predictor = 1 if syntax == JPEG_LOSSLESS_FIRST_ORDER else 6
        return bytes(
            imagecodecs.jpeg8_encode(
                pixels, lossless=True, predictor=predictor, bitspersample=bits
            )
        )
    if syntax in (JPEG_LS, JPEG_LS_NEAR):
        loss = 2 if syntax == JPEG_LS_NEAR else 0
        return bytes(imagecodecs.jpegls_encode(pixels, loss))
    if syntax in (JPEG_2000, JPEG_2000_LOSSLESS):
        lossless = syntax == JPEG_2000_LOSSLESS
        return bytes(
            imagecodecs.jpeg2k_encode(
                pixels,
                0 if lossless else 60,
                codecformat="j2k",
                reversible=lossless,
                bitspersample=bits,
            )
        )
    if syntax in (HTJ2K, HTJ2K_LOSSLESS, HTJ2K_RPCL):
        return bytes(imagecodecs.htj2k_encode(pixels, reversible=syntax != HTJ2K))
    if syntax == RLE:
        return _encode_rle(pixels)
    raise ValueError(syntax)


def build(
    pixels: NDArray[Any] | None = None,
    *,
    syntax: str = EXPLICIT,
    frame: bytes | None = None,
    bits: int | None = None,
    preamble: bool = True,
    file_meta: bool = True,
    state_syntax: bool = True,
    **attributes: Any,
) -> bytes:
    """Write a DICOM file around stored values of any integer type.

    Further keyword arguments become attributes; one that is None is left out.
    """
    dataset = Dataset()
    dataset.SOPClassUID = COMPUTED_RADIOGRAPHY
    dataset.SOPInstanceUID = "1.2.3"
    dataset.StudyDate = "20200229"
    dataset.Modality = "CR"
    dataset.PatientName = PATIENT
    dataset.PatientID = "ID-4711"
    if pixels is not None:
        allocated = pixels.dtype.itemsize * 8
        bits = bits or allocated
        dataset.Rows, dataset.Columns = pixels.shape[:2]
        dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
        dataset.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
        if pixels.ndim == 3:
            dataset.PlanarConfiguration = 0
        dataset.BitsAllocated, dataset.BitsStored = allocated, bits
        dataset.HighBit = bits - 1
        dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
        if UID(syntax).is_encapsulated:
            content = frame if frame is not None else encode(pixels, syntax, bits)
            dataset.PixelData = encapsulate([content])
            dataset["PixelData"].is_undefined_length = True
        else:
            big = pixels.dtype.newbyteorder(">")
            little = pixels.dtype.newbyteorder("<")
            stored = pixels.astype(big if syntax == BIG_ENDIAN else little).tobytes()
            dataset.PixelData = stored + b"\0" * (len(stored) % 2)
        dataset["PixelData"].VR = "OB" if UID(syntax).is_encapsulated else "OW"
    for keyword, value in attributes.items():
        if value is not None:
            setattr(dataset, keyword, value)
        elif keyword in dataset:
            delattr(dataset, keyword)
    return _write(dataset, syntax, preamble, file_meta, state_syntax)


def lut(
    entries: NDArray[Any] | list[int], *, first: int = 0, bits: int = 16
) -> Sequence:
    """Make a LUT sequence of one item."""
    item = Dataset()
    item.LUTDescriptor = [len(entries) % 65_536, first, bits]
    item["LUTDescriptor"].VR = "SS" if first < 0 else "US"
    item.LUTData = np.asarray(entries, "<u2").tobytes()
    item["LUTData"].VR = "OW"
    return Sequence([item])


def _write(
    dataset: Dataset, syntax: str, preamble: bool, file_meta: bool, state_syntax: bool
) -> bytes:
    if syntax == DEFLATED:
        file = io.BytesIO()
        dataset.file_meta = _meta(dataset, syntax, state_syntax)
        dataset.save_as(file, enforce_file_format=True)
        return file.getvalue()
    body = DicomBytesIO()
    body.is_implicit_VR = syntax == IMPLICIT
    body.is_little_endian = syntax != BIG_ENDIAN
    write_dataset(body, dataset)
    head = io.BytesIO()
    if file_meta:
        meta = Dataset()
        meta.file_meta = _meta(dataset, syntax, state_syntax)
        shell = DicomBytesIO()
        shell.is_implicit_VR, shell.is_little_endian = False, True
        write_dataset(shell, Dataset(meta.file_meta))
        head.write(shell.getvalue())
    start = b"\0" * 128 + b"DICM" if preamble else b""
    return start + head.getvalue() + body.getvalue()


def _meta(dataset: Dataset, syntax: str, state_syntax: bool) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID")
    meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    if state_syntax:
        meta.TransferSyntaxUID = UID(syntax)
    return meta


def _encode_rle(pixels: NDArray[Any]) -> bytes:
    """Encode as PS3.5, annex G; one literal run after another."""
    planes = [pixels] if pixels.ndim == 2 else list(np.moveaxis(pixels, -1, 0))
    segments = []
    for plane in planes:
        cells = plane.astype(plane.dtype.newbyteorder(">")).tobytes()
        for byte in range(plane.dtype.itemsize):
            row = cells[byte :: plane.dtype.itemsize]
            runs = [row[i : i + 128] for i in range(0, len(row), 128)]
            segment = b"".join(bytes([len(run) - 1]) + run for run in runs)
            segments.append(segment + b"\0" * (len(segment) % 2))
    offsets = np.cumsum([64, *map(len, segments)])[:-1]
    header = np.zeros(16, "<u4")
    header[0] = len(segments)
    header[1 : 1 + len(segments)] = offsets
    return header.tobytes() + b"".join(segments)
