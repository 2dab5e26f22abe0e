"""The network as it is trained: built in a precision, and compiled."""

from typing import Any

import keras

from pneumonia.model.architectures import build_model, pneumonia_logit
from pneumonia.training.settings import Optimisation, Stage


@keras.saving.register_keras_serializable("pneumonia")
class PneumoniaAuroc(keras.metrics.AUC):  # type: ignore[misc]
    """AUROC of pneumonia against normal, for networks of one or three outputs."""

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any | None = None
    ) -> None:
        """Count a batch of targets and logits, each of shape (B, 1) or (B, 3)."""
        labels = y_true if y_true.shape[-1] == 1 else 1 - y_true[:, :1]
        # A teacher's probabilities are not 0 or 1, and AUC counts all others as 1.
        labels = keras.ops.round(labels)
        super().update_state(labels, pneumonia_logit(y_pred), sample_weight)


def build_network(
    architecture: str,
    stage: Stage,
    *,
    precision: str = "float32",
    any_side: bool = False,
) -> keras.Model:
    """Build the untrained network of a stage.

    Parameters
    ----------
    architecture : str
    stage : Stage
    precision : str
        A Keras dtype policy.
    any_side : bool
        Accept squares of any side.

    Returns
    -------
    keras.Model
        As of `pneumonia.model.architectures.build_model`.
    """
    options: dict[str, Any] = {}
    if stage.local_contrast is not None:
        options["local_contrast"] = stage.local_contrast
    if any_side:
        options["side"] = None
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return build_model(architecture, **options)
    finally:
        keras.config.set_dtype_policy(usual)


def trained_part(model: keras.Model) -> keras.Model:
    """Return the part that is trained, with shared parameters.

    It ends at the layer ``kinds`` if there is one, otherwise at the model's output.
    """
    if any(layer.name == "kinds" for layer in model.layers):
        return keras.Model(model.input, model.get_layer("kinds").output)
    return model


def build_learner(architecture: str, stage: Stage, steps: int) -> keras.Model:
    """Build and compile the network that is trained.

    Cross-entropy, Adam with decoupled weight decay, and a learning rate that falls
    along a cosine after the warm-up.

    Parameters
    ----------
    architecture : str
    stage : Stage
    steps : int
        Of an epoch.

    Returns
    -------
    keras.Model
        From squares to logits of shape (B, 1) or (B, 3).
    """
    learner = trained_part(
        build_network(
            architecture,
            stage,
            precision=stage.precision,
            any_side=bool(stage.schedule.progressive_resizing),
        )
    )
    entropy = (
        keras.losses.BinaryCrossentropy
        if learner.output_shape[-1] == 1
        else keras.losses.CategoricalCrossentropy
    )
    smoothing = stage.optimisation.label_smoothing
    learner.compile(
        optimizer=_build_optimizer(stage.optimisation, stage.schedule.epochs, steps),
        loss=entropy(from_logits=True, label_smoothing=smoothing),
        metrics=[PneumoniaAuroc(from_logits=True, name="auroc")],
    )
    return learner


def build_teacher(
    architecture: str, stage: Stage, previous: keras.Model
) -> keras.Model:
    """Build the teacher of a stage: this stage's network, the previous parameters."""
    network = build_network(architecture, stage, precision=stage.precision)
    teacher = trained_part(network)
    teacher.set_weights(trained_part(previous).get_weights())
    return teacher


def _build_optimizer(
    optimisation: Optimisation, epochs: int, steps: int
) -> keras.optimizers.Optimizer:
    # A trial run may be shorter than the warm-up.
    warmup_epochs = min(optimisation.warmup_epochs, epochs - 1)
    peak = optimisation.learning_rate
    rate = keras.optimizers.schedules.CosineDecay(
        0.0 if warmup_epochs else peak,
        (epochs - warmup_epochs) * steps,
        alpha=optimisation.final_rate,
        warmup_target=peak if warmup_epochs else None,
        warmup_steps=warmup_epochs * steps,
    )
    optimizer = keras.optimizers.Adam(
        rate,
        weight_decay=optimisation.weight_decay or None,
        use_ema=bool(optimisation.averaging),
        ema_momentum=optimisation.averaging,
    )
    if optimisation.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer
