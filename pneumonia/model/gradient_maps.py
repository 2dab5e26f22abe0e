"""The explanations that need the gradient of a Keras network's logit."""

from collections.abc import Sequence
from typing import Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pneumonia.model.cell_grid import Finding, check_finite
from pneumonia.model.explanations import (
    LAST_MAP_METHODS,
    LAYER_CAM,
    Evidence,
    layer_cam,
    pixel_grid,
)
from pneumonia.model.feature_map import (
    cell_grid,
    finer_feature_maps,
    last_feature_map,
)
from pneumonia.model.grad_cam import trace_gradients

GRADIENT_METHODS: Final = (*LAST_MAP_METHODS, LAYER_CAM)


class GradientMaps:
    """Methods that need the gradient of the logit, from one pass.

    Those of `LAST_MAP_METHODS` explain the last feature map, LayerCAM the maps of
    twice as many cells.

    Parameters
    ----------
    model : keras.Model
        Functional, one input of shape (N, S, S, C), one logit of shape (N, 1).
    methods : sequence of str
        Of `GRADIENT_METHODS`.
    """

    def __init__(
        self, model: keras.Model, methods: Sequence[str] = GRADIENT_METHODS
    ) -> None:
        self._methods = methods
        finer = finer_feature_maps(model) if LAYER_CAM in methods else []
        maps = [last_feature_map(model), *finer]
        self._grids = [cell_grid(model, each) for each in maps]
        self._channels = model.input_shape[-1]
        self._run = trace_gradients(model, maps)

    def __call__(
        self, squares: NDArray[np.uint8], toward: Finding
    ) -> dict[str, Evidence]:
        """Explain radiographs.

        Parameters
        ----------
        squares : ndarray of uint8, shape (N, S, S, 1)
        toward : {"pneumonia", "normal"}

        Returns
        -------
        dict of str to Evidence

        Raises
        ------
        WeightsError
            If the network gives what is no number.
        """
        repeated = np.repeat(squares, self._channels, axis=-1)
        logits, features, gradients = self._run(tf.constant(repeated))
        sign = 1 if toward == "pneumonia" else -1
        pairs = [
            (np.asarray(a, np.float32), sign * np.asarray(g, np.float32))
            for a, g in zip(features, gradients, strict=True)
        ]
        check_finite(logits.numpy(), *(array for pair in pairs for array in pair))
        grid, *finer_grids = self._grids
        found = {
            name: Evidence(LAST_MAP_METHODS[name](*pairs[0]), grid)
            for name in self._methods
            if name in LAST_MAP_METHODS
        }
        if LAYER_CAM not in self._methods:
            return found
        # The maps of two trunks do not lie on one grid: they meet on the square.
        layers = [
            Evidence(layer_cam(*pair), each).over_square()
            for pair, each in zip(pairs[1:], finer_grids, strict=True)
        ]
        found[LAYER_CAM] = Evidence(np.sum(layers, axis=0), pixel_grid(grid.size))
        return found
