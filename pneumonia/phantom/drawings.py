"""Two drawings for the gate to refuse: a chest from the side, and no chest at all.

The training data has neither. A drawing only has to put light, dark and edges where
real pictures do, because what the gate looks at holds no more than that.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

_Levels = NDArray[np.float32]

# Outlines of a left lateral chest, as shares of the side: x to the right, y down.
_TRUNK: Final = (
    *((0.2, 1.1), (0.12, 0.6), (0.28, 0.25), (0.38, 0.12), (0.36, -0.1)),
    *((0.66, -0.1), (0.78, 0.15), (0.88, 0.5), (0.82, 1.1)),
)
_LUNG: Final = (
    *((0.48, 0.12), (0.6, 0.1), (0.72, 0.25), (0.78, 0.5), (0.76, 0.79)),
    *((0.5, 0.68), (0.22, 0.68), (0.27, 0.45), (0.38, 0.25)),
)
_SPINE: Final = ((0.6, -0.05), (0.7, 0.2), (0.75, 0.5), (0.7, 0.95))


def draw_lateral(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """Draw a chest from the side: one dark field between spine and breastbone.

    Parameters
    ----------
    rng : numpy.random.Generator
    side : int
        Side of the square, in pixels.

    Returns
    -------
    ndarray of uint8, shape (side, side)
    """
    levels, lung, dense, ribs = (np.zeros((side, side), np.float32) for _ in range(4))
    _fill(levels, _TRUNK + rng.uniform(-0.05, 0.05, (9, 2)), rng.uniform(0.4, 0.6))
    _fill(lung, _LUNG + rng.uniform(-0.03, 0.03, (9, 2)), 1)
    heart = rng.uniform([0.32, 0.5], [0.45, 0.62])
    _ellipse(dense, heart, rng.uniform(0.1, 0.17, 2), 1)
    diaphragm = rng.uniform([0.35, 0.9], [0.55, 1.0])
    _ellipse(dense, diaphragm, rng.uniform([0.25, 0.18], [0.4, 0.3]), 1.2)
    for top in rng.uniform(0.2, 0.75, 8):  # ribs of both sides slant the same way
        ends = np.array([[0.75, top], [0.3, top + rng.uniform(0.05, 0.2)]])
        back, front = np.rint(ends * side).astype(int).tolist()
        cv2.line(ribs, back, front, 0.08, max(1, side // 60), cv2.LINE_AA)
    levels = _blur(levels, rng.uniform(0.01, 0.03)) + ribs
    levels -= rng.uniform(0.2, 0.4) * _blur(lung, 0.025)
    levels += rng.uniform(0.2, 0.4) * _blur(dense, 0.02)
    spine = np.array(_SPINE)
    for along in np.linspace(0, 3, 14):
        center = [np.interp(along, range(4), spine[:, axis]) for axis in (0, 1)]
        _ellipse(levels, center, (0.035, 0.025), rng.uniform(0.5, 0.7))
    texture = 0.1 * (_cloud(rng, side) - 0.5)
    return _to_8_bit(_expose(rng, np.where(levels > 0.05, levels + texture, levels)))


def draw_shapes(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """Draw ellipses and boxes on an uneven ground, half of the time symmetric.

    They stand for whatever is no chest: other parts of the body, people, documents.

    Parameters
    ----------
    rng : numpy.random.Generator
    side : int
        Side of the square, in pixels.

    Returns
    -------
    ndarray of uint8, shape (side, side)
        Black at the darkest point and white at the lightest.
    """
    levels = rng.uniform(0.1, 0.8) * _cloud(rng, side)
    for _ in range(rng.integers(2, 20)):
        center = rng.uniform(0, side, 2)
        size = side * rng.uniform(0.03, 0.5) * np.array([1, rng.uniform(0.1, 1)])
        turn, level = float(rng.uniform(0, 180)), float(rng.random())
        box = (center.tolist(), (2 * size).tolist(), turn)
        if rng.random() < 0.5:
            cv2.ellipse(levels, box, level, -1, cv2.LINE_AA)
        else:
            corners = np.rint(cv2.boxPoints(box)).astype(int)
            cv2.fillPoly(levels, [corners], level, cv2.LINE_AA)
    if rng.random() < 0.5:
        levels = (levels + levels[:, ::-1]) / 2
    levels = _blur(levels, rng.uniform(0.002, 0.03))
    low, high = float(levels.min()), float(levels.max())
    return _to_8_bit((levels - low) / max(high - low, 1e-6))


def _expose(rng: np.random.Generator, levels: _Levels) -> _Levels:
    """Place and expose a drawing in any way: turned, cut, too dark or too light."""
    side = len(levels)
    middle = (side / 2, side / 2)
    turn = rng.normal(0, 12) + 90 * rng.choice(4, p=[0.82, 0.06, 0.06, 0.06])
    matrix = cv2.getRotationMatrix2D(middle, turn, rng.uniform(0.75, 1.4))
    matrix[:, 2] = matrix[:, 2] + rng.normal(0, 0.06, 2) * side
    border = cv2.BORDER_CONSTANT if rng.random() < 0.6 else cv2.BORDER_REPLICATE
    placed = cv2.warpAffine(levels, matrix, (side, side), borderMode=border)
    if rng.random() < 0.5:
        placed = placed[:, ::-1]
    exposed = np.clip(placed, 0, 1) ** rng.uniform(0.5, 1.8) * rng.uniform(0.6, 1.1)
    return np.asarray(exposed + rng.uniform(0, 0.25) * _cloud(rng, side), np.float32)


def _cloud(rng: np.random.Generator, side: int) -> _Levels:
    """Draw smooth noise of about 0 to 1."""
    cells = int(rng.integers(2, 9))
    noise = rng.random((cells, cells), np.float32)
    smooth = cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32)


def _fill(levels: _Levels, outline: ArrayLike, level: float) -> None:
    """Fill a polygon; its corners are shares of the side."""
    corners = np.rint(np.asarray(outline) * levels.shape[0]).astype(int)
    cv2.fillPoly(levels, [corners], level)


def _ellipse(
    levels: _Levels, center: ArrayLike, radii: ArrayLike, level: float
) -> None:
    """Fill an upright ellipse; centre and radii are shares of the side."""
    place, size = (
        np.rint(np.asarray(share) * levels.shape[0]).astype(int).tolist()
        for share in (center, radii)
    )
    cv2.ellipse(levels, place, size, 0, 0, 360, level, -1, cv2.LINE_AA)


def _blur(levels: _Levels, share: float) -> _Levels:
    """Blur with a standard deviation given as a share of the side."""
    sigma = share * levels.shape[0]
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), sigma), np.float32)


def _to_8_bit(levels: _Levels) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(levels, 0, 1) * 255), np.uint8)
