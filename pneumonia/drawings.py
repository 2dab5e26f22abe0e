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

Picture = NDArray[np.float32]
Draw = Callable[[np.random.Generator, int], Picture]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:-"
_FONTS: Final = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)


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
    if kind in _ANATOMY:
        picture = _expose(rng, picture)
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255), np.uint8)


def _noise(rng: np.random.Generator, side: int) -> Picture:
    """Draw grains of any size, from single pixels to clouds."""
    cells = int(side / rng.choice([1, 1, 2, 4, 8, 16]))
    grain = rng.random((cells, cells), np.float32)
    return np.asarray(cv2.resize(grain, (side, side), interpolation=int(rng.integers(3))))


def _clouds(rng: np.random.Generator, side: int) -> Picture:
    """Draw noise whose spectrum falls as natural pictures' does."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side)))
    spectrum = rng.standard_normal((side // 2 + 1, side)) * np.exp(
        2j * np.pi * rng.random((side // 2 + 1, side))
    )
    spectrum /= np.maximum(frequency, 1 / side) ** rng.uniform(0.8, 2.2)
    field = np.fft.irfft2(spectrum.T, (side, side))
    return _stretch(field.astype(np.float32))


def _gradient(rng: np.random.Generator, side: int) -> Picture:
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = x * np.cos(angle) + y * np.sin(angle)
    glow = np.hypot(x - rng.uniform(-1, 1), y - rng.uniform(-1, 1))
    picture = _stretch(rng.uniform(-1, 1) * slope + rng.uniform(-1, 1) * glow)
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
    return _stretch(picture)


def _shapes(rng: np.random.Generator, side: int) -> Picture:
    """Draw things before a background: what a photograph is to a thumbnail."""
    picture = _clouds(rng, side) * rng.uniform(0, 0.6) + rng.uniform(0, 0.4)
    for _ in range(rng.integers(2, 30)):
        center = rng.integers(0, side, 2).tolist()
        size = rng.integers(side // 30, max(side // 3, 3), 2).tolist()
        level, turn = float(rng.random()), float(rng.uniform(0, 180))
        if rng.random() < 0.5:
            cv2.ellipse(picture, center, size, turn, 0, 360, level, -1, cv2.LINE_AA)
        else:
            corners = cv2.boxPoints((center, size, turn)).astype(int)
            cv2.fillPoly(picture, [corners], level, cv2.LINE_AA)
    return _blur(picture, side * rng.uniform(0, 0.02))


def _scene(rng: np.random.Generator, side: int) -> Picture:
    """Draw a landscape or a room: sky or wall, ground, things that stand on it."""
    picture = _clouds(rng, side) * 0.2 + rng.uniform(0.3, 0.8)
    horizon = int(side * rng.uniform(0.3, 0.8))
    picture[horizon:] = _clouds(rng, side)[horizon:] * 0.5 + rng.uniform(-0.2, 0.4)
    for _ in range(rng.integers(1, 12)):
        left, width = rng.uniform(-0.1, 1), rng.uniform(0.03, 0.4)
        top, foot = rng.uniform(0, horizon / side), rng.uniform(horizon / side, 1)
        box = (np.array([left, top, left + width, foot]) * side).astype(int)
        cv2.rectangle(picture, box[:2], box[2:], float(rng.random()), -1)
    return _blur(picture, side * rng.uniform(0.002, 0.01))


def _portrait(rng: np.random.Generator, side: int) -> Picture:
    """Draw a head on shoulders, the commonest photograph, and nearly symmetric."""
    picture = _clouds(rng, side) * 0.3 + rng.uniform(0, 0.7)
    middle = side * rng.uniform(0.35, 0.65)
    head = side * rng.uniform(0.12, 0.25)
    top = side * rng.uniform(0.25, 0.45)
    clothes, skin, hair = (float(level) for level in rng.random(3))
    _ellipse(picture, (middle, side * 1.05), (head * 2.1, side * 0.98 - top - head), clothes)
    _ellipse(picture, (middle, top - head * 0.3), (head * 1.15, head * 1.3), hair)
    _ellipse(picture, (middle, top), (head * 0.85, head * 1.2), skin)
    for x in (-0.35, 0.35):
        _ellipse(picture, (middle + x * head, top - 0.2 * head), (head / 7, head / 11), 0)
    _ellipse(picture, (middle, top + 0.6 * head), (head / 3, head / 12), skin / 2)
    return _blur(picture, side * rng.uniform(0.002, 0.015))


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
            _write(picture, line, (margin, int(y)), float(size), 0.0, rng)
        y += 30 * size * rng.uniform(1, 1.3)
    if rng.random() < 0.4:
        corner = rng.integers(0, side // 2, 2)
        box = slice(corner[0], corner[0] + side // 3), slice(corner[1], corner[1] + side // 3)
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
                _write(picture, line, (left + 4, row), 0.22, 1 - paper, rng)
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


def _limb(rng: np.random.Generator, side: int) -> Picture:
    """Draw one or two long bones in soft tissue, or a joint of two pairs."""
    picture = np.zeros((side, side), np.float32)
    bend = rng.uniform(-0.4, 0.4)
    knee = np.array([0.5 + rng.uniform(-0.15, 0.15), rng.uniform(0.35, 0.65)])
    ends = [knee - [bend, 0.8], knee, knee + [bend * rng.uniform(-1, 1), 0.8]]
    width = rng.uniform(0.12, 0.4)
    for a, b in zip(ends, ends[1:], strict=False):
        _tube(picture, (a, b), width, 0.35)
    picture = _blur(picture, side * 0.03)
    for a, b in zip(ends, ends[1:], strict=False):
        for offset in [0.0] if rng.random() < 0.5 else [-0.25, 0.25]:
            shift = np.array([offset * width, 0])
            _bone(picture, (a + shift, b + shift), width * rng.uniform(0.2, 0.45))
    return picture


def _hand(rng: np.random.Generator, side: int) -> Picture:
    """Draw a hand or foot: rays of short bones from a block of small ones."""
    picture = np.zeros((side, side), np.float32)
    palm = np.array([0.5, rng.uniform(0.6, 0.85)])
    spread, length = rng.uniform(0.3, 1.1), rng.uniform(0.4, 0.75)
    rays = [
        palm + length * np.array([np.sin(angle), -np.cos(angle)]) * rng.uniform(0.7, 1)
        for angle in np.linspace(-spread, spread, 5)
    ]
    for tip in rays:
        _tube(picture, (palm, tip), 0.09, 0.35)
    _tube(picture, (palm, palm + [0, 0.5]), 0.3, 0.35)
    picture = _blur(picture, side * 0.015)
    for tip in rays:
        joints = [palm + (tip - palm) * share for share in (0.2, 0.52, 0.72, 0.86, 1)]
        for a, b in zip(joints, joints[1:], strict=False):
            _bone(picture, (a, a + 0.9 * (b - a)), 0.035)
    for _ in range(8):
        center = (palm + rng.uniform(-0.1, 0.1, 2)) * side
        _ellipse(picture, center, (side * 0.04, side * 0.03), 0.7)
    for x in (-0.06, 0.06):
        _bone(picture, (palm + [x, 0.12], palm + [x, 0.6]), 0.08)
    return picture


def _skull(rng: np.random.Generator, side: int) -> Picture:
    """Draw a head from the front or the side: a bright rim, dark cavities."""
    picture = np.zeros((side, side), np.float32)
    center = side * rng.uniform([0.42, 0.4], [0.58, 0.5])
    axes = side * rng.uniform([0.28, 0.32], [0.46, 0.46])
    _ellipse(picture, center, axes * 1.06, 0.3)
    _ellipse(picture, center, axes, 0.95)
    _ellipse(picture, center, axes * rng.uniform(0.88, 0.95), rng.uniform(0.4, 0.6))
    jaw = center + axes * [rng.uniform(-0.5, 0.2), 0.75]
    _ellipse(picture, jaw, axes * [0.6, 0.45], 0.65)
    for x in (-0.35, 0.35):
        orbit = center + axes * [x, rng.uniform(0.15, 0.35)]
        _ellipse(picture, orbit, axes * rng.uniform(0.12, 0.25), 0.25)
    _ellipse(picture, jaw - axes * [0, 0.25], axes * [0.1, 0.2], 0.25)
    _tube(picture, (jaw / side, jaw / side + [rng.uniform(0, 0.2), 0.5]), 0.25, 0.55)
    return _blur(picture, side * rng.uniform(0.004, 0.015))


def _slice(rng: np.random.Generator, side: int) -> Picture:
    """Draw a section through a head or a trunk, as MRI and CT show it."""
    picture = np.zeros((side, side), np.float32)
    center = side * rng.uniform([0.45, 0.45], [0.55, 0.55])
    axes = side * rng.uniform([0.3, 0.33], [0.52, 0.52])
    _ellipse(picture, center, axes, rng.uniform(0.3, 1))
    _ellipse(picture, center, axes * rng.uniform(0.85, 0.97), rng.uniform(0, 0.2))
    _ellipse(picture, center, axes * rng.uniform(0.8, 0.92), rng.uniform(0.25, 0.95))
    tissue = _clouds(rng, side) - 0.5
    lung = rng.random() < 0.5
    for x in (-1, 1):
        cavity = axes * (rng.uniform([0.3, 0.5], [0.42, 0.75]) if lung else rng.uniform([0.06, 0.15], [0.15, 0.4]))
        place = center + axes * [x * (rng.uniform(0.4, 0.5) if lung else rng.uniform(0.05, 0.2)), rng.uniform(-0.2, 0.1)]
        _ellipse(picture, place, cavity, rng.uniform(0, 0.35))
    for _ in range(rng.integers(0, 25)):
        place = center + axes * rng.uniform(-0.7, 0.7, 2)
        _ellipse(picture, place, side * rng.uniform(0.005, 0.06, 2), rng.random())
    _ellipse(picture, center + axes * [0, 0.75], axes * rng.uniform(0.1, 0.2), rng.uniform(0.5, 1))
    picture = picture + tissue * rng.uniform(0, 0.3) * (picture > 0.05)
    return _blur(picture, side * rng.uniform(0.002, 0.008))


def _teeth(rng: np.random.Generator, side: int) -> Picture:
    """Draw two arcs of teeth, as a panorama or a few of them close by."""
    picture = _blur(_clouds(rng, side) * 0.4 + 0.15, side * 0.01)
    count = int(rng.integers(3, 17))
    curve = rng.uniform(-0.2, 0.2)
    for jaw in (-1, 1):
        for index in range(count):
            x = (index + 0.5) / count
            bite = 0.5 + curve * (2 * x - 1) ** 2 + 0.01 * jaw
            width, length = rng.uniform(0.6, 0.9) / count, rng.uniform(0.15, 0.3)
            root = np.array([x + rng.uniform(-0.02, 0.02), bite + jaw * length])
            crown = np.array([x, bite + jaw * length * 0.3])
            _tube(picture, (crown, root), width * 0.5, 0.65)
            _tube(picture, (np.array([x, bite]), crown), width, rng.uniform(0.75, 1))
    jawbone = np.array([[-0.1, 0.4], [0.1, 0.8], [0.5, 0.95], [0.9, 0.8], [1.1, 0.4]])
    if count > 8:
        cv2.polylines(picture, [(jawbone * side).astype(int)], False, 0.6, side // 14)
    return _blur(picture, side * rng.uniform(0.004, 0.015))


def _breast(rng: np.random.Generator, side: int) -> Picture:
    """Draw a mammogram: a half disc at one edge, wisps of gland in it."""
    picture = np.zeros((side, side), np.float32)
    center = side * np.array([0.0, rng.uniform(0.4, 0.6)])
    axes = side * rng.uniform([0.35, 0.3], [0.9, 0.55])
    _ellipse(picture, center, axes, rng.uniform(0.3, 0.5))
    skin = _blur(picture, side * 0.02)
    gland = np.zeros_like(picture)
    _ellipse(gland, center + axes * [0.3, 0], axes * rng.uniform(0.35, 0.65), 1)
    picture = skin + _blur(gland, side * 0.04) * _clouds(rng, side) * rng.uniform(0.3, 0.9)
    if rng.random() < 0.5:  # the muscle of an oblique view
        reach = rng.uniform(0.2, 0.5, 2) * side
        corner = np.array([[0, 0], [reach[0], 0], [0, reach[1] * 1.6]], int)
        cv2.fillPoly(picture, [corner], 0.8, cv2.LINE_AA)
    return picture


def _fan(rng: np.random.Generator, side: int) -> Picture:
    """Draw an ultrasound picture: a sector of speckle on black, and its labels."""
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j].astype(np.float32)
    apex = np.array([rng.uniform(0.4, 0.6), rng.uniform(-0.3, 0.1)])
    radius = np.hypot(x - apex[0], y - apex[1])
    angle = np.arctan2(x - apex[0], y - apex[1])
    inside = (np.abs(angle) < rng.uniform(0.3, 0.9)) & (radius < rng.uniform(0.7, 1.2))
    inside &= radius > rng.uniform(0.02, 0.2)
    if rng.random() < 0.25:  # a linear probe's rectangle
        inside = (np.abs(x - 0.5) < rng.uniform(0.25, 0.45)) & (y > 0.05) & (y < 0.9)
    echo = _clouds(rng, side) * rng.uniform(0.4, 1)
    for _ in range(rng.integers(0, 5)):  # fluid is black
        _ellipse(echo, side * rng.uniform(0.2, 0.8, 2), side * rng.uniform(0.03, 0.2, 2), 0)
    layers = 0.3 * np.sin(radius * rng.uniform(10, 60)) * rng.random()
    speckle = rng.gamma(2, 0.5, (side, side)).astype(np.float32)
    picture = _blur((echo + layers) * speckle, side * 0.003) * inside
    _write(picture, "12.5 MHz  MI 0.8", (4, side - 6), 0.25, 0.9, rng)
    return picture


def _spine(rng: np.random.Generator, side: int) -> Picture:
    """Draw an abdomen, a pelvis or a neck: a column in the middle, no lungs."""
    picture = _blur(_clouds(rng, side), side * 0.03) * 0.3 + 0.3
    middle = 0.5 + rng.uniform(-0.1, 0.1)
    for y in np.arange(-0.1, 1.1, rng.uniform(0.08, 0.16)):
        _tube(picture, (np.array([middle, y]), np.array([middle, y + 0.06])), rng.uniform(0.1, 0.2), 0.75)
    if rng.random() < 0.5:  # iliac wings and hips
        for x in (-1, 1):
            wing = np.array([middle + x * 0.27, rng.uniform(0.5, 0.7)]) * side
            _ellipse(picture, wing, side * rng.uniform([0.12, 0.15], [0.2, 0.25]), 0.7)
            _bone(picture, (wing / side + [x * 0.08, 0.2], wing / side + [x * 0.15, 0.6]), 0.1)
    for _ in range(rng.integers(0, 12)):  # gas in the bowel
        _ellipse(picture, side * rng.uniform(0.1, 0.9, 2), side * rng.uniform(0.01, 0.08, 2), 0.12)
    return _blur(picture, side * rng.uniform(0.005, 0.02))


def _lateral(rng: np.random.Generator, side: int) -> Picture:
    """Draw a chest from the side: one dark field between spine and sternum."""
    picture = np.zeros((side, side), np.float32)
    lean = rng.uniform(-0.05, 0.1)
    trunk = np.array(
        [
            [0.2 - lean, 1.1],
            [0.12 + rng.uniform(-0.1, 0.1), 0.6],
            [0.28 + lean, 0.25],
            [0.38, 0.12],
            [0.36, -0.1],
            [0.66, -0.1],
            [0.78, 0.15],
            [0.88 + rng.uniform(-0.08, 0.08), 0.5],
            [0.82, 1.1],
        ]
    )
    cv2.fillPoly(picture, [(trunk * side).astype(int)], rng.uniform(0.4, 0.6))
    picture = _blur(picture, side * rng.uniform(0.01, 0.03))
    lung = np.zeros_like(picture)
    field = np.array(
        [
            [0.48, 0.12],
            [0.6, 0.1],
            [0.72, 0.25],
            [0.78, 0.5],
            [0.76, rng.uniform(0.7, 0.88)],
            [0.5, rng.uniform(0.62, 0.75)],
            [0.22, rng.uniform(0.6, 0.75)],
            [0.27, 0.45],
            [0.38, 0.25],
        ]
    ) + rng.uniform(-0.02, 0.02, (9, 2))
    cv2.fillPoly(lung, [(field * side).astype(int)], 1.0)
    picture -= _blur(lung, side * 0.025) * rng.uniform(0.2, 0.4)
    heart = side * np.array([rng.uniform(0.32, 0.45), rng.uniform(0.5, 0.62)])
    shade = np.zeros_like(picture)
    _ellipse(shade, heart, side * rng.uniform([0.1, 0.1], [0.17, 0.15]), 1)
    dome = side * np.array([rng.uniform(0.35, 0.55), rng.uniform(0.9, 1.0)])
    _ellipse(shade, dome, side * rng.uniform([0.25, 0.18], [0.4, 0.3]), 1.2)
    picture += _blur(shade, side * 0.02) * rng.uniform(0.2, 0.4)
    back = np.array([[0.6, -0.05], [0.7, 0.2], [0.75, 0.5], [0.7, 0.95]])
    for t in np.linspace(0, 1, 14):
        x, y = np.interp(t, np.linspace(0, 1, 4), back[:, 0]), np.interp(t, np.linspace(0, 1, 4), back[:, 1])
        _ellipse(picture, (x * side, y * side), (side * 0.035, side * 0.025), rng.uniform(0.5, 0.7))
    for _ in range(8):  # ribs of both sides, slanting the same way
        y = rng.uniform(0.2, 0.75)
        a, b = np.array([0.75, y]), np.array([0.3, y + rng.uniform(0.05, 0.2)])
        line = np.zeros_like(picture)
        _tube(line, (a, b), 0.015, 1)
        picture += 0.08 * _blur(line, side * 0.004)
    picture += 0.1 * (_clouds(rng, side) - 0.5) * (picture > 0.05)
    return picture[:, ::-1] if rng.random() < 0.4 else picture


def _expose(rng: np.random.Generator, picture: Picture) -> Picture:
    """Place anatomy anyhow, as it comes: turned, cut, over- and underexposed."""
    side = picture.shape[0]
    turn = rng.normal(0, 12) + 90 * rng.choice(4, p=[0.7, 0.1, 0.1, 0.1])
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, rng.uniform(0.75, 1.4))
    matrix[:, 2] += rng.normal(0, 0.06, 2) * side
    border = cv2.BORDER_CONSTANT if rng.random() < 0.6 else cv2.BORDER_REPLICATE
    picture = np.asarray(cv2.warpAffine(picture, matrix, (side, side), borderMode=border))
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    picture = np.clip(picture, 0, 1) ** rng.uniform(0.5, 1.8)
    haze = _blur(_clouds(rng, side), side * 0.05)
    picture = picture * rng.uniform(0.6, 1.1) + haze * rng.uniform(0, 0.25)
    return picture + rng.uniform(0, 0.04) * rng.standard_normal((side, side), np.float32)


def _stretch(picture: Picture) -> Picture:
    low, high = picture.min(), picture.max()
    # OpenCV draws into rows that lie one behind the other only.
    return np.ascontiguousarray((picture - low) / max(high - low, 1e-6), np.float32)


def _blur(picture: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(sigma, 0.3)))


def _write(
    picture: Picture,
    text: str,
    origin: tuple[int, int],
    size: float,
    level: float,
    rng: np.random.Generator,
) -> None:
    font = _FONTS[rng.integers(len(_FONTS))]
    ink = np.zeros(picture.shape, np.uint8)
    cv2.putText(ink, text, origin, font, size, 255, 1, cv2.LINE_AA)
    picture += (level - picture) * (ink / np.float32(255))


def _ellipse(picture: Picture, center: object, axes: object, level: float) -> None:
    center, axes = np.rint(center).astype(int), np.rint(axes).astype(int)
    cv2.ellipse(picture, center.tolist(), np.maximum(axes, 1).tolist(), 0, 0, 360, float(level), -1, cv2.LINE_AA)


def _tube(picture: Picture, ends: object, width: float, level: float) -> None:
    """Draw a thick line; ends and width are shares of the side."""
    side = picture.shape[0]
    a, b = np.rint(np.asarray(ends) * side).astype(int).tolist()
    cv2.line(picture, a, b, float(level), max(1, round(width * side)), cv2.LINE_AA)


def _bone(picture: Picture, ends: object, width: float) -> None:
    """Draw a long bone: a bright cortex around a greyer marrow, knobs at its ends."""
    side = picture.shape[0]
    for end in np.asarray(ends):
        _ellipse(picture, end * side, (width * side * 0.7, width * side * 0.5), 0.7)
    _tube(picture, ends, width, 0.9)
    _tube(picture, ends, width * 0.6, 0.65)


_ANATOMY: Final[dict[str, Draw]] = {
    "limb": _limb,
    "hand": _hand,
    "skull": _skull,
    "slice": _slice,
    "teeth": _teeth,
    "breast": _breast,
    "spine": _spine,
    "fan": _fan,
    "lateral": _lateral,
}
KINDS: Final[dict[str, Draw]] = {
    "noise": _noise,
    "clouds": _clouds,
    "gradient": _gradient,
    "pattern": _pattern,
    "shapes": _shapes,
    "scene": _scene,
    "portrait": _portrait,
    "document": _document,
    "screenshot": _screenshot,
    "chart": _chart,
    **_ANATOMY,
}
