"""Radiographs in memory, and the endless stream of batches that trains a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.crop import WHOLE, Box, box_to_see
from pneumonia.lungs.finder import LungFinder
from pneumonia.training.settings import Trunk

# Inputs, targets and weights; the last two once for each output of the network.
Batch = tuple[NDArray[np.uint8], Any, Any]


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Radiographs in memory, with the part of each that a network is to see.

    Attributes
    ----------
    pictures : ndarray of uint8, shape (N, P, P, 1)
    labels : ndarray of int, shape (N,)
        1 for pneumonia, 0 for normal.
    boxes : sequence of Box, length N, optional
        Of the lungs; the whole pictures are seen without them.
    lungs : ndarray of uint8, shape (N, M, M), optional
        255 where the lungs are on the whole pictures, 0 elsewhere.
    """

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]
    boxes: Sequence[Box] | None = None
    lungs: NDArray[np.uint8] | None = None

    def box(self, row: int) -> Box:
        """Return the part of a radiograph that is to be seen."""
        return WHOLE if self.boxes is None else self.boxes[row]

    def steps_per_epoch(self, batch_size: int) -> int:
        """Count the complete batches of an epoch; at least one."""
        return max(1, len(self.labels) // batch_size)


def with_lungs(
    pictures: NDArray[np.uint8], labels: NDArray[np.int64], finder: LungFinder
) -> LabelledPictures:
    """Find the lungs of whole radiographs, shape (N, P, P, 1)."""
    boxes, lungs = [], []
    for fields in finder.find_all(pictures[..., 0]):
        boxes.append(box_to_see(fields))
        lungs.append(255 * np.any(fields.masks, axis=0).astype(np.uint8))
    return LabelledPictures(pictures, labels, boxes, np.stack(lungs))


class TrainingBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Endless stream of augmented batches, shuffled anew each epoch.

    Batch i depends on nothing but the seed and i. Sample weights give both classes the
    same total weight.

    Parameters
    ----------
    data : LabelledPictures
    trunk : Trunk
    input_shape : tuple of int, (S, S, C)
        Of the network; grey is repeated over the channels.
    cells : int
        Along a side of the evidence that is a second output; 0 without one.
    seed : int
    first_step : int
        Where the stream begins, for a run that is continued.
    """

    def __init__(
        self,
        data: LabelledPictures,
        trunk: Trunk,
        input_shape: tuple[int, int, int],
        *,
        cells: int = 0,
        seed: int,
        first_step: int = 0,
    ) -> None:
        super().__init__(workers=2)  # a batch is made while another one trains
        self._data = data
        self._trunk = trunk
        self._side, _, self._channels = input_shape
        self._cells = cells
        self._seed = seed
        self._first_step = first_step
        self._class_weights = len(data.labels) / (2 * np.bincount(data.labels))

    @property
    def num_batches(self) -> None:
        """None: the stream is endless, and `fit` is told the steps of an epoch."""
        return None

    def __getitem__(self, index: int) -> Batch:
        """Make a batch: inputs (B, S, S, C), targets (B, 1), weights (B,).

        With a second output, the share of lung in each of its cells (B, h, w, 1) is a
        second target.
        """
        batch_size = self._trunk.batch_size
        epoch, place = divmod(
            self._first_step + index, self._data.steps_per_epoch(batch_size)
        )
        order = np.random.default_rng((self._seed, epoch)).permutation(
            len(self._data.labels)
        )
        rows = order[place * batch_size :][:batch_size]
        rng = np.random.default_rng((self._seed, epoch, place))
        drawn = [self._draw(int(row), rng) for row in rows]
        squares, lungs = (
            np.stack(each)[..., np.newaxis] for each in zip(*drawn, strict=True)
        )
        inputs = np.repeat(squares, self._channels, axis=-1)
        labels = self._data.labels[rows]
        targets = labels[:, np.newaxis].astype(np.float32)
        weights = self._class_weights[labels].astype(np.float32)
        if not self._cells:
            return inputs, targets, weights
        return inputs, (targets, lungs), (weights, weights)

    def _draw(
        self, row: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        augmentation = self._trunk.augmentation
        change = augmentation.draw(rng, self._side)
        box = augmentation.draw_box(rng, self._data.box(row))
        square = change(self._data.pictures[row, ..., 0], box=box, side=self._side)
        lungs = np.zeros((1, 1), np.uint8)
        if self._cells and self._data.lungs is not None:
            moved = change.moved(self._data.lungs[row], box=box, side=self._side)
            cells = (self._cells, self._cells)
            lungs = np.asarray(
                cv2.resize(moved, cells, interpolation=cv2.INTER_AREA), np.uint8
            )
        return square, lungs.astype(np.float32) / np.float32(255)
