"""Radiographs in memory, and the endless stream of batches that trains a network."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.crop import WHOLE, Box
from pneumonia.training.settings import Trunk

Batch = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]


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
    """

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]
    boxes: Sequence[Box] | None = None

    def box(self, row: int) -> Box:
        """Return the part of a radiograph that is to be seen."""
        return WHOLE if self.boxes is None else self.boxes[row]

    def steps_per_epoch(self, batch_size: int) -> int:
        """Count the complete batches of an epoch; at least one."""
        return max(1, len(self.labels) // batch_size)


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
        seed: int,
        first_step: int = 0,
    ) -> None:
        super().__init__(workers=2)  # a batch is made while another one trains
        self._data = data
        self._trunk = trunk
        self._side, _, self._channels = input_shape
        self._seed = seed
        self._first_step = first_step
        self._class_weights = len(data.labels) / (2 * np.bincount(data.labels))

    @property
    def num_batches(self) -> None:
        """None: the stream is endless, and `fit` is told the steps of an epoch."""
        return None

    def __getitem__(self, index: int) -> Batch:
        """Make a batch: inputs (B, S, S, C), targets (B, 1), weights (B,)."""
        batch_size = self._trunk.batch_size
        epoch, place = divmod(
            self._first_step + index, self._data.steps_per_epoch(batch_size)
        )
        order = np.random.default_rng((self._seed, epoch)).permutation(
            len(self._data.labels)
        )
        rows = order[place * batch_size :][:batch_size]
        rng = np.random.default_rng((self._seed, epoch, place))
        inputs = np.stack([self._draw(int(row), rng) for row in rows])[..., np.newaxis]
        labels = self._data.labels[rows]
        return (
            np.repeat(inputs, self._channels, axis=-1),
            labels[:, np.newaxis].astype(np.float32),
            self._class_weights[labels].astype(np.float32),
        )

    def _draw(self, row: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        augmentation = self._trunk.augmentation
        change = augmentation.draw(rng, self._side)
        box = augmentation.draw_box(rng, self._data.box(row))
        return change(self._data.pictures[row, ..., 0], box=box, side=self._side)
