"""Train one stage of a network; it can be stopped at any moment and continued.

Works under any Keras backend. Batches are a function of the seed and the step alone,
and a checkpoint is a folder that is complete or absent. A continued run therefore sees
the same batches as an undisturbed one.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import keras
from tqdm import tqdm

from pneumonia.training.batches import LabelledSquares, TrainingBatches
from pneumonia.training.callbacks import EpochRecord, Progress, Reseed
from pneumonia.training.checkpoints import find_state, newest_checkpoint
from pneumonia.training.learner import (
    build_learner,
    build_network,
    build_teacher,
    trained_part,
)
from pneumonia.training.settings import Run

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fit:
    """A trained network and the course of its training.

    Attributes
    ----------
    model : keras.Model
        Float32, not compiled; with the parameters of the best epoch or the averaged
        ones.
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
    training: LabelledSquares,
    validation: LabelledSquares,
    *,
    checkpoints: Path,
    previous: keras.Model | None = None,
    resume: bool = False,
) -> Fit:
    """Train one stage of a network.

    Parameters
    ----------
    run : Run
    training, validation : LabelledSquares
    checkpoints : Path
        Folder for the state after each epoch. The caller removes it once the weights
        are published.
    previous : keras.Model, optional
        The network of the stage before: training starts from its parameters, and it
        is the teacher where the stage has a distillation.
    resume : bool
        Continue from `checkpoints` if there is a stopped run.

    Returns
    -------
    Fit

    Raises
    ------
    CheckpointError
        If there is a stopped run but `resume` is False, or its settings differ.
    ValueError
        If the stage has a distillation but there is no previous network.
    """
    stage = run.stage
    if stage.distillation is not None and previous is None:
        raise ValueError("Distillation needs a previous network. Received: None.")
    keras.utils.set_random_seed(run.seed)
    state = find_state(checkpoints, run, resume=resume)
    steps = training.steps_per_epoch(stage.schedule.batch_size)
    model = build_network(run.architecture, stage)
    learner = build_learner(run.architecture, stage, steps)
    teacher = None
    if previous is not None:
        learner.set_weights(trained_part(previous).get_weights())
        if stage.distillation is not None:
            teacher = build_teacher(run.architecture, stage, previous)
    if state is not None:
        _restore(learner, checkpoints)
        done, epochs = state.epoch, stage.schedule.epochs
        logger.info("Continuing after epoch %d of %d.", done, epochs)
    record = EpochRecord(checkpoints, run, state)
    side = model.input_shape[1]
    _fit_epochs(run, learner, training, validation, record, side, teacher)
    if stage.optimisation.averaging:
        _average(run, learner, training)
        trained_part(model).set_weights(learner.get_weights())
    else:
        trained_part(model).load_weights(record.best_weights())
    return Fit(model, record.history, record.best_epoch)


def _restore(learner: keras.Model, checkpoints: Path) -> None:
    """Load parameters and optimizer of the newest checkpoint."""
    # load_model would forget which parameters have no weight decay.
    learner.optimizer.build(learner.trainable_variables)
    learner.load_weights(newest_checkpoint(checkpoints) / "model.keras")


def _fit_epochs(
    run: Run,
    learner: keras.Model,
    training: LabelledSquares,
    validation: LabelledSquares,
    record: EpochRecord,
    side: int,
    teacher: keras.Model | None,
) -> None:
    """Train the epochs that are still due, phase by phase."""
    schedule = run.stage.schedule
    steps = training.steps_per_epoch(schedule.batch_size)
    callbacks = [Reseed(run.seed), record, Progress(schedule.epochs, steps)]
    for last_epoch, phase_side in schedule.phases(side):
        done = len(record.history)
        if done >= last_epoch or record.is_finished(done):
            continue
        record.validation = validation.resized(phase_side)
        squares = training.resized(phase_side)
        learner.fit(
            _batches(run, learner, squares, first_step=done * steps, teacher=teacher),
            steps_per_epoch=steps,
            initial_epoch=done,
            epochs=last_epoch,
            shuffle=False,  # the stream is shuffled already
            verbose=0,
            callbacks=callbacks,
        )


def _batches(
    run: Run,
    learner: keras.Model,
    squares: LabelledSquares,
    *,
    first_step: int = 0,
    teacher: keras.Model | None = None,
) -> TrainingBatches:
    return TrainingBatches(
        squares,
        run.stage,
        channels=learner.input_shape[-1],
        columns=learner.output_shape[-1],
        seed=run.seed,
        first_step=first_step,
        teacher=teacher,
    )


def _average(run: Run, learner: keras.Model, training: LabelledSquares) -> None:
    """Give the learner its averaged parameters and batch statistics for them.

    Statistics gathered in training belong to other parameters. They are measured anew
    over the batches of the first epoch, the same for a run that was continued.
    """
    learner.optimizer.finalize_variable_values(learner.trainable_variables)
    steps = training.steps_per_epoch(run.stage.schedule.batch_size)
    batches = _batches(run, learner, training)
    layers = [
        layer
        for layer in learner.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    usual = [layer.momentum for layer in layers]
    for step in tqdm(range(steps), "Measuring batch statistics", unit="batch"):
        for layer in layers:
            layer.momentum = step / (step + 1)  # the mean over all batches so far
        learner(batches[step][0], training=True)
    for layer, momentum in zip(layers, usual, strict=True):
        layer.momentum = momentum
