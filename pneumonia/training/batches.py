"""Radiographs in memory, and the endless stream of batches that trains a network."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from pneumonia.perturbations.drawn_lines import draw_any_lines
from pneumonia.perturbations.region_swaps import swap_background, swap_mediastinum
from pneumonia.training.settings import Stage

Batch = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class LabelledSquares:
    """Radiographs in memory, ready for a network.

    Attributes
    ----------
    squares : ndarray of uint8, shape (N, S, S, 1)
    labels : ndarray of int, shape (N,)
        1 for pneumonia, 0 for normal.
    kinds : ndarray of int, shape (N,), optional
        0 for normal, 1 for bacterial, 2 for viral, -1 for a pneumonia of unknown
        kind. Needed by networks with three outputs.
    """

    squares: NDArray[np.uint8]
    labels: NDArray[np.int64]
    kinds: NDArray[np.int64] | None = None

    def resized(self, side: int) -> "LabelledSquares":
        """Return the same radiographs on squares of another side, by area."""
        if side == self.squares.shape[1]:
            return self
        resized = np.empty((len(self.squares), side, side, 1), np.uint8)
        for index, square in enumerate(self.squares):
            resized[index, ..., 0] = cv2.resize(
                square, (side, side), interpolation=cv2.INTER_AREA
            )
        return LabelledSquares(resized, self.labels, self.kinds)

    def targets(self, columns: int) -> NDArray[np.float32]:
        """Return targets for a network of 1 or 3 outputs, shape (N, columns).

        Raises
        ------
        ValueError
            If there are three outputs but the kinds are not known.
        """
        if columns == 1:
            return self.labels[:, np.newaxis].astype(np.float32)
        if self.kinds is None:
            raise ValueError("A network of three outputs needs kinds. Received: None.")
        # The last row, reached by -1, is a pneumonia of unknown kind.
        shares = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, 0.5]]
        return np.array(shares, np.float32)[self.kinds]

    def steps_per_epoch(self, batch_size: int) -> int:
        """Count the complete batches of an epoch; at least one."""
        return max(1, len(self.labels) // batch_size)


class TrainingBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Endless stream of augmented batches, shuffled anew each epoch.

    Batch i depends on nothing but the seed and i. Sample weights give both classes the
    same total weight.

    Parameters
    ----------
    data : LabelledSquares
    stage : Stage
    channels : int
        Of the network's input; grey is repeated.
    columns : int
        Outputs of the network: 1, or 3 for normal, bacterial and viral.
    seed : int
    first_step : int
        Where the stream begins, for a run that is continued.
    teacher : keras.Model, optional
        From inputs to logits of shape (B, columns). Needed where the stage has a
        distillation; without one, targets are the labels.
    """

    def __init__(
        self,
        data: LabelledSquares,
        stage: Stage,
        *,
        channels: int,
        columns: int,
        seed: int,
        first_step: int = 0,
        teacher: keras.Model | None = None,
    ) -> None:
        super().__init__()
        self._data = data
        self._stage = stage
        self._channels = channels
        self._seed = seed
        self._first_step = first_step
        self._teacher = teacher
        self._targets = data.targets(columns)
        self._class_weights = len(data.labels) / (2 * np.bincount(data.labels))

    @property
    def num_batches(self) -> None:
        """None: the stream is endless, and `fit` is told the steps of an epoch."""
        return None

    def __getitem__(self, index: int) -> Batch:
        """Make a batch: inputs (B, S, S, C), targets (B, columns), weights (B,)."""
        step = self._first_step + index
        batch_size = self._stage.schedule.batch_size
        epoch, place = divmod(step, self._data.steps_per_epoch(batch_size))
        order = np.random.default_rng((self._seed, epoch)).permutation(
            len(self._data.labels)
        )
        rows = order[place * batch_size :][:batch_size]
        originals = self._data.squares[rows, ..., 0]
        rng = np.random.default_rng((self._seed, epoch, place))
        draw, side = self._stage.augmentation.draw, originals.shape[1]
        changes = [draw(rng, side) for _ in rows]
        shown = self._make_counterfactuals(originals, step)
        inputs = self._stack([c(s) for c, s in zip(changes, shown, strict=True)])
        targets = self._targets[rows]
        distillation = self._stage.distillation
        if distillation is not None and self._teacher is not None:
            # The teacher sees the same changes, but the original radiographs.
            changes = [c.without(*distillation.hidden_changes) for c in changes]
            seen = self._stack([c(s) for c, s in zip(changes, originals, strict=True)])
            taught = ask_teacher(self._teacher, seen, distillation.teacher_zooms)
            targets = taught + distillation.label_share * (targets - taught)
        weights = self._class_weights[self._data.labels[rows]].astype(np.float32)
        return inputs, targets, weights

    def _make_counterfactuals(
        self, originals: NDArray[np.uint8], step: int
    ) -> list[NDArray[np.uint8]]:
        """Swap parts with other patients and draw lines, on some radiographs each.

        The other patient has the same class or the other one equally often, so the
        part says nothing about the class.
        """
        shares = self._stage.counterfactuals
        swaps = (
            (shares.background_swap, swap_background),
            (shares.mediastinum_swap, swap_mediastinum),
        )
        # A generator of its own: a share of 0 leaves all other draws as they are.
        rng = np.random.default_rng((self._seed, step, 1))
        of_class = [np.flatnonzero(self._data.labels == label) for label in (0, 1)]
        shown = []
        for square in originals:
            for share, swap in swaps:
                if share and rng.random() < share:
                    other = rng.choice(of_class[rng.integers(2)])
                    square = swap(
                        square,
                        self._data.squares[other, ..., 0],
                        zoom=rng.uniform(0.9, 1.1),
                        softness=rng.uniform(0.01, 0.035),
                    )
            if shares.drawn_lines and rng.random() < shares.drawn_lines:
                square = draw_any_lines(square, rng)
            shown.append(square)
        return shown

    def _stack(self, squares: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        stacked = np.stack(squares)[..., np.newaxis]
        return np.repeat(stacked, self._channels, axis=-1)


def ask_teacher(
    teacher: keras.Model, inputs: NDArray[np.uint8], zooms: Sequence[float]
) -> NDArray[np.float32]:
    """Average a teacher's probabilities over zoomed copies.

    Parameters
    ----------
    teacher : keras.Model
        From inputs to logits of shape (B, columns).
    inputs : ndarray of uint8, shape (B, S, S, C)
    zooms : sequence of float
        About the centre. Below 1, a copy lies in a black frame.

    Returns
    -------
    ndarray of float32, shape (B, columns)
    """
    logits = [
        np.asarray(teacher.predict_on_batch(_zoom(inputs, zoom)), np.float32)
        for zoom in zooms
    ]
    probabilities = [expit(z) if z.shape[-1] == 1 else softmax(z, -1) for z in logits]
    mean: NDArray[np.float32] = np.mean(probabilities, axis=0, dtype=np.float32)
    return mean


def _zoom(squares: NDArray[np.uint8], zoom: float) -> NDArray[np.uint8]:
    """Enlarge squares, shape (B, S, S, C), about their centre; outside is black."""
    if zoom == 1:
        return squares
    side = squares.shape[1]
    rest = (1 - zoom) * (side - 1) / 2
    matrix = np.array([[zoom, 0, rest], [0, zoom, rest]])
    zoomed = [cv2.warpAffine(square, matrix, (side, side)) for square in squares]
    return np.asarray(zoomed, np.uint8).reshape(squares.shape)
