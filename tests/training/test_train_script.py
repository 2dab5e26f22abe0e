"""train.py from the command line: folder in, published weights out."""

import functools
import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import kagglehub
import numpy as np
import pytest
from fixtures_models import publish_tiny, tiny_network
from phantoms import write_kaggle_folder, write_phantom

import train
from pneumonia.cli.commands import main as command_line
from pneumonia.data import labelled_files, partitions
from pneumonia.errors import DatasetError
from pneumonia.model import architectures
from pneumonia.model.weights import load_card, load_weights
from pneumonia.statistics import intervals
from pneumonia.training import fit as fit_module
from pneumonia.training import precision
from pneumonia.training.checkpoints import claim
from pneumonia.training.recipes import RECIPES

ROOT = Path(__file__).parents[2]
OPTIONS = [
    *("--architecture", "seed_cnn", "--epochs", "2"),
    *("--batch-size", "8", "--seed", "1"),
]
FIGURES = (
    *("auroc", "accuracy", "accuracy_at_0_5", "sensitivity", "specificity"),
    *("ppv", "npv", "brier", "ece"),
)

Run = Callable[..., int]


def run_here(*arguments: str | Path) -> int:
    """Call train.py within this process, which has paid for its imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
        return train.main()


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    """Draw intervals from 20 resamples: their width is not what is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        yield


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(_: str) -> str:
        raise ConnectionError("HTTPSConnectionPool(host='www.kaggle.com')")

    monkeypatch.setattr(kagglehub, "dataset_download", offline)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kaggle_folder(
        tmp_path_factory.mktemp("chest_xray"), train=24, val=4, test=2
    )


@pytest.fixture(scope="module")
def published(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the real seed CNN for two epochs, undisturbed."""
    output = tmp_path_factory.mktemp("published") / "weights"
    assert run_here("--data", data, "--output", output, *OPTIONS) == 0
    return output


@pytest.fixture(scope="module")
def card(published: Path) -> dict[str, Any]:
    return load_card(published / "seed_cnn.keras")[0]


@pytest.fixture(scope="module")
def killed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Start the same training as a process and kill it in its second epoch."""
    output = tmp_path_factory.mktemp("killed") / "weights"
    log = output.with_suffix(".log")
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [
                *(sys.executable, "train.py", "--data", str(data)),
                *("--output", str(output), *OPTIONS),
            ],
            cwd=ROOT,
            stdout=stream,
            stderr=stream,
        )
        first = output / "checkpoints" / "seed_cnn" / "network-1-stage-1" / "epoch-0001"
        deadline = time.monotonic() + 240
        while not first.is_dir():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        process.kill()
        assert process.wait() == -9
    return output


@pytest.fixture
def stopped(killed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(killed, tmp_path / "weights"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: Path) -> Run:
    """Train a tiny network under the seed CNN's name, for one epoch."""
    build = functools.partial(tiny_network, seed=None)
    monkeypatch.setitem(architectures.ARCHITECTURES, "seed_cnn", build)

    def run(*arguments: str | Path, data: Path = data) -> int:
        output = tmp_path / "weights"
        options = ("--architecture", "seed_cnn", "--epochs", "1")
        return run_here("--data", data, "--output", output, *options, *arguments)

    return run


@pytest.fixture
def own_data(data: Path, tmp_path: Path) -> Path:
    """Give a copy of the data that a test may change."""
    return Path(shutil.copytree(data, tmp_path / "chest_xray"))


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the errors that train.py told the person."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR
    ]


def refuse_nan(name: str) -> None:
    raise ValueError(name)


def test_training_publishes_weights_card_readme_and_figures(published: Path) -> None:
    names = {
        str(path.relative_to(published))
        for path in published.rglob("*")
        if path.is_file()
    }
    assert names == {
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


def test_card_claims_no_calibration(card: dict[str, Any]) -> None:
    assert card["calibrated"] is False
    assert card["temperature"] == 1.0
    assert card["prevalence"] == 0.5


def test_card_traces_the_run(card: dict[str, Any]) -> None:
    settings = card["training"]
    assert settings["seed"] == 1
    assert settings["recipe"]["epochs"] == settings["epochs_trained"] == 2
    assert settings["best_epoch"] in (1, 2)
    assert settings["recipe"]["batch_size"] == 8
    assert settings["backend"] == "tensorflow"
    assert {"python", "keras", "tensorflow", "numpy"} <= set(card["versions"])
    assert "git_revision" in card


def test_card_counts_every_partition_by_class(card: dict[str, Any]) -> None:
    partitions = card["partitions"]
    assert set(partitions) == {
        *("training", "validation", "internal_test"),
        *("train_folder", "official_val"),
    }
    for part in partitions.values():
        assert part["normal"] + part["pneumonia"] == part["radiographs"]
        assert 0 < part["patients"] <= part["radiographs"]
        assert len(part["index_sha256"]) == 64
    parts = ("training", "validation", "internal_test")
    assert partitions["train_folder"]["radiographs"] == 48
    assert sum(partitions[name]["radiographs"] for name in parts) == 48


def test_card_identifies_the_training_data(card: dict[str, Any], data: Path) -> None:
    files = labelled_files.index_radiographs(data / "train")
    assert card["partitions"]["train_folder"][
        "index_sha256"
    ] == labelled_files.index_sha256(files)
    assert (
        card["training"]["index_sha256"]
        == card["partitions"]["training"]["index_sha256"]
    )


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
    for point in points.values():
        assert point["measured_on"] == "internal_test"
        assert {"rule", "sensitivity_ci", "specificity_ci", "ppv_ci", "npv_ci"} <= set(
            point
        )


def test_card_is_strict_json(published: Path) -> None:
    text = (published / "seed_cnn.json").read_text()
    json.loads(text, parse_constant=refuse_nan)


def test_evaluate_reproduces_the_cards_official_val(
    published: Path, card: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    status = command_line(
        [
            *("evaluate", "--data", str(data), "--split", "val"),
            *("--weights", str(published / "seed_cnn.keras")),
            *("--json", str(tmp_path / "val.json")),
        ]
    )
    assert status == 0
    report = json.loads((tmp_path / "val.json").read_text())
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
    status = command_line(
        [
            *("evaluate", "--data", str(tmp_path), "--split", "internal_test"),
            *("--weights", str(published / "seed_cnn.keras")),
            *("--json", str(tmp_path / "report.json")),
        ]
    )
    assert status == 0
    report = json.loads((tmp_path / "report.json").read_text())
    for key, value in card["metrics"]["internal_test"].items():
        assert report[key] == pytest.approx(value, abs=1e-5), key


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


def test_killed_process_has_published_nothing(killed: Path) -> None:
    assert [path.name for path in killed.iterdir()] == ["checkpoints"]


def test_killed_process_continues_to_what_an_undisturbed_one_publishes(
    data: Path, stopped: Path, published: Path, card: dict[str, Any]
) -> None:
    arguments = ("--data", data, "--output", stopped, *OPTIONS, "--resume")
    assert run_here(*arguments) == 0
    mine = load_weights(stopped / "seed_cnn.keras")
    theirs = load_weights(published / "seed_cnn.keras")
    assert mine.card["training"]["best_epoch"] == card["training"]["best_epoch"]
    assert mine.card["partitions"] == card["partitions"]
    for one, other in zip(
        mine.model.get_weights(), theirs.model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-3)
    assert not (stopped / "checkpoints" / "seed_cnn").exists()


def test_stopped_run_is_refused_without_resume(
    data: Path, stopped: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert run_here("--data", data, "--output", stopped, *OPTIONS) == 2
    (message,) = messages(caplog)
    assert "A stopped run of 1 epochs" in message
    assert "--resume" in message


@pytest.mark.parametrize(
    ("option", "other", "differing"),
    [
        ("--batch-size", "4", "batch_size 8 (received 4)"),
        ("--precision", "mixed_bfloat16", "precision float32 (received mixed"),
    ],
)
def test_stopped_run_is_refused_with_other_settings(
    option: str,
    other: str,
    differing: str,
    data: Path,
    stopped: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    arguments = ("--data", data, "--output", stopped, *OPTIONS, "--resume")
    assert run_here(*arguments, option, other) == 2
    (message,) = messages(caplog)
    assert differing in message


def test_card_tells_the_precision_that_this_machine_trained_in(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = functools.partial(tiny_network, seed=None)
    monkeypatch.setitem(architectures.ARCHITECTURES, "resnet", build)
    recipe = replace(
        RECIPES["resnet"],
        fit={**RECIPES["resnet"].fit, "growth": []},
        seeds=1,
        lessons=[],
    )
    monkeypatch.setitem(RECIPES, "resnet", recipe)
    seconds = {"float32": 1.0, "mixed_bfloat16": 9.0}
    monkeypatch.setattr(precision, "_seconds_a_step", seconds.__getitem__)
    assert run_here("--data", data, "--output", tmp_path, "--epochs", "1") == 0
    course = load_card(tmp_path / "resnet.keras")[0]["training"]
    assert course["precision"] == "float32"


def test_stopped_run_is_refused_with_other_data(
    own_data: Path, stopped: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_phantom(own_data / "train" / "NORMAL" / "IM-9999-1.jpeg", seed=999)
    arguments = ("--data", own_data, "--output", stopped, *OPTIONS, "--resume")
    assert run_here(*arguments) == 2
    (message,) = messages(caplog)
    assert "index_sha256" in message


def test_folder_of_a_running_run_is_refused_to_another(
    data: Path, stopped: Path, caplog: pytest.LogCaptureFixture
) -> None:
    arguments = ("--data", data, "--output", stopped, *OPTIONS, "--resume")
    checkpoints = stopped / "checkpoints" / "seed_cnn"
    before = sorted(checkpoints.rglob("*"))
    with claim(checkpoints):
        assert run_here(*arguments) == 2
    (message,) = messages(caplog)
    assert message.startswith(f"Another run is writing to {checkpoints}. Wait for it")
    assert sorted(checkpoints.rglob("*")) == before
    with claim(checkpoints):
        pass


def test_interrupt_says_how_to_go_on(
    quick: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fit_module, "fit", interrupt)
    assert quick() == 130
    (message,) = messages(caplog)
    assert "--resume" in message


def test_stop_while_publishing_is_made_good_by_resume(
    quick: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pneumonia.card.markdown.write_documents", interrupt)
        assert quick() == 130
    assert quick("--resume") == 0
    assert (tmp_path / "weights" / "README.md").is_file()


@pytest.fixture(scope="module")
def taught(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the first of two tiny networks, under the residual one's name."""
    output = tmp_path_factory.mktemp("taught") / "weights"
    fit = {
        **RECIPES["resnet"].fit,
        **{"epochs": 3, "batch_size": 8, "growth": [[0.7, 16], [0.3, 32]]},
    }
    recipe = replace(RECIPES["resnet"], fit=fit)
    with pytest.MonkeyPatch.context() as patch:
        build = functools.partial(tiny_network, seed=None)
        patch.setitem(architectures.ARCHITECTURES, "resnet", build)
        patch.setitem(RECIPES, "resnet", recipe)
        options = ("--epochs", "2", "--seeds", "2")
        assert run_here("--data", data, "--output", output, *options) == 0
    return output


def test_card_tells_how_networks_of_two_seeds_agree(taught: Path) -> None:
    found, _ = load_card(taught / "resnet.keras")
    variability = found["seed_variability"]
    assert [row["network"] for row in variability["networks"]] == [
        "seed 0",
        "seed 1",
        "seed 0 after stage 1",
    ]
    assert len(variability["pairs"]) == 2
    assert "## Seed variability" in (taught / "report" / "resnet.md").read_text()


def test_card_traces_every_network_that_was_trained(taught: Path) -> None:
    course = load_card(taught / "resnet.keras")[0]["training"]
    assert [lesson["epochs"] for lesson in course["recipe"]["lessons"]] == [2]
    assert course["epochs_trained"] == len(course["history"]) == 4
    assert course["stages_after"] == [2]
    (other,) = course["histories_of_other_seeds"]
    assert other["seed"] == 1
    assert len(other["history"]) == 4


def test_data_is_fetched_when_no_folder_is_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kaggle's archive holds the folder chest_xray once more inside itself.
    (tmp_path / "chest_xray").symlink_to(data)
    asked = []

    def download(name: str) -> str:
        asked.append(name)
        return str(tmp_path)

    monkeypatch.setattr(kagglehub, "dataset_download", download)
    assert train.find_data(None) == tmp_path / "chest_xray"
    assert asked == ["paultimothymooney/chest-xray-pneumonia"]


def test_no_network_is_one_sentence_with_the_way_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert run_here("--output", tmp_path) == 2
    (message,) = messages(caplog)
    assert "\n" not in message
    assert "could not be fetched from Kaggle (ConnectionError)" in message
    assert "python train.py --data chest_xray" in message


@pytest.mark.parametrize("name", ["absent", "."])
def test_folder_without_train_is_refused(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert run_here("--data", tmp_path / name, "--output", tmp_path / "weights") == 2
    (message,) = messages(caplog)
    assert "without train" in message
    assert not (tmp_path / "weights").exists()


@pytest.mark.parametrize("name", ["NORMAL", "PNEUMONIA"])
def test_folder_of_one_class_is_refused(
    own_data: Path, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(own_data / "train" / name)
    assert run_here("--data", own_data, "--output", tmp_path / "weights") == 2
    (message,) = messages(caplog)
    assert f"without any under {name}" in message


def test_too_few_radiographs_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = write_kaggle_folder(tmp_path / "data", train=2)
    assert run_here("--data", data, "--output", tmp_path / "weights") == 2
    (message,) = messages(caplog)
    assert "too few to split" in message


def test_unreadable_radiographs_are_named_and_counted(
    quick: Run, own_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = own_data / "train" / "NORMAL" / "IM-9000-1.jpeg"
    broken.write_text("no picture")
    assert quick(data=own_data) == 2
    (message,) = messages(caplog)
    assert str(broken) in message
    assert "1 of " in message
    assert "--skip-unreadable" in message


def test_unreadable_radiographs_are_left_out_when_asked(
    quick: Run, own_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (own_data / "train" / "NORMAL" / "IM-9000-1.jpeg").write_text("no picture")
    (own_data / "val" / "NORMAL" / "IM-9001-1.jpeg").touch()
    assert quick("--skip-unreadable", data=own_data) == 0
    card, _ = load_card(tmp_path / "weights" / "seed_cnn.keras")
    assert card["partitions"]["train_folder"]["radiographs"] == 48
    assert card["partitions"]["official_val"]["radiographs"] == 8
    assert "Skipped" in caplog.text
    assert "IM-9000-1.jpeg" in caplog.text


def test_radiographs_and_patients_of_other_splits_are_found_before_training(
    quick: Run,
    own_data: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twin = next((own_data / "val" / "NORMAL").iterdir())
    shutil.copy(twin, own_data / "train" / "NORMAL" / "IM-9100-1.jpeg")
    patient = next((own_data / "test" / "PNEUMONIA").iterdir()).stem.rpartition("_")[0]
    write_phantom(own_data / "train" / "PNEUMONIA" / f"{patient}_9101.jpeg", seed=9101)

    def fit(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fit_module, "fit", fit)
    assert quick(data=own_data) == 130
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert any("1 patients are also in val and are left out" in w for w in warnings)
    assert any("1 patients are also in test and are left out" in w for w in warnings)


def test_picture_with_both_labels_is_refused(
    own_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    twin = next((own_data / "train" / "NORMAL").iterdir())
    shutil.copy(twin, own_data / "train" / "PNEUMONIA" / "person9200_virus_1.jpeg")
    assert run_here("--data", own_data, "--output", tmp_path / "weights") == 2
    (message,) = messages(caplog)
    assert "A radiograph has one label" in message


def test_external_sets_are_measured_when_a_folder_is_named(
    quick: Run, tmp_path: Path, data: Path
) -> None:
    for name in ("NORMAL", "PNEUMONIA"):
        shutil.copytree(
            data / "train" / name, tmp_path / "external" / "native_resolution" / name
        )
    assert quick("--external", tmp_path / "external") == 0
    card, _ = load_card(tmp_path / "weights" / "seed_cnn.keras")
    copies = card["external_sets"]["native_copies"]
    assert copies["n"] == 48
    assert copies["mean_change"] == pytest.approx(0, abs=1e-6)


def test_part_left_without_a_class_by_skipping_is_refused(
    quick: Run, own_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for path in (own_data / "train" / "NORMAL").iterdir():
        path.write_text(f"no picture {path.name}")
    assert quick("--skip-unreadable", data=own_data) == 2
    (message,) = messages(caplog)
    assert "normal and pneumonia" in message


def test_data_without_official_val_is_published(
    quick: Run, own_data: Path, tmp_path: Path
) -> None:
    shutil.rmtree(own_data / "val")
    shutil.rmtree(own_data / "test")
    assert quick(data=own_data) == 0
    card, _ = load_card(tmp_path / "weights" / "seed_cnn.keras")
    assert "official_val" not in card["metrics"]


def test_other_weights_in_the_output_folder_are_left_alone(
    quick: Run, tmp_path: Path
) -> None:
    other = publish_tiny(tmp_path / "weights")
    (tmp_path / "weights" / "cardless.keras").touch()
    assert quick() == 0
    assert load_card(other)[0]["name"] == "tiny"
    assert "seed_cnn" in (tmp_path / "weights" / "README.md").read_text()


def test_output_that_cannot_be_written_is_refused_before_the_work(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(labelled_files, "index_radiographs", refuse_nan)
    assert run_here("--data", data, "--output", tmp_path / "file" / "weights") == 2
    (message,) = messages(caplog)
    assert "file/weights cannot be written" in message


@pytest.mark.parametrize(
    "arguments",
    [
        ("--epochs", "0"),
        ("--epochs", "many"),
        ("--batch-size", "-1"),
        ("--seed", "-1"),
        ("--seed", str(2**32)),
        ("--architecture", "unknown"),
        ("--unknown",),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        run_here(*arguments)
    assert error.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_find_data_takes_the_folder_with_train(data: Path) -> None:
    assert train.find_data(data) == data


def test_find_data_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "archive.zip").touch()
    with pytest.raises(DatasetError, match=r"Received: .*archive\.zip without train"):
        train.find_data(tmp_path / "archive.zip")


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backend_trains_weights_that_this_one_loads(
    backend: str, data: Path, tmp_path: Path
) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    result = subprocess.run(
        [
            *(sys.executable, "train.py", "--data", str(data)),
            *("--output", str(tmp_path), *OPTIONS),
        ],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    loaded = load_weights(tmp_path / "seed_cnn.keras")
    assert loaded.card["training"]["backend"] == backend
