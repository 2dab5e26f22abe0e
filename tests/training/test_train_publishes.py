"""train.py publishes weights with their card, also after it was killed."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_train_script import run_train
from lung_fields import FixedLungs

from pneumonia.cli.commands import main as command_line
from pneumonia.data import labelled_files, partitions
from pneumonia.model import classifier
from pneumonia.model.weights import load_card, load_weights

ROOT = Path(__file__).parents[2]
OPTIONS = [
    "--architecture=seed_cnn",
    "--epochs=2",
    "--batch-size=8",
    "--seed=1",
]
FIGURES = (
    "auroc",
    "accuracy",
    "accuracy_at_0_5",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "brier",
    "ece",
)


@pytest.fixture(scope="module")
def published(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the real seed CNN for two epochs, undisturbed."""
    output = tmp_path_factory.mktemp("published") / "weights"
    assert run_train("--data", data, "--output", output, *OPTIONS) == 0
    return output


@pytest.fixture(scope="module")
def card(published: Path) -> dict[str, Any]:
    return dict(load_card(published / "seed_cnn.keras")[0])


def refuse_nan(name: str) -> None:
    raise ValueError(name)


def test_training_publishes_weights_card_readme_and_figures(published: Path) -> None:
    names = {
        str(path.relative_to(published))
        for path in published.rglob("*")
        if path.is_file()
    }
    assert names == {
        "SHA256SUMS",
        "seed_cnn.keras",
        "seed_cnn.json",
        "README.md",
        "report/seed_cnn.md",
        "report/methods.md",
        "report/reporting_checklists.md",
        "report/figures/seed_cnn_training.png",
        "report/figures/seed_cnn_roc.png",
        "report/figures/seed_cnn_confusion.png",
        "report/figures/seed_cnn_reliability.png",
    }


def test_checkpoints_are_removed_once_published(published: Path) -> None:
    assert not (published / "checkpoints" / "seed_cnn").exists()


def test_published_weights_load_and_are_the_seed_cnn(published: Path) -> None:
    model = load_weights(published / "seed_cnn.keras").model
    assert model.count_params() == 1_983_009
    assert not model.compiled


def test_card_names_network_and_input(card: dict[str, Any]) -> None:
    assert card["name"] == card["architecture"] == "seed_cnn"
    assert card["input_shape"] == [300, 300, 3]
    assert card["parameters"] == 1_983_009
    assert card["on_lungs"] is False


def test_card_claims_no_calibration(card: dict[str, Any]) -> None:
    assert card["calibrated"] is False
    assert card["temperature"] == 1.0
    assert card["prevalence"] == 0.5


def test_card_traces_the_run(card: dict[str, Any]) -> None:
    training = card["training"]
    assert training["seed"] == 1
    trunk = training["recipe"]["seed_cnn"]
    assert trunk["epochs"] == training["epochs_trained"] == 2
    assert training["best_epoch"] in (1, 2)
    assert trunk["batch_size"] == 8
    assert training["backend"] == "tensorflow"
    assert {"python", "keras", "tensorflow", "numpy"} <= set(card["versions"])
    assert "git_revision" in card


def test_card_counts_every_partition_by_class(card: dict[str, Any]) -> None:
    parts = card["partitions"]
    assert set(parts) == {*partitions.TRAIN_PARTS, "train_folder", "official_val"}
    for part in parts.values():
        assert part["normal"] + part["pneumonia"] == part["radiographs"]
        assert 0 < part["patients"] <= part["radiographs"]
        assert len(part["index_sha256"]) == 64
    assert parts["train_folder"]["radiographs"] == 48
    assert sum(parts[name]["radiographs"] for name in partitions.TRAIN_PARTS) == 48


def test_card_identifies_the_training_data(card: dict[str, Any], data: Path) -> None:
    parts, files = card["partitions"], labelled_files.index_radiographs(data / "train")
    digest = labelled_files.index_sha256(files)
    assert parts["train_folder"]["index_sha256"] == digest
    assert card["training"]["index_sha256"] == parts["training"]["index_sha256"]


def test_card_measures_every_partition_with_intervals(card: dict[str, Any]) -> None:
    assert set(card["metrics"]) == set(card["partitions"])
    for name, measured in card["metrics"].items():
        assert measured["n"] == card["partitions"][name]["radiographs"]
        assert measured["positives"] == card["partitions"][name]["pneumonia"]
        for figure in FIGURES:
            assert len(measured[f"{figure}_ci"]) == 2
            if measured[figure] is not None:
                assert 0 <= measured[figure] <= 1


def test_card_has_both_operating_points_with_what_they_do(card: dict[str, Any]) -> None:
    points = card["operating_points"]
    assert list(points) == ["balanced", "screening"]
    assert points["screening"]["threshold"] <= points["balanced"]["threshold"]
    keys = {"rule", "sensitivity_ci", "specificity_ci", "ppv_ci", "npv_ci"}
    for point in points.values():
        assert point["measured_on"] == "internal_test"
        assert keys <= set(point)


def test_card_is_strict_json(published: Path) -> None:
    text = (published / "seed_cnn.json").read_text()
    json.loads(text, parse_constant=refuse_nan)


def test_card_keeps_the_course_of_training(card: dict[str, Any]) -> None:
    history = card["training"]["history"]
    assert len(history) == 2
    assert set(history[0]) == {"loss", "auroc", "validation_auroc", "seconds"}


def test_card_says_where_validation_scores_lie(card: dict[str, Any]) -> None:
    distribution = card["score_distribution"]
    assert distribution["measured_on"] == "validation"
    assert len(distribution["edges"]) == len(distribution["normal"]) + 1
    for name in ("normal", "pneumonia"):
        assert sum(distribution[name]) == card["partitions"]["validation"][name]


def evaluate(data: Path, split: str, weights: Path, report: Path) -> dict[str, Any]:
    """Call the command ``evaluate``; returns its report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifier, "load_lung_finder", lambda *_: FixedLungs())
        status = command_line(
            [
                "evaluate",
                f"--data={data}",
                f"--split={split}",
                f"--weights={weights}",
                f"--json={report}",
            ]
        )
    assert status == 0
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def test_evaluate_reproduces_the_cards_official_val(
    published: Path, card: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    weights = published / "seed_cnn.keras"
    report = evaluate(data, "val", weights, tmp_path / "val.json")
    for key, value in card["metrics"]["official_val"].items():
        assert report[key] == pytest.approx(value, abs=1e-5), key


def test_evaluate_reproduces_the_cards_internal_test(
    published: Path, card: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    files = labelled_files.index_radiographs(data / "train")
    parts = labelled_files.split_by_patient(
        files, (0.1, 0.1), seed=partitions.SPLIT_SEED
    )
    for file in parts[2]:
        target = tmp_path / "internal_test" / file.path.parent.name / file.path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file.path, target)
    weights = published / "seed_cnn.keras"
    report = evaluate(tmp_path, "internal_test", weights, tmp_path / "report.json")
    for key, value in card["metrics"]["internal_test"].items():
        assert report[key] == pytest.approx(value, abs=1e-5), key


# A process that is killed


def start_training(
    data: Path, output: Path, log: Path, *more: str
) -> subprocess.Popen[bytes]:
    """Start train.py as a process of its own."""
    with log.open("wb") as stream:
        return subprocess.Popen(
            [
                sys.executable,
                "train.py",
                f"--data={data}",
                f"--output={output}",
                *OPTIONS,
                *more,
            ],
            cwd=ROOT,
            stdout=stream,
            stderr=stream,
        )


@pytest.fixture(scope="module")
def killed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Start the same training as a process and kill it in its second epoch."""
    output = tmp_path_factory.mktemp("killed") / "weights"
    log = output.with_suffix(".log")
    process = start_training(data, output, log)
    first = output / "checkpoints" / "seed_cnn" / "seed_cnn" / "epoch-0001"
    deadline = time.monotonic() + 240
    while not first.is_dir():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -9
    return output


def test_killed_process_continues_to_what_an_undisturbed_one_publishes(
    data: Path, killed: Path, published: Path, card: dict[str, Any]
) -> None:
    # It has published nothing yet.
    assert [path.name for path in killed.iterdir()] == ["checkpoints"]
    paths = ("--data", data, "--output", killed)
    assert run_train(*paths, *OPTIONS, "--resume") == 0
    mine = load_weights(killed / "seed_cnn.keras")
    theirs = load_weights(published / "seed_cnn.keras")
    assert mine.card["training"]["best_epoch"] == card["training"]["best_epoch"]
    assert mine.card["partitions"] == card["partitions"]
    for one, other in zip(
        mine.model.get_weights(), theirs.model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-3)
    assert not (killed / "checkpoints" / "seed_cnn").exists()


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backend_trains_weights_that_this_one_loads(
    backend: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    monkeypatch.setitem(os.environ, "KERAS_BACKEND", backend)
    log = tmp_path / "log"
    assert start_training(data, tmp_path, log, "--epochs=1").wait() == 0, (
        log.read_text()
    )
    loaded = load_weights(tmp_path / "seed_cnn.keras")
    assert loaded.card["training"]["backend"] == backend
