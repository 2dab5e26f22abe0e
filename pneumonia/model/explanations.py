"""Methods that explain a logit, each for and against pneumonia, of a Keras network.

The page shows Grad-CAM alone. The others are measured beside it.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pneumonia.model.cell_grid import (
    CellGrid,
    Finding,
    check_finite,
    relative_strength,
    to_image_coordinates,
)
from pneumonia.model.feature_map import (
    cell_grid,
    finer_feature_maps,
    last_feature_map,
)
from pneumonia.model.grad_cam import trace_gradients
from pneumonia.model.prediction import predict_logits

Array = NDArray[np.float32]


class Evidence(NamedTuple):
    """What speaks for a finding, place by place.

    Attributes
    ----------
    cells : ndarray of float32, shape (N, h, w)
        Positive where a place speaks for the finding. Comparable within a radiograph
        only.
    grid : CellGrid
        Where the cells lie on the network's square.
    """

    cells: Array
    grid: CellGrid

    def over_square(self) -> Array:
        """Lay the evidence over the network's square, shape (N, S, S)."""
        shape = (self.grid.size, self.grid.size)
        laid = [to_image_coordinates(each, self.grid, shape) for each in self.cells]
        return np.stack(laid)

    def strength(self) -> "Evidence":
        """Keep what speaks for the finding, from 0 to 1: the map that is shown."""
        return Evidence(np.stack([relative_strength(c) for c in self.cells]), self.grid)


# From squares (N, S, S, 1) to the evidence of each method, by its name.
Explain = Callable[[NDArray[np.uint8], Finding], dict[str, Evidence]]


def grad_cam(features: Array, gradient: Array) -> Array:
    """Weigh each channel by its mean gradient [1]_.

    Parameters
    ----------
    features, gradient : ndarray of float32, shape (N, h, w, K)
        Feature maps, and the gradient of what is explained.

    Returns
    -------
    ndarray of float32, shape (N, h, w)

    References
    ----------
    .. [1] R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks
       via Gradient-based Localization", ICCV 2017.
    """
    return _sum(gradient.mean(axis=(1, 2), keepdims=True) * features)


def grad_cam_plus_plus(features: Array, gradient: Array) -> Array:
    """Weigh each channel by its positive gradients, more where they are rare [1]_.

    Parameters and result are those of `grad_cam`.

    References
    ----------
    .. [1] A. Chattopadhyay et al., "Grad-CAM++: Generalized Gradient-based Visual
       Explanations for Deep Convolutional Networks", WACV 2018.
    """
    g, a = gradient.astype(np.float64), features.astype(np.float64)
    below = 2 * g**2 + a.sum(axis=(1, 2), keepdims=True) * g**3
    share = np.divide(g**2, below, out=np.zeros_like(g), where=below != 0)
    weight = (share * np.maximum(g, 0)).sum(axis=(1, 2), keepdims=True)
    return _sum(weight * a)


def hires_cam(features: Array, gradient: Array) -> Array:
    """Weigh each place of each channel by its own gradient [1]_.

    Parameters and result are those of `grad_cam`.

    References
    ----------
    .. [1] R. L. Draelos, L. Carin, "Use HiResCAM instead of Grad-CAM for faithful
       explanations of convolutional neural networks", arXiv:2011.08891.
    """
    return _sum(gradient * features)


def layer_cam(features: Array, gradient: Array) -> Array:
    """Weigh each place of each channel by its own gradient where it is positive [1]_.

    Parameters and result are those of `grad_cam`.

    References
    ----------
    .. [1] P.-T. Jiang et al., "LayerCAM: Exploring Hierarchical Class Activation Maps
       for Localization", IEEE Transactions on Image Processing 30, 2021.
    """
    return _sum(np.maximum(gradient, 0) * features)


def _sum(weighed: NDArray[np.floating]) -> Array:
    return np.asarray(weighed.sum(axis=-1), np.float32)


LAST_MAP_METHODS: Final[Mapping[str, Callable[[Array, Array], Array]]] = {
    "Grad-CAM": grad_cam,
    "Grad-CAM++": grad_cam_plus_plus,
    "HiResCAM": hires_cam,
}
LAYER_CAM: Final = "LayerCAM, finer layer"
RISE: Final = "RISE"


class GradientMaps:
    """Every method that needs the gradient of the logit, from one pass.

    Those of `LAST_MAP_METHODS` explain the last feature map, LayerCAM the maps of
    twice as many cells.

    Parameters
    ----------
    model : keras.Model
        Functional, one input of shape (N, S, S, C), one logit of shape (N, 1).
    """

    def __init__(self, model: keras.Model) -> None:
        maps = [last_feature_map(model), *finer_feature_maps(model)]
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
            name: Evidence(method(*pairs[0]), grid)
            for name, method in LAST_MAP_METHODS.items()
        }
        # The maps of two trunks do not lie on one grid: they meet on the square.
        layers = [
            Evidence(layer_cam(*pair), each).over_square()
            for pair, each in zip(pairs[1:], finer_grids, strict=True)
        ]
        found[LAYER_CAM] = Evidence(np.sum(layers, axis=0), _pixels(grid.size))
        return found


class Rise:
    """Explain without a gradient: hide random parts and see what the logit does [1]_.

    Half of the masks are the complements of the others. The mean logit is subtracted,
    so that a place that does not matter has no evidence for either finding. What is
    hidden has the mean grey of the square, which is the network's zero.

    Parameters
    ----------
    model : keras.Model
        As of `GradientMaps`.
    masks : int
        How many, the same for every radiograph; even.
    cells : int
        Of a mask, along a side.
    seed : int
        Of the masks.

    References
    ----------
    .. [1] V. Petsiuk, A. Das, K. Saenko, "RISE: Randomized Input Sampling for
       Explanation of Black-box Models", BMVC 2018.
    """

    def __init__(
        self, model: keras.Model, *, masks: int = 128, cells: int = 7, seed: int = 0
    ) -> None:
        self._model = model
        side = model.input_shape[1]
        rng = np.random.default_rng(seed)
        cell = -(-side // cells)
        shown = np.empty((masks // 2, side, side), np.float32)
        for mask in shown:
            coarse = (rng.random((cells + 1, cells + 1)) < 0.5).astype(np.float32)
            large = cv2.resize(coarse, ((cells + 1) * cell, (cells + 1) * cell))
            top, left = rng.integers(cell, size=2)
            mask[:] = large[top : top + side, left : left + side]
        self._masks = np.concatenate([shown, 1 - shown])

    def __call__(
        self, squares: NDArray[np.uint8], toward: Finding
    ) -> dict[str, Evidence]:
        """Explain radiographs; parameters, result and errors as of `GradientMaps`."""
        sign = 1 if toward == "pneumonia" else -1
        found = np.empty(squares.shape[:3], np.float32)
        for row, square in enumerate(squares[..., 0].astype(np.float32)):
            mean = square.mean()
            hidden = np.rint(mean + self._masks * (square - mean)).astype(np.uint8)
            logits = predict_logits(self._model, hidden[..., np.newaxis])
            check_finite(logits)
            change = sign * (logits - logits.mean()) / len(logits)
            found[row] = np.tensordot(change, self._masks, axes=1)
        return {RISE: Evidence(found, _pixels(squares.shape[1]))}


def _pixels(side: int) -> CellGrid:
    """Return the grid whose cells are the pixels of the square."""
    return CellGrid(1.0, 0.0, side)
