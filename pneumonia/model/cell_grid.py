"""From the evidence of a feature map's cells to a map over a radiograph."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import WeightsError
from pneumonia.lungs.crop import WHOLE, Box

Finding = Literal["pneumonia", "normal"]


class CellGrid(NamedTuple):
    """Where the cells of a feature map lie on the model's square, along one side.

    Attributes
    ----------
    stride : float
        Distance between the centres of neighbouring cells, in input pixels.
    first : float
        Centre of the first cell, in input pixels; the first pixel's is 0.
    size : int
        Side of the model's square, in pixels.
    """

    stride: float
    first: float
    size: int


def check_finite(*outputs: NDArray[np.floating]) -> None:
    """Refuse, with a `WeightsError`, what a network gives if it is no number."""
    if not all(np.isfinite(output).all() for output in outputs):
        raise WeightsError(
            "A network gives finite numbers. Received: its logit or its evidence is "
            "none. Its parameters are damaged: restore the weights, or train again."
        )


def shown_strength(
    evidence: NDArray[np.float32], toward: Finding = "pneumonia"
) -> NDArray[np.float32]:
    """Keep the evidence for one finding, as strong as it is drawn.

    The strongest place has 1, unless more evidence speaks against the finding than for
    it: then the whole map is weaker by that ratio. Behind global average pooling and a
    dense unit without bias the cells sum to the logit, so the map is at its full
    strength just where the logit is on the finding's side.

    Parameters
    ----------
    evidence : ndarray of float32, shape (h, w)
        As `pneumonia.model.grad_cam.GradCam` gives it.
    toward : {"pneumonia", "normal"}

    Returns
    -------
    ndarray of float32, shape (h, w)
        In [0, 1]. All zero where nothing speaks for the finding: never NaN.
    """
    signed = evidence if toward == "pneumonia" else -evidence
    kept = np.maximum(signed, 0)
    strongest = kept.max()
    if not strongest > 0:
        return kept
    balance = kept.sum() / np.maximum(-signed, 0).sum().clip(kept.sum())
    return np.asarray(kept / strongest * balance)


def to_image_coordinates(
    feature_map: NDArray[np.float32],
    grid: CellGrid,
    shape: tuple[int, int],
    frame: Box = WHOLE,
) -> NDArray[np.float32]:
    """Lay a feature map over the picture that the model's square came from.

    The inverse of the cut and stretch to the model's square. Each cell is
    placed at the centre of what it sees: layers without padding shrink the map towards
    the middle, and stretching it to the whole picture would move evidence outwards by
    up to a tenth of the width. Where no cell looks, the map fades to 0 within one
    stride.

    Parameters
    ----------
    feature_map : ndarray of float32, shape (h, w)
    grid : CellGrid
        The same along both sides.
    shape : tuple of int, (H, W)
        Of the whole picture.
    frame : tuple of float, optional
        The part of the picture that the square was made of.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Interpolated linearly between the cells' centres; 0 outside the frame.
    """
    edges = (frame[:2], frame[2:])
    rows, columns = (
        _interpolation(cells, grid, pixels, *within)
        for cells, pixels, within in zip(feature_map.shape, shape, edges, strict=True)
    )
    return np.asarray(rows @ feature_map @ columns.T, dtype=np.float32)


def _interpolation(
    cells: int, grid: CellGrid, pixels: int, start: float, stop: float
) -> NDArray[np.float32]:
    """Weigh the cells for every pixel along one side, shape (pixels, cells)."""
    within = ((np.arange(pixels) + 0.5) / pixels - start) / (stop - start)
    centres = within * grid.size - 0.5
    position = (centres - grid.first) / grid.stride
    inside = np.clip(position, 0, cells - 1)
    # Half a stride around its centre belongs to a cell; beyond, fade.
    fade = np.clip(1.5 - np.abs(position - inside), 0, 1)
    fade[(within < 0) | (within > 1)] = 0
    nearness = 1 - np.abs(inside[:, np.newaxis] - np.arange(cells))
    weights = np.clip(nearness, 0, 1) * fade[:, np.newaxis]
    return np.asarray(weights, dtype=np.float32)
