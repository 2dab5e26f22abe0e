"""What a DICOM file says of patient and view, for the line above the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pneumonia.language.speech import plural, say, write_day
from pneumonia.ui import texts

if TYPE_CHECKING:
    from pneumonia.reading.radiograph import Radiograph

# Defined terms of View Position (DICOM PS3.3, C.8.1.1 and C.8.11.5).
_VIEWS: Final = {"AP", "PA", "LL", "RL", "RLD", "LLD", "RLO", "LLO"}


def describe_facts(radiograph: Radiograph) -> str:
    """Say age, sex, view and date of the study, as far as the file states them.

    Parameters
    ----------
    radiograph : Radiograph

    Returns
    -------
    str
        Empty for a picture. A view that is not of the standard is left out: what
        somebody typed may be a name.
    """
    said = radiograph.dicom
    if said is None:
        return ""
    facts = []
    if said.patient_age is not None:
        facts.append(describe_age(said.patient_age))
    if said.patient_sex is not None:
        facts.append(say(texts.SEXES[said.patient_sex]))
    if said.view_position in _VIEWS:
        facts.append(said.view_position)
    if said.study_date is not None:
        facts.append(write_day(said.study_date))
    return " · ".join(facts)


def describe_age(years: float) -> str:
    """Write an age as a paediatrician would: days, months or years.

    Parameters
    ----------
    years : float

    Returns
    -------
    str
    """
    if years < 1 / 12:
        return say(texts.DAYS_OLD, count=round(365.25 * years))
    if years < 2:
        return plural("{count} month", "{count} months", int(12 * years + 1e-6))
    return say(texts.YEARS_OLD, count=int(years + 1e-6))
