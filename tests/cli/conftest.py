"""The command line with tiny weights, and radiographs to give it."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from fixtures_cli import Command, Report, Rows, read_json
from fixtures_models import publish_tiny
from phantoms import write_kaggle_folder, write_phantom

from pneumonia.cli.commands import main
from pneumonia.model.classifier import Classifier, load_classifier

LOADER = "pneumonia.cli.model_loading.load_classifier"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_tiny(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def classifier(weights: Path) -> Classifier:
    return load_classifier(weights)


@pytest.fixture
def command(
    weights: Path, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Give the command line with the tiny weights, loaded once for all tests."""
    monkeypatch.setattr(LOADER, lambda _, **options: classifier)

    def run(*arguments: str | Path) -> int:
        return main([*map(str, arguments), "--weights", str(weights)])

    return run


@pytest.fixture
def idle(weights: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give a command line that must end before the model is loaded."""

    def load(_: str, **options: int) -> None:
        pytest.fail("The model was loaded.")

    monkeypatch.setattr(LOADER, load)

    def run(*arguments: str | Path) -> int:
        return main([*map(str, arguments), "--weights", str(weights)])

    return run


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw four radiographs in nested folders."""
    folder = tmp_path_factory.mktemp("pristine")
    for seed, name in enumerate(["a.png", "b/c.png", "b/d/e.jpeg", "f.tiff"]):
        write_phantom(folder / name, seed=seed, consolidation=bool(seed % 2))
    return folder


@pytest.fixture
def radiographs(pristine: Path, tmp_path: Path) -> Path:
    """Give a copy of the radiographs that a test may add to."""
    return Path(shutil.copytree(pristine, tmp_path / "radiographs"))


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kaggle_folder(tmp_path_factory.mktemp("data"), test=6, val=2)


@pytest.fixture
def own_labelled(labelled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(labelled, tmp_path / "labelled"))


@pytest.fixture
def assess(command: Command, tmp_path: Path) -> Rows:
    def run(*arguments: str | Path) -> list[dict[str, Any]]:
        command("assess", *arguments, "--json", tmp_path / "rows.json")
        rows: list[dict[str, Any]] = read_json(tmp_path / "rows.json")
        return rows

    return run


@pytest.fixture
def evaluate(command: Command, tmp_path: Path) -> Report:
    def run(data: Path, *arguments: str) -> dict[str, Any]:
        target = tmp_path / "report.json"
        assert command("evaluate", "--data", data, "--json", target, *arguments) == 0
        report: dict[str, Any] = read_json(target)
        return report

    return run
