"""Train one network; it can be stopped at any moment and continued.

Works under any Keras backend, on all devices that it can use. Batches are a function of
the seed and the step alone, and a checkpoint is a folder that is complete or absent. A
continued run therefore sees the same batches as an undisturbed one.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import keras

from pneumonia.model.architectures import build_model
from pneumonia.training.batches import (
    LabelledPictures,
    TrainingBatches,
    steps_per_epoch,
)
from pneumonia.training.callbacks import EpochRecord, Progress, Reseed
from pneumonia.training.checkpoints import find_state, newest_checkpoint
from pneumonia.training.devices import agree, find_devices, mirrored, shared
from pneumonia.training.learner import build_learner
from pneumonia.training.recipes import Run

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fit:
    """A trained network and the course of its training.

    Attributes
    ----------
    model : keras.Model
        Float32, not compiled; with the parameters of the best epoch, or of the last
        where there is no patience.
    history : list of dict
        One entry an epoch: ``loss``, ``auroc``, ``validation_auroc``, ``seconds``.
    best_epoch : int
        Counted from 1.
    """

    model: keras.Model
    history: list[dict[str, float]]
    best_epoch: int


def fit(
    run: Run,
    training: LabelledPictures,
    validation: LabelledPictures,
    *,
    checkpoints: Path,
    resume: bool = False,
) -> Fit:
    """Train one network.

    Parameters
    ----------
    run : Run
    training : LabelledPictures
    validation : LabelledPictures
        As the network sees them: of its side, already cut.
    checkpoints : Path
        Folder for the state after each epoch. The caller removes it once the weights
        are published.
    resume : bool
        Continue from `checkpoints` if there is a stopped run.

    Returns
    -------
    Fit

    Raises
    ------
    CheckpointError
        If there is a stopped run but `resume` is False, or its settings differ.
    WeightsError
        If the run starts from ImageNet parameters that cannot be had.
    """
    trunk = run.trunk
    keras.utils.set_random_seed(run.seed)
    state = find_state(checkpoints, run, resume=resume)
    steps = steps_per_epoch(len(training.labels), trunk.batch_size)
    devices = find_devices()
    with shared(devices):
        with mirrored(devices):
            learner = build_learner(trunk, steps)
            if state is not None:
                # load_model would forget which parameters have no weight decay.
                learner.optimizer.build(learner.trainable_variables)
                learner.load_weights(newest_checkpoint(checkpoints) / "model.keras")
                logger.info(
                    "Continuing after epoch %d of %d.", state.epoch, trunk.epochs
                )
        evidence = learner.outputs[1:]
        # The parameters are shared.
        scored = keras.Model(learner.input, learner.outputs[0])
        record = EpochRecord(checkpoints, run, state, validation, scored, devices)
        done = len(record.history)
        if not record.is_finished(done):
            learner.fit(
                TrainingBatches(
                    training,
                    trunk,
                    learner.input_shape[1:],
                    cells=evidence[0].shape[1] if evidence else 0,
                    seed=run.seed,
                    first_step=done * steps,
                    devices=devices,
                ),
                steps_per_epoch=steps,
                initial_epoch=done,
                epochs=trunk.epochs,
                shuffle=False,  # the stream is shuffled already
                verbose=0,
                callbacks=[Reseed(run.seed), record, Progress(trunk.epochs, steps)],
            )
    agree(0, devices)  # until the last checkpoint is written
    model = build_model(trunk.architecture)  # in float32
    model.load_weights(record.best_weights())
    return Fit(model, record.history, record.best_epoch)
