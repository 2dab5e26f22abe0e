"""The network as it is trained: built in a precision, and compiled."""

import keras

from pneumonia.model.architectures import build_model
from pneumonia.training.pretrained import load_imagenet
from pneumonia.training.settings import Trunk


def build_learner(trunk: Trunk, steps: int) -> keras.Model:
    """Build and compile the network that is trained.

    Cross-entropy, Adam with decoupled weight decay, and a learning rate that falls
    along a cosine after the warm-up.

    Parameters
    ----------
    trunk : Trunk
    steps : int
        Of an epoch.

    Returns
    -------
    keras.Model
        As of `pneumonia.model.architectures.build_model`.

    Raises
    ------
    WeightsError
        If it starts from ImageNet parameters that cannot be had.
    """
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(trunk.precision)
    try:
        learner = build_model(trunk.architecture)
    finally:
        keras.config.set_dtype_policy(usual)
    if trunk.imagenet:
        load_imagenet(learner)
    learner.compile(
        optimizer=_build_optimizer(trunk, steps),
        loss=keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=trunk.label_smoothing
        ),
        metrics=[keras.metrics.AUC(from_logits=True, name="auroc")],
    )
    return learner


def _build_optimizer(trunk: Trunk, steps: int) -> keras.optimizers.Optimizer:
    # A trial run may be shorter than the warm-up.
    warmup_epochs = min(trunk.warmup_epochs, trunk.epochs - 1)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0 if warmup_epochs else trunk.learning_rate,
        (trunk.epochs - warmup_epochs) * steps,
        warmup_target=trunk.learning_rate if warmup_epochs else None,
        warmup_steps=warmup_epochs * steps,
    )
    optimizer = keras.optimizers.Adam(rate, weight_decay=trunk.weight_decay or None)
    if trunk.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer
