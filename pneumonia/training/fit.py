"""Fit a network so that it can be stopped at any moment and continued.

Works under any Keras backend. Batches are a pure function of the seed and the step,
and a checkpoint is a folder that is complete or absent, so a continued run sees what
an undisturbed one would have seen.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
from tqdm import tqdm

from pneumonia.model.architectures import build_model, pneumonia_logit
from pneumonia.model.prediction import predict_logits
from pneumonia.statistics import metrics
from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import (
    AugmentedBatches,
    LabelledSquares,
    TaughtBatches,
    steps_per_epoch,
)
from pneumonia.training.callbacks import EpochRecord, Progress, Reseed
from pneumonia.training.checkpoints import find_state, newest_checkpoint

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fit:
    """What training gives.

    Attributes
    ----------
    model : keras.Model
        The bare network with the parameters of the best epoch, or with averaged ones;
        not compiled.
    history : list of dict
        One entry an epoch: ``loss``, ``auroc``, ``validation_auroc``, ``seconds``.
    best_epoch : int
        Counted from 1.
    """

    model: keras.Model
    history: list[dict[str, float]]
    best_epoch: int


def fit(
    architecture: str,
    training: LabelledSquares,
    validation: LabelledSquares,
    *,
    augmentation: Augmentation,
    learning_rate: float,
    epochs: int,
    patience: int | None,
    batch_size: int,
    seed: int,
    checkpoints: Path,
    settings: dict[str, Any],
    resume: bool = False,
    warmup_epochs: int = 0,
    weight_decay: float = 0.0,
    label_smoothing: float = 0.0,
    precision: str = "float32",
    network: Mapping[str, Any] = MappingProxyType({}),
    growth: Sequence[tuple[float, int]] = (),
    teachers: Sequence[keras.Model] = (),
    teacher_zooms: Sequence[float] = (1.0,),
    teachers_spared: Sequence[str] = (),
    exchanged_surroundings: float = 0.0,
    exchanged_mediastinum: float = 0.0,
    drawn_lines: float = 0.0,
    label_share: float = 0.0,
    rate_floor: float = 0.0,
    averaging: float = 0.0,
) -> Fit:
    """Train a network and keep the parameters of its best epoch.

    Adam with decoupled weight decay [1]_ and a learning rate that falls to zero along
    a cosine [2]_; cross-entropy with both classes weighted to the same total. The best
    epoch is the one of the highest AUROC on `validation`, and training ends early when
    `patience` epochs in a row bring no better one; without patience it is the last.

    Parameters
    ----------
    architecture : str
    training, validation : LabelledSquares
    augmentation : Augmentation
        Of the training radiographs.
    learning_rate : float
        At its highest.
    epochs, batch_size, seed : int
    patience : int or None
    checkpoints : Path
        A folder for the state after each epoch; removed by the caller once the
        weights are published.
    settings : dict
        Whatever must be the same when the run is continued.
    resume : bool
        Continue from `checkpoints` if there is something to continue.
    warmup_epochs : int
        Over which the learning rate rises from 0.
    weight_decay : float
        Per unit of learning rate; biases and normalisation are spared.
    label_smoothing : float
        Share of each target that is spread over all.
    precision : str
        A Keras dtype policy; the parameters are float32 whatever it is.
    network : mapping
        What `build_model` is told of the architecture, for teachers as well.
    growth : sequence of (float, int)
        Shares of the epochs and the side of the squares learned from in each: coarse
        ones first, which cost less [3]_. Empty for the network's own side throughout.
    teachers : sequence of keras.Model
        Networks of the same architecture. The parameters of the first are where
        training begins, and what they say on average of each changed radiograph is
        learned in place of its label [4]_, [5]_.
    teacher_zooms : sequence of float
        Teachers are asked of each changed radiograph at each of these zooms about its
        centre; below 1 it lies in a black frame.
    teachers_spared : sequence of str
        Changes that the teachers do not see: their pupil learns to disregard them.
    exchanged_surroundings : float
        Share of training radiographs that are shown in the surroundings of another,
        which tell nothing of them [7]_; teachers see each in its own.
    exchanged_mediastinum : float
        Share that is shown with another's mediastinum and heart, likewise.
    drawn_lines : float
        Share that lines of any shape are drawn onto; teachers do not see them.
    label_share : float
        Share of its label in what is learned of each radiograph; the rest is what the
        teachers say.
    rate_floor : float
        Share of the learning rate that the cosine ends at; 1 keeps it constant.
    averaging : float
        Momentum of a moving average of the parameters over the steps, which the
        network is given at the end [6]_, together with batch statistics taken anew; 0
        for none. Averaged is what the last epochs found, whichever was best.

    Returns
    -------
    Fit

    Raises
    ------
    CheckpointError
        If there is a stopped run but `resume` is False, or its settings differ.
    ValueError
        If parameters are to be averaged over squares of different sides, where a run
        that was continued could not be told from another.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
    .. [2] I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm
       Restarts", ICLR 2017.
    .. [3] M. Tan, Q. V. Le, "EfficientNetV2: Smaller Models and Faster Training",
       ICML 2021.
    .. [4] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural
       Network", NIPS Deep Learning Workshop 2014.
    .. [5] L. Beyer et al., "Knowledge distillation: A good teacher is patient and
       consistent", CVPR 2022: teachers see what their pupil sees.
    .. [6] P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better
       Generalization", UAI 2018.
    .. [7] K. Xiao et al., "Noise or Signal: The Role of Image Backgrounds in Object
       Recognition", ICLR 2021.
    """
    if averaging and growth:
        raise ValueError("Averaging takes squares of one side. Received: growth.")
    keras.utils.set_random_seed(seed)
    state = find_state(checkpoints, settings, resume=resume)
    model = build_model(architecture, **network)
    bare = _trained_part(model)
    steps = steps_per_epoch(training, batch_size)
    learner = _in_precision(
        precision, architecture, **network, **({"side": None} if growth else {})
    )
    warmup_epochs = min(warmup_epochs, epochs - 1)  # a trial run may be short
    rate = keras.optimizers.schedules.CosineDecay(
        0.0 if warmup_epochs else learning_rate,
        (epochs - warmup_epochs) * steps,
        alpha=rate_floor,
        warmup_target=learning_rate if warmup_epochs else None,
        warmup_steps=warmup_epochs * steps,
    )
    optimizer = keras.optimizers.Adam(
        rate,
        weight_decay=weight_decay or None,
        use_ema=bool(averaging),
        ema_momentum=averaging,
    )
    if weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    entropy = (
        keras.losses.BinaryCrossentropy
        if bare.output_shape[-1] == 1
        else keras.losses.CategoricalCrossentropy
    )
    learner.compile(
        optimizer=optimizer,
        loss=entropy(from_logits=True, label_smoothing=label_smoothing),
        metrics=[PneumoniaAuroc(from_logits=True, name="auroc")],
    )
    taught_by = []
    for each in teachers:
        teacher = _in_precision(precision, architecture, **network)
        teacher.set_weights(_trained_part(each).get_weights())
        taught_by.append(teacher)
    if taught_by:
        learner.set_weights(taught_by[0].get_weights())
    if state is not None:
        # load_model would forget which parameters are spared from weight decay.
        optimizer.build(learner.trainable_variables)
        learner.load_weights(newest_checkpoint(checkpoints) / "model.keras")
        logger.info("Continuing after epoch %d of %d.", state.epoch, epochs)
    record = EpochRecord(checkpoints, settings, state, epochs=epochs, patience=patience)
    callbacks = [Reseed(seed), record, Progress(epochs, steps)]
    done = state.epoch if state else 0

    def stream(side: int, first_step: int) -> AugmentedBatches:
        return AugmentedBatches(
            training.shrunk(side),
            channels=bare.input_shape[-1],
            batch_size=batch_size,
            seed=seed,
            augmentation=augmentation,
            first_step=first_step,
            columns=bare.output_shape[-1],
            exchanged_surroundings=exchanged_surroundings,
            exchanged_mediastinum=exchanged_mediastinum,
            drawn_lines=drawn_lines,
        )

    for until, side in _phases(growth, epochs, bare.input_shape[1]):
        if done >= until or (done and record.is_finished(done)):
            continue
        record.validate = partial(_validate, validation=validation.shrunk(side))
        batches = stream(side, done * steps)
        learner.fit(
            TaughtBatches(
                batches,
                taught_by,
                teacher_zooms,
                teachers_spared,
                label_share,
            )
            if taught_by
            else batches,
            steps_per_epoch=steps,
            initial_epoch=done,
            epochs=until,
            shuffle=False,  # the stream is shuffled already
            verbose=0,
            callbacks=callbacks,
        )
        done = len(record.history)
    if averaging:
        optimizer.finalize_variable_values(learner.trainable_variables)
        # The same radiographs for every run that ends here, continued or not.
        _retake_statistics(learner, stream(bare.input_shape[1], 0), steps)
        bare.set_weights(learner.get_weights())
    else:
        bare.load_weights(record.best_weights())
    return Fit(model, record.history, record.best_epoch)


@keras.saving.register_keras_serializable("pneumonia")
class PneumoniaAuroc(keras.metrics.AUC):  # type: ignore[misc]
    """AUROC of pneumonia against normal, whether kinds are learned apart or not."""

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any | None = None
    ) -> None:
        """Count a batch of targets and logits, shape (B, 1) or (B, 3) each."""
        labels = y_true if y_true.shape[-1] == 1 else 1 - y_true[:, :1]
        # What teachers say is seldom 0 or 1, and any other number would count as 1.
        labels = keras.ops.round(labels)
        super().update_state(labels, pneumonia_logit(y_pred), sample_weight)


def _validate(model: keras.Model, validation: LabelledSquares) -> float:
    logits = predict_logits(model, validation.squares)
    return metrics.auroc(validation.labels, logits)


def _trained_part(model: keras.Model) -> keras.Model:
    """Return the part whose output is learned: the kinds where there are any."""
    if any(layer.name == "kinds" for layer in model.layers):
        return keras.Model(model.input, model.get_layer("kinds").output)
    return model


def _phases(
    growth: Sequence[tuple[float, int]], epochs: int, side: int
) -> list[tuple[int, int]]:
    """Turn shares of the epochs into (last epoch, side)."""
    if not growth:
        return [(epochs, side)]
    ends = np.floor(np.cumsum([share for share, _ in growth]) * epochs).astype(int)
    ends[-1] = epochs
    return [(int(end), s) for end, (_, s) in zip(ends, growth, strict=True)]


def _in_precision(precision: str, architecture: str, **options: Any) -> keras.Model:
    """Build the part that learns, computing with the given dtype policy."""
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return _trained_part(build_model(architecture, **options))
    finally:
        keras.config.set_dtype_policy(usual)


def _retake_statistics(
    model: keras.Model, batches: AugmentedBatches, steps: int
) -> None:
    """Let batch normalisation see `steps` batches, each counting the same.

    The statistics that training gathered are those of other parameters.
    """
    layers = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    usual = [layer.momentum for layer in layers]
    for step in tqdm(range(steps), "Taking batch statistics anew", unit="batch"):
        for layer in layers:
            layer.momentum = step / (step + 1)
        model(batches[step][0], training=True)
    for layer, momentum in zip(layers, usual, strict=True):
        layer.momentum = momentum
