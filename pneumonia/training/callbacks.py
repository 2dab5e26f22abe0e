"""What happens before and after each epoch of training, under any Keras backend."""

import logging
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tqdm import tqdm

from pneumonia.model.prediction import predict_logits
from pneumonia.statistics import metrics
from pneumonia.training.batches import LabelledPictures
from pneumonia.training.checkpoints import State, newest_checkpoint, write_checkpoint
from pneumonia.training.devices import ONE_DEVICE, Devices, agree, alone, is_chief
from pneumonia.training.recipes import Run

logger = logging.getLogger(__name__)


class Reseed(keras.callbacks.Callback):  # type: ignore[misc]
    """Before each epoch: make dropout depend on the seed and the epoch alone."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Seed every layer that draws random numbers."""
        rng = np.random.default_rng((self._seed, epoch))
        for layer in self.model.layers:
            weights = {id(weight) for weight in layer.weights}
            for variable in layer.variables:
                if id(variable) not in weights:  # the state of a generator
                    variable.assign(rng.integers(2**31, size=variable.shape))


class EpochRecord(keras.callbacks.Callback):  # type: ignore[misc]
    """After each epoch: validate, keep the best, write a checkpoint, maybe stop.

    Parameters
    ----------
    checkpoints : Path
    run : Run
    state : State or None
        Of the stopped run that is continued.
    validation : LabelledPictures
        As the network sees them.
    scored : keras.Model
        From them to logits; shares the parameters of the network that is trained.
    devices : Devices
        All machines go by the AUROC that the first measures; it alone writes.

    Attributes
    ----------
    history : list of dict
        As of `pneumonia.training.fit.Fit`.
    best_epoch : int
        Counted from 1; 0 before the first.
    """

    def __init__(
        self,
        checkpoints: Path,
        run: Run,
        state: State | None,
        validation: LabelledPictures,
        scored: keras.Model,
        devices: Devices = ONE_DEVICE,
    ) -> None:
        super().__init__()
        self._validation = validation
        self._scored = scored
        self._devices = devices
        self._checkpoints = checkpoints
        self._run = run
        self._trunk = run.trunk
        self.history = list(state.history) if state else []
        self.best_epoch = state.best_epoch if state else 0
        self._started = time.monotonic()

    def is_finished(self, epoch: int) -> bool:
        """Tell whether no further epoch is due after this one."""
        if (
            self._trunk.patience is not None
            and epoch - self.best_epoch >= self._trunk.patience
        ):
            return True
        return epoch >= self._trunk.epochs

    def best_weights(self) -> Path:
        """Path of the best epoch's parameters in the newest checkpoint."""
        return newest_checkpoint(self._checkpoints) / "best.weights.h5"

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Start the clock."""
        self._started = time.monotonic()

    @alone()
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Validate, remember, write; end training when nothing more is due."""
        done = epoch + 1
        logs = logs or {}
        logits = predict_logits(self._scored, self._validation.pictures)
        auroc = agree(metrics.auroc(self._validation.labels, logits), self._devices)
        seconds = time.monotonic() - self._started
        self.history.append(
            {
                "loss": float(logs["loss"]),
                "auroc": _auroc(logs),
                "validation_auroc": auroc,
                "seconds": round(seconds, 1),
            }
        )
        if self._is_best(auroc):
            self.best_epoch = done
        state = State(done, self.best_epoch, self.history)
        if is_chief():
            write_checkpoint(self.model, self._run, state, self._checkpoints)
        logger.info(
            "Epoch %d of %d: loss %.4f, AUROC %.4f, validation AUROC %.4f (best %.4f "
            "in epoch %d), %.0f s; at most %.0f min left.",
            done,
            self._trunk.epochs,
            logs["loss"],
            _auroc(logs),
            auroc,
            self.history[self.best_epoch - 1]["validation_auroc"],
            self.best_epoch,
            seconds,
            (self._trunk.epochs - done) * seconds / 60,
        )
        if self.is_finished(done):
            self.model.stop_training = True

    def _is_best(self, auroc: float) -> bool:
        if self._trunk.patience is None or self.best_epoch == 0:
            return True
        return auroc > self.history[self.best_epoch - 1]["validation_auroc"]


class Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """A progress bar for each epoch: loss, AUROC and the time left."""

    def __init__(self, epochs: int, steps: int) -> None:
        super().__init__()
        self._epochs = epochs
        self._steps = steps
        self._epoch = 0
        self._done = 0
        self._started = time.monotonic()
        self._bar: Any = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Open the bar."""
        self._epoch = epoch
        # disable=None: no bar where there is no terminal, such as in a log file.
        self._bar = tqdm(
            total=self._steps,
            desc=f"Epoch {epoch + 1}/{self._epochs}",
            unit="batch",
            disable=None,
            leave=False,
        )

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Advance the bar."""
        self._done += 1
        logs = logs or {}
        left = (self._epochs - self._epoch) * self._steps - self._bar.n - 1
        seconds = left * (time.monotonic() - self._started) / self._done
        self._bar.set_postfix(
            loss=f"{logs['loss']:.3f}",
            AUROC=f"{_auroc(logs):.3f}",
            left=f"{seconds / 60:.0f} min",
            refresh=False,
        )
        self._bar.update()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Close the bar."""
        self._bar.close()


def _auroc(logs: dict[str, float]) -> float:
    """Return it under the name that Keras gives it with one output or with several."""
    return next(float(logs[name]) for name in logs if name.endswith("auroc"))
