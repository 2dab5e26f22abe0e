"""The record of the code that ran and of the course of training."""

import importlib.metadata
import subprocess
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest

from pneumonia.card import provenance
from pneumonia.card.provenance import describe_training, git_revision

HISTORY = [
    {"loss": 0.7, "auroc": 0.5, "validation_auroc": 0.6, "seconds": 65.04},
    {"loss": 0.6, "auroc": 0.7, "validation_auroc": 0.8, "seconds": 60.0},
]


def test_course_of_training_is_summed_and_kept() -> None:
    assert describe_training([HISTORY], 2, radiographs=20) == {
        "epochs_trained": 2,
        "best_epoch": 2,
        "seconds": 125,
        "radiographs_per_second": 0.3,
        "history": HISTORY,
    }


def test_trunks_are_counted_one_after_the_other() -> None:
    course = describe_training([HISTORY, HISTORY[:1], HISTORY], 1, radiographs=20)
    assert course["epochs_trained"] == 5
    assert course["best_epoch"] == 4
    assert course["seconds"] == 315
    assert course["radiographs_per_second"] == 0.3
    assert course["trunks_after"] == [2, 3]
    assert course["history"] == [*HISTORY, HISTORY[0], *HISTORY]


def test_speed_of_training_in_no_time_is_unknown() -> None:
    history = [{**HISTORY[0], "seconds": 0.0}]
    course = describe_training([history], 1, radiographs=20)
    assert course["radiographs_per_second"] is None


def test_code_is_named_by_revision_and_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(provenance, "git_revision", lambda: "abc-dirty")
    code = provenance.describe_code()
    assert code["git_revision"] == "abc-dirty"
    assert {"python", "keras", "numpy", "pillow"} <= set(code["versions"])


def test_package_that_is_not_installed_is_left_out_of_the_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = importlib.metadata.version

    def version(package: str) -> str:
        if package == "tensorflow":
            raise PackageNotFoundError(package)
        return original(package)

    monkeypatch.setattr(provenance, "version", version)
    versions = provenance.describe_code()["versions"]
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
