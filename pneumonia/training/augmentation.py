"""Ranges of the random changes to training radiographs.

Changes work on arrays outside the network. A saved model therefore holds none of
them, every Keras backend trains with them, and a seed replays them exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.crop import WHOLE, Box
from pneumonia.training.change import (
    Change,
    Grey,
    blur,
    compress,
    equalise,
    make_hazy,
    resample,
    sharpen,
)

_EDGES = (cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101)
_SHRINKING = (cv2.INTER_AREA, cv2.INTER_LINEAR)
_ENLARGING = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)


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
        Largest share of a locally equalised copy (CLAHE [1]_), blended into every
        other radiograph.
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
    any_edge : bool
        False: what comes into view from outside the picture is black. True: it is
        black, a copy of the edge or its mirror image, at random.
    haze : float
        Largest natural logarithm of the factor of local contrast, scaled in every
        other radiograph that is not equalised.
    wrong_box : float
        Share of the radiographs of which the whole or one half of the box is shown
        instead of the box of the lungs.

    Notes
    -----
    A radiograph undergoes at most one of the four changes of sharpness (blur, sharpen,
    resample, jpeg).

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
    any_edge: bool = False
    haze: float = 0.0
    wrong_box: float = 0.0

    def draw(self, rng: np.random.Generator, side: int) -> Change:
        """Draw one change for squares of a side.

        Parameters
        ----------
        rng : numpy.random.Generator
        side : int
            In pixels; noise is drawn for every pixel.
        """
        # Python evaluates these in order, and a run is replayed by the order of draws.
        return Change(
            rotation=rng.uniform(-self.rotation, self.rotation),
            log_scale=rng.uniform(-self.log_scale, self.log_scale),
            log_aspect=rng.uniform(-self.log_aspect, self.log_aspect),
            shear=rng.uniform(-self.shear, self.shear),
            flip=self.flip and rng.random() < 0.5,
            shift=(
                rng.uniform(-self.shift, self.shift),
                rng.uniform(-self.shift, self.shift),
            ),
            edge=int(rng.choice(_EDGES)) if self.any_edge else cv2.BORDER_CONSTANT,
            sharpness=self._draw_sharpness(rng),
            local_contrast=self._draw_local_contrast(rng),
            log_gamma=rng.uniform(-self.log_gamma, self.log_gamma),
            log_contrast=rng.uniform(-self.log_contrast, self.log_contrast),
            brightness=rng.uniform(-self.brightness, self.brightness),
            noise=self._draw_noise(rng, side),
        )

    def draw_box(self, rng: np.random.Generator, box: Box) -> Box:
        """Draw the box that is shown: that of the lungs, at times a wrong one.

        Parameters
        ----------
        rng : numpy.random.Generator
        box : tuple of float
            Top, bottom, left and right edge, from 0 to 1.
        """
        if not self.wrong_box or rng.random() >= self.wrong_box:
            return box
        top, bottom, left, right = box
        middle = (left + right) / 2
        halves = (top, bottom, left, middle), (top, bottom, middle, right)
        return (WHOLE, *halves)[rng.integers(3)]

    def _draw_sharpness(
        self, rng: np.random.Generator
    ) -> Callable[[Grey], Grey] | None:
        """Draw at most one of the changes that scanners and file formats make."""
        kind = rng.choice(("none", "blur", "sharpen", "resample", "jpeg"))
        if kind == "blur" and self.blur:
            return partial(blur, sigma=rng.uniform(0.1, max(self.blur, 0.11)))
        if kind == "sharpen" and self.sharpen:
            return partial(
                sharpen,
                sigma=rng.uniform(0.7, 3),
                weight=rng.uniform(0, self.sharpen),
            )
        if kind == "resample" and self.resample:
            return partial(
                resample,
                fraction=rng.uniform(self.resample, 1),
                shrinking=int(rng.choice(_SHRINKING)),
                enlarging=int(rng.choice(_ENLARGING)),
            )
        if kind == "jpeg" and self.jpeg:
            return partial(compress, quality=int(rng.integers(self.jpeg, 96)))
        return None

    def _draw_local_contrast(
        self, rng: np.random.Generator
    ) -> Callable[[Grey], Grey] | None:
        if not self.local_contrast or rng.random() < 0.5:
            if not self.haze or rng.random() < 0.5:
                return None
            factor = np.exp(rng.uniform(-self.haze, self.haze))
            return partial(make_hazy, factor=float(factor), reach=rng.uniform(6, 25))
        return partial(
            equalise,
            tiles=int(rng.integers(2, 9)),
            clip_limit=rng.uniform(1, 4),
            share=rng.uniform(0, self.local_contrast),
        )

    def _draw_noise(
        self, rng: np.random.Generator, side: int
    ) -> NDArray[np.float32] | None:
        sigma = rng.uniform(0, self.noise)
        if sigma == 0:
            return None
        return sigma * rng.standard_normal((side, side), np.float32)


# Little enough that the seed CNN stays the plain network that it is known as.
GENTLE = Augmentation(
    rotation=8.0, log_scale=0.1, shift=0.05, log_contrast=0.1, brightness=15.0
)

# Wider than any difference between the classes of the training folder that does not
# come from the lungs. Scale, aspect and shift move the box of the lungs; what stands
# outside it, margins and letters, is cut away and needs no change.
OF_LUNGS = Augmentation(
    rotation=10.0,
    log_scale=0.15,
    log_aspect=0.2,
    shear=0.05,
    shift=0.06,
    flip=True,
    log_gamma=0.4,
    log_contrast=0.3,
    brightness=25.0,
    local_contrast=0.7,
    noise=8.0,
    blur=2.0,
    sharpen=1.5,
    resample=0.35,
    jpeg=25,
    any_edge=True,
    haze=0.6,
    wrong_box=0.05,
)
