"""Frontal chest radiographs as they may come, and as they must not: made from some.

The gate learns from these what to admit, what to call by its code, and, with the
drawings of `pneumonia.gate.drawings`, what to refuse as no chest radiograph at all
[1]_.

References
----------
.. [1] D. Hendrycks, M. Mazeika, T. Dietterich, "Deep Anomaly Detection with Outlier
   Exposure", ICLR 2019.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Change = Callable[[np.random.Generator, Grey], Grey]


def frontal(rng: np.random.Generator, grey: Grey) -> Grey:
    """Change a radiograph as another room, child, exposure or archive would.

    Parameters
    ----------
    rng : numpy.random.Generator
    grey : ndarray of uint8, shape (S, S)

    Returns
    -------
    ndarray of uint8, shape (S, S)
        Still to be admitted.
    """
    if rng.random() < 0.5:
        low = rng.uniform(0, 0.1, 2)
        high = 1 - rng.uniform(0, 0.1, 2)
        grey = _cut(grey, low, high)
    picture = _move(rng, grey)
    if rng.random() < 0.4:
        picture = _undress_shoulders(rng, picture)
    if rng.random() < 0.4:  # a white lung, a pale abdomen, an uneven exposure
        picture = picture + rng.uniform(20, 90) * _haze(rng, grey.shape[0])
    picture = 255 * (picture / 255) ** np.exp(rng.normal(0, 0.35))
    picture = (picture - 128) * np.exp(rng.normal(0, 0.3)) + 128 + rng.normal(0, 25)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 2))
    if rng.random() < 0.3:
        picture = picture + rng.uniform(2, 12) * rng.standard_normal(picture.shape)
    framed = np.asarray(np.rint(np.clip(picture, 0, 255)), np.uint8)
    if rng.random() < 0.3:
        _frame(rng, framed)
    if rng.random() < 0.5:
        _mark(rng, framed)
    return framed[:, ::-1].copy() if rng.random() < 0.15 else framed


def _move(rng: np.random.Generator, grey: Grey) -> NDArray[np.float32]:
    """Place and bend the chest as another child, posture or detector would."""
    side = grey.shape[0]
    aspect, zoom = np.exp(rng.normal(0, 0.14)), np.exp(rng.normal(0.06, 0.12))
    turn = np.deg2rad(rng.normal(0, 4))
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    bend = rng.normal(0, 0.025, (2, 5, 5)).astype(np.float32)
    bend_x, bend_y = (
        cv2.resize(part, (side, side), interpolation=cv2.INTER_CUBIC) for part in bend
    )
    shift_x, shift_y = rng.normal(0, 0.08, 2)
    from_x = (x * np.cos(turn) - y * np.sin(turn)) * zoom * aspect + bend_x + shift_x
    from_y = (x * np.sin(turn) + y * np.cos(turn)) * zoom / aspect + bend_y + shift_y
    moved = cv2.remap(
        grey,
        ((from_x + 1) * side / 2).astype(np.float32),
        ((from_y + 1) * side / 2).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE if rng.random() < 0.6 else cv2.BORDER_CONSTANT,
        borderValue=int(rng.choice([0, 0, 0, 255])),
    )
    return np.asarray(moved, np.float32)


def _undress_shoulders(
    rng: np.random.Generator, picture: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Show air above the shoulders and beside the neck, as larger detectors do."""
    side = picture.shape[0]
    y, x = np.mgrid[0 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    neck, height = rng.uniform(0.2, 0.4), rng.uniform(0.08, 0.35)
    slope = np.clip((np.abs(x - rng.normal(0, 0.08)) - neck) / (1 - neck), 0, 1)
    air = (y < height * slope ** rng.uniform(0.3, 1)).astype(np.float32)
    if rng.random() < 0.4:  # and beside the arms
        air = np.maximum(air, np.abs(x) > rng.uniform(0.85, 1)).astype(np.float32)
    air = cv2.GaussianBlur(air, (0, 0), side * rng.uniform(0.004, 0.02))
    return np.asarray(picture * (1 - air) + rng.uniform(0, 40) * air, np.float32)


def _haze(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Draw a soft patch of light, 0 to 1: the lower half, or anywhere."""
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j].astype(np.float32)
    if rng.random() < 0.4:
        return np.asarray(
            1 / (1 + np.exp(-(y - rng.uniform(0.5, 0.9)) * 15)), np.float32
        )
    across = (x - rng.uniform(0.1, 0.9)) / rng.uniform(0.1, 0.3)
    down = (y - rng.uniform(0.1, 0.9)) / rng.uniform(0.15, 0.4)
    return np.asarray(np.exp(-(across**2) - down**2), np.float32)


def _frame(rng: np.random.Generator, grey: Grey) -> None:
    """Lay a collimator's or a film's border around the picture."""
    side = grey.shape[0]
    level = int(rng.choice([0, 0, 20, 255]))
    top, bottom, left, right = (rng.integers(0, 1 + side // 12, 4)).tolist()
    grey[:top], grey[side - bottom :] = level, level
    grey[:, :left], grey[:, side - right :] = level, level


def _mark(rng: np.random.Generator, grey: Grey) -> None:
    """Write side markers and lines of text near the border."""
    side = grey.shape[0]
    for _ in range(rng.integers(1, 4)):
        text = str(
            rng.choice(["R", "L", "PORTABLE", "AP SUPINE", "SEMI-UPRIGHT 12:40"])
        )
        x = int(rng.choice([rng.uniform(0, 0.15), rng.uniform(0.6, 0.9)]) * side)
        y = int(rng.choice([rng.uniform(0.04, 0.3), rng.uniform(0.8, 1)]) * side)
        size = rng.uniform(0.2, 0.8) if len(text) == 1 else rng.uniform(0.2, 0.3)
        level = int(rng.choice([255, 255, 0]))
        cv2.putText(
            grey, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, level, 1, cv2.LINE_AA
        )


def _rotated(quarters: int) -> Change:
    """Turn anticlockwise by so many quarters."""
    return lambda rng, grey: np.ascontiguousarray(
        np.rot90(frontal(rng, grey), quarters)
    )


def _inverted(rng: np.random.Generator, grey: Grey) -> Grey:
    return np.asarray(255 - frontal(rng, grey), np.uint8)


def _cropped(rng: np.random.Generator, grey: Grey) -> Grey:
    """Keep a half or less of the picture, anywhere in it."""
    size = rng.uniform(0.3, 0.62, 2)
    if rng.random() < 0.5:
        size[rng.integers(2)] = rng.uniform(0.8, 1)
        size[size.argmin()] = rng.uniform(0.3, 0.52)
    low = rng.random(2) * (1 - size)
    return frontal(rng, _cut(grey, low, low + size))


def _shuffled(rng: np.random.Generator, grey: Grey) -> Grey:
    """Put the parts of a chest in the wrong places."""
    side, count = grey.shape[0], int(rng.integers(2, 5))
    cell = side // count
    tiles = [
        np.rot90(
            grey[y * cell : (y + 1) * cell, x * cell : (x + 1) * cell],
            int(rng.integers(4)),
        )
        for y in range(count)
        for x in range(count)
    ]
    order = rng.permutation(len(tiles))
    rows = [
        np.hstack([tiles[order[y * count + x]] for x in range(count)])
        for y in range(count)
    ]
    return np.asarray(cv2.resize(np.vstack(rows), (side, side)), np.uint8)


def _distorted(rng: np.random.Generator, grey: Grey) -> Grey:
    """Swirl a chest: its grey levels and textures, not its layout."""
    side = grey.shape[0]
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    angle = angle + rng.choice([-1, 1]) * rng.uniform(1.2, 4) * np.exp(-2 * radius)
    angle = angle + rng.uniform(0, 2 * np.pi)
    return np.asarray(
        cv2.remap(
            grey,
            ((radius * np.cos(angle) + 1) * side / 2).astype(np.float32),
            ((radius * np.sin(angle) + 1) * side / 2).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def _tiled(rng: np.random.Generator, grey: Grey) -> Grey:
    """Show several pictures side by side, as a contact sheet does."""
    side = grey.shape[0]
    rows, columns = ((1, 2), (2, 1), (2, 2), (2, 3))[rng.integers(4)]
    small = cv2.resize(grey, (side // columns, side // rows))
    sheet = np.tile(small, (rows, columns))
    return np.asarray(cv2.resize(sheet, (side, side)), np.uint8)


def photo_of_screen(rng: np.random.Generator, grey: Grey) -> Grey:
    """Photograph a radiograph on a screen: at an angle, with bezel, moiré and glare.

    Parameters
    ----------
    rng : numpy.random.Generator
    grey : ndarray of uint8, shape (S, S)

    Returns
    -------
    ndarray of uint8, shape (S, S)
    """
    side = grey.shape[0]
    margin = int(rng.uniform(0.03, 0.1) * side)
    screen = np.full((side, side), rng.integers(0, 60), np.uint8)
    inner = side - 2 * margin
    screen[margin:-margin, margin:-margin] = cv2.resize(grey, (inner, inner))
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    moved = corners + rng.uniform(-0.12, 0.12, (4, 2)).astype(np.float32) * side
    moved = side / 2 + (moved - side / 2) * rng.uniform(0.7, 0.95)
    wall = int(rng.integers(0, 256))
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    photo = cv2.warpPerspective(screen, matrix, (side, side), borderValue=wall).astype(
        np.float32
    )
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j].astype(np.float32)
    for _ in range(2):
        turn, frequency = rng.uniform(0, np.pi), rng.uniform(20, 90)
        bent = x * np.cos(turn) + y * np.sin(turn) + 0.02 * np.sin(5 * x + 3 * y)
        photo += rng.uniform(2, 10) * np.sin(2 * np.pi * frequency * bent)
    glare = np.hypot(x - rng.random(), y - rng.random())
    photo += rng.uniform(0, 150) * np.exp(-((glare / rng.uniform(0.1, 0.4)) ** 2))
    photo += rng.uniform(1, 5) * rng.standard_normal(photo.shape)
    return np.asarray(np.rint(np.clip(photo, 0, 255)), np.uint8)


def _cut(grey: Grey, low: NDArray[np.float64], high: NDArray[np.float64]) -> Grey:
    """Keep a part, given as shares of the side, and squash it to the square."""
    side = grey.shape[0]
    (top, left), (bottom, right) = (
        np.rint(np.array([low, high]) * side).astype(int).tolist()
    )
    return np.asarray(
        cv2.resize(
            grey[top:bottom, left:right], (side, side), interpolation=cv2.INTER_AREA
        )
    )


CHANGES: Final[dict[str, dict[str, Change]]] = {
    "frontal": {"frontal": frontal},
    "rotated_90": {"rotated_90": _rotated(1)},
    "rotated_180": {"rotated_180": _rotated(2)},
    "rotated_270": {"rotated_270": _rotated(3)},
    "inverted": {"inverted": _inverted},
    "cropped": {"cropped": _cropped},
    "photo_of_screen": {"photo_of_screen": photo_of_screen},
    "not_chest_radiograph": {
        "shuffled": _shuffled,
        "distorted": _distorted,
        "tiled": _tiled,
    },
}
