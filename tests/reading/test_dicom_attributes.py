"""What is known of a DICOM file, and what is never read."""

import logging
from dataclasses import asdict
from datetime import date
from typing import Any

import dicom_files as files
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from pneumonia.errors import UnreadableRadiographError
from pneumonia.gate.vocabulary import Meaning, understand_body_part
from pneumonia.reading.dicom import DicomImage, read_dicom
from pneumonia.reading.dicom_parser import ALLOWED, parse_dicom
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.radiograph import read_radiograph

GREY = files.ramp(12)


def read(pixels: NDArray[Any] = GREY, **options: Any) -> DicomImage:
    options.setdefault("bits", 12 if pixels.dtype.itemsize == 2 else 8)
    data = files.build(pixels, **options)
    return read_dicom(data, max_pixels=20_000, min_side=8)


def test_the_depth_is_kept_beside_the_window() -> None:
    radiograph = read_radiograph(
        files.build(GREY, bits=12, WindowCenter=1000, WindowWidth=201)
    )

    np.testing.assert_array_equal(radiograph.pixels, GREY)
    assert radiograph.window == (899.5, 1099.5)
    assert to_8_bit(radiograph)[0, 0] == 0
    assert to_8_bit(radiograph)[-1, -1] == 255
    assert 120 <= to_8_bit(radiograph)[GREY == 1000][0] <= 135


def test_the_window_is_applied_to_8_bits_too() -> None:
    radiograph = read_radiograph(
        files.build(files.ramp(8), WindowCenter=100, WindowWidth=51)
    )

    assert to_8_bit(radiograph)[0, 0] == 0
    assert (to_8_bit(radiograph)[radiograph.pixels > 125] == 255).all()


def test_pixels_are_read_only() -> None:
    assert not read_radiograph(files.build(GREY, bits=12)).pixels.flags.writeable


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("004Y", 4),
        ("018M", 1.5),
        ("026W", 0.498),
        ("010D", 0.0274),
        ("62", 62),
        ("65 Y", 65),
        ("065Y ", 65),
        ("3 years", 3),
        ("18 months", 1.5),
        ("2,5Y", 2.5),
        ("abcY", None),
        ("3Y4M", None),
        ("999Y", None),
        ("", None),
        (None, None),
    ],
)
def test_age_is_read_as_it_is_written(text: str | None, years: float | None) -> None:
    image = read(PatientAge=text)

    assert image.attributes.patient_age == pytest.approx(years, abs=0.001)


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        ({"PatientBirthDate": "19500101", "StudyDate": "20200101"}, 70),
        ({"PatientBirthDate": "20170301", "StudyDate": "20200229"}, 35 / 12),
        ({"PatientBirthDate": "2017.03.01", "StudyDate": "20200301"}, 3),
        ({"PatientBirthDate": "20170101", "StudyDate": None}, None),
        (
            {
                "PatientBirthDate": "20170101",
                "StudyDate": None,
                "AcquisitionDate": "20190101",
            },
            2,
        ),
        ({"PatientBirthDate": "20210101", "StudyDate": "20200101"}, None),
        ({"PatientBirthDate": "2017", "StudyDate": "20200101"}, None),
        ({"PatientBirthDate": None, "StudyDate": "20200101"}, None),
    ],
)
@pytest.mark.parametrize("age", [None, "abcY"])
def test_age_comes_from_the_dates_where_none_is_stated(
    dates: dict[str, Any], years: float | None, age: str | None
) -> None:
    image = read(PatientAge=age, **dates)

    assert image.attributes.patient_age == pytest.approx(years, abs=0.001)


def test_the_stated_age_goes_before_the_dates() -> None:
    image = read(PatientAge="003Y", PatientBirthDate="19500101")

    assert image.attributes.patient_age == 3


@pytest.mark.parametrize(
    ("text", "character_set"),
    [
        ("TÓRAX".encode(), None),
        ("TÓRAX".encode("latin-1"), "ISO_IR 100"),
        ("TÓRAX".encode("latin-1"), None),
        ("ГРУДНАЯ".encode("iso8859_5"), "ISO_IR 144"),
        ("胸部".encode(), "ISO_IR 192"),
        ("胸部".encode("gb18030"), "GB18030"),
    ],
)
def test_body_part_is_read_in_the_character_set_of_the_device(
    text: bytes, character_set: str | None
) -> None:
    blank = b"X" * len(text)
    data = files.build(
        GREY,
        bits=12,
        BodyPartExamined=blank.decode(),
        SpecificCharacterSet=character_set,
    )

    said = read_radiograph(data.replace(blank, text)).dicom

    assert said is not None
    assert understand_body_part(said.body_part) == Meaning("fits")


@pytest.mark.parametrize(
    ("said", "directions"),
    [
        ({"PatientOrientation": ["R", "F"]}, ("R", "F")),
        ({"PatientOrientation": ["LA", "FP"]}, ("L", "F")),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, ("L", "F")),
        ({"ImageOrientationPatient": [-0.99, 0.1, 0, 0, 0.1, -0.99]}, ("R", "F")),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, ("P", "F")),
        ({"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]}, (None, None)),
        ({"PatientOrientation": ["X", "Y"]}, (None, None)),
        ({"PatientOrientation": ""}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_the_directions_of_rows_and_columns_are_read(
    said: dict[str, Any], directions: tuple[str | None, str | None]
) -> None:
    read_of = read(**said).attributes

    assert (read_of.row_direction, read_of.column_direction) == directions


@pytest.mark.parametrize(
    ("value", "known"), [("YES", True), ("NO", False), (None, None)]
)
def test_burned_in_annotation_is_known_or_not(
    value: str | None, known: bool | None
) -> None:
    assert read(BurnedInAnnotation=value).attributes.burned_in_annotation is known


def test_view_comes_from_its_code_where_the_position_is_empty() -> None:
    view = Dataset()
    view.CodeMeaning = "lateral"

    image = read(ViewPosition="", ViewCodeSequence=Sequence([view]))

    assert image.attributes.view_position == "LATERAL"


def test_attributes_are_in_capitals() -> None:
    image = read(BodyPartExamined="chest", ImageLaterality="u")

    assert image.attributes.body_part == "CHEST"
    assert image.attributes.laterality == "U"


# Privacy


def test_identifying_attributes_are_not_allowed() -> None:
    forbidden = ("Patient", "Study", "Series", "Date", "Time", "Name", "Instance")
    harmless = {"PatientAge", "PatientSex", "PatientOrientation"}
    harmless |= {"ImageOrientationPatient"}
    of_age = {"PatientBirthDate", *"Study Series Acquisition Content".split()}
    harmless |= {word if "Date" in word else f"{word}Date" for word in of_age}

    allowed = set(ALLOWED) - harmless
    assert not [word for word in allowed for part in forbidden if part in word]


def test_identifying_attributes_are_not_parsed() -> None:
    dataset = parse_dicom(files.build(GREY, bits=12), max_bytes=10**6).dataset

    assert "PatientName" not in dataset
    assert "PatientID" not in dataset


def test_of_the_dates_only_that_of_the_study_is_kept_and_never_logged() -> None:
    image = read(PatientBirthDate="20170314", StudyDate="20200229")

    assert image.attributes.study_date == date(2020, 2, 29)
    assert "2017" not in str(asdict(image.attributes))
    assert "2020" not in repr(image.attributes)


def test_a_damaged_file_gives_neither_message_nor_log_with_the_patient(
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = files.build(GREY, bits=12, PixelData=b"\0" * 9)

    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(UnreadableRadiographError) as caught,
    ):
        read_radiograph(data)

    assert "Doe" not in str(caught.value) + caplog.text
