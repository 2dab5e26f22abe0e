"""Methods that explain a logit, each for and against pneumonia.

The page shows Grad-CAM alone. The others are measured beside it.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.model.cell_grid import (
    CellGrid,
    Finding,
    check_finite,
    shown_strength,
    to_image_coordinates,
)

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
        return Evidence(np.stack([shown_strength(c) for c in self.cells]), self.grid)


# From squares (N, S, S, 1) to the evidence of each method, by its name.
Explain = Callable[[NDArray[np.uint8], Finding], dict[str, Evidence]]
# From squares (N, S, S, 1) to logits (N,).
Logits = Callable[[NDArray[np.uint8]], NDArray[np.float64]]


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


class Rise:
    """Explain without a gradient: hide random parts and see what the logit does [1]_.

    Half of the masks are the complements of the others. The mean logit is subtracted,
    so that a place that does not matter has no evidence for either finding. What is
    hidden has the mean grey of the square, which is the network's zero.

    Parameters
    ----------
    logits : callable
        From squares (N, S, S, 1) to logits (N,).
    side : int
        Of a square, in pixels.
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
        self,
        logits: Logits,
        side: int,
        *,
        masks: int = 128,
        cells: int = 7,
        seed: int = 0,
    ) -> None:
        self._logits = logits
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
        """Explain radiographs.

        Parameters
        ----------
        squares : ndarray of uint8, shape (N, S, S, 1)
        toward : {"pneumonia", "normal"}

        Returns
        -------
        dict of str to Evidence
            Of `RISE`, pixel by pixel.

        Raises
        ------
        WeightsError
            If the network gives what is no number.
        """
        sign = 1 if toward == "pneumonia" else -1
        found = np.empty(squares.shape[:3], np.float32)
        for row, square in enumerate(squares[..., 0].astype(np.float32)):
            mean = square.mean()
            hidden = np.rint(mean + self._masks * (square - mean)).astype(np.uint8)
            logits = self._logits(hidden[..., np.newaxis])
            check_finite(logits)
            # Less the first one: equal logits then give exactly 0.
            change = logits - logits[0]
            change = sign * (change - change.mean()) / len(logits)
            found[row] = np.tensordot(change, self._masks, axes=1)
        return {RISE: Evidence(found, pixel_grid(squares.shape[1]))}


def pixel_grid(side: int) -> CellGrid:
    """Return the grid whose cells are the pixels of the square."""
    return CellGrid(1.0, 0.0, side)
