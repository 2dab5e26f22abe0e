"""What a DICOM file states about its picture, for the gate."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataset import Dataset

from pneumonia.reading.dicom_grey_scale import Rendering
from pneumonia.reading.dicom_orientation import is_flipped_or_turned, read_directions
from pneumonia.reading.dicom_values import read_optional, read_text

_OLDEST = 130


@dataclass(frozen=True)
class DicomAttributes:
    """What a DICOM file states; None where it states nothing.

    Attributes
    ----------
    modality, body_part, view_position, laterality, presentation_intent : str or None
        In capitals. The view is ViewPosition, else the meaning of ViewCodeSequence.
        What somebody typed may identify a patient and is not repeated.
    region_code, region : str or None
        Code and meaning of AnatomicRegionSequence.
    row_direction, column_direction : str or None
        Where rows and columns of pixels lead: L, R, A, P, H or F.
    flipped_or_turned : bool
        Whether the picture was flipped or turned after its exposure.
    patient_age : float or None
        In years: PatientAge, else of the dates of birth and study, in whole months.
    burned_in_annotation : bool or None
    photometric_interpretation : str
    transfer_syntax : str
        UID.
    rendering : str
        What made the default window, or the table that was applied.
    patient_sex : {"M", "F", "O"} or None
    study_date : datetime.date or None
        Shown to a clinician who asks for it, never logged or exported.
    """

    modality: str | None
    body_part: str | None
    region_code: str | None
    region: str | None
    view_position: str | None
    row_direction: str | None
    column_direction: str | None
    flipped_or_turned: bool
    laterality: str | None
    presentation_intent: str | None
    patient_age: float | None
    burned_in_annotation: bool | None
    photometric_interpretation: str
    transfer_syntax: str
    rendering: Rendering
    patient_sex: str | None = None
    study_date: date | None = field(default=None, repr=False)


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
    row_direction, column_direction = read_directions(dataset)
    return DicomAttributes(
        modality=read_text(dataset, "Modality"),
        body_part=_read_label(dataset, "BodyPartExamined"),
        region_code=_of_first_item(dataset, "AnatomicRegionSequence", "CodeValue"),
        region=_of_first_item(dataset, "AnatomicRegionSequence", "CodeMeaning"),
        view_position=_read_label(dataset, "ViewPosition")
        or _of_first_item(dataset, "ViewCodeSequence", "CodeMeaning"),
        row_direction=row_direction,
        column_direction=column_direction,
        flipped_or_turned=is_flipped_or_turned(dataset),
        laterality=read_text(dataset, "ImageLaterality")
        or read_text(dataset, "Laterality"),
        presentation_intent=read_text(dataset, "PresentationIntentType"),
        patient_age=_read_age(dataset),
        burned_in_annotation={"YES": True, "NO": False}.get(
            read_text(dataset, "BurnedInAnnotation") or ""
        ),
        photometric_interpretation=read_text(dataset, "PhotometricInterpretation")
        or "",
        transfer_syntax=transfer_syntax,
        rendering=rendering,
        patient_sex=_read_sex(dataset),
        study_date=read_optional(dataset, "StudyDate", _to_date),
    )


def _read_sex(dataset: Dataset) -> str | None:
    sex = read_text(dataset, "PatientSex")
    return sex if sex in ("M", "F", "O") else None


def _of_first_item(dataset: Dataset, sequence: str, keyword: str) -> str | None:
    return read_optional(dataset, sequence, lambda items: read_text(items[0], keyword))


def _read_label(dataset: Dataset, keyword: str) -> str | None:
    """Read what somebody typed, in capitals, None if it is absent or empty.

    The standard allows ASCII in such codes. Devices write their own language, in
    UTF-8 or in the character set of the file.
    """

    def decode(value: Any) -> str:
        # pydicom decodes codes as Latin-1 whatever the character set is.
        raw = str(value).encode("latin-1")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            sets = dataset.get("SpecificCharacterSet") or "ISO_IR 100"
            return str(decode_bytes(raw, convert_encodings(sets), set()))

    text = read_optional(dataset, keyword, decode)
    return (text or "").strip(" \0").upper() or None


def _read_age(dataset: Dataset) -> float | None:
    """Read the age in years; the date of birth is not kept."""
    age = read_optional(dataset, "PatientAge", _to_years)
    if age is not None:
        return age
    born = read_optional(dataset, "PatientBirthDate", _to_date)
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        then = read_optional(dataset, keyword, _to_date)
        if born and then and born <= then:
            months = 12 * (then.year - born.year) + then.month - born.month
            return (months - (then.day < born.day)) / 12
    return None


def _to_years(value: Any) -> float:
    """Read an age string (PS3.5, 6.2): digits and D, W, M or Y; without, years."""
    found = re.fullmatch(
        r"(\d{1,4}(?:[.,]\d+)?) *(?:(D)(?:AYS?)?|(W)(?:EEKS?)?|(M)(?:ONTHS?)?"
        r"|(Y)(?:(?:EA)?RS?)?)?",
        str(value).strip(" \0").upper(),
    )
    if not found:
        raise ValueError("no age")
    per_year = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
    unit = "".join(filter(None, found.groups()[1:])) or "Y"
    years = float(found[1].replace(",", ".")) / per_year[unit]
    if years > _OLDEST:
        raise ValueError("no age")
    return years


def _to_date(value: Any) -> date:
    """Read a date, also of the older form with points (PS3.5, 6.2)."""
    return date.fromisoformat(re.sub(r"[.\-/ \0]", "", str(value)))
