"""The network that finds the lungs, run by ONNX Runtime."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pneumonia.checked_files import CheckedFile
from pneumonia.lungs.areas import Picture, average_areas
from pneumonia.lungs.fields import SIDE, LungFields
from pneumonia.lungs.serving import Network

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
        self._network = Network(network, threads)

    def __call__(self, picture: Picture) -> LungFields:
        """Find the lungs on one picture.

        Parameters
        ----------
        picture : ndarray of uint8, shape (H, W), or what `average_areas` made of it
            Without plain margins, in its window.

        Returns
        -------
        LungFields
        """
        return next(self.find_all(picture[np.newaxis]))

    def find_all(self, pictures: Picture) -> Iterator[LungFields]:
        """Find the lungs on many pictures of one size, in batches.

        Parameters
        ----------
        pictures : ndarray of uint8 or float32, shape (N, H, W)

        Yields
        ------
        LungFields
        """
        for start in range(0, len(pictures), _BATCH):
            squares = [
                cv2.resize(
                    average_areas(picture), (SIDE, SIDE), interpolation=cv2.INTER_AREA
                )
                for picture in pictures[start : start + _BATCH]
            ]
            batch = np.rint(np.stack(squares)[..., np.newaxis].astype(np.float32))
            (logits,) = self._network(batch)
            # The sigmoid; written so, nothing overflows.
            for lungs in (1 + np.tanh(logits / 2)) / 2:
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
