"""The state of a training run on disk: a folder an epoch, complete or absent."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from pneumonia.errors import CheckpointError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class State:
    """How far a run has come.

    Attributes
    ----------
    epoch : int
        So many are done.
    best_epoch : int
        Counted from 1.
    history : list of dict
        One entry an epoch.
    settings : dict
        What must be the same when the run is continued.
    """

    epoch: int
    best_epoch: int
    history: list[dict[str, float]]
    settings: dict[str, Any]


@contextmanager
def claim(checkpoints: Path) -> Iterator[None]:
    """Keep other runs out of a folder of checkpoints; they would delete each other's.

    A run that is killed gives its claim back: the operating system holds it.

    Parameters
    ----------
    checkpoints : Path
        An existing folder.

    Raises
    ------
    CheckpointError
        If another run holds the folder.
    """
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


def find_state(
    checkpoints: Path, settings: dict[str, Any], *, resume: bool
) -> State | None:
    """Find the newest complete checkpoint and make sure it is of this run.

    Parameters
    ----------
    checkpoints : Path
        The folder of a run's checkpoints; it need not exist.
    settings : dict
        Of the run that wants to continue.
    resume : bool

    Returns
    -------
    State or None
        None where there is nothing to continue.

    Raises
    ------
    CheckpointError
        If there is a stopped run but `resume` is False, or its settings differ.
    """
    if not any(checkpoints.glob("epoch-*")):
        return None
    state = json.loads((newest_checkpoint(checkpoints) / "state.json").read_text())
    if not resume:
        raise CheckpointError(
            f"A stopped run of {state['epoch']} epochs is in {checkpoints}. Continue "
            "it with --resume, or delete that folder to start afresh."
        )
    differing = [
        f"{key} {state['settings'].get(key)} (received {value})"
        for key, value in settings.items()
        if state["settings"].get(key) != value
    ]
    if differing:
        raise CheckpointError(
            f"The run in {checkpoints} was started with {', '.join(differing)}. "
            "Continue it with the same settings, or delete that folder."
        )
    return State(**state)


def write_checkpoint(model: keras.Model, state: State, checkpoints: Path) -> None:
    """Write beside the old checkpoint, then rename: complete or absent.

    Parameters
    ----------
    model : keras.Model
        With its optimizer; its parameters are kept as the best if this epoch is.
    state : State
    checkpoints : Path
        Older checkpoints in it are deleted.
    """
    older = sorted(checkpoints.glob("epoch-*"))
    fresh = checkpoints / "writing"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    model.save(fresh / "model.keras")
    if state.best_epoch == state.epoch:
        model.save_weights(fresh / "best.weights.h5")
    else:
        shutil.copy2(older[-1] / "best.weights.h5", fresh)
    (fresh / "state.json").write_text(json.dumps(asdict(state), indent=2))
    fresh.rename(checkpoints / f"epoch-{state.epoch:04d}")
    for folder in older:
        shutil.rmtree(folder)
