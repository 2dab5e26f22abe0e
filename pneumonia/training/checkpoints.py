"""The state of a training run on disk.

Each epoch writes a folder that is complete or absent: ``model.keras`` with the
optimizer, ``best.weights.h5`` and ``state.json``.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pneumonia.errors import CheckpointError
from pneumonia.training.recipes import Run

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class State:
    """How far a run has come.

    Attributes
    ----------
    epoch : int
        Number of completed epochs.
    best_epoch : int
        Counted from 1.
    history : list of dict
        One entry an epoch.
    """

    epoch: int
    best_epoch: int
    history: list[dict[str, float]]


@contextmanager
def claim(checkpoints: Path) -> Iterator[None]:
    """Keep other runs out of a folder of checkpoints.

    The operating system releases the lock of a process that is killed.

    Parameters
    ----------
    checkpoints : Path
        An existing folder.

    Raises
    ------
    CheckpointError
        If another run holds the folder.
    """
    try:
        from filelock import FileLock, Timeout
    except ModuleNotFoundError as error:
        raise CheckpointError(
            "Training needs the package filelock. Install it with: "
            'pip install ".[train]"'
        ) from error
    lock = FileLock(checkpoints / "claimed")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CheckpointError(
            f"Another run is writing to {checkpoints}. Wait for it or stop it, or name "
            "another folder with --output."
        ) from None
    try:
        yield
    finally:
        lock.release()


def newest_checkpoint(checkpoints: Path) -> Path:
    """Return the folder of the last epoch that was completed."""
    return max(checkpoints.glob("epoch-*"))


def find_state(checkpoints: Path, run: Run, *, resume: bool) -> State | None:
    """Read the newest complete checkpoint and check that it belongs to this run.

    Parameters
    ----------
    checkpoints : Path
        The folder of a run's checkpoints; it need not exist.
    run : Run
        The run that wants to continue.
    resume : bool

    Returns
    -------
    State or None
        None if there is no stopped run.

    Raises
    ------
    CheckpointError
        If there is a stopped run but `resume` is False, or its settings differ; names
        every differing field.
    """
    if not any(checkpoints.glob("epoch-*")):
        return None
    stored = _read(newest_checkpoint(checkpoints))
    if not resume:
        raise CheckpointError(
            f"A stopped run of {stored['epoch']} epochs is in {checkpoints}. Continue "
            "it with --resume, or delete that folder to start afresh."
        )
    # Through JSON, as the stored settings went: a tuple becomes a list.
    asked = _flatten(json.loads(json.dumps(asdict(run))))
    found = _flatten(stored.pop("settings"))
    differing = [
        f"{name} {found.get(name)} (received {asked.get(name)})"
        for name in {**asked, **found}
        if asked.get(name) != found.get(name)
    ]
    if differing:
        raise CheckpointError(
            f"The run in {checkpoints} was started with {', '.join(differing)}. "
            "Continue it with the same settings, or delete that folder."
        )
    return State(**stored)


def _read(checkpoint: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((checkpoint / "state.json").read_text())
    return state


def _flatten(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Name nested settings by their path: ``trunk.epochs``."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def write_checkpoint(
    model: keras.Model, run: Run, state: State, checkpoints: Path
) -> None:
    """Write a checkpoint beside the old one, then rename it and delete the old one.

    Parameters
    ----------
    model : keras.Model
        With its optimizer. If this epoch is the best, its parameters are kept apart.
    run : Run
    state : State
    checkpoints : Path

    Raises
    ------
    CheckpointError
        If it cannot be written, as on a full disk; the older one stays.
    """
    older = sorted(checkpoints.glob("epoch-*"))
    fresh = checkpoints / "writing"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True)
        model.save(fresh / "model.keras")
        best = fresh / "best.weights.h5"
        if state.best_epoch == state.epoch:
            # Not `save_weights`: HDF5 ends the process where it meets a full disk.
            with zipfile.ZipFile(fresh / "model.keras") as saved:
                best.write_bytes(saved.read("model.weights.h5"))
        else:
            shutil.copy2(older[-1] / best.name, fresh)
        stored = {**asdict(state), "settings": asdict(run)}
        (fresh / "state.json").write_text(json.dumps(stored, indent=2))
        fresh.rename(checkpoints / f"epoch-{state.epoch:04d}")
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise CheckpointError(
            f"{checkpoints} cannot be written: {error.strerror}. Completed epochs are "
            "kept: make room, and continue with --resume."
        ) from error
    for folder in older:
        shutil.rmtree(folder)
