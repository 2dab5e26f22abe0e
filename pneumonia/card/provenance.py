"""Provenance in the JSON card: the code that ran, and how training went."""

import contextlib
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NotRequired, TypedDict

from pneumonia.card.sections import Code, Epoch, Reported, SeedHistory

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
    stages_after: NotRequired[list[int]]
    histories_of_other_seeds: NotRequired[list[SeedHistory]]


def describe_training(
    history: Sequence[Mapping[str, float]],
    best_epoch: int,
    *,
    radiographs: int,
    stages_after: Sequence[int] = (),
    other_seeds: Mapping[int, Sequence[Mapping[str, float]]] | None = None,
) -> TrainingCourse:
    """Record how training went.

    Parameters
    ----------
    history : sequence of mapping
        An entry an epoch, as in `pneumonia.training.fit.Fit`.
    best_epoch : int
        From 1.
    radiographs : int
        In an epoch.
    stages_after : sequence of int
        Numbers of epochs after which a further training stage began.
    other_seeds : mapping of int to sequence of mapping, optional
        Histories of networks of other seeds, by seed.

    Returns
    -------
    TrainingCourse
        ``seconds`` and ``radiographs_per_second`` are of all networks together; the
        latter is None when no time passed.
    """
    others = other_seeds or {}
    epochs = [*history, *(epoch for other in others.values() for epoch in other)]
    seconds = sum(epoch["seconds"] for epoch in epochs)
    course: TrainingCourse = {
        "epochs_trained": len(history),
        "best_epoch": best_epoch,
        "seconds": round(seconds),
        "radiographs_per_second": (
            round(radiographs * len(epochs) / seconds, 1) if seconds else None
        ),
        "history": _epochs(history),
    }
    if stages_after:
        course["stages_after"] = list(stages_after)
    if others:
        course["histories_of_other_seeds"] = [
            {"seed": seed, "history": _epochs(other)} for seed, other in others.items()
        ]
    return course


def _epochs(history: Sequence[Mapping[str, float]]) -> list[Epoch]:
    return [dict(epoch) for epoch in history]


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
