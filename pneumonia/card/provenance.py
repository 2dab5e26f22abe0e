"""Provenance in the JSON card: the code that ran, and how training went."""

import contextlib
import itertools
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NotRequired, TypedDict

from pneumonia.card.sections import Code, Epoch, Reported

# What the author of the seed CNN reports, beside what was measured here.
REPORTED: dict[str, Reported] = {
    "seed_cnn": {"training_accuracy": 0.9816, "official_validation_accuracy": 1.0}
}

# Recorded where they are installed: any one Keras backend will do.
_PACKAGES = [
    "keras",
    "tensorflow",
    "jax",
    "torch",
    "numpy",
    "pillow",
    "opencv-python-headless",
]


def git_revision() -> str | None:
    """Return the commit of the code, marked ``-dirty`` when files differ from it."""
    root = Path(__file__).resolve().parent
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        result = subprocess.run(  # noqa: S603 - a fixed command
            command, cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()


def describe_code() -> Code:
    """Record the date, the commit and the versions of Python and packages."""
    return {
        "created": datetime.now(UTC).strftime("%Y-%m-%d"),
        "git_revision": git_revision(),
        "versions": {
            "python": platform.python_version(),
            **_versions(),
        },
    }


class TrainingCourse(TypedDict):
    """How training went: a part of `pneumonia.card.schema.Training`."""

    epochs_trained: int
    best_epoch: int
    seconds: int
    radiographs_per_second: float | None
    history: list[Epoch]
    trunks_after: NotRequired[list[int]]


def describe_training(
    histories: Sequence[Sequence[Mapping[str, float]]],
    best_epoch: int,
    *,
    radiographs: int,
) -> TrainingCourse:
    """Record how training went.

    Parameters
    ----------
    histories : sequence of sequence of mapping
        Of each trunk, an entry an epoch, as in `pneumonia.training.fit.Fit`.
    best_epoch : int
        Of the last trunk, from 1.
    radiographs : int
        In an epoch.

    Returns
    -------
    TrainingCourse
        ``radiographs_per_second`` is None when no time passed.
    """
    epochs = [dict(epoch) for history in histories for epoch in history]
    seconds = sum(epoch["seconds"] for epoch in epochs)
    before = list(itertools.accumulate(len(history) for history in histories))
    course: TrainingCourse = {
        "epochs_trained": len(epochs),
        "best_epoch": len(epochs) - len(histories[-1]) + best_epoch,
        "seconds": round(seconds),
        "radiographs_per_second": (
            round(radiographs * len(epochs) / seconds, 1) if seconds else None
        ),
        "history": epochs,
    }
    if len(histories) > 1:
        course["trunks_after"] = before[:-1]
    return course


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
