"""The network as it is trained: built in a precision, and compiled."""

from typing import Any

import keras
from keras import ops

from pneumonia.model.architectures import build_model
from pneumonia.training.pretrained import load_imagenet
from pneumonia.training.recipes import Trunk


def build_learner(trunk: Trunk, steps: int) -> keras.Model:
    """Build and compile the network that is trained.

    Cross-entropy, Adam with decoupled weight decay, and a learning rate that falls
    along a cosine after the warm-up. If the trunk asks for it, the evidence of the
    cells is a second output with a loss of its own, `outside_share`.

    Parameters
    ----------
    trunk : Trunk
    steps : int
        Of an epoch.

    Returns
    -------
    keras.Model
        As of `pneumonia.model.architectures.build_model`; the evidence, of shape
        (N, h, w, 1), is a second output.

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
    losses: list[Any] = [
        keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=trunk.label_smoothing
        )
    ]
    # Weighted: radiographs that only fill a batch up do not count. The weights of the
    # classes do not change an AUROC.
    auroc = keras.metrics.AUC(from_logits=True, name="auroc")
    if not trunk.outside_lungs:
        learner.compile(
            _build_optimizer(trunk, steps), losses, weighted_metrics=[auroc]
        )
        return learner
    evidence = learner.get_layer("logit")(learner.get_layer("pool").input)
    learner = keras.Model(learner.input, [learner.output, evidence])
    learner.compile(
        _build_optimizer(trunk, steps),
        [*losses, outside_share],
        loss_weights=[1.0, trunk.outside_lungs],
        weighted_metrics=[[auroc], []],
    )
    return learner


def outside_share(lungs: Any, evidence: Any) -> Any:
    """Measure which share of the evidence lies outside the lungs.

    The evidence of a cell is what it adds to the logit, so this is a loss on what the
    network uses, not on a picture of it. A cell of which half is lung counts as lung:
    opacities reach over the border of what the lung fields hold.

    Parameters
    ----------
    lungs : tensor, shape (N, h, w, 1)
        Share of each cell that the lungs cover, from 0 to 1.
    evidence : tensor, shape (N, h, w, 1)
        For pneumonia where positive, against it where negative.

    Returns
    -------
    tensor, shape (N,)
        From 0 to 1.
    """
    strength = ops.abs(ops.cast(evidence, "float32"))
    outside = strength * ops.maximum(1 - 2 * lungs, 0)
    cells = (1, 2, 3)
    return ops.sum(outside, axis=cells) / (ops.sum(strength, axis=cells) + 1e-3)


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
