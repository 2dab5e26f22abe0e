"""Train a tiny network on phantoms, stop it where a test says, and compare runs."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import LabelledPictures
from pneumonia.training.callbacks import Progress
from pneumonia.training.fit import Fit, fit
from pneumonia.training.recipes import Run, Trunk

TURNING = Augmentation(rotation=5.0, brightness=10.0)
EPOCHS = 4
STEPS = 3  # of an epoch: 24 radiographs in batches of 8


def make_trunk(**changes: Any) -> Trunk:
    """Make the settings of the network that is registered as ``tiny``."""
    settings: dict[str, Any] = {
        "architecture": "tiny",
        "augmentation": TURNING,
        "epochs": EPOCHS,
        "batch_size": 8,
        "learning_rate": 0.01,
        "patience": 9,
    }
    return Trunk(**(settings | changes))


@dataclass
class Runner:
    """Trains the network that is registered as ``tiny``."""

    data: LabelledPictures

    def __call__(
        self,
        checkpoints: Path,
        trunk: Trunk | None = None,
        *,
        seed: int = 3,
        index_sha256: str = "abc",
        resume: bool = False,
    ) -> Fit:
        return fit(
            Run(trunk or make_trunk(), seed, index_sha256),
            self.data,
            self.data,
            checkpoints=checkpoints,
            resume=resume,
        )


@dataclass
class TrainedRun:
    """A run with the folder of its checkpoints."""

    fitted: Fit
    checkpoints: Path


def stop_after(patch: pytest.MonkeyPatch, owner: Any, name: str, calls: int) -> None:
    """Let a function stop the process at its call number `calls`."""
    original: Callable[..., Any] = getattr(owner, name)
    count = 0

    @functools.wraps(original)
    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count == calls:
            raise KeyboardInterrupt
        return original(*arguments, **options)

    patch.setattr(owner, name, counted)


def stop_in_step(patch: pytest.MonkeyPatch, step: int) -> None:
    """Stop the process in a step, counted from 1 over all runs."""
    stop_after(patch, Progress, "on_train_batch_end", step)


def assert_same_history(
    mine: list[dict[str, float]], theirs: list[dict[str, float]]
) -> None:
    """Compare histories but for the time that epochs took."""
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs, strict=True):
        assert {**one, "seconds": 0} == pytest.approx({**other, "seconds": 0}, abs=1e-3)


def assert_same_parameters(mine: keras.Model, theirs: keras.Model) -> None:
    """Compare networks but for rounding."""
    for one, other in zip(mine.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def assert_same_arrays(mine: Sequence[Any], theirs: Sequence[Any]) -> None:
    """Compare arrays exactly."""
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def epochs_in(checkpoints: Path) -> list[str]:
    """Name the checkpoints of a run."""
    return sorted(path.name for path in checkpoints.iterdir())
