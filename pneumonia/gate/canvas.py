"""Strokes, patches and clouds that synthetic pictures are drawn from.

Pictures are float32, shape (S, S), black at 0 and white at 1.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Picture = NDArray[np.float32]

_FONTS: Final = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)


def clouds(rng: np.random.Generator, side: int) -> Picture:
    """Draw noise whose spectrum falls as natural pictures' does."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side)))
    spectrum = rng.standard_normal((side // 2 + 1, side)) * np.exp(
        2j * np.pi * rng.random((side // 2 + 1, side))
    )
    spectrum /= np.maximum(frequency, 1 / side) ** rng.uniform(0.8, 2.2)
    field = np.fft.irfft2(spectrum.T, (side, side))
    return stretch(field.astype(np.float32))


def stretch(picture: Picture) -> Picture:
    """Stretch the levels to 0 to 1."""
    low, high = picture.min(), picture.max()
    # OpenCV draws into rows that lie one behind the other only.
    return np.ascontiguousarray((picture - low) / max(high - low, 1e-6), np.float32)


def blur(picture: Picture, sigma: float) -> Picture:
    """Blur by so many pixels, at least a little."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(sigma, 0.3)))


def write(
    picture: Picture,
    text: str,
    origin: tuple[int, int],
    size: float,
    level: float,
    rng: np.random.Generator,
) -> None:
    """Write a line of text in one of several fonts."""
    font = _FONTS[rng.integers(len(_FONTS))]
    ink = np.zeros(picture.shape, np.uint8)
    cv2.putText(ink, text, origin, font, size, 255, 1, cv2.LINE_AA)
    picture += (level - picture) * (ink / np.float32(255))


def ellipse(picture: Picture, center: ArrayLike, axes: ArrayLike, level: float) -> None:
    """Fill an ellipse; centre and half axes in pixels."""
    center, axes = np.rint(center).astype(int), np.rint(axes).astype(int)
    cv2.ellipse(
        picture,
        center.tolist(),
        np.maximum(axes, 1).tolist(),
        0,
        0,
        360,
        float(level),
        -1,
        cv2.LINE_AA,
    )


def tube(picture: Picture, ends: ArrayLike, width: float, level: float) -> None:
    """Draw a thick line; ends and width are shares of the side."""
    side = picture.shape[0]
    a, b = np.rint(np.asarray(ends) * side).astype(int).tolist()
    cv2.line(picture, a, b, float(level), max(1, round(width * side)), cv2.LINE_AA)


def bone(picture: Picture, ends: ArrayLike, width: float) -> None:
    """Draw a long bone: a bright cortex around a greyer marrow, knobs at its ends."""
    side = picture.shape[0]
    for end in np.asarray(ends):
        ellipse(picture, end * side, (width * side * 0.7, width * side * 0.5), 0.7)
    tube(picture, ends, width, 0.9)
    tube(picture, ends, width * 0.6, 0.65)
