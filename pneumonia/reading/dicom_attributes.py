"""What a DICOM file states about its picture, for the gate."""

from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from pneumonia.reading.dicom_grey_scale import Rendering
from pneumonia.reading.dicom_values import read_optional, read_text


@dataclass(frozen=True)
class DicomAttributes:
    """What a DICOM file states; None where it states nothing.

    Attributes
    ----------
    modality, body_part, view_position, laterality, presentation_intent : str or None
        In capitals. The view is ViewPosition, else the meaning of ViewCodeSequence.
    row_direction : str or None
        First value of PatientOrientation: where a row of pixels leads.
    patient_age : float or None
        In years.
    burned_in_annotation : bool or None
    photometric_interpretation : str
    transfer_syntax : str
        UID.
    rendering : str
        What made the default window, or the table that was applied.
    """

    modality: str | None
    body_part: str | None
    view_position: str | None
    row_direction: str | None
    laterality: str | None
    presentation_intent: str | None
    patient_age: float | None
    burned_in_annotation: bool | None
    photometric_interpretation: str
    transfer_syntax: str
    rendering: Rendering


def read_attributes(
    dataset: Dataset, *, transfer_syntax: str, rendering: Rendering
) -> DicomAttributes:
    """Read what a file states beside its pixels; what is invalid counts as absent.

    Parameters
    ----------
    dataset : pydicom.Dataset
    transfer_syntax, rendering : str
        As they proved to be.

    Returns
    -------
    DicomAttributes
    """
    return DicomAttributes(
        modality=read_text(dataset, "Modality"),
        body_part=read_text(dataset, "BodyPartExamined"),
        view_position=read_text(dataset, "ViewPosition")
        or read_optional(
            dataset, "ViewCodeSequence", lambda v: read_text(v[0], "CodeMeaning")
        ),
        row_direction=read_optional(
            dataset, "PatientOrientation", lambda v: str(v[0]).upper()
        ),
        laterality=read_text(dataset, "ImageLaterality")
        or read_text(dataset, "Laterality"),
        presentation_intent=read_text(dataset, "PresentationIntentType"),
        patient_age=read_optional(dataset, "PatientAge", _to_years),
        burned_in_annotation={"YES": True, "NO": False}.get(
            read_text(dataset, "BurnedInAnnotation") or ""
        ),
        photometric_interpretation=read_text(dataset, "PhotometricInterpretation")
        or "",
        transfer_syntax=transfer_syntax,
        rendering=rendering,
    )


def _to_years(value: Any) -> float:
    """Read an age string (PS3.5, 6.2): digits and D, W, M or Y; without, years."""
    text = str(value).strip().upper()
    per_year = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
    number, unit = (text[:-1], text[-1]) if text[-1] in per_year else (text, "Y")
    if not number.isdecimal():
        raise ValueError("no age")
    return int(number) / per_year[unit]
