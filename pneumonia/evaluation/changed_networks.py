"""A network as it is explained: whole, by its trunks, or randomised layer by layer."""

from collections.abc import Generator
from functools import partial
from typing import Final

import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.evaluation.explanation_check import FORWARD, ExplainedNetwork
from pneumonia.model.cell_grid import Finding
from pneumonia.model.explanations import RISE, Evidence, Explain, Rise
from pneumonia.model.feature_map import last_feature_map
from pneumonia.model.grad_cam import trace_gradients
from pneumonia.model.gradient_maps import GRADIENT_METHODS, GradientMaps
from pneumonia.model.prediction import predict_logits

# Shares of the layers with parameters that are randomised, from the top; the first is
# the head alone.
DEPTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


def explain_network(model: keras.Model, *, with_rise: bool = True) -> ExplainedNetwork:
    """Explain a network and its trunks by every method.

    Parameters
    ----------
    model : keras.Model
        Functional, one input of shape (N, S, S, C), one logit of shape (N, 1).
    with_rise : bool
        Whether RISE is among the methods.

    Returns
    -------
    ExplainedNetwork
    """
    alone: dict[str, Explain] = {
        FORWARD: _forward(model),
        **{name: GradientMaps(model, [name]) for name in GRADIENT_METHODS},
    }
    if with_rise:
        alone[RISE] = Rise(partial(predict_logits, model), model.input_shape[1])
    return ExplainedNetwork(
        logits=partial(predict_logits, model),
        explain=_explainer(model, with_rise=with_rise),
        trunks=[_explainer(trunk, with_rise=with_rise) for trunk in trunks_of(model)],
        randomised=partial(randomised_from_top, model),
        alone=alone,
    )


def _forward(model: keras.Model) -> Explain:
    """Run a network without explaining it, but for that as the methods run it."""
    run, channels = trace_gradients(model, []), model.input_shape[-1]

    def forward(squares: NDArray[np.uint8], _: Finding) -> dict[str, Evidence]:
        run(np.repeat(squares, channels, axis=-1))
        return {}

    return forward


def _explainer(model: keras.Model, *, with_rise: bool) -> Explain:
    gradients = GradientMaps(model)
    if not with_rise:
        return gradients
    rise = Rise(partial(predict_logits, model), model.input_shape[1])

    def explain(squares: NDArray[np.uint8], toward: Finding) -> dict[str, Evidence]:
        return gradients(squares, toward) | rise(squares, toward)

    return explain


def trunks_of(model: keras.Model) -> list[keras.Model]:
    """Take a joined network apart.

    Parameters
    ----------
    model : keras.Model
        As of `pneumonia.model.architectures.ensemble`.

    Returns
    -------
    list of keras.Model
        A network for each trunk, each with its own part of the head. Empty for a
        network that is not joined.
    """
    features = last_feature_map(model)
    joint = next(layer for layer in model.layers if layer.output is features)
    if not isinstance(joint, keras.layers.Concatenate):
        return []
    kernel, *bias = model.layers[-1].get_weights()
    ends = np.cumsum([part.shape[-1] for part in joint.input])
    trunks = []
    for part, weights in zip(joint.input, np.split(kernel, ends[:-1]), strict=True):
        pooled = keras.layers.GlobalAveragePooling2D()(part)
        head = keras.layers.Dense(1, use_bias=bool(bias))
        trunks.append(keras.Model(model.input, head(pooled)))
        head.set_weights([len(ends) * weights, *bias])
    return trunks


def randomised_from_top(model: keras.Model, seed: int) -> Generator[float]:
    """Randomise a network from the head downwards, step by step [1]_.

    Kernels are drawn anew from a normal distribution of the same size; the values of
    biases and normalisations are shuffled.

    Parameters
    ----------
    model : keras.Model
        Changed in place; it has its parameters again once all steps are taken.
    seed : int

    Yields
    ------
    float
        The share of the layers that are random, of `DEPTHS`.

    References
    ----------
    .. [1] J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018.
    """
    rng = np.random.default_rng(seed)
    original = model.get_weights()
    layers = [layer for layer in reversed(model.layers) if layer.weights]
    done = 0
    try:
        for depth in DEPTHS:
            upto = max(1, round(depth * len(layers)))
            for layer in layers[done:upto]:
                layer.set_weights([_randomise(w, rng) for w in layer.get_weights()])
            done = upto
            yield depth
    finally:
        model.set_weights(original)


def _randomise(
    weights: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    if weights.ndim < 2:
        return rng.permutation(weights)
    size = float(np.sqrt(np.mean(np.square(weights))))
    return rng.normal(0, size, weights.shape).astype(np.float32)
