"""What radiographs are like, as the page describes them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures_models import publish_shared, publish_tiny
from lung_fields import FixedLungs
from phantoms import write_phantom

from pneumonia.data.labelled_files import LabelledFile
from pneumonia.evaluation import input_report
from pneumonia.evaluation.input_report import measure_inputs
from pneumonia.model import classifier, weights
from pneumonia.model.input_statistics import InputStatistics


@pytest.fixture(autouse=True)
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a gate that admits phantoms and a finder that finds lungs on them."""
    folder = publish_shared(tmp_path / "shared")
    monkeypatch.setattr(weights, "WEIGHTS_FOLDER", folder)
    monkeypatch.setattr(classifier, "WEIGHTS_FOLDER", folder)
    for module in (input_report, classifier):
        monkeypatch.setattr(module, "load_lung_finder", lambda *_: FixedLungs())


@pytest.fixture
def files(tmp_path: Path) -> list[LabelledFile]:
    return list(write_files(tmp_path / "data"))


def write_files(folder: Path) -> Iterator[LabelledFile]:
    folder.mkdir()
    for number in range(6):
        label = number % 2
        path = folder / f"{number}.png"
        write_phantom(path, seed=number, consolidation=bool(label))
        yield LabelledFile(path, label, str(number), None, "")


def test_they_are_those_that_the_page_gives_each_file(
    files: list[LabelledFile], tmp_path: Path
) -> None:
    measured = measure_inputs(files, side=32, on_lungs=False)

    assess = classifier.load_classifier(publish_tiny(tmp_path / "tiny")).assess_file
    found = [assess(file.path.read_bytes()).statistics for file in files]
    assert (measured["n"], measured["refused"]) == (6, 0)
    for place, name in enumerate(InputStatistics._fields):
        for label, word in enumerate(("normal", "pneumonia")):
            values = [it[place] for it in found[label::2] if it]
            moments = measured["by_statistic"][name][word]  # type: ignore[literal-required]
            assert moments["mean"] == pytest.approx(np.mean(values))
            assert moments["sd"] == pytest.approx(np.std(values))


def test_what_cannot_be_read_counts_as_refused(files: list[LabelledFile]) -> None:
    files[0].path.write_bytes(b"words")
    measured = measure_inputs(files, side=32, on_lungs=True)
    assert (measured["n"], measured["refused"]) == (6, 1)


def test_too_few_give_no_statistics(files: list[LabelledFile]) -> None:
    assert measure_inputs(files[:3], side=32, on_lungs=True)["by_statistic"] == {}


def test_sizes_are_those_before_files_were_made_smaller(
    files: list[LabelledFile], tmp_path: Path
) -> None:
    rows = [f"{file.path.parent.name}/{file.path.name},2000,500" for file in files]
    table = tmp_path / "sizes.csv"
    table.write_text("\n".join(["path,native_width,native_height", *rows]))
    measured = measure_inputs(files, side=32, on_lungs=True, sizes=table)
    assert measured["by_statistic"]["size"]["normal"] == {"mean": 1000.0, "sd": 0.0}
