"""A network as it is served: logit and evidence from one pass of ONNX Runtime.

TensorFlow takes seconds and hundreds of megabytes to import; ONNX Runtime takes
neither. Behind global average pooling the gradient of Grad-CAM is the weight of the
dense unit, so the evidence is a weighted sum of the feature map and needs no gradient.
"""

import hashlib
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pneumonia.card.schema import Card
from pneumonia.checked_files import read_files
from pneumonia.errors import WeightsError
from pneumonia.lungs.serving import Network
from pneumonia.model.cell_grid import CellGrid, check_finite
from pneumonia.reading.freed_memory import return_freed_memory

_RESTORE: Final = (
    "Restore it with its card from the repository, or make both again with train.py."
)


class ExplainedNetwork(Protocol):
    """What a `Classifier` needs of a network.

    Attributes
    ----------
    grid : CellGrid
        Where the evidence lies on the model's square.
    """

    grid: CellGrid

    def __call__(
        self, inputs: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Score and explain, as `pneumonia.model.grad_cam.GradCam` does."""


class ServedNetwork:
    """An exported network. Safe to share between threads.

    Parameters
    ----------
    network : bytes
        ONNX: input of shape (N, S, S, C), grey levels from 0 to 255; outputs logits of
        shape (N, 1) and evidence of shape (N, h, w, 1).
    grid : CellGrid
    threads : int
        That share one pass; with 0 one for each core.
    """

    def __init__(self, network: bytes, grid: CellGrid, threads: int = 0) -> None:
        self._network = Network(network, threads)
        self.grid = grid

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
        logits, evidence = self._network(inputs.astype(np.float32))
        check_finite(logits, evidence)
        return logits[:, 0], evidence[..., 0]


def load_served_network(
    card: Card, path: Path, threads: int = 0
) -> ServedNetwork | None:
    """Load the exported network that a card names.

    Parameters
    ----------
    card : Card
    path : Path
        Of the ``.keras`` file; the export lies beside it.
    threads : int
        As of `ServedNetwork`.

    Returns
    -------
    ServedNetwork or None
        None if the network was published without an export.

    Raises
    ------
    WeightsError
        If the export is missing, changed, not listed or that of another card.
    """
    if "served" not in card:
        return None
    exported = path.with_suffix(".onnx")
    (network,) = read_files(path.parent, exported.name, restore=_RESTORE)
    served = card["served"]
    digest = hashlib.sha256(network).hexdigest()
    if served["sha256"] != digest:
        raise WeightsError(
            f"{exported} must have the SHA-256 that its card names "
            f"({served['sha256'][:12]}…). Received: {digest[:12]}…. {_RESTORE}"
        )
    grid = CellGrid(served["stride"], served["first"], card["input_shape"][0])
    served_network = ServedNetwork(network, grid, threads)
    return_freed_memory()  # loading takes more than what it brings
    return served_network
