"""The model card says what was measured, and only of sound weights."""

import logging
import subprocess
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_models import publish_tiny

from pneumonia import card, dataset, metrics
from pneumonia.card import REPORTED, describe_training, git_revision, write_model_card
from pneumonia.dataset import LabelledFile
from pneumonia.weights import load_card

PARTITIONS = ("training", "validation", "internal_test", "train_folder", "official_val")
HISTORY = [
    {"loss": 0.7, "auroc": 0.5, "validation_auroc": 0.6, "seconds": 65.04},
    {"loss": 0.6, "auroc": 0.7, "validation_auroc": 0.8, "seconds": 60.0},
]


def files(count: int = 20) -> list[LabelledFile]:
    return [
        LabelledFile(Path(f"{i}.png"), i % 2, f"patient{i // 2}", None, f"{i:064}")
        for i in range(count)
    ]


def measure(count: int = 20) -> dict[str, Any]:
    labels = np.arange(count) % 2
    scores = (labels + np.linspace(0, 1, count)) / 2
    return metrics.evaluate(labels, scores, threshold=0.5, n_resamples=20)


def describe(**changes: Any) -> dict[str, Any]:
    part = {**dataset.count(files()), "index_sha256": dataset.index_sha256(files())}
    return {
        **card.describe_code(),
        "partitions": dict.fromkeys(PARTITIONS, part),
        "training": {
            "seed": 7,
            "hardware": "2 CPU cores",
            **describe_training(HISTORY, 2, radiographs=20),
        },
        **changes,
    }


def publish(folder: Path, **changes: Any) -> Path:
    """Publish the tiny network with a card as train.py writes it."""
    measured = measure()
    point = {"threshold": 0.5, "rule": "highest mean", **measured}
    return publish_tiny(
        folder,
        **{
            "parameters": 1234567,
            "operating_points": {"balanced": point, "screening": point},
            "metrics": {name: measured for name in PARTITIONS},
            **describe(),
            **changes,
        },
    )


def write(folder: Path) -> str:
    return write_model_card(folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("weights")
    publish(folder)
    return write(folder)


def test_course_of_training_is_summed_and_kept() -> None:
    assert describe_training(HISTORY, 2, radiographs=20) == {
        "epochs_trained": 2,
        "best_epoch": 2,
        "seconds": 125,
        "radiographs_per_second": 0.3,
        "history": HISTORY,
    }


def test_speed_of_training_in_no_time_is_unknown() -> None:
    history = [{**HISTORY[0], "seconds": 0.0}]
    course = describe_training(history, 1, radiographs=20)
    assert course["radiographs_per_second"] is None


def test_code_is_named_by_revision_and_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(card, "git_revision", lambda: "abc-dirty")
    code = card.describe_code()
    assert code["git_revision"] == "abc-dirty"
    assert {"python", "keras", "numpy", "pillow"} <= set(code["versions"])


def test_package_that_is_not_installed_is_left_out_of_the_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = card.version

    def version(package: str) -> str:
        if package == "tensorflow":
            raise PackageNotFoundError(package)
        return original(package)

    monkeypatch.setattr(card, "version", version)
    versions = card.describe_code()["versions"]
    assert "tensorflow" not in versions
    assert "keras" in versions


def test_revision_is_the_commit_marked_when_files_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, stdout="0123abc-dirty\n")

    monkeypatch.setattr(subprocess, "run", run)
    assert git_revision() == "0123abc-dirty"
    assert "--dirty" in commands[0]


@pytest.mark.parametrize(
    "error", [FileNotFoundError("git"), subprocess.CalledProcessError(128, "git")]
)
def test_revision_without_git_is_unknown(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", run)
    assert git_revision() is None


def test_model_card_is_written_beside_the_weights(tmp_path: Path) -> None:
    publish(tmp_path)
    assert write_model_card(tmp_path) == tmp_path / "README.md"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "README.md",
        "tiny.json",
        "tiny.keras",
    ]


def test_model_card_states_the_intended_use(readme: str) -> None:
    text = " ".join(readme.split())
    assert "not a medical device" in text
    assert "children of one to five years" in text


def test_model_card_attributes_data_and_weights(readme: str) -> None:
    for part in ("Kermany", "CC BY 4.0", "10.17632/rscbjbr9sj", "Apache-2.0"):
        assert part in readme


def test_model_card_describes_the_weights(tmp_path: Path) -> None:
    path = publish(tmp_path)
    readme = " ".join(write(tmp_path).split())
    assert "## `tiny`" in readme
    assert "1,234,567 parameters, input 32 × 32 × 1, not calibrated" in readme
    assert "Seed 7, best of 2 epochs: 2; 2 minutes on 2 CPU cores" in readme
    assert load_card(path)[0]["sha256"] in readme


def test_model_card_has_a_row_a_partition(readme: str) -> None:
    (header,) = [line for line in readme.splitlines() if "(patients) | AUROC" in line]
    rows = [line for line in readme.splitlines() if "| 10 / 10 (10) |" in line]
    assert len(rows) == len(PARTITIONS)
    assert {row.count("|") for row in rows} == {header.count("|")}


def test_model_card_gives_figures_with_their_intervals(readme: str) -> None:
    measured = measure()
    low, high = measured["auroc_ci"]
    assert f"{measured['auroc']:.3f} ({low:.3f} to {high:.3f})" in readme


def test_model_card_names_both_operating_points(readme: str) -> None:
    for name in ("balanced", "screening"):
        assert f"- **{name}**: threshold 0.5000, the highest mean" in readme


def test_model_card_has_no_stray_values(readme: str) -> None:
    words = readme.replace("(", " ").replace("|", " ").split()
    assert not {"nan", "None", "inf", "NaN"} & set(words)


def test_undefined_figure_is_called_so(tmp_path: Path) -> None:
    undefined = {**measure(), "auroc": None, "auroc_ci": [None, None]}
    publish(tmp_path, metrics=dict.fromkeys(PARTITIONS, undefined))
    assert write(tmp_path).count("| undefined |") == len(PARTITIONS)


def test_partition_that_was_not_measured_has_no_row(tmp_path: Path) -> None:
    publish(tmp_path, metrics={"internal_test": measure()})
    readme = write(tmp_path)
    assert "| Internal test" in readme
    assert "| Official `val` folder" not in readme


def test_authors_figures_stand_beside_the_measured_ones(tmp_path: Path) -> None:
    publish(tmp_path, reported_by_author=REPORTED["seed_cnn"])
    readme = write(tmp_path)
    assert "| training folder | 98.16% | " in readme
    assert "official validation radiographs | 100% | " in readme


def test_authors_figures_without_official_val_lack_that_row(tmp_path: Path) -> None:
    publish(
        tmp_path,
        metrics={"train_folder": measure()},
        reported_by_author=REPORTED["seed_cnn"],
    )
    readme = write(tmp_path)
    assert "| training folder | 98.16% | " in readme
    assert "official validation radiographs" not in readme


def test_weights_nobody_reported_on_have_no_such_table(readme: str) -> None:
    assert "reported by its author" not in readme


def test_all_weights_of_the_folder_are_described(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, name="second")
    readme = write(tmp_path)
    assert "## `tiny`" in readme
    assert "## `second`" in readme


def test_only_figures_of_the_weights_themselves_are_shown(tmp_path: Path) -> None:
    publish(tmp_path)
    (tmp_path / "figures").mkdir()
    for name in ("tiny_roc.png", "tiny_large_roc.png", "tiny_roc.txt"):
        (tmp_path / "figures" / name).touch()
    readme = write(tmp_path)
    assert "![tiny roc](figures/tiny_roc.png)" in readme
    assert readme.count("![") == 1


@pytest.mark.parametrize("text", [None, "{", '{"name": "broken"}'])
def test_weights_without_a_sound_card_are_left_out_with_a_warning(
    tmp_path: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path)
    (tmp_path / "broken.keras").touch()
    if text is not None:
        (tmp_path / "broken.json").write_text(text)
    readme = write(tmp_path)
    assert "## `tiny`" in readme
    assert "## `broken`" not in readme
    (record,) = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert "broken" in record.getMessage()


def test_weights_that_train_did_not_make_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path)
    publish_tiny(tmp_path, name="foreign")
    assert "## `foreign`" not in write(tmp_path)
    assert "foreign.keras" in caplog.text


def test_folder_without_weights_still_states_the_use(tmp_path: Path) -> None:
    assert "not a medical device" in " ".join(write(tmp_path).split())


def test_stop_while_the_model_card_is_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("old")

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_model_card(tmp_path)
    assert (tmp_path / "README.md").read_text() == "old"
