"""Rays through one drawn child: their paths, and their lengths in each body."""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.floating[Any]]
Tube = tuple[NDArray[np.float64], float]  # Centre line, (n, 2) in cm, and radius.

FIELD_CM = (17.6, 21.6)  # Height and width that the detector sees.

# What a seed decides, middle and half range: cm, y down from mid-chest, if not named.
CHILD = {
    "chest": (7.9, 0.45),  # Half width of the rib cage.
    "depth": (5.5, 0.4),  # Half thickness of the trunk.
    "apex": (-5.6, 0.3),  # Height of the lung tops.
    "taper": (0.57, 0.06),  # Exponent: how pointed the rib cage is above.
    "heart": (1.0, 0.1),  # Factor on the size of the heart.
    "tilt": (0.72, 0.14),  # Heart axis below the horizontal, radians.
    "dome": (4.0, 0.5),  # Height of the right diaphragm dome.
    "drop": (4.2, 0.9),  # Fall of a rib from spine to breastbone.
    "rib": (0.3, 0.035),  # Half height of a rib.
    "pitch": (1.2, 0.05),  # From one vertebra, and so one rib, to the next.
    "clavicle": (0.5, 0.6),  # Rise of the clavicles to the side.
    "arm": (0.45, 0.2),  # Lean of the raised arms, cm a cm.
    "chin": (-8.1, 0.8),
    "stomach": (1.0, 0.35),  # Factor on the size of the gastric air bubble.
    "shift_x": (0.0, 0.35),
    "shift_y": (0.0, 0.35),
    "turn": (0.0, 2.3),  # Rotation in the picture, degrees.
    "zoom": (1.0, 0.05),
    "exposure": (1.0, 0.14),
    "gamma": (1.0, 0.12),
}


class View(NamedTuple):
    """One child before the detector; pixel centres in cm, y downwards."""

    child: dict[str, float]
    x: Map  # (1, columns)
    y: Map  # (rows, 1)
    step: tuple[float, float]  # Size of a pixel along x and y, cm.


def place_child(shape: tuple[int, int], margin: int, rng: np.random.Generator) -> View:
    """Draw a child's measures at random and place it before the detector."""
    child = {k: mid + half * rng.uniform(-1, 1) for k, (mid, half) in CHILD.items()}
    (rows, columns), (height, width) = shape, FIELD_CM
    # Another aspect shows more around the chest, like a real exposure, up to 1.3
    # times as much; what remains squashes the anatomy.
    wide = math.sqrt(columns / rows * height / width)
    step_x = width * child["zoom"] * min(max(wide, 1), 1.3) / columns
    step_y = height * child["zoom"] * min(max(1 / wide, 1), 1.3) / rows
    x = step_x * (np.arange(-margin, columns + margin) - (columns - 1) / 2)
    y = step_y * (np.arange(-margin, rows + margin) - (rows - 1) / 2)
    # Single precision halves the time.
    x = (x - child["shift_x"]).astype(np.float32)[None, :]
    y = (y - child["shift_y"]).astype(np.float32)[:, None]
    return View(child, x, y, (step_x, step_y))


def root(squared: Map) -> Map:
    """Half chord through a round body, 0 where the ray misses it."""
    return np.sqrt(np.maximum(squared, 0))


def ramp(values: Map) -> Map:
    """Clip to 0 to 1."""
    return np.clip(values, 0, 1)


def bell(values: Map) -> Map:
    """Fall off as a Gaussian does, 1 at 0."""
    return np.exp(-values * values)


def cross_ellipsoid(
    v: View, at: tuple[float, float], axes: tuple[float, float, float], turn: float = 0
) -> Map:
    """Length of every ray in an ellipsoid turned by ``turn`` radians."""
    dx, dy, cos, sin = v.x - at[0], v.y - at[1], math.cos(turn), math.sin(turn)
    along = dx * (cos / axes[0]) + dy * (sin / axes[0])
    across = dy * (cos / axes[1]) - dx * (sin / axes[1])
    return 2 * axes[2] * root(1 - along * along - across * across)


def cross_tubes(v: View, tubes: list[Tube], hollow: float = 0) -> Map:
    """Share of full depth, 0 to 1, of every ray in tubes drawn as soft lines."""
    sheet = np.zeros((v.y.size, v.x.size), dtype=np.uint8)
    # Lines inside lines stand for the round, or hollow, section.
    for part, level in ((1.0, 0.6), (0.75, 0.85), (0.5, 1.0 - hollow)):
        for points, radius in tubes:
            width = 2 * radius * part / math.sqrt(v.step[0] * v.step[1])
            if part == 1 or width > 1.5:
                pixels = (points - (v.x[0, 0], v.y[0, 0])) / v.step
                line = np.rint(pixels * 16).astype(np.int32)  # Sixteenths, see shift.
                shade = 255 * level * min(1, width)  # Finer than a pixel: paler.
                thick = max(1, round(width))
                cv2.polylines(sheet, [line], False, shade, thick, cv2.LINE_AA, shift=4)
    return blur(sheet.astype(np.float32) / 255, v, 0.05)


def blur(image: Map, v: View, cm: float) -> Map:
    """Blur by a Gaussian, on a coarser copy where that shows no difference."""
    (rows, columns), (step_x, step_y) = image.shape, v.step
    coarse = max(1, int(cm / max(v.step) / 3))
    size = (max(1, columns // coarse), max(1, rows // coarse))
    small: Any = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    sigma_x, sigma_y = cm / step_x / coarse, cm / step_y / coarse
    small = cv2.GaussianBlur(
        small, (0, 0), sigma_x, sigmaY=sigma_y, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.resize(small, (columns, rows)), dtype=np.float32)
