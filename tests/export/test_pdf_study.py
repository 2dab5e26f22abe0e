"""The report of a study as it is printed, read back with poppler's tools."""

import datetime
import shutil
import subprocess
from dataclasses import replace

import pytest

from pneumonia.export.case_summary import NOT_A_DEVICE
from pneumonia.export.impression import Reading
from pneumonia.export.pdf_study import study_pdf
from pneumonia.export.study import StudyCase
from pneumonia.export.study_summary import WAYS

pytestmark = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed"
)
DAY = datetime.date(2026, 2, 28)
CASES = [
    StudyCase(
        f"{number:064x}",
        Reading(
            "pneumonia" if number % 3 else "normal", 8.0, confidence=1 + number % 5
        ),
        "pneumonia" if number % 2 else "normal",
        (number % 7) / 7,
        number % 7 > 3,
        "balanced",
        "ab" * 32,
    )
    for number in range(20)
]


def read_words(data: bytes) -> str:
    result = subprocess.run(
        ["pdftotext", "-", "-"], input=data, capture_output=True, check=True
    )
    return " ".join(result.stdout.decode().split())


def test_page_states_figures_with_intervals_and_numbers_of_cases() -> None:
    words = read_words(study_pdf(CASES, exported=DAY))
    assert NOT_A_DEVICE in words
    assert "20 radiographs, 0 of them unsure" in words
    assert "10 normal, 10 pneumonia" in words
    # 13 of 20 called pneumonia: 7 of 10 pneumonias, 4 of 10 normals spared.
    assert "70 % (35 to 93 %, n = 10)" in words
    assert "40 % (12 to 74 %, n = 10)" in words
    assert "weights abababababab, balanced operating point" in words
    assert "Exported 28 Feb 2026" in words


def test_curves_are_named_in_the_plot() -> None:
    words = read_words(study_pdf(CASES, exported=DAY))
    assert words.count(WAYS["model"]) >= 2
    assert "1 - specificity" in words


def test_without_references_there_is_no_accuracy() -> None:
    words = read_words(study_pdf([replace(case, reference=None) for case in CASES]))
    assert "accuracy is not known" in words
    assert "Sensitivity" not in words


def test_two_readers_are_reported_with_their_agreement() -> None:
    words = read_words(study_pdf(CASES, second=CASES[5:]))
    assert "15 radiographs; 5 by the first reader only, 0 by the second only" in words
    assert "100 % (78 to 100 %, n = 15)" in words
    assert "First reader" in words
    assert "Second reader" in words


def test_several_models_in_one_study_are_told() -> None:
    mixed = [
        *CASES[:10],
        *(replace(c, operating_point="screening") for c in CASES[10:]),
    ]
    assert "2 different ones" in read_words(study_pdf(mixed))
