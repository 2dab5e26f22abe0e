"""The heatmap as a DICOM Secondary Capture, a new derived object for research."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pneumonia import __version__
from pneumonia.errors import ExportError
from pneumonia.export.case_summary import LIMITS, MAP_LEGEND, NOT_A_DEVICE, CaseReport
from pneumonia.language.speech import ENGLISH, say, speaking
from pneumonia.reading.dicom_codecs import LOSSY
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.display import displayed_shape, displayed_spacing
from pneumonia.reading.radiograph import Radiograph, sha256_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MANUFACTURER: Final = "pneumonia (research demonstration)"
RESEARCH: Final = "research demonstration, not a medical device"

_SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"
_IDENTIFIERS: Final = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
_SOURCE: Final = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID")
_INDISPENSABLE: Final = (*_SOURCE, "StudyInstanceUID")


@speaking(ENGLISH)
def secondary_capture(
    report: CaseReport,
    overlay: NDArray[np.uint8],
    radiograph: Radiograph,
    *,
    identifiers_from: bytes | None = None,
) -> bytes:
    """Write the radiograph under its heatmap as a Secondary Capture.

    It is in English. A band under the picture says what it is, because viewers show few
    attributes. The pixels above the band are those of the radiograph as it is shown,
    and square.

    Parameters
    ----------
    report : CaseReport
        Of an assessed radiograph.
    overlay : ndarray of uint8, shape (H, W, 3)
        The radiograph under its Grad-CAM map for pneumonia, RGB, in the size of
        `pneumonia.reading.display.displayed`.
    radiograph : Radiograph
        Tells the size of its pixels, burned-in text and lossy compression.
    identifiers_from : bytes, optional
        The whole DICOM file, to keep the identifiers of patient and study and to
        refer to the source image. Without it the patient is anonymous, the study is
        new and the only date is that of the export.

    Returns
    -------
    bytes
        A DICOM file, Explicit VR Little Endian.

    Raises
    ------
    ExportError
        If the radiograph was not assessed, the arguments belong to different files,
        or identifiers are asked of a file that is no DICOM or states them wrongly.

    References
    ----------
    * DICOM PS3.3, A.8.1 (Secondary Capture Image IOD), C.7.6.1, C.8.6, C.12.4
    * DICOM PS3.15, annex E (PatientIdentityRemoved)
    """
    _check(report, overlay, radiograph)
    dataset = _new_dataset()
    if identifiers_from is None:
        _stay_anonymous(dataset, report)
    else:
        _keep_identifiers(dataset, report, identifiers_from)
    _describe(dataset, report)
    said = radiograph.dicom
    if radiograph.format == "JPEG" or (said and said.transfer_syntax in LOSSY):
        dataset.LossyImageCompression = "01"
    # Unless the file itself says that no text is burned in, somebody has to look.
    clean = said is not None and said.burned_in_annotation is False
    dataset.BurnedInAnnotation = "NO" if clean else "YES"
    if identifiers_from is not None:
        dataset.PatientIdentityRemoved = "NO"
    elif clean:
        dataset.PatientIdentityRemoved = "YES"
        dataset.DeidentificationMethod = "A new object: no identifier was copied."
    _draw(dataset, _with_band(overlay))
    spacing = displayed_spacing(radiograph)
    # At the detector everything is larger: no scale rather than a wrong one.
    if spacing and not radiograph.pixel_shape.at_detector:
        dataset.PixelSpacing = [f"{distance:.6g}" for distance in spacing]
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def check_identifiers(data: bytes) -> None:
    """Find out before an export whether a file's identifiers can be kept.

    Parameters
    ----------
    data : bytes
        The whole DICOM file.

    Raises
    ------
    ExportError
        If they are damaged, or one that is needed is absent or breaks the standard.
    """
    _read_identifiers(data)


def _check(
    report: CaseReport, overlay: NDArray[np.uint8], radiograph: Radiograph
) -> None:
    found = report.assessment
    if report.number is None:
        raise ExportError(
            "Only an assessed radiograph has a heatmap to capture. Received: "
            f"{found.status}."
        )
    if radiograph.sha256 != found.input_sha256:
        raise ExportError(
            "The assessment must be that of the radiograph. Received: those of "
            "different files. Assess the radiograph again."
        )
    if not found.has_map:
        raise ExportError(
            "A capture shows a heatmap. Received: an assessment without one. "
            f"{' '.join(report.attention)}"
        )
    shape = displayed_shape(radiograph)
    if overlay.shape != (*shape, 3):
        raise ExportError(
            f"The heatmap must have the radiograph's size as it is shown, {shape}, and "
            f"three colours. Received: {overlay.shape}."
        )


def _new_dataset() -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = UID(_SECONDARY_CAPTURE)
    dataset.SOPInstanceUID = generate_uid(None)
    dataset.SeriesInstanceUID = generate_uid(None)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def _stay_anonymous(dataset: Dataset, report: CaseReport) -> None:
    from pydicom.uid import generate_uid

    for keyword in _IDENTIFIERS:
        setattr(dataset, keyword, "")
    dataset.PatientName = "Anonymous^"
    # An archive would file all empty identifiers under one patient.
    dataset.PatientID = f"ANONYMOUS-{report.assessment.input_sha256[:16]}"
    dataset.StudyInstanceUID = generate_uid(None)


def _keep_identifiers(dataset: Dataset, report: CaseReport, data: bytes) -> None:
    """Copy the identifiers from the file that was assessed, and refer to its image."""
    if sha256_of(data) != report.assessment.input_sha256:
        raise ExportError(
            "Only the identifiers of the file that was assessed are kept. Received: "
            "another file. Open the radiograph again."
        )
    found = _read_identifiers(data)
    for keyword in _IDENTIFIERS:
        setattr(dataset, keyword, found[keyword])
    dataset.SourceImageSequence = [_reference(found)]
    # "Source image for image processing operation" (PS3.16, CID 7202).
    dataset.SourceImageSequence[0].PurposeOfReferenceCodeSequence = [
        _made_of(
            CodeValue="121322",
            CodingSchemeDesignator="DCM",
            CodeMeaning="Source image for image processing operation",
        )
    ]
    dataset.ReferencedSeriesSequence = [
        _made_of(
            SeriesInstanceUID=found["SeriesInstanceUID"],
            ReferencedInstanceSequence=[_reference(found)],
        )
    ]


def _read_identifiers(data: bytes) -> dict[str, str]:
    """Read the identifiers as text, empty where the file has none."""
    from pydicom import config, dcmread
    from pydicom.datadict import dictionary_VR
    from pydicom.valuerep import validate_value

    if not is_dicom(data):
        raise ExportError(
            say(
                "Only DICOM files carry identifiers that could be kept. Received: a "
                "file of another kind. Export it without identifiers."
            )
        )
    wanted = (*_IDENTIFIERS, *_SOURCE)
    found = {}
    try:
        original = dcmread(
            io.BytesIO(data),
            stop_before_pixels=True,
            force=True,
            specific_tags=list(wanted),
        )
        for keyword in wanted:
            # The value may be of any type; only as text is it written again.
            found[keyword] = str(original.get(keyword) or "")
    except Exception as error:
        # pydicom meets damaged bytes with almost any exception type.
        raise ExportError(
            say(
                "The identifiers in the DICOM file are damaged and cannot be kept. "
                "Export it without identifiers."
            )
        ) from error
    for keyword, text in found.items():
        missing = not text and keyword in _INDISPENSABLE
        try:
            validate_value(dictionary_VR(keyword), text, config.RAISE)
        except ValueError:
            missing = True
        if missing:
            # The value itself may identify the patient.
            raise ExportError(
                say(
                    "Identifiers can be kept only where all are valid. Received: a "
                    "{keyword} that is absent or breaks the standard. Export it "
                    "without identifiers.",
                    keyword=keyword,
                )
            ) from None
    return found


def _reference(found: dict[str, str]) -> Dataset:
    return _made_of(
        ReferencedSOPClassUID=found["SOPClassUID"],
        ReferencedSOPInstanceUID=found["SOPInstanceUID"],
    )


def _made_of(**attributes: Any) -> Dataset:
    from pydicom.dataset import Dataset

    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def _describe(dataset: Dataset, report: CaseReport) -> None:
    found = report.assessment
    now = datetime.datetime.now()
    dataset.Modality = "OT"
    dataset.SeriesNumber, dataset.InstanceNumber = 9001, 1
    dataset.SeriesDescription = f"Grad-CAM: {RESEARCH}"
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = found.weights
    dataset.DeviceSerialNumber = found.weights_sha256
    dataset.SoftwareVersions = __version__
    dataset.ConversionType = "WSD"  # made on a workstation
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.BodyPartExamined = "CHEST"
    dataset.PatientOrientation = ""
    dataset.ContentDate = dataset.DateOfSecondaryCapture = f"{now:%Y%m%d}"
    dataset.ContentTime = dataset.TimeOfSecondaryCapture = f"{now:%H%M%S}"
    dataset.DerivationDescription = (
        f"Grad-CAM overlay, evidence for pneumonia. {MAP_LEGEND} {report.verdict}"
        f"{', unsure' if report.unsure_note else ''}: "
        f"{report.number_name.lower()} {report.number}, threshold {report.threshold} "
        f"({report.decision.operating_point}). {report.number_note} "
        "Weights "
        f"{found.weights}, SHA-256 {found.weights_sha256}. Input SHA-256 "
        f"{found.input_sha256}. Software pneumonia {__version__}."
    )
    dataset.ImageComments = " ".join(
        filter(None, [NOT_A_DEVICE, LIMITS, report.unsure_note, *report.attention])
    )


def _draw(dataset: Dataset, picture: NDArray[np.uint8]) -> None:
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "RGB"
    dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = picture.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    pixels = picture.tobytes()
    dataset.PixelData = pixels + b"\0" * (len(pixels) % 2)
    dataset["PixelData"].VR = "OB"


def _with_band(overlay: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Write under a picture what it is."""
    text = f"{NOT_A_DEVICE}\nHeatmap: {MAP_LEGEND[0].lower()}{MAP_LEGEND[1:]}"
    columns = overlay.shape[1]
    trial = 20.0
    longest = max(map(ImageFont.load_default(trial).getlength, text.split("\n")))
    size = min(trial * 0.94 * columns / longest, columns / 40)
    band = Image.new("RGB", (columns, round(3.2 * size)))
    ImageDraw.Draw(band).multiline_text(
        (0.03 * columns, 0.35 * size),
        text,
        fill=(235, 235, 235),
        font=ImageFont.load_default(size),
        spacing=0.25 * size,
    )
    return np.concatenate([overlay, np.asarray(band)])
