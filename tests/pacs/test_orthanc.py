"""A real Orthanc: radiographs in, results back into their studies, nothing twice.

``PNEUMONIA_RADIOGRAPHS`` sets how many are sent; 20 unless it is set.
"""

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_pacs import (
    Orthanc,
    draw_dicom,
    draw_refused,
    parse,
    running,
    running_orthanc,
    send,
    settings_for,
    wait_for,
)
from PIL import Image

from pneumonia.cli.commands import main
from pneumonia.pacs.results import Assessor

COUNT = int(os.environ.get("PNEUMONIA_RADIOGRAPHS", "20"))
SECONDS = 60 + 3 * COUNT


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as orthanc:
        yield orthanc


@pytest.fixture
def orthanc(started: Orthanc) -> Orthanc:
    started.clear()
    return started


def upload(orthanc: Orthanc, tmp_path: Path, *files: bytes) -> None:
    """Have the archive hold radiographs, as a modality would have sent them."""
    assert send(orthanc.dicom, *files, title="XRAY", called="ORTHANC") == [0] * len(
        files
    )


def test_results_join_their_studies_although_orthanc_was_away(
    orthanc: Orthanc, tmp_path: Path, assessor: Assessor
) -> None:
    files = [draw_dicom(number) for number in range(COUNT)]
    upload(orthanc, tmp_path, *files)
    settings = settings_for(tmp_path, orthanc.dicom, "ORTHANC")
    started = time.monotonic()
    with running(settings, assessor) as port:
        half = COUNT // 2
        assert send(port, *files[:half]) == [0] * half
        wait_for(lambda: len(orthanc.modalities_by_study()["1.2.826.0.1.0"]) == 3)
        orthanc.stop()
        # Refused files and one that comes a second time are among the rest.
        rest = [*files[half:], draw_refused(COUNT), files[0]]
        assert send(port, *rest) == [0] * len(rest)
        time.sleep(2)
        orthanc.start()
        wait_for(lambda: not list((tmp_path / "spool").rglob("*.dcm")), SECONDS)
    print(f"{COUNT} radiographs: {time.monotonic() - started:.1f} s")
    assert orthanc.modalities_by_study() == {
        f"1.2.826.0.1.{number}": ["CR", "OT", "SR"] for number in range(COUNT)
    }
    pictures = [Image.open(io.BytesIO(it)) for it in orthanc.previews("OT")]
    assert len(pictures) == COUNT
    # Coloured, and with a band of words under the radiograph of 512 rows.
    assert all(it.mode == "RGB" and it.height > 512 == it.width for it in pictures)


def test_a_study_is_found_by_date_body_part_and_accession(
    orthanc: Orthanc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upload(
        orthanc,
        tmp_path,
        draw_dicom(1),
        draw_dicom(2, StudyDate="20251231"),
        draw_refused(3),
    )
    url = f"{orthanc.url}/dicom-web"

    def found(*criteria: str) -> list[str]:
        assert main(["pacs", "query", url, *criteria]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert all(line.split("\t")[1:] == ["CR", "1"] for line in lines)
        return sorted(line.split("\t")[0][-1] for line in lines)

    assert found() == ["1", "2", "3"]
    assert found("--date", "20260101-20260131") == ["1", "3"]
    assert found("--body-part", "CHEST") == ["1", "2"]
    assert found("--accession", "ACC2") == ["2"]
    assert found("--accession", "ACC*") == ["1", "2", "3"]
    assert found("--date", "20260115", "--body-part", "CHEST") == ["1"]
    assert found("--modality", "DX") == []
    assert len(found("--limit", "2")) == 2


def test_a_chosen_study_is_loaded_into_a_folder(
    orthanc: Orthanc, tmp_path: Path
) -> None:
    data = draw_dicom(1)
    upload(orthanc, tmp_path, data, draw_dicom(2))
    folder = tmp_path / "loaded"
    arguments = ["1.2.826.0.1.1", "--folder", str(folder)]
    for _ in range(2):
        assert main(["pacs", "fetch", f"{orthanc.url}/dicom-web", *arguments]) == 0
    (path,) = folder.iterdir()
    assert path.name == "1.2.826.0.1.1.1.1.dcm"
    assert parse(path.read_bytes()).PixelData == parse(data).PixelData


def test_a_chosen_study_is_assessed_and_its_results_stored_once(
    orthanc: Orthanc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upload(orthanc, tmp_path, draw_dicom(1), draw_refused(2))
    url = f"{orthanc.url}/dicom-web"
    for _ in range(2):
        assert main(["pacs", "fetch", url, "1.2.826.0.1.1", "--store"]) == 0
    assert main(["pacs", "fetch", url, "1.2.826.0.1.2", "--store"]) == 1
    said = capsys.readouterr().out
    assert "1.2.826.0.1.1.1.1: not flagged" in said
    assert "1.2.826.0.1.2.1.1: refused (wrong_body_part). " in said
    assert orthanc.modalities_by_study() == {
        "1.2.826.0.1.1": ["CR", "OT", "SR"],
        "1.2.826.0.1.2": ["CR"],
    }
