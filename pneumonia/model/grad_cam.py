"""Grad-CAM: where in a radiograph the evidence for the model's logit lies."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pneumonia.model.cell_grid import check_finite
from pneumonia.model.feature_map import cell_grid, last_feature_map


class GradCam:
    """Score radiographs and explain each score in the same pass [1]_.

    The gradient is taken of the logit, not of its sigmoid, which vanishes at high
    scores. Evidence is kept signed: positive where the map speaks for pneumonia,
    negative where it speaks for normal, so one pass explains either.

    Parameters
    ----------
    model : keras.Model
        Functional, one input of shape (N, S, S, C), one logit of shape (N, 1).

    Attributes
    ----------
    grid : pneumonia.model.cell_grid.CellGrid
        Where the evidence lies on the model's square.

    Notes
    -----
    Grad-CAM averages the gradient over the map. Behind Flatten, as in the seed CNN,
    that average mixes places that the network weighs differently, and every bright
    place of a channel lights up: coarse evidence only. Behind global average pooling
    it is exact (it equals HiResCAM [2]_).

    References
    ----------
    .. [1] R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks
       via Gradient-based Localization", ICCV 2017.
    .. [2] R. L. Draelos, L. Carin, "Use HiResCAM instead of Grad-CAM for faithful
       explanations of convolutional neural networks", arXiv:2011.08891.
    """

    def __init__(self, model: keras.Model) -> None:
        feature_map = last_feature_map(model)
        self.grid = cell_grid(model, feature_map)
        self._run = trace_gradients(model, [feature_map])

    def __call__(
        self, inputs: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Score and explain.

        Parameters
        ----------
        inputs : ndarray of uint8, shape (N, S, S, C)

        Returns
        -------
        logits : ndarray of float32, shape (N,)
        evidence : ndarray of float32, shape (N, h, w)
            In units of the logit; comparable within a radiograph only.

        Raises
        ------
        WeightsError
            If the network gives what is no number.
        """
        logits, (features,), (gradient,) = self._run(tf.constant(inputs))
        importance = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)
        evidence = tf.reduce_sum(importance * features, axis=-1).numpy()
        check_finite(logits.numpy(), evidence)
        return logits.numpy(), evidence


def trace_gradients(model: keras.Model, maps: Sequence[keras.KerasTensor]) -> Any:
    """Make one pass of logits, feature maps and the gradient of the logit by them.

    Parameters
    ----------
    model : keras.Model
        Functional, one input of shape (N, S, S, C), one logit of shape (N, 1).
    maps : sequence of keras.KerasTensor
        Of the model.

    Returns
    -------
    tensorflow.types.experimental.PolymorphicFunction
        From squares of uint8, shape (N, S, S, C), to logits of shape (N,), the maps
        and their gradients. It is traced already, for every batch size.
    """
    explained = keras.Model(model.inputs, [*maps, model.output])

    def run(
        inputs: tf.Tensor,
    ) -> tuple[tf.Tensor, list[tf.Tensor], list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            x = tf.cast(inputs, tf.float32)
            tape.watch(x)  # reaches the maps even if the parameters are frozen
            *features, logits = keras.tree.flatten(explained(x, training=False))
        return logits[:, 0], features, tape.gradient(logits, features)

    shape = (None, *model.input_shape[1:])
    # Traced once, here, for every batch size: a trace costs seconds, and two threads
    # must not start one each.
    traced = tf.function(run, input_signature=[tf.TensorSpec(shape, tf.uint8)])
    traced(tf.zeros((1, *shape[1:]), tf.uint8))
    return traced
