"""Train the network that finds the lungs, on masks that people drew."""

import logging
from typing import Any, Final

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.fields import SIDE
from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import ShuffledBatches, steps_per_epoch

logger = logging.getLogger(__name__)

EPOCHS: Final = 14
BATCH_SIZE: Final = 32
LEARNING_RATE: Final = 2e-3
# Wide in place, size and angle: a lung may be cut by the edge, or small in a picture of
# the whole child.
AUGMENTATION: Final = Augmentation(
    rotation=20.0,
    log_scale=0.4,
    log_aspect=0.2,
    shift=0.14,
    flip=True,
    log_gamma=0.5,
    log_contrast=0.3,
    brightness=25.0,
    noise=8.0,
    any_edge=True,
    haze=0.4,
)
# Share of the radiographs with one lung made opaque, as a consolidation of a whole side
# does.
OPAQUE: Final = 0.25
# Share of the radiographs with lines drawn over them, as leads, tubes and wires are.
LINES: Final = 0.5
# Share of the radiographs with light and dark exchanged.
INVERTED: Final = 0.1
_FILTERS = (12, 24, 48, 64, 96)


def lung_network() -> keras.Model:
    """Build a small U-Net [1]_ of 0.47 million parameters.

    Returns
    -------
    keras.Model
        Input of shape (N, 128, 128, 1), grey levels from 0 to 255; output logits of
        shape (N, 128, 128, 2): the lung at the picture's left, and that at its right.

    References
    ----------
    .. [1] O. Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image
       Segmentation", MICCAI 2015.
    """
    inputs = keras.Input((SIDE, SIDE, 1), name="picture")
    x = keras.layers.Rescaling(1 / 255)(inputs)
    # To mean 0 and variance 1: exposure and overall contrast do not matter.
    x = keras.layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False)(x)
    skipped = []
    for filters in _FILTERS[:-1]:
        x = _two_convolutions(x, filters)
        skipped.append(x)
        x = keras.layers.MaxPooling2D(2)(x)
    x = _two_convolutions(x, _FILTERS[-1])
    for filters, skip in zip(_FILTERS[-2::-1], skipped[::-1], strict=True):
        x = keras.layers.UpSampling2D(2)(x)
        x = _two_convolutions(keras.layers.Concatenate()([x, skip]), filters)
    return keras.Model(inputs, keras.layers.Conv2D(2, 1, name="lungs")(x), name="lungs")


def _two_convolutions(x: Any, filters: int) -> Any:
    for _ in range(2):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    return x


class LungBatches(ShuffledBatches):
    """Augmented batches of pictures and masks.

    Parameters
    ----------
    pictures : ndarray of uint8, shape (N, S, S)
    masks : ndarray of uint8, shape (N, S, S, 2)
    seed : int
    """

    def __init__(
        self, pictures: NDArray[np.uint8], masks: NDArray[np.uint8], *, seed: int
    ) -> None:
        super().__init__(len(pictures), BATCH_SIZE, seed=seed)
        self._pictures = pictures
        self._masks = masks

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Make a batch: pictures (B, 128, 128, 1) and masks (B, 128, 128, 2)."""
        rows, rng = self.draw_rows(index)
        pictures, masks = zip(*(self._draw(row, rng) for row in rows), strict=True)
        return np.stack(pictures)[..., None], np.stack(masks).astype(np.float32)

    def _draw(
        self, row: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        picture, lungs = self._pictures[row], self._masks[row]
        if rng.random() < OPAQUE:
            picture = make_opaque(picture, lungs[..., rng.integers(2)] > 0, rng)
        if rng.random() < LINES:
            picture = draw_lines(picture, rng)
        if rng.random() < INVERTED:
            picture = 255 - picture
        change = AUGMENTATION.draw(rng, picture.shape[0])
        picture = cv2.resize(
            change(picture), (SIDE, SIDE), interpolation=cv2.INTER_AREA
        )
        moved = np.stack(
            [change.moved(255 * lungs[..., side]) for side in range(2)], axis=-1
        )
        masks = cv2.resize(moved, (SIDE, SIDE), interpolation=cv2.INTER_AREA) > 127
        if change.flip:
            masks = masks[..., ::-1]
        return np.asarray(picture, np.uint8), np.asarray(masks, np.uint8)


def make_opaque(
    picture: NDArray[np.uint8], lung: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Make a lung as light as the tissue around it.

    Parameters
    ----------
    picture : ndarray of uint8, shape (S, S)
    lung : ndarray of bool, shape (S, S)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, shape (S, S)
    """
    side = picture.shape[0]
    soft = cv2.GaussianBlur(lung.astype(np.float32), (0, 0), 0.02 * side)
    share = rng.uniform(0.5, 1) * soft
    level = np.percentile(picture, rng.uniform(60, 95))
    grain = cv2.GaussianBlur(
        rng.standard_normal((side, side), np.float32), (0, 0), 0.03 * side
    )
    opaque = level + 8 * grain / grain.std()
    return np.asarray(np.clip(picture * (1 - share) + opaque * share, 0, 255), np.uint8)


def draw_lines(
    picture: NDArray[np.uint8], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw up to twelve bent lines, dark or light, over a copy of a picture.

    Parameters
    ----------
    picture : ndarray of uint8, shape (S, S)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, shape (S, S)
    """
    drawn, side = picture.copy(), picture.shape[0]
    along = np.linspace(0, 1, 20)[:, None]
    for _ in range(rng.integers(1, 13)):
        start, bend, end = rng.uniform(-0.1, 1.1, (3, 2)) * side
        curve = (1 - along) ** 2 * start + 2 * along * (1 - along) * bend
        curve += along**2 * end
        grey, width = int(rng.integers(0, 256)), int(rng.integers(1, 5))
        points = [np.rint(curve).astype(np.int32)]
        cv2.polylines(drawn, points, False, grey, width, cv2.LINE_AA)
    return drawn


def overlap_loss(masks: Any, logits: Any) -> Any:
    """Binary cross-entropy plus one minus the Dice coefficient of the probabilities."""
    entropy = keras.losses.binary_crossentropy(masks, logits, from_logits=True)
    lungs = keras.ops.sigmoid(logits)
    common = keras.ops.sum(masks * lungs, axis=(1, 2))
    total = keras.ops.sum(masks + lungs, axis=(1, 2))
    dice = (2 * common + 1) / (total + 1)
    return keras.ops.mean(entropy, axis=(1, 2)) + 1 - keras.ops.mean(dice, axis=-1)


def fit_lung_network(
    pictures: NDArray[np.uint8],
    masks: NDArray[np.uint8],
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
) -> keras.Model:
    """Train the network that finds the lungs.

    Parameters
    ----------
    pictures : ndarray of uint8, shape (N, S, S)
    masks : ndarray of uint8, shape (N, S, S, 2)
    seed : int
    epochs : int

    Returns
    -------
    keras.Model
        As of `lung_network`.
    """
    keras.utils.set_random_seed(seed)
    steps = steps_per_epoch(len(pictures), BATCH_SIZE)
    model = lung_network()
    model.compile(
        keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(
                0.0,
                (epochs - 1) * steps,
                warmup_target=LEARNING_RATE,
                warmup_steps=steps,
            ),
            weight_decay=0.01,
        ),
        loss=overlap_loss,
    )
    model.fit(
        LungBatches(pictures, masks, seed=seed),
        steps_per_epoch=steps,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: logger.info(
                    "Epoch %d of %d: loss %.4f.", epoch + 1, epochs, logs["loss"]
                )
            )
        ],
    )
    return model
