"""One case has one probability, one threshold and one prevalence, whoever says it."""

import csv
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import build
from fixtures_page import (
    move_prevalence,
    open_page,
    shown_numbers,
    upload,
    words,
)
from pydicom import dcmread
from streamlit.testing.v1 import AppTest

from pneumonia.cli.commands import main
from pneumonia.export.case_summary import CaseReport
from pneumonia.export.pdf_worklist import worklist_pdf
from pneumonia.export.records import record_with_reading, to_csv, to_json
from pneumonia.model.weights import available_weights
from pneumonia.phantom import draw_phantom
from pneumonia.reasons.cautions import WARNINGS
from pneumonia.ui.exports import OpenCase, case_as_dicom, case_as_pdf

pytestmark = [
    pytest.mark.skipif(not available_weights(), reason="no weights are in weights/"),
    pytest.mark.skipif(
        shutil.which("pdftotext") is None, reason="poppler-utils is not installed"
    ),
]


@pytest.fixture
def page() -> AppTest:
    return open_page()


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Keep what the page would export."""
    kept: dict[str, Any] = {}

    def offer_export(
        find_reports: Callable[[], list[CaseReport]], *, opened: OpenCase, **_: Any
    ) -> None:
        kept.update(reports=find_reports(), opened=opened)

    monkeypatch.setattr("pneumonia.ui.read_page.offer_export", offer_export)
    return kept


def text_of(pdf: bytes) -> str:
    result = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(result.stdout.decode().split())


def numbers_of_report(archive: bytes) -> dict[str, float]:
    """Read the numbers of the structured report in a ZIP archive of an export."""
    data = zipfile.ZipFile(io.BytesIO(archive)).read("report.dcm")
    numbers: dict[str, float] = {}

    def visit(item: Any) -> None:
        if item.get("ValueType") == "NUM":
            name = item.ConceptNameCodeSequence[0].CodeMeaning
            numbers[name] = float(item.MeasuredValueSequence[0].FloatingPointValue)
        for child in item.get("ContentSequence", []):
            visit(child)

    visit(dcmread(io.BytesIO(data)))
    return numbers


@pytest.mark.parametrize("age", [{}, {"PatientAge": "045Y"}])
def test_of_another_or_unknown_age_all_give_a_score_and_no_figures(
    page: AppTest, exported: dict[str, Any], age: dict[str, Any]
) -> None:
    pixels = draw_phantom((400, 460), seed=3, consolidation=True).astype(np.uint16)
    upload(page, ("IM0001", build(pixels, **age)))
    warning = WARNINGS["age_outside_training" if age else "unknown_age"]
    assert page.warning[0].value == warning
    opened: OpenCase = exported["opened"]
    said = text_of(case_as_pdf(opened))
    assert said.index(warning[:30]) < said.index("Threshold")
    assert "Model score" in said
    row = record_with_reading(opened.report.decision, None)
    assert row["calibrated"] is False
    archive = case_as_dicom(opened, keep_identifiers=False)
    numbers = numbers_of_report(archive)
    assert "Model score" in numbers
    assert "Sensitivity" not in numbers
    for text in (words(page), said, to_json([row])):
        for word in ("Sensitivity", "Predictive", "PPV", "Model probability"):
            assert word not in text


@pytest.mark.parametrize("percent", [15, 40])
def test_page_list_pdf_csv_json_report_and_command_line_say_the_same(
    page: AppTest,
    exported: dict[str, Any],
    percent: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = build(
        draw_phantom((400, 460), seed=3, consolidation=True).astype(np.uint16),
        PatientAge="003Y",
    )
    path = tmp_path / "IM0001"
    path.write_bytes(data)
    target = tmp_path / "rows.json"
    arguments = ["assess", str(path), "--json", str(target)]
    assert main([*arguments, "--prevalence", str(percent / 100)]) == 0
    (row,) = json.loads(target.read_text())
    probability, threshold = row["probability"], row["threshold"]
    number, limit = f"{probability:.2f}", f"{threshold:.2f}"
    assert row["prevalence"] == percent / 100
    assert row["calibrated"]
    # Command line
    line = capsys.readouterr().out.splitlines()[0]
    assert f"probability {number}, threshold {limit} at {percent} % prevalence" in line

    upload(page, ("IM0001", data))
    move_prevalence(page, percent)
    # Page
    at = f"at a prevalence of {percent} %"
    assert f"Model probability {number} {at}" in words(page)
    assert f"Threshold {limit}, operating point balanced" in words(page)
    assert f"about {100 * float(number):.0f} have pneumonia" in words(page)
    # List
    assert shown_numbers(page) == [number]
    # PDF of the case and of the list
    opened: OpenCase = exported["opened"]
    for pdf in (case_as_pdf(opened), worklist_pdf(exported["reports"])):
        said = text_of(pdf)
        assert number in said
        assert f"{limit}, balanced operating point" in said
        assert f"At a prevalence of {percent} %." in said
    # CSV and JSON
    kept = [record_with_reading(it.decision, it.reading) for it in exported["reports"]]
    (from_csv,) = csv.DictReader(io.StringIO(to_csv(kept), newline=""))
    (from_json,) = json.loads(to_json(kept))
    for found in (from_csv, from_json):
        assert float(found["probability"]) == pytest.approx(probability, abs=1e-6)
        assert float(found["threshold"]) == threshold
        assert float(found["prevalence"]) == percent / 100
    # Structured report
    numbers = numbers_of_report(case_as_dicom(opened, keep_identifiers=False))
    assert numbers["Model probability"] == pytest.approx(probability, abs=1e-6)
    assert numbers["Threshold"] == threshold
    assert numbers["Prevalence assumed"] == percent / 100
