"""A synthetic chest radiograph of a small child, projected from simple bodies.

It behaves like a radiograph and shows nobody. Rays gather path length (cm) times
linear attenuation (1/cm) in ellipsoids, shells and tubes; a detector counts what is
left by Beer and Lambert's law, and the display shows the logarithm of the counts.
"""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

_Map = NDArray[np.floating[Any]]
_Tube = tuple[NDArray[np.float64], float]  # Centre line, (n, 2) in cm, and radius.

# Linear attenuation at 60 keV, 1/cm: NIST mass coefficient (cm2/g) times density.
_MU_SOFT = 0.2048 * 1.06
_MU_LUNG = 0.2053 * 0.26  # Lung tissue at the density of an inflated lung.
_MU_BONE = 0.3148 * 1.92  # Cortical bone.

_FIELD_CM = (17.6, 21.6)  # Height and width that the detector sees.
_PHOTONS_PER_CM2 = 2.5e7  # Reaching the detector through air.
_WHITE = 2.7  # Attenuation shown as white at mean exposure.

# What a seed decides, middle and half range: cm, y down from mid-chest, if not named.
_CHILD = {
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


class _View(NamedTuple):
    """One child before the detector; pixel centres in cm, y downwards."""

    child: dict[str, float]
    x: _Map  # (1, columns)
    y: _Map  # (rows, 1)
    step: tuple[float, float]  # Size of a pixel along x and y, cm.


def _place_child(
    shape: tuple[int, int], margin: int, rng: np.random.Generator
) -> _View:
    child = {k: mid + half * rng.uniform(-1, 1) for k, (mid, half) in _CHILD.items()}
    (rows, columns), (height, width) = shape, _FIELD_CM
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
    return _View(child, x, y, (step_x, step_y))


def _root(squared: _Map) -> _Map:
    """Half chord through a round body, 0 where the ray misses it."""
    return np.sqrt(np.maximum(squared, 0))


def _ramp(values: _Map) -> _Map:
    return np.clip(values, 0, 1)


def _bell(values: _Map) -> _Map:
    return np.exp(-values * values)


def _cross_ellipsoid(
    v: _View, at: tuple[float, float], axes: tuple[float, float, float], turn: float = 0
) -> _Map:
    """Length of every ray in an ellipsoid turned by ``turn`` radians."""
    dx, dy, cos, sin = v.x - at[0], v.y - at[1], math.cos(turn), math.sin(turn)
    along = dx * (cos / axes[0]) + dy * (sin / axes[0])
    across = dy * (cos / axes[1]) - dx * (sin / axes[1])
    return 2 * axes[2] * _root(1 - along * along - across * across)


def _cross_tubes(v: _View, tubes: list[_Tube], hollow: float = 0) -> _Map:
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
    return _blur(sheet.astype(np.float32) / 255, v, 0.05)


def _blur(image: _Map, v: _View, cm: float) -> _Map:
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


def _measure_cage(child: dict[str, float], y: _Map) -> _Map:
    """Half width of the rib cage at the heights ``y``."""
    up = 1 - _ramp((y - child["apex"] + 0.2) / 11.5)
    return np.asarray(child["chest"] * (1 - up * up * up) ** child["taper"])


def _cross_body(v: _View) -> _Map:
    x, y, child = v.x, v.y, v.child
    # The trunk widens towards the raised arms and rounds off along the shoulders.
    side = child["chest"] + 1 + 2.8 / (1 + np.exp((y + 2.9) / 1.2))
    top = _ramp((y - np.abs(x) * 0.2 - child["apex"] + 2.7) / 3.4)
    trunk = 2 * child["depth"] * _root(1 - (np.abs(x) / side) ** 2.5)
    head = _cross_ellipsoid(v, (0, child["chin"] - 3), (4.4, 3, 4))
    neck = 6 * _root(1 - (x / 2.9) ** 2) * (y < child["apex"] + 2.5)
    body = np.maximum(trunk * _root(top * (2 - top)), np.maximum(neck, head))
    axis = child["chest"] + 0.9 - (y + 4.2) * child["arm"]
    arms = 5 * _root(1 - ((np.abs(x) - axis) / 2.7) ** 2) * _root(_ramp((-2 - y) / 4))
    return np.maximum(body, arms)


def _cross_mediastinum(v: _View) -> _Map:
    child, size = v.child, v.child["heart"]
    down = np.clip(v.y - child["apex"], -2, 8)
    edge = np.where(v.x < 0, 1.5 + 0.1 * down, 1.5 + 0.27 * down)
    edge += 1.4 * np.exp(-np.maximum(down + 0.1, 0) / 0.45)  # Lung tops are round.
    edge += 0.6 * np.maximum(v.y - child["dome"], 0)
    whole = 1.6 * child["depth"] * _root(1 - (v.x / edge) ** 2)
    for x, y, long, short, deep, turn in (
        (1.6, 1.4, 4.2, 3.0, 3.4, child["tilt"]),  # Ventricles.
        (-0.8, 1.9, 1.9, 2.7, 2.8, 0.0),  # Right atrium.
        (1.65, -0.9, 3.3, 1.5, 3.4, 1.15),  # Pulmonary trunk and left atrium.
    ):
        axes = (long * size, short * size, deep * size)
        whole = np.maximum(whole, _cross_ellipsoid(v, (x, y), axes, turn))
    return whole


def _cross_lungs(v: _View) -> _Map:
    """Length of every ray in the lungs, mediastinum and diaphragm taken out."""
    chest = v.child["chest"]
    cage = np.maximum(_measure_cage(v.child, v.y) - 0.35, 0.05)
    deep = 1.6 * v.child["depth"] * np.sqrt(cage / chest)
    lungs = np.maximum(deep * _root(1 - (v.x / cage) ** 2) - _cross_mediastinum(v), 0)
    # The domes rise into the lungs; lung goes on behind them, thinner and thinner.
    out = (np.abs(v.x) - 0.5 * chest) / (0.56 * chest)
    dome = v.child["dome"] + 0.6 * (v.x > 0) + 2.6 * (1 - _root(1 - out * out))
    return np.asarray(lungs * (1 - _ramp((v.y - dome.astype(np.float32)) / 3) ** 0.3))


def _cross_ribs(v: _View) -> _Map:
    """Length of every ray in rib bone: shells around the chest, cut into bands."""
    x, y, child = v.x[0], v.y[:, 0], v.child
    bone = np.zeros((y.size, x.size), dtype=np.float32)
    cage = np.maximum(_measure_cage(child, np.linspace(-8, 14, 221)), 3).tolist()
    for number in range(12):
        root = child["apex"] - 0.5 + number * child["pitch"]
        steep = (cage[round((root + 8.8) * 10)] / child["chest"]) ** 1.5
        drop = max(1.2, child["drop"] * steep)
        reach = cage[min(220, round((root + drop / 2 + 8) * 10))]
        deep, thick = 4.8 * math.sqrt(reach / child["chest"]), 0.42
        for side in (-1, 1):
            left, right = np.searchsorted(x, sorted((side * 0.7, side * reach)))
            out = np.abs(x[left:right])
            bend, inner = _root(1 - (out / reach) ** 2), out / (reach - thick)
            shell = deep * bend - (deep - thick) * _root(1 - inner * inner)
            shell = np.minimum(shell, 1.2)
            # A steep band is cut vertically, so it looks taller; the flank is round.
            slope = drop / 2 * out / reach**2 / np.maximum(bend, 0.35)
            half = child["rib"] * np.hypot(1, slope) * np.clip(bend / 0.4, 0.4, 1)
            hump = 0.25 * np.sin(np.pi * np.minimum(out / reach * 1.6, 1))
            front = _ramp((out - reach * (0.4 + 0.06 * max(0, number - 5))) / 0.9)
            # A rib is a tilted ring seen from its side: behind, it falls from spine to
            # flank; in front it falls on and ends in cartilage, which is not seen.
            for middle, weight in (
                (root + drop / 2 * (1 - bend) - hump, shell),
                (root + drop / 2 * (1 + bend), shell * front),
            ):
                ends = (middle.min(initial=99) - 1, middle.max(initial=-99) + 1)
                rows = slice(*np.searchsorted(y, ends))
                across = ((y[rows, None] - middle) / half) ** 2
                wall = 1.2 * _root(1 - across) - 0.55 * _root(1 - across * 2.2)
                bone[rows, left:right] += weight * wall
    return bone


def _cross_spine(v: _View) -> _Map:
    """Length of every ray in vertebrae: bodies, pedicles and processes."""
    pitch, bone = v.child["pitch"], np.zeros((v.y.size, v.x.size), dtype=np.float32)
    columns = slice(*np.searchsorted(v.x[0], (-2.2, 2.2)))
    x, down = np.abs(v.x[:, columns]), v.y - v.child["apex"]
    half = np.clip(0.92 + 0.018 * down, 0.85, 1.15)
    phase = np.mod(down / pitch, 1) - 0.5
    plate = 0.35 + 0.25 * _bell((np.abs(phase) - 0.37) / 0.04)
    body = 0.6 + plate * _ramp((0.44 - np.abs(phase)) / 0.1)
    ring = np.hypot((x - 0.68 * half) / 0.2, (phase + 0.12) * pitch / 0.3)
    across = 0.3 * _bell((phase + 0.12) / 0.16) * _root(1 - (x / half / 1.7) ** 4)
    tip = 0.3 * _bell(x / 0.12) * _bell((phase - 0.3) * pitch / 0.25)
    body = body * _root(1 - (x / half) ** 4)
    bone[:, columns] = body + across + 0.2 * _bell((ring - 1) / 0.35) + tip
    return bone


def _cross_shoulders(v: _View) -> _Map:
    """Length of every ray in clavicles, shoulder blades and upper arms."""
    child, along, wide = v.child, np.linspace(0, 1, 12), v.child["chest"] / 7.9
    long: list[_Tube] = []
    flat: list[_Tube] = []
    rise = child["apex"] + 0.5 + 0.3 * np.sin(2 * np.pi * along)
    rise -= child["clavicle"] * along
    arm = child["apex"] - 0.2 - 6 * along
    lean = child["chest"] + 0.7 - (arm + 4.2) * child["arm"]
    blade = [(7.3, -5.2), (6.4, -4.5), (7.2, -4.1), (8.9, 0.2), (8.3, 0.8), (6.7, -2)]
    for side in (-1, 1):
        long.append((np.stack((side * (1.5 + 4.8 * along), rise), 1), 0.25))
        long.append((np.stack((side * lean, arm), 1), 0.45))
        flat.append((np.array([*blade, blade[1]]) * (side * wide, 1), 0.1))
    return 0.65 * _cross_tubes(v, long, hollow=0.45) + 0.3 * _cross_tubes(v, flat)


def _cross_gas(v: _View) -> _Map:
    """Length of every ray in the air of windpipe and stomach."""
    size, carina = v.child["stomach"], v.child["apex"] + 3.7
    windpipe = 1.1 * _root(1 - ((v.x + 0.1) / 0.42) ** 2) * _ramp((carina - v.y) / 0.5)
    axes = (1.7 * size, 1.0 * size, 1.5 * size)
    return windpipe + _cross_ellipsoid(v, (4.3, v.child["dome"] + 2.6), axes, -0.2)


def _branch(rng: np.random.Generator, side: int) -> list[_Tube]:
    """Let vessels fan out from a hilum, forking and thinning."""
    tubes: list[_Tube] = []
    hilum = np.array((side * 1.95, -0.8 - 0.2 * side))
    tips = [(hilum, fan, 0.2) for fan in np.linspace(-1.3, 1.4, 6)]
    for length in (1.5, 1.6, 1.5):
        grown = []
        for start, angle, radius in tips:
            ways = angle + np.cumsum(rng.uniform(-0.25, 0.25, 4))
            steps = np.stack((side * np.cos(ways), np.sin(ways)), axis=1)
            steps *= length * rng.uniform(0.5, 1.2) / 4
            points = np.vstack((start, start + np.cumsum(steps, axis=0)))
            tubes.append((points, radius))
            fork = ways[-1] + rng.choice((-1, 1)) * rng.uniform(0.3, 0.9)
            grown.append((points[-1], ways[-1], radius * 0.7))
            grown.append((points[rng.integers(2, 5)], fork, radius * 0.55))
        tips = grown
    return tubes


def _mottle(v: _View, rng: np.random.Generator, cells: int) -> _Map:
    """Smooth random texture of about unit spread, alike at every picture size."""
    grid = rng.standard_normal((cells, cells), dtype=np.float32)
    whole = cv2.resize(grid, (v.x.size, v.y.size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(whole, dtype=np.float32)


def _cross_vessels(v: _View, rng: np.random.Generator, lungs: _Map) -> _Map:
    """Length of every ray in what is denser than air in a clear lung."""
    vessels = 0.45 * _cross_tubes(v, _branch(rng, -1) + _branch(rng, 1))
    texture = 0.15 * _mottle(v, rng, 90) + 0.12 * _mottle(v, rng, 30)
    hila = 0.5 * _bell((np.abs(v.x) - 2.4) / 1.1) * _bell((v.y + 0.4) / 1.5)
    return _ramp(lungs / 4) * (vessels + texture + hila)


def _cross_consolidation(v: _View, rng: np.random.Generator, lungs: _Map) -> _Map:
    """Length of every ray in air spaces of one lung that fluid has filled."""
    side = 1 if rng.random() < 0.5 else -1
    # On the left the heart takes the room below, so a focus sits higher, outwards.
    low, out = (1.0, 0.54) if side > 0 else (2.4, 0.44)
    at_x = side * v.child["chest"] * (out + rng.uniform(0, 0.16))
    at_y = rng.uniform(-3, low)
    width, height = rng.uniform(1.9, 3.1), rng.uniform(1.9, 3.1)
    far = np.hypot((v.x - at_x) / width, (v.y - at_y) / height)
    edge = 0.22 * _mottle(v, rng, 14) + 0.1 * _mottle(v, rng, 40)
    soft = _ramp((1.25 + edge - far) / 0.7) * (v.x * side > 0)
    return rng.uniform(0.55, 0.95) * soft * soft * (3 - 2 * soft) * lungs


def draw_phantom(
    shape: tuple[int, int] = (1024, 1024),
    *,
    consolidation: bool = False,
    seed: int = 0,
    bit_depth: int = 8,
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Draw a frontal chest radiograph of a small child who does not exist.

    Standard presentation: bone is white and air black, the patient's right is on
    the left of the picture.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns in pixels, each at least 32. The thorax fills the picture.
    consolidation : bool
        Whether fluid fills a part of one lung. Nothing else in the picture depends
        on it: anatomy, exposure and the draw of the noise follow from the seed.
    seed : int
        Not negative. Chooses anatomy, position, exposure and noise.
    bit_depth : int
        Bits that a grey level fills, 8 to 16.

    Returns
    -------
    ndarray of uint8 or uint16, shape (rows, columns)
        Grey levels from 0 to ``2**bit_depth - 1``; uint8 where `bit_depth` is 8.
        The same arguments give the same picture, to within rounding.

    Raises
    ------
    ValueError
        If a side is shorter than 32, `bit_depth` is not within 8 to 16, or `seed`
        is negative.

    References
    ----------
    .. [1] Hubbell JH, Seltzer SM. Tables of X-Ray Mass Attenuation Coefficients.
       NIST Standard Reference Database 126, table 4: ICRU-44 tissues at 60 keV.
       https://www.nist.gov/pml/x-ray-mass-attenuation-coefficients
    """
    if len(shape) != 2 or min(shape) < 32:
        raise ValueError(f"shape needs two sides of 32 or more. Received: {shape}")
    if not 8 <= bit_depth <= 16:
        raise ValueError(f"bit_depth must be from 8 to 16. Received: {bit_depth}")
    if seed < 0:
        raise ValueError(f"seed must not be negative. Received: {seed}")
    # A stream each, so that a consolidation shifts no other draw.
    build, fine, ill, quanta = (np.random.default_rng([seed, n]) for n in range(4))
    margin = 1 + max(shape) // 20  # Turning brings into view what lay outside.
    v = _place_child(shape, margin, build)
    middle = ((v.x.size - 1) / 2, (v.y.size - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, v.child["turn"], 1)
    turn[:, 2] -= margin

    def rotate(whole: _Map) -> _Map:
        return np.asarray(cv2.warpAffine(whole, turn, shape[::-1]), dtype=np.float32)

    lungs = _cross_lungs(v)
    # Lung takes the place of soft tissue, vessels that of lung, bone that of either.
    airy = lungs - _cross_vessels(v, fine, lungs)
    depth = _MU_SOFT * (_cross_body(v) - _cross_gas(v)) - (_MU_SOFT - _MU_LUNG) * airy
    bone = _cross_ribs(v) + _cross_spine(v) + _cross_shoulders(v)
    clear = rotate(np.maximum(depth + (_MU_BONE - _MU_SOFT) * bone, 0))
    through = clear
    if consolidation:
        filled = rotate(_cross_consolidation(v, ill, lungs))
        through = clear + (_MU_SOFT - _MU_LUNG) * filled
    # Scatter and the display's gain on detail are taken from the clear chest: they
    # reach far, and an opacity shall change the picture only where it lies.
    scatter = 0.25 * _blur(clear * np.exp(-clear), v, 2)
    detail = 0.8 * (clear - _blur(clear, v, 0.7))
    dose = _PHOTONS_PER_CM2 * v.step[0] * v.step[1]
    counts = dose * (_blur(np.exp(-through), v, 0.022) + scatter)
    counts += np.sqrt(counts) * quanta.standard_normal(shape, dtype=np.float32)
    shown = detail - np.log(np.maximum(counts, 1) / dose)
    # Just above the noise of bare air the display is black.
    grey = _ramp((shown - 0.06) * (v.child["exposure"] / _WHITE)) ** v.child["gamma"]
    levels: _Map = np.rint(grey * (2**bit_depth - 1))
    return levels.astype(np.uint8) if bit_depth == 8 else levels.astype(np.uint16)
