"""The network that finds the lungs, run by ONNX Runtime."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy.special import expit

from pneumonia.checked_files import CheckedFile
from pneumonia.lungs.fields import SIDE, LungFields

_BATCH: Final = 32
LUNG_FILES: Final = CheckedFile(
    "lungs.onnx",
    "lungs.json",
    "Restore lungs.onnx and lungs.json from the repository, or train the network "
    "again: python train.py --lungs",
)


class LungFinder:
    """Finds the lungs on radiographs. Safe to share between threads.

    Parameters
    ----------
    network : bytes
        ONNX: input of shape (N, 128, 128, 1), grey levels from 0 to 255; output logits
        of shape (N, 128, 128, 2).
    threads : int
        That share one pass; with 0 one for each core.
    """

    def __init__(self, network: bytes, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors only
        # Threads that wait by spinning take the cores from decoding and other visitors.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            network, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, picture: NDArray[np.uint8]) -> LungFields:
        """Find the lungs on one picture.

        Parameters
        ----------
        picture : ndarray of uint8, shape (H, W)
            Without plain margins, in its window.

        Returns
        -------
        LungFields
        """
        return next(self.find_all(picture[np.newaxis]))

    def find_all(self, pictures: NDArray[np.uint8]) -> Iterator[LungFields]:
        """Find the lungs on many pictures of one size, in batches.

        Parameters
        ----------
        pictures : ndarray of uint8, shape (N, H, W)

        Yields
        ------
        LungFields
        """
        for start in range(0, len(pictures), _BATCH):
            squares = [
                cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
                for picture in pictures[start : start + _BATCH]
            ]
            batch = np.stack(squares)[..., np.newaxis].astype(np.float32)
            (logits,) = self._session.run(None, {self._input: batch})
            for lungs in expit(logits):
                yield LungFields(np.moveaxis(lungs, -1, 0))


def load_lung_finder(folder: Path, threads: int = 0) -> LungFinder:
    """Load the network, if it is the published one.

    Parameters
    ----------
    folder : Path
        Holds ``lungs.onnx`` and ``lungs.json``, and lists them.
    threads : int
        As of `LungFinder`.

    Returns
    -------
    LungFinder

    Raises
    ------
    WeightsError
        If a file is missing, changed or not listed.
    """
    return LungFinder(LUNG_FILES.load(folder), threads)
