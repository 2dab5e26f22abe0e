"""One random change to a radiograph, with every parameter drawn already."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.crop import WHOLE, Box

Grey = NDArray[np.uint8]

# Blur is given for a square of this side and scaled to others.
REFERENCE_SIDE = 224


def blur(square: Grey, sigma: float) -> Grey:
    """Blur by a Gaussian; `sigma` in pixels of the reference square."""
    scaled = sigma * square.shape[0] / REFERENCE_SIDE
    return np.asarray(cv2.GaussianBlur(square, (0, 0), scaled), np.uint8)


def sharpen(square: Grey, sigma: float, weight: float) -> Grey:
    """Apply unsharp masking; `sigma` in pixels of the reference square."""
    return _blend(square, 1 + weight, blur(square, sigma))


def resample(square: Grey, fraction: float, shrinking: int, enlarging: int) -> Grey:
    """Shrink to a fraction of the side, then enlarge; the filters are OpenCV's."""
    side = square.shape[0]
    through = round(side * fraction)
    small = cv2.resize(square, (through, through), interpolation=shrinking)
    large = cv2.resize(small, (side, side), interpolation=enlarging)
    return np.asarray(large, np.uint8)


def compress(square: Grey, quality: int) -> Grey:
    """Compress as JPEG of a quality from 1 to 100, and decode it again."""
    _, file = cv2.imencode(".jpg", square, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)


def make_hazy(square: Grey, factor: float, reach: float) -> Grey:
    """Make the lungs look hazy with a factor below 1, clear above 1.

    `reach` is the standard deviation of the blur that separates fine from coarse
    structure, in pixels of the reference square.
    """
    return _blend(square, factor, blur(square, reach))


def equalise(square: Grey, tiles: int, clip_limit: float, share: float) -> Grey:
    """Blend with a locally equalised copy (CLAHE); `share` of the copy, 0 to 1."""
    equaliser = cv2.createCLAHE(clip_limit, (tiles, tiles))
    return _blend(np.asarray(equaliser.apply(square), np.uint8), share, square)


@dataclass(frozen=True, eq=False)
class Change:
    """Parameters of one change; the defaults leave a square as it is.

    Attributes
    ----------
    rotation : float
        Angle in degrees.
    log_scale, log_aspect : float
        Natural logarithms of the zoom and of width over height.
    shear : float
        Horizontal, as a tangent.
    flip : bool
        Mirror left and right.
    shift : (float, float)
        To the right and down, as fractions of the side.
    edge : int
        OpenCV border type of what comes into view from outside the picture.
    sharpness : callable or None
        `blur`, `sharpen`, `resample` or `compress`, its parameters drawn.
    local_contrast : callable or None
        `equalise` or `make_hazy`, likewise.
    log_gamma, log_contrast : float
        Natural logarithms of the exponent of the grey levels and of the factor around
        their mean.
    brightness : float
        Offset in grey levels of 255.
    noise : ndarray of float32, shape (S, S), or None
        Added, in grey levels of 255. Ties the change to squares of that side.
    """

    rotation: float = 0.0
    log_scale: float = 0.0
    log_aspect: float = 0.0
    shear: float = 0.0
    flip: bool = False
    shift: tuple[float, float] = (0.0, 0.0)
    edge: int = cv2.BORDER_CONSTANT
    sharpness: Callable[[Grey], Grey] | None = None
    local_contrast: Callable[[Grey], Grey] | None = None
    log_gamma: float = 0.0
    log_contrast: float = 0.0
    brightness: float = 0.0
    noise: NDArray[np.float32] | None = None

    def __call__(self, picture: Grey, *, box: Box = WHOLE, side: int = 0) -> Grey:
        """Change a picture and cut it to a square, interpolating once.

        Geometry comes first, then sharpness, local contrast and grey levels.

        Parameters
        ----------
        picture : ndarray of uint8, shape (P, P)
        box : tuple of float, optional
            The part that an unchanged square would show: top, bottom, left and right
            edge, from 0 to 1.
        side : int, optional
            Of the square, in pixels; the picture's if it is 0.

        Returns
        -------
        ndarray of uint8, shape (side, side)
        """
        square = self.moved(picture, box=box, side=side, edge=self.edge)
        if self.sharpness is not None:
            square = self.sharpness(square)
        if self.local_contrast is not None:
            square = self.local_contrast(square)
        return self._map_grey_levels(square)

    def moved(
        self,
        picture: Grey,
        *,
        box: Box = WHOLE,
        side: int = 0,
        edge: int = cv2.BORDER_CONSTANT,
    ) -> Grey:
        """Apply the geometry alone, as to a mask.

        Parameters
        ----------
        picture, box, side
            As of `__call__`.
        edge : int
            OpenCV border type of what comes into view; the default is black.

        Returns
        -------
        ndarray of uint8, shape (side, side)
        """
        side = side or picture.shape[0]
        matrix = self._matrix(side) @ _to_square(box, picture.shape[0], side)
        moved = cv2.warpAffine(
            picture,
            matrix[:2],
            (side, side),
            flags=cv2.INTER_LINEAR,
            borderMode=edge,
        )
        return np.asarray(moved, np.uint8)

    def _matrix(self, side: int) -> NDArray[np.float64]:
        """Compose one affine map, so that pixels are interpolated only once."""
        angle = np.deg2rad(self.rotation)
        zoom, aspect = np.exp(self.log_scale), np.exp(self.log_aspect / 2)
        mirror = -1.0 if self.flip else 1.0
        rotation = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        linear = rotation @ np.array([[1, self.shear], [0, 1]])
        linear = linear @ np.diag([mirror * zoom * aspect, zoom / aspect])
        centre = np.full(2, (side - 1) / 2)
        move = np.array(self.shift) * side
        placed = np.column_stack([linear, centre + move - linear @ centre])
        return np.vstack([placed, [0, 0, 1]])

    def _map_grey_levels(self, square: Grey) -> Grey:
        """Apply gamma, contrast and brightness as one table, then add noise."""
        levels = 255 * (np.arange(256) / 255) ** np.exp(self.log_gamma)
        mean = levels[square].mean()
        table = (levels - mean) * np.exp(self.log_contrast) + mean + self.brightness
        if self.noise is None:
            return np.asarray(np.clip(np.rint(table), 0, 255), np.uint8)[square]
        noisy = table.astype(np.float32)[square]
        noisy += self.noise
        return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)


def _blend(one: Grey, share: float, other: Grey) -> Grey:
    """Weigh two squares; beyond 1, the difference of the first is exaggerated."""
    return np.asarray(cv2.addWeighted(one, share, other, 1 - share, 0), np.uint8)


def _to_square(box: Box, pixels: int, side: int) -> NDArray[np.float64]:
    """Map pixel centres of a picture so that a box fills a square."""
    top, bottom, left, right = (pixels * edge for edge in box)
    across, down = side / (right - left), side / (bottom - top)
    return np.array(
        [
            [across, 0, across * (0.5 - left) - 0.5],
            [0, down, down * (0.5 - top) - 0.5],
            [0, 0, 1],
        ]
    )
