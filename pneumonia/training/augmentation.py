"""Random changes to training radiographs: geometry, grey levels, sharpness.

They work on arrays outside the network, so a saved model holds none of them, any
Keras backend trains on them, and a seed replays them exactly.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_EDGES = (cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101)
_SHRINKING = (cv2.INTER_AREA, cv2.INTER_LINEAR)
_ENLARGING = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)

# Not scale and aspect, which a network can only learn to disregard: they tell the
# classes of the training folder apart.
_VARIED = (
    *("rotation", "shear", "shift", "log_gamma", "log_contrast", "brightness"),
    *("local_contrast", "noise", "blur", "sharpen", "border", "marker"),
)


@dataclass(frozen=True)
class Augmentation:
    """Ranges of the random changes; all zero leaves a radiograph as it is.

    Attributes
    ----------
    rotation : float
        Largest angle, in degrees.
    log_scale : float
        Largest natural logarithm of the zoom.
    log_aspect : float
        Largest natural logarithm of width over height, on top of the zoom.
    shear : float
        Largest horizontal shear, as a tangent.
    shift : float
        Largest move, as a fraction of the side.
    flip : bool
        Mirror every other radiograph.
    log_gamma : float
        Largest natural logarithm of the exponent applied to grey levels.
    log_contrast : float
        Largest natural logarithm of the factor around the mean grey level.
    brightness : float
        Largest offset, in grey levels of 255.
    local_contrast : float
        Largest share of an equalised copy (CLAHE [1]_) that every other radiograph is
        blended with, as processing stations do.
    noise : float
        Largest standard deviation of Gaussian noise, in grey levels.
    blur : float
        Largest standard deviation of a Gaussian blur, in pixels of a square of 224.
    sharpen : float
        Largest weight of unsharp masking.
    resample : float
        Smallest fraction of the side that a radiograph is shrunk to and enlarged from;
        0 for never.
    jpeg : int
        Lowest quality of a JPEG copy; 0 for never.
    border : float
        Widest black border, as a fraction of the side, on every other radiograph.
    marker : float
        Share of radiographs with a letter pasted into a corner.
    any_edge : bool
        What comes into view from outside the picture is black; with this it is black,
        a copy of the edge or its mirror image, so that a network cannot learn from the
        frame how it was trained.
    varied : bool
        Radiographs differ in how much they are changed: all ranges but those of scale
        and aspect are multiplied by a number from 0 to 1 drawn for each of them. What
        is changed in every way at once looks unlike anything a network will meet.

    Notes
    -----
    Of the four changes of sharpness (blur, sharpen, resample, jpeg) a radiograph
    undergoes at most one.

    References
    ----------
    .. [1] K. Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics
       Gems IV, 1994.
    """

    rotation: float = 0.0
    log_scale: float = 0.0
    log_aspect: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    flip: bool = False
    log_gamma: float = 0.0
    log_contrast: float = 0.0
    brightness: float = 0.0
    local_contrast: float = 0.0
    noise: float = 0.0
    blur: float = 0.0
    sharpen: float = 0.0
    resample: float = 0.0
    jpeg: int = 0
    border: float = 0.0
    marker: float = 0.0
    any_edge: bool = False
    varied: bool = False

    def __call__(
        self, square: NDArray[np.uint8], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Change one radiograph at random.

        Parameters
        ----------
        square : ndarray of uint8, shape (S, S)
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of uint8, shape (S, S)
        """
        if self.varied:
            return self._weakened(rng.random())(square, rng)
        moved = cv2.warpAffine(
            square,
            self._matrix(square.shape[0], rng),
            (square.shape[1], square.shape[0]),
            flags=cv2.INTER_LINEAR,
            borderMode=int(rng.choice(_EDGES))
            if self.any_edge
            else cv2.BORDER_CONSTANT,
        )
        square = self._sharpness(np.asarray(moved, np.uint8), rng)
        square = self._equalise(square, rng)
        square = self._grey_levels(square, rng)
        return self._frame(square, rng)

    def _weakened(self, strength: float) -> "Augmentation":
        """Make the same changes in ranges between nothing and their own."""
        ranges: dict[str, Any] = {n: strength * getattr(self, n) for n in _VARIED}
        # Of these the lower reaches further.
        if self.resample:
            ranges["resample"] = 1 - strength * (1 - self.resample)
        if self.jpeg:
            ranges["jpeg"] = round(95 - strength * (95 - self.jpeg))
        return replace(self, varied=False, **ranges)

    def _matrix(self, side: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw one affine map, so that pixels are interpolated only once."""
        angle = np.deg2rad(rng.uniform(-self.rotation, self.rotation))
        zoom = np.exp(rng.uniform(-self.log_scale, self.log_scale))
        aspect = np.exp(rng.uniform(-self.log_aspect, self.log_aspect) / 2)
        shear = rng.uniform(-self.shear, self.shear)
        mirror = -1.0 if self.flip and rng.random() < 0.5 else 1.0
        rotation = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        linear = rotation @ np.array([[1, shear], [0, 1]])
        linear = linear @ np.diag([mirror * zoom * aspect, zoom / aspect])
        centre = np.full(2, (side - 1) / 2)
        move = rng.uniform(-self.shift, self.shift, 2) * side
        return np.column_stack([linear, centre + move - linear @ centre])

    def _sharpness(
        self, square: NDArray[np.uint8], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Make at most one of the changes that scanners and files make."""
        change = rng.choice(("none", "blur", "sharpen", "resample", "jpeg"))
        side = square.shape[0]
        if change == "blur" and self.blur:
            sigma = rng.uniform(0.1, max(self.blur, 0.11)) * side / 224
            square = np.asarray(cv2.GaussianBlur(square, (0, 0), sigma), np.uint8)
        elif change == "sharpen" and self.sharpen:
            soft = cv2.GaussianBlur(square, (0, 0), rng.uniform(0.7, 3) * side / 224)
            weight = rng.uniform(0, self.sharpen)
            sharp = cv2.addWeighted(square, 1 + weight, soft, -weight, 0)
            square = np.asarray(sharp, np.uint8)
        elif change == "resample" and self.resample:
            through = round(side * rng.uniform(self.resample, 1))
            small = cv2.resize(
                square, (through, through), interpolation=int(rng.choice(_SHRINKING))
            )
            large = cv2.resize(
                small, (side, side), interpolation=int(rng.choice(_ENLARGING))
            )
            square = np.asarray(large, np.uint8)
        elif change == "jpeg" and self.jpeg:
            quality = int(rng.integers(self.jpeg, 96))
            _, file = cv2.imencode(".jpg", square, [cv2.IMWRITE_JPEG_QUALITY, quality])
            square = np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)
        return square

    def _equalise(
        self, square: NDArray[np.uint8], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Blend every other radiograph with a locally equalised copy."""
        if not self.local_contrast or rng.random() < 0.5:
            return square
        tiles = int(rng.integers(2, 9))
        equaliser = cv2.createCLAHE(rng.uniform(1, 4), (tiles, tiles))
        share = rng.uniform(0, self.local_contrast)
        equalised = equaliser.apply(square)
        return np.asarray(cv2.addWeighted(equalised, share, square, 1 - share, 0))

    def _grey_levels(
        self, square: NDArray[np.uint8], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Apply gamma, contrast and brightness as one table, then noise."""
        gamma = np.exp(rng.uniform(-self.log_gamma, self.log_gamma))
        contrast = np.exp(rng.uniform(-self.log_contrast, self.log_contrast))
        offset = rng.uniform(-self.brightness, self.brightness)
        levels = 255 * (np.arange(256) / 255) ** gamma
        mean = levels[square].mean()
        table = (levels - mean) * contrast + mean + offset
        sigma = rng.uniform(0, self.noise)
        if sigma == 0:
            return np.asarray(np.clip(np.rint(table), 0, 255), np.uint8)[square]
        noisy = table.astype(np.float32)[square]
        noisy += sigma * rng.standard_normal(square.shape, np.float32)
        return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)

    def _frame(
        self, square: NDArray[np.uint8], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Blacken the border as a collimator does, and paste a side marker."""
        side = square.shape[0]
        if self.border and rng.random() < 0.5:
            top, bottom, left, right = np.rint(
                rng.uniform(0, self.border, 4) * side
            ).astype(int)
            framed = np.zeros_like(square)
            inner = (slice(top, side - bottom), slice(left, side - right))
            framed[inner] = square[inner]
            square = framed
        if self.marker and rng.random() < self.marker:
            row, column = (
                rng.choice([rng.uniform(0.06, 0.16), rng.uniform(0.9, 0.98)])
                for _ in range(2)
            )
            square = square.copy()
            cv2.putText(
                square,
                str(rng.choice(("R", "L", "AP", "PA", "SUPINE", "12"))),
                (int((column - 0.05) * side), int(row * side)),
                cv2.FONT_HERSHEY_SIMPLEX,
                rng.uniform(0.3, 0.9) * side / 224,
                int(rng.integers(150, 256)),
                max(1, side // 150),
                cv2.LINE_AA,
            )
        return square


# Enough that the seed CNN does not memorise, little enough that it stays the plain
# training that it is known for.
GENTLE = Augmentation(
    rotation=8.0, log_scale=0.1, shift=0.05, log_contrast=0.1, brightness=15.0
)

# Beyond anything that separates the classes in the training folder other than the
# lungs: size, aspect ratio, sharpness, exposure, borders and markers.
STRONG = Augmentation(
    rotation=15.0,
    log_scale=0.28,
    log_aspect=0.42,
    shear=0.1,
    shift=0.1,
    flip=True,
    log_gamma=0.5,
    log_contrast=0.4,
    brightness=35.0,
    local_contrast=1.0,
    noise=12.0,
    blur=2.0,
    sharpen=1.5,
    resample=0.35,
    jpeg=25,
    border=0.1,
    marker=0.15,
    any_edge=True,
)
