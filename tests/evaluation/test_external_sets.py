"""External sets are scored where they are at hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_models import seeing_lungs, seeing_whole, tiny_network
from phantoms import write_kaggle_folder, write_phantom

from pneumonia.data import labelled_files
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.data.squares import load_squares
from pneumonia.errors import DatasetError
from pneumonia.evaluation.external_sets import measure_external_sets
from pneumonia.model.prediction import predict_logits
from pneumonia.statistics.calibration import Calibration, probability

CALIBRATION = Calibration(1.0, 0.0)
Scored = dict[str, tuple[list[LabelledFile], np.ndarray]]


@pytest.fixture
def scored(tmp_path: Path) -> Scored:
    folder = write_kaggle_folder(tmp_path / "data", train=3)
    files, squares = load_squares(
        labelled_files.index_radiographs(folder / "train"), 32
    )
    scores = probability(predict_logits(tiny_network(), squares), CALIBRATION)
    return {"training": (files[:4], scores[:4]), "validation": (files[4:], scores[4:])}


def copy_files(scored: Scored, folder: Path) -> None:
    for files, _ in scored.values():
        for file in files:
            target = folder / "native_resolution" / file.path.parent.name
            target.mkdir(parents=True, exist_ok=True)
            (target / file.path.name).write_bytes(file.path.read_bytes())


def test_identical_copies_keep_their_scores(scored: Scored, tmp_path: Path) -> None:
    copy_files(scored, tmp_path)
    found: Any = measure_external_sets(
        seeing_whole(), tmp_path, scored, CALIBRATION, threshold=0.5
    )
    copies = found["native_copies"]
    assert copies["n"] == 6
    assert copies["partitions"] == {"training": 4, "validation": 2}
    assert copies["mean_change"] == pytest.approx(0, abs=1e-6)
    assert copies["flags_changed"] == 0
    assert "adults" not in found


def test_changed_scores_are_reported(scored: Scored, tmp_path: Path) -> None:
    copy_files(scored, tmp_path)
    moved = {
        name: (files, np.clip(scores + 0.1, 0, 1))
        for name, (files, scores) in scored.items()
    }
    found: Any = measure_external_sets(
        seeing_whole(), tmp_path, moved, CALIBRATION, threshold=0.5
    )
    copies = found["native_copies"]
    assert copies["mean_change"] == pytest.approx(0.1, abs=1e-4)
    low, high = copies["mean_change_ci"]
    assert low <= copies["mean_change"] <= high


def test_adults_are_counted_by_patient(scored: Scored, tmp_path: Path) -> None:
    for seed, name in enumerate(("001_000", "001_001", "002_000")):
        write_phantom(tmp_path / "adults_nih" / f"{name}.jpeg", seed=seed)
    found: Any = measure_external_sets(
        seeing_whole(), tmp_path, scored, CALIBRATION, threshold=0.0
    )
    assert found["adults"]["n"] == 3
    assert found["adults"]["patients"] == 2
    assert found["adults"]["flagged"] == 1
    assert found["adults"]["flagged_ci"][1] == 1


def test_folder_without_external_sets_is_refused(
    scored: Scored, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="native_resolution or adults_nih"):
        measure_external_sets(
            seeing_whole(), tmp_path, scored, CALIBRATION, threshold=0.5
        )


def test_native_files_without_copies_are_refused(
    scored: Scored, tmp_path: Path
) -> None:
    for name in ("NORMAL", "PNEUMONIA"):
        write_phantom(
            tmp_path / "native_resolution" / name / "other.jpeg", seed=len(name)
        )
    with pytest.raises(DatasetError, match="named as their copies"):
        measure_external_sets(
            seeing_whole(), tmp_path, scored, CALIBRATION, threshold=0.5
        )


def test_adult_that_cannot_be_read_is_named(scored: Scored, tmp_path: Path) -> None:
    (tmp_path / "adults_nih").mkdir()
    (tmp_path / "adults_nih" / "001_000.jpeg").write_text("no picture")
    with pytest.raises(DatasetError, match="001_000"):
        measure_external_sets(
            seeing_whole(), tmp_path, scored, CALIBRATION, threshold=0.5
        )


def test_external_radiographs_are_cut_to_their_lungs_like_all_others(
    scored: Scored, tmp_path: Path
) -> None:
    copy_files(scored, tmp_path)
    network = seeing_lungs()
    own = {}
    for name, (files, _) in scored.items():
        _, pictures = load_squares(files, network.picture_side)
        own[name] = (files, probability(network.logits(pictures), CALIBRATION))
    found: Any = measure_external_sets(
        network, tmp_path, own, CALIBRATION, threshold=0.5
    )
    assert found["native_copies"]["largest_change"] == pytest.approx(0, abs=1e-6)
