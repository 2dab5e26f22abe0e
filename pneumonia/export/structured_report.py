"""The result as a DICOM Comprehensive Structured Report (template TID 1500)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from pneumonia import __version__
from pneumonia.errors import ExportError
from pneumonia.export.case_summary import LIMITS, NOT_A_DEVICE, CaseReport
from pneumonia.export.secondary_capture import MANUFACTURER, RESEARCH
from pneumonia.language.speech import ENGLISH, speaking

if TYPE_CHECKING:
    from highdicom.sr import ContentItem, MeasurementReport
    from pydicom.dataset import Dataset

# A coding scheme of our own (PS3.16, section 8.2): there are no codes for these, and
# none shall read as a radiologist's finding.
_SCHEME: Final = "99PNEUMONIA"
_NAMES: Final = ("PatientName", "ReferringPhysicianName")


@speaking(ENGLISH)
def structured_report(report: CaseReport, capture: bytes) -> bytes:
    """Write the result as a Structured Report that refers to the heatmap.

    It is in English, whose terms archives compare. Patient and study are the capture's:
    anonymous and new, unless the identifiers were kept there; then the source image is
    referred to as well.

    Parameters
    ----------
    report : CaseReport
        Of an assessed radiograph.
    capture : bytes
        What `pneumonia.export.secondary_capture.secondary_capture` made of it.

    Returns
    -------
    bytes
        A DICOM file, Explicit VR Little Endian; preliminary and unverified.

    Raises
    ------
    ExportError
        If the radiograph was not assessed, or the capture is that of another one.

    References
    ----------
    * DICOM PS3.3, A.35.3 (Comprehensive SR IOD); PS3.16, TID 1500 and TID 4019
    """
    # These take a second to import, and only this export needs them.
    from highdicom.sr import ComprehensiveSR
    from pydicom import dcmread
    from pydicom.dataset import Dataset
    from pydicom.uid import generate_uid

    image = dcmread(io.BytesIO(capture), stop_before_pixels=True)
    found = report.assessment
    if report.number is None or found.input_sha256 not in image.DerivationDescription:
        raise ExportError(
            "A structured report is written of an assessed radiograph and its own "
            f"capture. Received: {found.status}"
            f"{'' if report.number is None else ', and the capture of another one'}."
        )
    source = _source_image(image)
    # highdicom would repeat an unusual name in a warning: it is not told any.
    names = {keyword: image[keyword].value for keyword in _NAMES}
    image.PatientName = image.ReferringPhysicianName = ""
    document = ComprehensiveSR(
        evidence=[image] if source is None else [image, source],
        content=_content(report, image, source)[0],
        series_instance_uid=generate_uid(None),
        series_number=9002,
        sop_instance_uid=generate_uid(None),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        series_description=f"Model result: {RESEARCH}",
        manufacturer_model_name=found.weights,
        device_serial_number=found.weights_sha256,
        software_versions=__version__,
    )
    for keyword, name in names.items():
        setattr(document, keyword, name)
    scheme = Dataset()
    scheme.CodingSchemeDesignator = _SCHEME
    scheme.CodingSchemeName = "Terms of a research demonstration"
    scheme.CodingSchemeResponsibleOrganization = MANUFACTURER
    document.CodingSchemeIdentificationSequence = [scheme]
    file = io.BytesIO()
    document.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _source_image(image: Dataset) -> Dataset | None:
    """Name the image that the capture was derived from, where it does."""
    from pydicom.dataset import Dataset

    if "ReferencedSeriesSequence" not in image:
        return None
    series = image.ReferencedSeriesSequence[0]
    source = Dataset()
    source.StudyInstanceUID = image.StudyInstanceUID
    source.SeriesInstanceUID = series.SeriesInstanceUID
    instance = series.ReferencedInstanceSequence[0]
    source.SOPClassUID = instance.ReferencedSOPClassUID
    source.SOPInstanceUID = instance.ReferencedSOPInstanceUID
    return source


def _content(
    report: CaseReport, image: Dataset, source: Dataset | None
) -> MeasurementReport:
    from highdicom import sr
    from pydicom.sr.codedict import codes
    from pydicom.uid import generate_uid

    found = report.assessment
    observer = sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            # The same weights are the same device.
            uid=generate_uid(entropy_srcs=[found.weights_sha256]),
            name=MANUFACTURER,
            manufacturer_name=MANUFACTURER,
            model_name=found.weights,
            serial_number=found.weights_sha256,
        ),
    )
    group = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(
            uid=generate_uid(None), identifier="Whole radiograph"
        ),
        algorithm_id=sr.AlgorithmIdentification(
            name=f"pneumonia, weights {found.weights}",
            version=__version__,
            parameters=[
                f"weights SHA-256 {found.weights_sha256}",
                f"input SHA-256 {found.input_sha256}",
                f"operating point {report.decision.operating_point}",
            ],
        ),
        measurements=[
            sr.Measurement(name=_concept(name), value=value, unit=codes.UCUM.NoUnits)
            for name, value in _numbers(report)
        ],
        source_images=None
        if source is None
        else [
            sr.SourceImageForMeasurementGroup(source.SOPClassUID, source.SOPInstanceUID)
        ],
    )
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=observer),
        procedure_reported=sr.CodedConcept("399208008", "SCT", "Plain chest X-ray"),
        imaging_measurements=[group],
    )
    content[0].ContentSequence.extend(_statements(report, image))
    return content


def _numbers(report: CaseReport) -> list[tuple[str, float]]:
    """Name the numbers, unrounded; predictive values have a prevalence of their own."""
    decision = report.decision
    numbers = {
        report.number_name: decision.probability,
        "Prevalence assumed": decision.prevalence,
        "Threshold": decision.threshold,
        "Sensitivity": decision.sensitivity,
        "Specificity": decision.specificity,
    }
    return [(name, value) for name, value in numbers.items() if value is not None]


def _statements(report: CaseReport, image: Dataset) -> list[ContentItem]:
    """Say in words what a reader without the page has to know."""
    from highdicom import sr

    texts = [
        ("Disclaimer", f"{NOT_A_DEVICE} {LIMITS}"),
        # First: an age or a margin changes what the numbers mean.
        *(("Warning", warning) for warning in report.warnings),
        ("Model flag", f"{report.verdict}. {report.verdict_note}"),
        *([("Model unsure", report.unsure_note)] if report.unsure_note else []),
        (report.number_name, f"{report.number}. {report.number_note}"),
        (
            "Threshold",
            f"{report.threshold}, {report.threshold_note}. {' '.join(report.accuracy)}",
        ),
        *(
            [("Predictive values", report.predictive_values)]
            if report.predictive_values
            else []
        ),
        *(
            [("Reader impression", " ".join(report.reader_lines))]
            if report.reader_lines
            else []
        ),
        *(
            [("Model attention", " ".join(report.attention))]
            if report.attention
            else []
        ),
        *report.provenance,
    ]
    contains = sr.RelationshipTypeValues.CONTAINS
    heatmap = sr.ImageContentItem(
        _concept("Heatmap"),
        image.SOPClassUID,
        image.SOPInstanceUID,
        relationship_type=contains,
    )
    return [
        *(sr.TextContentItem(_concept(n), t, contains) for n, t in texts),
        heatmap,
    ]


def _concept(meaning: str) -> Any:
    from highdicom.sr import CodedConcept

    value = "".join(character for character in meaning.upper() if character.isalnum())
    return CodedConcept(value, _SCHEME, meaning)
