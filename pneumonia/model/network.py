"""A Keras model together with the part of a radiograph that it sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.crop import WHOLE, Box, box_to_see, cut_to_box
from pneumonia.lungs.finder import LungFinder
from pneumonia.model.prediction import predict_logits

# Side of the pictures in memory from which the lungs are cut, in pixels.
PICTURE_SIDE: Final = 224
_BATCH: Final = 64


@dataclass(frozen=True, eq=False)
class Network:
    """A network that turns pictures of whole radiographs into logits.

    Attributes
    ----------
    model : keras.Model
        From squares (N, S, S, C) to logits (N, 1).
    finder : LungFinder
    on_lungs : bool
        Whether the model sees the box of the lungs, or the whole picture.
    """

    model: keras.Model
    finder: LungFinder
    on_lungs: bool

    @property
    def picture_side(self) -> int:
        """Side of the pictures that `logits` takes, in pixels."""
        return PICTURE_SIDE if self.on_lungs else int(self.model.input_shape[1])

    def boxes(self, pictures: NDArray[np.uint8]) -> list[Box]:
        """Return the part of each picture that the model sees.

        Parameters
        ----------
        pictures : ndarray of uint8, shape (N, P, P, 1)

        Returns
        -------
        list of Box, length N
        """
        if not self.on_lungs:
            return [WHOLE] * len(pictures)
        return [box_to_see(fields) for fields in self.finder.find_all(pictures[..., 0])]

    def squares(
        self, pictures: NDArray[np.uint8], boxes: Sequence[Box]
    ) -> NDArray[np.uint8]:
        """Cut pictures as the model sees them.

        Parameters
        ----------
        pictures : ndarray of uint8, shape (N, P, P, 1)
        boxes : sequence of Box, length N

        Returns
        -------
        ndarray of uint8, shape (N, S, S, 1)
        """
        side = self.model.input_shape[1]
        cut = np.empty((len(pictures), side, side, 1), np.uint8)
        for row, (picture, box) in enumerate(zip(pictures, boxes, strict=True)):
            cut[row, ..., 0] = cut_to_box(picture[..., 0], box, side)
        return cut

    def logits(
        self, pictures: NDArray[np.uint8], boxes: Sequence[Box] | None = None
    ) -> NDArray[np.float64]:
        """Score pictures.

        Parameters
        ----------
        pictures : ndarray of uint8, shape (N, P, P, 1)
        boxes : sequence of Box, length N, optional
            What the model is to see; default: as of `boxes`.

        Returns
        -------
        ndarray of float64, shape (N,)
        """
        if boxes is None:
            boxes = self.boxes(pictures)
        # In parts: the pictures may lie in a file because memory cannot hold them.
        parts = [
            slice(start, start + _BATCH) for start in range(0, len(pictures), _BATCH)
        ]
        return np.concatenate(
            [
                predict_logits(self.model, self.squares(pictures[part], boxes[part]))
                for part in parts
            ]
        )
