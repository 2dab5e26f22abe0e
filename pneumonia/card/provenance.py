"""What the JSON card says of the code that ran and of the course of training."""

import contextlib
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

# What the seed CNN's author reports; kept apart from what was measured here.
REPORTED = {
    "seed_cnn": {"training_accuracy": 0.9816, "official_validation_accuracy": 1.0}
}

# Those of them that are installed are recorded: any one backend will do.
_PACKAGES = (
    *("keras", "tensorflow", "jax", "torch"),
    *("numpy", "pillow", "opencv-python-headless"),
)


def git_revision() -> str | None:
    """Name the commit of the code that trained, marked when files differ from it."""
    root = Path(__file__).resolve().parent
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        result = subprocess.run(  # noqa: S603 - a fixed command
            command, cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()


def describe_code() -> dict[str, Any]:
    """Record what is running: ``created``, ``git_revision`` and ``versions``."""
    return {
        "created": datetime.now(UTC).strftime("%Y-%m-%d"),
        "git_revision": git_revision(),
        "versions": {
            "python": platform.python_version(),
            **_versions(),
        },
    }


# What `describe_training` records.
_COURSE = {
    *("epochs_trained", "best_epoch", "seconds", "radiographs_per_second"),
    *("history", "lessons_after", "histories_of_others"),
}


def describe_training(
    history: Sequence[Mapping[str, float]],
    best_epoch: int,
    *,
    radiographs: int,
    lessons_after: Sequence[int] = (),
    others: Mapping[int, Sequence[Mapping[str, float]]] | None = None,
) -> dict[str, Any]:
    """Record the course of training.

    Parameters
    ----------
    history : sequence of mapping
        As in `pneumonia.training.fit.Fit`.
    best_epoch : int
    radiographs : int
        Seen in an epoch.
    lessons_after : sequence of int
        The epochs after which a lesson began.
    others : mapping of int to sequence of mapping, optional
        Histories of networks that were trained alike, to compare, by seed.

    Returns
    -------
    dict
        ``epochs_trained``, ``best_epoch``, ``history`` and, of all networks together,
        ``seconds`` and ``radiographs_per_second`` (None when no time passed); where
        there are lessons or others, ``lessons_after`` or ``histories_of_others``.
    """
    others = others or {}
    epochs = [*history, *(epoch for other in others.values() for epoch in other)]
    seconds = sum(epoch["seconds"] for epoch in epochs)
    seen = radiographs * len(epochs)
    return {
        "epochs_trained": len(history),
        "best_epoch": best_epoch,
        "seconds": round(seconds),
        "radiographs_per_second": round(seen / seconds, 1) if seconds else None,
        "history": [dict(epoch) for epoch in history],
        **({"lessons_after": list(lessons_after)} if lessons_after else {}),
        **(
            {
                "histories_of_others": [
                    {"seed": seed, "history": [dict(epoch) for epoch in other]}
                    for seed, other in others.items()
                ],
            }
            if others
            else {}
        ),
    }


def asked_of_training(training: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was asked of a training whatever its seed: recipe and data.

    Parameters
    ----------
    training : mapping
        As in the card.
    """
    return {
        name: value
        for name, value in training.items()
        if name not in {"seed", "backend", "hardware", *_COURSE}
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
