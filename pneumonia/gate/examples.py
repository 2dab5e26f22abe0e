"""Training examples of the gate's views, made from upright frontal radiographs.

A folder of frontal radiographs has no rotated, inverted, cropped or photographed ones.
The gate learns these views, and what is no chest, from changed radiographs and from
`pneumonia.phantom.drawings` [1]_. `KINDS` lists them; each is made from an upright
frontal radiograph and has its shape (S, S) and its dtype uint8.

References
----------
.. [1] D. Hendrycks, M. Mazeika, T. Dietterich, "Deep Anomaly Detection with Outlier
   Exposure", ICLR 2019.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.phantom.drawings import draw_lateral, draw_shapes

Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Kind:
    """One kind of training example.

    Attributes
    ----------
    view : str
        What the gate is to say of it; see `pneumonia.gate.checks.VIEWS`.
    count : int
        How many examples suit 4,000 training radiographs.
    make : callable
        Takes a random generator and a frontal radiograph.
    """

    view: str
    count: int
    make: Callable[[np.random.Generator, Grey], Grey]


def _vary(rng: np.random.Generator, grey: Grey) -> Grey:
    """Change a picture as another patient, exposure or detector would.

    A frontal radiograph stays one that the gate admits.
    """
    levels = _move(rng, grey)
    if rng.random() < 0.4:
        levels = levels * (1 - _draw_air(rng, len(grey)))
    if rng.random() < 0.4:
        levels = levels + rng.uniform(20, 90) * _draw_haze(rng, len(grey))
    levels = 255 * (np.clip(levels, 0, 255) / 255) ** np.exp(rng.normal(0, 0.35))
    levels = (levels - 128) * np.exp(rng.normal(0, 0.3)) + 128 + rng.normal(0, 25)
    varied = _to_8_bit(levels)
    if rng.random() < 0.3:
        varied = _frame(rng, varied)
    return varied[:, ::-1] if rng.random() < 0.15 else varied


def _crop(rng: np.random.Generator, grey: Grey) -> Grey:
    """Keep about half of a radiograph or less."""
    size = rng.uniform(0.3, 0.62, 2)
    if rng.random() < 0.5:
        size = rng.permutation([rng.uniform(0.3, 0.52), rng.uniform(0.8, 1)])
    low = rng.random(2) * (1 - size)
    edges = np.rint(np.array([low, low + size]) * len(grey)).astype(int)
    (top, left), (bottom, right) = edges
    return _vary(rng, _resize(grey[top:bottom, left:right], grey.shape))


def _photograph_screen(rng: np.random.Generator, grey: Grey) -> Grey:
    """Photograph a radiograph on a screen: at an angle, with a bezel and glare."""
    side = len(grey)
    bezel = int(rng.uniform(0.03, 0.1) * side)
    screen = np.pad(grey, bezel, constant_values=int(rng.integers(0, 60)))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    seen = (corners - 0.5 + rng.uniform(-0.12, 0.12, (4, 2))) * rng.uniform(0.7, 0.95)
    perspective = cv2.getPerspectiveTransform(
        corners * len(screen), ((seen + 0.5) * side).astype(np.float32)
    )
    wall = int(rng.integers(0, 256))
    photo = cv2.warpPerspective(screen, perspective, (side, side), borderValue=wall)
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    distance = np.hypot(x - rng.random(), y - rng.random()) / rng.uniform(0.1, 0.4)
    return _to_8_bit(photo + rng.uniform(0, 150) * np.exp(-(distance**2)))


def _capture_screen(rng: np.random.Generator, grey: Grey) -> Grey:
    """Draw the window of a viewer around a radiograph: tools, a list, letters."""
    side = 4 * len(grey)  # large enough for letters, shrunk at the end
    ground = int(rng.integers(10, 70) if rng.random() < 0.7 else rng.integers(190, 250))
    ink = 215 if ground < 128 else 45
    window = np.full((side, side), ground, np.uint8)
    left, right = rng.uniform([0.1, 0.6], [0.32, 1.0]) * side
    top, bottom = rng.uniform([0.03, 0.85], [0.12, 1.0]) * side
    if rng.random() < 0.6:
        right = side
    top, bottom, left, right = (int(edge) for edge in (top, bottom, left, right))
    window[:top] = rng.integers(0, 256)
    _letter(rng, window, (top, side, 0, left), ink)
    _letter(rng, window, (top, side, right, side), ink)
    for start in range(left, side - top, int(rng.uniform(1, 2) * top)):
        tool = np.s_[top // 4 : top - top // 4, start : start + top // 2]
        window[tool] = rng.integers(60, 256)
    for start in range(2 * top, side - left, left + side // 50):
        if rng.random() < 0.4:
            _paste(window, grey, (start, start + left - 8, 8, left - 8))
    # A viewer keeps the proportions; what is left of its pane is empty.
    width, height = right - left, bottom - top
    share = min(1.0, np.exp(rng.normal(0, 0.3)) * height / width)
    window[top:bottom, left:right] = ground
    shown = (top, bottom, left, left + int(share * width))
    _paste(window, _vary(rng, grey), shown)
    _letter(rng, window, (top, top + side // 8, left, left + side // 5), 220)
    return _resize(window, grey.shape)


def _tile(rng: np.random.Generator, grey: Grey) -> Grey:
    """Show a radiograph several times side by side, as a contact sheet does."""
    rows, columns = ((1, 2), (2, 1), (2, 2), (2, 3))[rng.integers(4)]
    return _resize(np.tile(grey, (rows, columns)), grey.shape)


def _turned(quarters: int) -> Callable[[np.random.Generator, Grey], Grey]:
    """Return a change that turns anticlockwise by so many quarters."""
    return lambda rng, grey: np.rot90(_vary(rng, grey), quarters)


KINDS: Final = {
    "varied frontal": Kind("frontal", 4000, _vary),
    "turned by 90°": Kind("rotated_90", 800, _turned(1)),
    "turned by 180°": Kind("rotated_180", 800, _turned(2)),
    "turned by 270°": Kind("rotated_270", 800, _turned(3)),
    "inverted": Kind("inverted", 800, lambda rng, grey: ~_vary(rng, grey)),
    "cropped": Kind("cropped", 1500, _crop),
    "photograph of a screen": Kind("photo_of_screen", 900, _photograph_screen),
    "screenshot of a viewer": Kind("photo_of_screen", 1500, _capture_screen),
    "drawn lateral view": Kind(
        "lateral_view", 1000, lambda rng, grey: draw_lateral(rng, len(grey))
    ),
    "tiled": Kind("not_chest_radiograph", 400, _tile),
    "drawn shapes": Kind(
        "not_chest_radiograph", 1500, lambda rng, grey: draw_shapes(rng, len(grey))
    ),
}


def _move(rng: np.random.Generator, grey: Grey) -> NDArray[np.float32]:
    """Turn by a few degrees, zoom, stretch and shift."""
    side = len(grey)
    middle = (side / 2, side / 2)
    zoom, stretch = np.exp(rng.normal(-0.03, 0.13)), np.exp(rng.normal(0, 0.14))
    matrix = cv2.getRotationMatrix2D(middle, rng.normal(0, 4), zoom)
    for axis, factor in enumerate((stretch, 1 / stretch)):
        matrix[axis] *= factor
        matrix[axis, 2] += (1 - factor) * side / 2 + rng.normal(0, 0.04) * side
    border = cv2.BORDER_REPLICATE if rng.random() < 0.6 else cv2.BORDER_CONSTANT
    moved = cv2.warpAffine(grey, matrix, (side, side), borderMode=border)
    return np.asarray(moved, np.float32)


def _draw_air(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Draw the air above the shoulders that larger detectors show, 0 to 1."""
    y, x = np.mgrid[0 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    shoulder = np.sqrt(np.clip((np.abs(x) - rng.uniform(0.2, 0.4)) / 0.7, 0, 1))
    air = (y < rng.uniform(0.08, 0.35) * shoulder).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(air, (0, 0), side * 0.01), np.float32)


def _draw_haze(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Draw a soft bright patch anywhere, 0 to 1: an opacity, an uneven exposure."""
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j].astype(np.float32)
    center, size = rng.uniform(0.1, 1, 2), rng.uniform(0.1, 0.4, 2)
    across, down = (x - center[0]) / size[0], (y - center[1]) / size[1]
    return np.asarray(np.exp(-(across**2) - down**2), np.float32)


def _frame(rng: np.random.Generator, grey: Grey) -> Grey:
    """Cover the edges with a black or white border, as a collimator does."""
    side = len(grey)
    top, bottom, left, right = rng.integers(1, 2 + side // 12, 4).tolist()
    framed = np.full_like(grey, rng.choice([0, 255]))
    framed[top:-bottom, left:-right] = grey[top:-bottom, left:-right]
    return framed


def _paste(window: Grey, grey: Grey, box: tuple[int, int, int, int]) -> None:
    """Stretch a radiograph over a part: its top, bottom, left and right edge."""
    top, bottom, left, right = box
    window[top:bottom, left:right] = _resize(grey, (bottom - top, right - left))


def _letter(
    rng: np.random.Generator, window: Grey, box: tuple[int, int, int, int], ink: int
) -> None:
    """Write lines of letters into a part: its top, bottom, left and right edge."""
    top, bottom, left, right = box
    size = int(rng.integers(6, 12))
    letters = "".join(chr(code) for code in rng.integers(65, 123, 40))
    part = window[top:bottom, left:right]
    for line in range(size, bottom - top, 2 * size):
        text = letters[: rng.integers(5, 40)]
        cv2.putText(part, text, (4, line), cv2.FONT_HERSHEY_SIMPLEX, size / 22, ink)


def _resize(grey: Grey, shape: tuple[int, ...]) -> Grey:
    resized = cv2.resize(grey, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def _to_8_bit(levels: NDArray[np.floating]) -> Grey:
    return np.asarray(np.rint(np.clip(levels, 0, 255)), np.uint8)
