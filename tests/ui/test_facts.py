"""What stands above the picture of a DICOM file, and never leaves the page."""

from typing import Any

import pytest
from dicom_files import build, ramp

from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.ui.facts import describe_age, describe_facts

STATED = {
    "PatientAge": "003Y",
    "PatientSex": "F",
    "ViewPosition": "AP",
    "StudyDate": "20240229",
}


def radiograph(**attributes: Any) -> Radiograph:
    return read_radiograph(build(ramp(), bits=12, **attributes))


def test_age_sex_view_and_date_are_told() -> None:
    assert describe_facts(radiograph(**STATED)) == "3 y · female · AP · 29 Feb 2024"


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("ViewPosition", "DOE JANE"),
        ("PatientSex", "DOE JANE"),
        ("StudyDate", "someday"),
        ("PatientAge", "old"),
    ],
)
def test_what_is_not_of_the_standard_is_left_out(attribute: str, value: str) -> None:
    said = describe_facts(radiograph(**(STATED | {attribute: value})))
    assert said.count(" · ") == 2
    assert value not in said


def test_a_file_that_states_nothing_gives_nothing() -> None:
    nothing = dict.fromkeys(STATED)
    assert describe_facts(radiograph(**nothing)) == ""


@pytest.mark.parametrize(
    ("years", "words"),
    [(10 / 365.25, "10 d"), (0.5, "6 months"), (1.75, "21 months"), (5.9, "5 y")],
)
def test_age_is_written_as_a_paediatrician_would(years: float, words: str) -> None:
    assert describe_age(years) == words
