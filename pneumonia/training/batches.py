"""Radiographs in memory, and the stream of changed batches a network learns from."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from pneumonia.perturbations.drawn_lines import draw_any_lines
from pneumonia.perturbations.region_swaps import (
    exchange_mediastinum,
    exchange_surroundings,
)
from pneumonia.training.augmentation import Augmentation


@dataclass(frozen=True, eq=False)
class LabelledSquares:
    """Radiographs in memory, ready for a network.

    Attributes
    ----------
    squares : ndarray of uint8, shape (N, S, S, 1)
    labels : ndarray of int, shape (N,)
        1 for pneumonia, 0 for normal.
    kinds : ndarray of int, shape (N,), optional
        0 for normal, 1 for bacterial, 2 for viral, -1 for a pneumonia that may be
        either; for networks that learn them apart.
    """

    squares: NDArray[np.uint8]
    labels: NDArray[np.int64]
    kinds: NDArray[np.int64] | None = None

    def shrunk(self, side: int) -> "LabelledSquares":
        """Give the same radiographs on squares of another side, by area."""
        if side == self.squares.shape[1]:
            return self
        small = np.empty((len(self.squares), side, side, 1), np.uint8)
        for index, square in enumerate(self.squares):
            small[index, ..., 0] = cv2.resize(
                square, (side, side), interpolation=cv2.INTER_AREA
            )
        return LabelledSquares(small, self.labels, self.kinds)

    def targets(self, columns: int) -> NDArray[np.float32]:
        """Give what a network of so many outputs learns, shape (N, columns).

        Raises
        ------
        ValueError
            If the network learns kinds and they are not known.
        """
        if columns == 1:
            return self.labels[:, np.newaxis].astype(np.float32)
        if self.kinds is None:
            raise ValueError("A network that learns kinds needs them. Received: None.")
        # The last row, reached by -1, is a pneumonia that may be either.
        shares = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, 0.5]]
        return np.array(shares, np.float32)[self.kinds]


def steps_per_epoch(data: LabelledSquares, batch_size: int) -> int:
    """Count the complete batches of an epoch; at least one."""
    return max(1, len(data.labels) // batch_size)


class AugmentedBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Endless stream of training batches, shuffled anew each epoch.

    Batch i depends on nothing but the seed and i. Each carries sample weights that
    give both classes the same total.

    Parameters
    ----------
    data : LabelledSquares
    channels : int
        Grey is repeated to this many.
    batch_size, seed : int
    augmentation : Augmentation
    first_step : int
        Where the stream begins, for a run that is continued.
    columns : int
        Outputs of the network: 1, or 3 for normal, bacterial and viral.
    exchanged_surroundings : float
        Share of radiographs whose surroundings are those of another, as often of one
        of the other class as of its own: then they tell nothing of it.
    exchanged_mediastinum : float
        Share whose mediastinum and heart are another's, likewise.
    drawn_lines : float
        Share that lines of any shape are drawn onto.
    """

    def __init__(
        self,
        data: LabelledSquares,
        *,
        channels: int,
        batch_size: int,
        seed: int,
        augmentation: Augmentation,
        first_step: int = 0,
        columns: int = 1,
        exchanged_surroundings: float = 0.0,
        exchanged_mediastinum: float = 0.0,
        drawn_lines: float = 0.0,
    ) -> None:
        super().__init__()
        self._data = data
        self._channels = channels
        self._batch_size = batch_size
        self._seed = seed
        self._augmentation = augmentation
        self._first_step = first_step
        self._targets = data.targets(columns)
        self._class_weights = len(data.labels) / (2 * np.bincount(data.labels))
        self._exchanges = (
            (exchanged_surroundings, exchange_surroundings),
            (exchanged_mediastinum, exchange_mediastinum),
        )
        self._drawn_lines = drawn_lines

    @property
    def num_batches(self) -> None:
        """None: the stream is endless, and `fit` is told the steps of an epoch."""
        return None

    @property
    def disguises(self) -> bool:
        """Whether radiographs are shown otherwise than as they are, but for changes."""
        return bool(self._drawn_lines) or any(share for share, _ in self._exchanges)

    @property
    def steps_per_epoch(self) -> int:
        """Batches that show every radiograph once, the incomplete last left out."""
        return steps_per_epoch(self._data, self._batch_size)

    def __getitem__(
        self, index: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
        """Make a batch: inputs (B, S, S, C), targets (B, columns), weights (B,)."""
        rows, rng = self._draw(index)
        changed = [
            self._augmentation(square, rng) for square in self._disguise(rows, index)
        ]
        weights = self._class_weights[self._data.labels[rows]].astype(np.float32)
        return self._inputs(changed), self._targets[rows], weights

    def spared(self, index: int, changes: Sequence[str] = ()) -> NDArray[np.uint8]:
        """Make the inputs of a batch undisguised, less some changes.

        All parts are a radiograph's own, and no lines are drawn onto it.

        Parameters
        ----------
        index : int
        changes : sequence of str
            Fields of `Augmentation`: ``border`` and ``marker``, which are drawn last,
            or those drawn whatever their range (geometry but ``flip``, gamma,
            contrast, brightness). All others come out as in the batch.

        Returns
        -------
        ndarray of uint8, shape (B, S, S, C)
        """
        rows, rng = self._draw(index)
        nothing: dict[str, Any] = dict.fromkeys(changes, 0.0)
        gentler = replace(self._augmentation, **nothing)
        changed = []
        for row in rows:
            square = self._data.squares[row, ..., 0]
            changed.append(gentler(square, copy.deepcopy(rng)))
            self._augmentation(square, rng)  # the next is drawn as for the batch
        return self._inputs(changed)

    def _draw(self, index: int) -> tuple[NDArray[np.int64], np.random.Generator]:
        """Choose the rows of a batch and what their changes are drawn from."""
        step = self._first_step + index
        epoch, position = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng((self._seed, epoch)).permutation(
            len(self._data.labels)
        )
        rows = order[position * self._batch_size :][: self._batch_size]
        return rows, np.random.default_rng((self._seed, epoch, position))

    def _disguise(self, rows: NDArray[np.int64], index: int) -> list[NDArray[np.uint8]]:
        """Give the radiographs, some with parts of others or lines."""
        # Drawn apart, so that all else is drawn as it is without.
        rng = np.random.default_rng((self._seed, self._first_step + index, 1))
        of_class = [np.flatnonzero(self._data.labels == label) for label in (0, 1)]
        shown = []
        for row in rows:
            square = self._data.squares[row, ..., 0]
            for share, exchange in self._exchanges:
                # Nothing is drawn for what is never done.
                if share and rng.random() < share:
                    other = rng.choice(of_class[rng.integers(2)])
                    square = exchange(
                        square,
                        self._data.squares[other, ..., 0],
                        zoom=rng.uniform(0.9, 1.1),
                        softness=rng.uniform(0.01, 0.035),
                    )
            if self._drawn_lines and rng.random() < self._drawn_lines:
                square = draw_any_lines(square, rng)
            shown.append(square)
        return shown

    def _inputs(self, squares: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        stacked = np.stack(squares)[..., np.newaxis]
        return np.repeat(stacked, self._channels, axis=-1)


class TaughtBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """The same batches, with what networks say of them in place of the labels.

    Teachers are asked of each radiograph undisguised: all its parts are its own.

    Parameters
    ----------
    batches : AugmentedBatches
    teachers : sequence of keras.Model
        From inputs to logits, shape (B, columns).
    zooms : sequence of float
        About the centre; each teacher is asked at each of them. Below 1 a radiograph
        lies in a black frame.
    spared : sequence of str
        Changes that teachers do not see, as of `AugmentedBatches.spared`.
    label_share : float
        Share of the label in what is learned, where teachers may be wrong.
    """

    def __init__(
        self,
        batches: AugmentedBatches,
        teachers: Sequence[keras.Model],
        zooms: Sequence[float] = (1.0,),
        spared: Sequence[str] = (),
        label_share: float = 0.0,
    ) -> None:
        super().__init__()
        self._batches = batches
        self._teachers = teachers
        self._zooms = zooms
        self._spared = spared
        self._label_share = label_share

    @property
    def num_batches(self) -> None:
        """None: the stream is endless, as that of the batches."""
        return None

    def __getitem__(
        self, index: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
        """Make a batch; targets are between labels and the teachers' probabilities."""
        inputs, labels, weights = self._batches[index]
        # Changing them once more costs a tenth of a second.
        seen = (
            self._batches.spared(index, self._spared)
            if self._spared or self._batches.disguises
            else inputs
        )
        said = [
            _probabilities(each.predict_on_batch(_zoom(seen, zoom)))
            for zoom in self._zooms
            for each in self._teachers
        ]
        taught = np.mean(said, axis=0, dtype=np.float32)
        return inputs, taught + self._label_share * (labels - taught), weights


def _zoom(squares: NDArray[np.uint8], zoom: float) -> NDArray[np.uint8]:
    """Enlarge squares, shape (B, S, S, C), about their centre; outside is black."""
    if zoom == 1:
        return squares
    side = squares.shape[1]
    rest = (1 - zoom) * (side - 1) / 2
    matrix = np.array([[zoom, 0, rest], [0, zoom, rest]])
    zoomed = [cv2.warpAffine(square, matrix, (side, side)) for square in squares]
    return np.asarray(zoomed, np.uint8).reshape(squares.shape)


def _probabilities(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    logits = np.asarray(logits, np.float32)
    if logits.shape[-1] == 1:
        return np.asarray(expit(logits), np.float32)
    return np.asarray(softmax(logits, axis=-1), np.float32)
