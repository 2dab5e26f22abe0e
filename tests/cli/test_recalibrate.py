"""``recalibrate``: a site's folder gives a card that ``assess`` uses."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures_cli import Command, read_json
from fixtures_models import publish_tiny
from phantoms import write_phantom
from PIL import Image

from pneumonia.cli.commands import main
from pneumonia.export.records import DISCLAIMER


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Draw a site's folder on which even the tiny network tells the classes apart."""
    for seed in range(24):
        name = ("NORMAL", "PNEUMONIA")[seed % 2]
        path = tmp_path / "clinic" / name / f"{seed}.png"
        grey = np.asarray(Image.open(write_phantom(path, seed=seed)))
        darker = grey // 2 if seed % 2 else grey
        Image.fromarray(darker).save(path)
    return tmp_path / "clinic"


@pytest.fixture
def recalibrate(
    clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    monkeypatch.setattr("pneumonia.evaluation.recalibration.MINIMUM_PATIENTS", 10)
    weights = publish_tiny(tmp_path / "weights")

    def run(name: str) -> int:
        options = ("--data", clinic, "--name", name, "--weights", weights)
        return main(["recalibrate", *map(str, options)])

    return run


def test_recalibrate_writes_a_card_that_assess_uses(
    recalibrate: Callable[..., int], clinic: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "weights"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert recalibrate("clinic") == 0
    card = read_json(folder / "clinic.json")
    assert card["partitions"]["site"]["radiographs"] == 24
    target = tmp_path / "rows.json"
    status = main(
        [
            *("assess", str(clinic), "--weights", str(folder / "clinic.json")),
            *("--json", str(target)),
        ]
    )
    assert status == 0
    row = read_json(target)[0]
    assert row["weights"] == "clinic"
    assert row["threshold"] == card["operating_points"]["balanced"]["threshold"]
    assert row["prevalence"] == 0.5
    assert row["calibrated"] is True
    lines = before.pop("SHA256SUMS").splitlines()
    assert set(lines) < set((folder / "SHA256SUMS").read_bytes().splitlines())
    for name, content in before.items():
        assert (folder / name).read_bytes() == content


def test_recalibrate_prints_what_it_fitted_with_intervals(
    recalibrate: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert recalibrate("clinic") == 0
    out = capsys.readouterr().out
    assert "12 normal, 12 with pneumonia, 24 patients" in out
    for name in ("temperature", "bias", "auroc", "  threshold", "  sensitivity"):
        assert f"\n{name} " in out
    assert DISCLAIMER in out


def test_unreadable_files_of_a_site_are_counted(
    recalibrate: Callable[..., int], clinic: Path, tmp_path: Path
) -> None:
    (clinic / "NORMAL" / "broken.png").write_text("no picture")
    assert recalibrate("clinic") == 0
    card = read_json(tmp_path / "weights" / "clinic.json")
    assert card["recalibration"]["unreadable"] == 1


def test_folder_that_is_too_small_is_refused_and_nothing_is_written(
    recalibrate: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("pneumonia.evaluation.recalibration.MINIMUM_PATIENTS", 50)
    assert recalibrate("clinic") == 2
    assert "at least 50 patients of each class" in capsys.readouterr().err
    assert not (tmp_path / "weights" / "clinic.json").exists()


def test_name_is_checked_before_the_work(idle: Command, labelled: Path) -> None:
    for name in ("tiny", "a/b"):
        data = labelled / "test"
        assert idle("recalibrate", "--data", data, "--name", name) == 2
