"""Labelled radiographs, and the endless stream of batches that trains a network."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.data.squares import store_rows
from pneumonia.lungs.crop import WHOLE, Box, box_to_see
from pneumonia.lungs.fields import SIDE
from pneumonia.lungs.finder import LungFinder
from pneumonia.training.change import Change
from pneumonia.training.devices import ONE_DEVICE, Devices
from pneumonia.training.recipes import Trunk

# Inputs, targets and weights; the last two once for each output of the network.
Batch = tuple[NDArray[np.uint8], Any, Any]


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Radiographs, with the part of each that a network is to see.

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


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Count the complete batches of an epoch; at least one."""
    return max(1, count // batch_size)


def with_lungs(
    pictures: NDArray[np.uint8], labels: NDArray[np.int64], finder: LungFinder
) -> LabelledPictures:
    """Find the lungs of whole radiographs, shape (N, P, P, 1)."""
    boxes: list[Box] = []

    def find() -> Iterator[NDArray[np.uint8]]:
        for fields in finder.find_all(pictures[..., 0]):
            boxes.append(box_to_see(fields))
            yield 255 * np.any(fields.masks, axis=0).astype(np.uint8)

    return LabelledPictures(pictures, labels, boxes, store_rows(find(), (SIDE, SIDE)))


class ShuffledBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Endless stream of batches, shuffled anew each epoch.

    Batch i depends on nothing but the seed and i.

    Parameters
    ----------
    count, batch_size, seed : int
    first_step : int
        Where the stream begins, for a run that is continued.
    """

    def __init__(
        self, count: int, batch_size: int, *, seed: int, first_step: int = 0
    ) -> None:
        # One worker: the queue that Keras keeps for several goes on counting where it
        # looked at the first batches before training, and they would be lost.
        super().__init__(workers=1)
        self._count = count
        self._batch_size = batch_size
        self._seed = seed
        self._first_step = first_step

    @property
    def num_batches(self) -> None:
        """None: the stream is endless, and `fit` is told the steps of an epoch."""
        return None

    def draw_rows(self, index: int) -> tuple[NDArray[np.int64], np.random.Generator]:
        """Draw the rows of a batch, and the generator of all else that is random."""
        steps = steps_per_epoch(self._count, self._batch_size)
        epoch, place = divmod(self._first_step + index, steps)
        order = np.random.default_rng((self._seed, epoch)).permutation(self._count)
        return (
            order[place * self._batch_size :][: self._batch_size],
            np.random.default_rng((self._seed, epoch, place)),
        )


class TrainingBatches(ShuffledBatches):
    """Augmented batches of labelled radiographs.

    Sample weights give both classes the same total weight.

    Parameters
    ----------
    data : LabelledPictures
    trunk : Trunk
    input_shape : tuple of int, (S, S, C)
        Of the network; grey is repeated over the channels.
    cells : int
        Along a side of the evidence that is a second output; 0 without one.
    seed, first_step : int
        As of `ShuffledBatches`.
    devices : Devices
        A batch that cannot be divided among them is filled up with radiographs of it
        that have no weight. Each machine makes its share of the batch.
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
        devices: Devices = ONE_DEVICE,
    ) -> None:
        super().__init__(
            len(data.labels), trunk.batch_size, seed=seed, first_step=first_step
        )
        self._data = data
        self._augmentation = trunk.augmentation
        self._side, _, self._channels = input_shape
        self._cells = cells
        self._devices = devices
        self._class_weights = len(data.labels) / (2 * np.bincount(data.labels))

    def __getitem__(self, index: int) -> Batch:
        """Make a batch: inputs (B, S, S, C), targets (B, 1), weights (B,).

        With a second output, the share of lung in each of its cells (B, h, w, 1) is a
        second target.
        """
        rows, rng = self.draw_rows(index)
        filled = np.resize(rows, self._devices.pad(len(rows)))
        share = self._devices.share(len(filled))
        # All are drawn, so that the generator runs alike on every machine.
        drawn = [self._draw(int(row), rng) for row in filled][share]
        with ThreadPoolExecutor() as pool:
            made = list(pool.map(self._make, *zip(*drawn, strict=True)))
        squares, lungs = (
            np.stack(each)[..., np.newaxis] for each in zip(*made, strict=True)
        )
        inputs = np.repeat(squares, self._channels, axis=-1)
        labels = self._data.labels[filled]
        targets = labels[share, np.newaxis].astype(np.float32)
        # The loss is a mean over all of the batch, also over what fills it up.
        weights = self._class_weights[labels] * (len(filled) / len(rows))
        weights[len(rows) :] = 0
        weights = weights[share].astype(np.float32)
        if not self._cells:
            return inputs, targets, weights
        return inputs, (targets, lungs), (weights, weights)

    def _draw(self, row: int, rng: np.random.Generator) -> tuple[int, Change, Box]:
        change = self._augmentation.draw(rng, self._side)
        return row, change, self._augmentation.draw_box(rng, self._data.box(row))

    def _make(
        self, row: int, change: Change, box: Box
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        square = change(self._data.pictures[row, ..., 0], box=box, side=self._side)
        lungs = np.zeros((1, 1), np.uint8)
        if self._cells and self._data.lungs is not None:
            moved = change.moved(self._data.lungs[row], box=box, side=self._side)
            cells = (self._cells, self._cells)
            lungs = np.asarray(
                cv2.resize(moved, cells, interpolation=cv2.INTER_AREA), np.uint8
            )
        return square, lungs.astype(np.float32) / np.float32(255)
