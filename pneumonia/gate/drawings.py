"""Pictures that are no chest radiographs, drawn: the gate learns from them.

They need not deceive anybody. Each kind only has to put light, dark and edges where
its real counterpart does, in as many ways as the seed allows, so that what the gate
learns is the frontal chest and not a list of other things.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.gate.anatomy import ANATOMY, expose
from pneumonia.gate.canvas import Picture, blur, clouds, ellipse, stretch, write

Draw = Callable[[np.random.Generator, int], Picture]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:-"


def draw(kind: str, *, seed: int, side: int = 224) -> NDArray[np.uint8]:
    """Draw one picture.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    seed : int
        The same kind and seed give the same picture.
    side : int
        Of the square, in pixels.

    Returns
    -------
    ndarray of uint8, shape (side, side)
    """
    rng = np.random.default_rng([seed, *kind.encode()])
    picture = KINDS[kind](rng, side)
    if kind in ANATOMY:
        picture = expose(rng, picture)
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255), np.uint8)


def _noise(rng: np.random.Generator, side: int) -> Picture:
    """Draw grains of any size, from single pixels to clouds."""
    cells = int(side / rng.choice([1, 1, 2, 4, 8, 16]))
    grain = rng.random((cells, cells), np.float32)
    return np.asarray(
        cv2.resize(grain, (side, side), interpolation=int(rng.integers(3)))
    )


def _gradient(rng: np.random.Generator, side: int) -> Picture:
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = x * np.cos(angle) + y * np.sin(angle)
    glow = np.hypot(x - rng.uniform(-1, 1), y - rng.uniform(-1, 1))
    picture = stretch(rng.uniform(-1, 1) * slope + rng.uniform(-1, 1) * glow)
    return picture + 0.02 * rng.standard_normal((side, side), np.float32)


def _pattern(rng: np.random.Generator, side: int) -> Picture:
    """Draw stripes, checks and weaves, as fabrics, tiles and test charts have."""
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j].astype(np.float32)
    picture = np.zeros((side, side), np.float32)
    for _ in range(rng.integers(1, 4)):
        angle, frequency = rng.uniform(0, np.pi), rng.uniform(2, 40)
        wave = np.sin(
            2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle))
            + rng.uniform(0, 6)
        )
        picture = picture + (np.sign(wave) if rng.random() < 0.5 else wave)
    return stretch(picture)


def _shapes(rng: np.random.Generator, side: int) -> Picture:
    """Draw things before a background: what a photograph is to a thumbnail."""
    picture = clouds(rng, side) * rng.uniform(0, 0.6) + rng.uniform(0, 0.4)
    for _ in range(rng.integers(2, 30)):
        center = rng.integers(0, side, 2).tolist()
        size = rng.integers(side // 30, max(side // 3, 3), 2).tolist()
        level, turn = float(rng.random()), float(rng.uniform(0, 180))
        if rng.random() < 0.5:
            cv2.ellipse(picture, center, size, turn, 0, 360, level, -1, cv2.LINE_AA)
        else:
            corners = cv2.boxPoints((center, size, turn)).astype(int)
            cv2.fillPoly(picture, [corners], level, cv2.LINE_AA)
    return blur(picture, side * rng.uniform(0, 0.02))


def _scene(rng: np.random.Generator, side: int) -> Picture:
    """Draw a landscape or a room: sky or wall, ground, things that stand on it."""
    picture = clouds(rng, side) * 0.2 + rng.uniform(0.3, 0.8)
    horizon = int(side * rng.uniform(0.3, 0.8))
    picture[horizon:] = clouds(rng, side)[horizon:] * 0.5 + rng.uniform(-0.2, 0.4)
    for _ in range(rng.integers(1, 12)):
        left, width = rng.uniform(-0.1, 1), rng.uniform(0.03, 0.4)
        top, foot = rng.uniform(0, horizon / side), rng.uniform(horizon / side, 1)
        box = (np.array([left, top, left + width, foot]) * side).astype(int)
        cv2.rectangle(
            picture, box[:2].tolist(), box[2:].tolist(), float(rng.random()), -1
        )
    return blur(picture, side * rng.uniform(0.002, 0.01))


def _portrait(rng: np.random.Generator, side: int) -> Picture:
    """Draw a head on shoulders, the commonest photograph, and nearly symmetric."""
    picture = clouds(rng, side) * 0.3 + rng.uniform(0, 0.7)
    middle = side * rng.uniform(0.35, 0.65)
    head = side * rng.uniform(0.12, 0.25)
    top = side * rng.uniform(0.25, 0.45)
    clothes, skin, hair = (float(level) for level in rng.random(3))
    ellipse(
        picture, (middle, side * 1.05), (head * 2.1, side * 0.98 - top - head), clothes
    )
    ellipse(picture, (middle, top - head * 0.3), (head * 1.15, head * 1.3), hair)
    ellipse(picture, (middle, top), (head * 0.85, head * 1.2), skin)
    for x in (-0.35, 0.35):
        ellipse(
            picture, (middle + x * head, top - 0.2 * head), (head / 7, head / 11), 0
        )
    ellipse(picture, (middle, top + 0.6 * head), (head / 3, head / 12), skin / 2)
    return blur(picture, side * rng.uniform(0.002, 0.015))


def _document(rng: np.random.Generator, side: int) -> Picture:
    """Draw a page of text, dark on light or the reverse."""
    picture = np.ones((side, side), np.float32)
    y, margin = rng.integers(5, side // 5), int(rng.integers(3, side // 5))
    while y < side - 5:
        size = rng.choice([0.2, 0.25, 0.3, 0.4], p=[0.3, 0.4, 0.2, 0.1])
        if rng.random() < 0.04:
            size *= 2.5
        if rng.random() > 0.12:
            length = int(rng.uniform(0.2, 1) * (side - margin) / (size * 18))
            line = "".join(rng.choice([*_LETTERS, " ", " "], max(length, 1)))
            write(picture, line, (margin, int(y)), float(size), 0.0, rng)
        y += 30 * size * rng.uniform(1, 1.3)
    if rng.random() < 0.4:
        corner = rng.integers(0, side // 2, 2)
        box = (
            slice(corner[0], corner[0] + side // 3),
            slice(corner[1], corner[1] + side // 3),
        )
        picture[box] = _shapes(rng, side)[box]
    return 1 - picture if rng.random() < 0.3 else picture


def _screenshot(rng: np.random.Generator, side: int) -> Picture:
    """Draw windows with bars, panels, buttons and lines of text."""
    picture = np.full((side, side), rng.random(), np.float32)
    for _ in range(rng.integers(1, 6)):
        left, top = rng.integers(-side // 8, side // 2, 2)
        width, height = rng.integers(side // 4, side, 2)
        paper = float(rng.choice([0.05, 0.15, 0.9, 1.0]))
        cv2.rectangle(picture, (left, top), (left + width, top + height), paper, -1)
        bar = int(rng.integers(side // 40 + 1, side // 12))
        cv2.rectangle(
            picture, (left, top), (left + width, top + bar), float(rng.random()), -1
        )
        for row in range(top + 2 * bar, min(top + height, side), bar + 2):
            if rng.random() < 0.7:
                line = "".join(rng.choice([*_LETTERS, " "], rng.integers(3, 60)))
                write(picture, line, (left + 4, row), 0.22, 1 - paper, rng)
            elif rng.random() < 0.5:
                start = left + int(rng.integers(0, width))
                end = (start + width // 4, row + bar)
                cv2.rectangle(picture, (start, row), end, float(rng.random()), -1)
    return picture


def _chart(rng: np.random.Generator, side: int) -> Picture:
    """Draw a curve, bars or an electrocardiogram on a grid."""
    picture = np.ones((side, side), np.float32)
    for place in range(0, side, int(rng.integers(8, side // 4))):
        cv2.line(picture, (place, 0), (place, side), 0.8)
        cv2.line(picture, (0, place), (side, place), 0.8)
    for _ in range(rng.integers(1, 6)):
        x = np.linspace(0, side, int(rng.integers(5, 120)))
        y = side * (rng.random() + 0.1 * rng.standard_normal(len(x)))
        points = np.column_stack([x, y]).astype(int)
        cv2.polylines(picture, [points], False, float(rng.uniform(0, 0.6)), 2)
    return 1 - picture if rng.random() < 0.4 else picture


KINDS: Final[dict[str, Draw]] = {
    "noise": _noise,
    "clouds": clouds,
    "gradient": _gradient,
    "pattern": _pattern,
    "shapes": _shapes,
    "scene": _scene,
    "portrait": _portrait,
    "document": _document,
    "screenshot": _screenshot,
    "chart": _chart,
    **ANATOMY,
}
