"""The bodies of a drawn child: length of every ray (cm) in each of them."""

import math

import cv2
import numpy as np

from pneumonia.phantom.geometry import (
    Map,
    Tube,
    View,
    bell,
    cross_ellipsoid,
    cross_tubes,
    ramp,
    root,
)


def measure_cage(child: dict[str, float], y: Map) -> Map:
    """Half width of the rib cage at the heights ``y``."""
    up = 1 - ramp((y - child["apex"] + 0.2) / 11.5)
    return np.asarray(child["chest"] * (1 - up * up * up) ** child["taper"])


def cross_body(v: View) -> Map:
    """Cross trunk, neck, head and raised arms."""
    x, y, child = v.x, v.y, v.child
    # The trunk widens towards the raised arms and rounds off along the shoulders.
    side = child["chest"] + 1 + 2.8 / (1 + np.exp((y + 2.9) / 1.2))
    top = ramp((y - np.abs(x) * 0.2 - child["apex"] + 2.7) / 3.4)
    trunk = 2 * child["depth"] * root(1 - (np.abs(x) / side) ** 2.5)
    head = cross_ellipsoid(v, (0, child["chin"] - 3), (4.4, 3, 4))
    neck = 6 * root(1 - (x / 2.9) ** 2) * (y < child["apex"] + 2.5)
    body = np.maximum(trunk * root(top * (2 - top)), np.maximum(neck, head))
    axis = child["chest"] + 0.9 - (y + 4.2) * child["arm"]
    arms = 5 * root(1 - ((np.abs(x) - axis) / 2.7) ** 2) * root(ramp((-2 - y) / 4))
    return np.maximum(body, arms)


def cross_mediastinum(v: View) -> Map:
    """Cross heart and great vessels."""
    child, size = v.child, v.child["heart"]
    down = np.clip(v.y - child["apex"], -2, 8)
    edge = np.where(v.x < 0, 1.5 + 0.1 * down, 1.5 + 0.27 * down)
    edge += 1.4 * np.exp(-np.maximum(down + 0.1, 0) / 0.45)  # Lung tops are round.
    edge += 0.6 * np.maximum(v.y - child["dome"], 0)
    whole = 1.6 * child["depth"] * root(1 - (v.x / edge) ** 2)
    for x, y, long, short, deep, turn in (
        (1.6, 1.4, 4.2, 3.0, 3.4, child["tilt"]),  # Ventricles.
        (-0.8, 1.9, 1.9, 2.7, 2.8, 0.0),  # Right atrium.
        (1.65, -0.9, 3.3, 1.5, 3.4, 1.15),  # Pulmonary trunk and left atrium.
    ):
        axes = (long * size, short * size, deep * size)
        whole = np.maximum(whole, cross_ellipsoid(v, (x, y), axes, turn))
    return whole


def cross_lungs(v: View) -> Map:
    """Length of every ray in the lungs, mediastinum and diaphragm taken out."""
    chest = v.child["chest"]
    cage = np.maximum(measure_cage(v.child, v.y) - 0.35, 0.05)
    deep = 1.6 * v.child["depth"] * np.sqrt(cage / chest)
    lungs = np.maximum(deep * root(1 - (v.x / cage) ** 2) - cross_mediastinum(v), 0)
    # The domes rise into the lungs; lung goes on behind them, thinner and thinner.
    out = (np.abs(v.x) - 0.5 * chest) / (0.56 * chest)
    dome = v.child["dome"] + 0.6 * (v.x > 0) + 2.6 * (1 - root(1 - out * out))
    return np.asarray(lungs * (1 - ramp((v.y - dome.astype(np.float32)) / 3) ** 0.3))


def cross_ribs(v: View) -> Map:
    """Length of every ray in rib bone: shells around the chest, cut into bands."""
    x, y, child = v.x[0], v.y[:, 0], v.child
    bone = np.zeros((y.size, x.size), dtype=np.float32)
    cage = np.maximum(measure_cage(child, np.linspace(-8, 14, 221)), 3).tolist()
    for number in range(12):
        start = child["apex"] - 0.5 + number * child["pitch"]
        steep = (cage[round((start + 8.8) * 10)] / child["chest"]) ** 1.5
        drop = max(1.2, child["drop"] * steep)
        reach = cage[min(220, round((start + drop / 2 + 8) * 10))]
        deep, thick = 4.8 * math.sqrt(reach / child["chest"]), 0.42
        for side in (-1, 1):
            left, right = np.searchsorted(x, sorted((side * 0.7, side * reach)))
            out = np.abs(x[left:right])
            bend, inner = root(1 - (out / reach) ** 2), out / (reach - thick)
            shell = deep * bend - (deep - thick) * root(1 - inner * inner)
            shell = np.minimum(shell, 1.2)
            # A steep band is cut vertically, so it looks taller; the flank is round.
            slope = drop / 2 * out / reach**2 / np.maximum(bend, 0.35)
            half = child["rib"] * np.hypot(1, slope) * np.clip(bend / 0.4, 0.4, 1)
            hump = 0.25 * np.sin(np.pi * np.minimum(out / reach * 1.6, 1))
            front = ramp((out - reach * (0.4 + 0.06 * max(0, number - 5))) / 0.9)
            # A rib is a tilted ring seen from its side: behind, it falls from spine to
            # flank; in front it falls on and ends in cartilage, which is not seen.
            for middle, weight in (
                (start + drop / 2 * (1 - bend) - hump, shell),
                (start + drop / 2 * (1 + bend), shell * front),
            ):
                ends = (middle.min(initial=99) - 1, middle.max(initial=-99) + 1)
                rows = slice(*np.searchsorted(y, ends))
                across = ((y[rows, None] - middle) / half) ** 2
                wall = 1.2 * root(1 - across) - 0.55 * root(1 - across * 2.2)
                bone[rows, left:right] += weight * wall
    return bone


def cross_spine(v: View) -> Map:
    """Length of every ray in vertebrae: bodies, pedicles and processes."""
    pitch, bone = v.child["pitch"], np.zeros((v.y.size, v.x.size), dtype=np.float32)
    columns = slice(*np.searchsorted(v.x[0], (-2.2, 2.2)))
    x, down = np.abs(v.x[:, columns]), v.y - v.child["apex"]
    half = np.clip(0.92 + 0.018 * down, 0.85, 1.15)
    phase = np.mod(down / pitch, 1) - 0.5
    plate = 0.35 + 0.25 * bell((np.abs(phase) - 0.37) / 0.04)
    body = 0.6 + plate * ramp((0.44 - np.abs(phase)) / 0.1)
    ring = np.hypot((x - 0.68 * half) / 0.2, (phase + 0.12) * pitch / 0.3)
    across = 0.3 * bell((phase + 0.12) / 0.16) * root(1 - (x / half / 1.7) ** 4)
    tip = 0.3 * bell(x / 0.12) * bell((phase - 0.3) * pitch / 0.25)
    body = body * root(1 - (x / half) ** 4)
    bone[:, columns] = body + across + 0.2 * bell((ring - 1) / 0.35) + tip
    return bone


def cross_shoulders(v: View) -> Map:
    """Length of every ray in clavicles, shoulder blades and upper arms."""
    child, along, wide = v.child, np.linspace(0, 1, 12), v.child["chest"] / 7.9
    long: list[Tube] = []
    flat: list[Tube] = []
    rise = child["apex"] + 0.5 + 0.3 * np.sin(2 * np.pi * along)
    rise -= child["clavicle"] * along
    arm = child["apex"] - 0.2 - 6 * along
    lean = child["chest"] + 0.7 - (arm + 4.2) * child["arm"]
    blade = [(7.3, -5.2), (6.4, -4.5), (7.2, -4.1), (8.9, 0.2), (8.3, 0.8), (6.7, -2)]
    for side in (-1, 1):
        long.append((np.stack((side * (1.5 + 4.8 * along), rise), 1), 0.25))
        long.append((np.stack((side * lean, arm), 1), 0.45))
        flat.append((np.array([*blade, blade[1]]) * (side * wide, 1), 0.1))
    return 0.65 * cross_tubes(v, long, hollow=0.45) + 0.3 * cross_tubes(v, flat)


def cross_gas(v: View) -> Map:
    """Length of every ray in the air of windpipe and stomach."""
    size, carina = v.child["stomach"], v.child["apex"] + 3.7
    windpipe = 1.1 * root(1 - ((v.x + 0.1) / 0.42) ** 2) * ramp((carina - v.y) / 0.5)
    axes = (1.7 * size, 1.0 * size, 1.5 * size)
    return windpipe + cross_ellipsoid(v, (4.3, v.child["dome"] + 2.6), axes, -0.2)


def _branch(rng: np.random.Generator, side: int) -> list[Tube]:
    """Let vessels fan out from a hilum, forking and thinning."""
    tubes: list[Tube] = []
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


def _mottle(v: View, rng: np.random.Generator, cells: int) -> Map:
    """Smooth random texture of about unit spread, alike at every picture size."""
    grid = rng.standard_normal((cells, cells), dtype=np.float32)
    whole = cv2.resize(grid, (v.x.size, v.y.size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(whole, dtype=np.float32)


def cross_vessels(v: View, rng: np.random.Generator, lungs: Map) -> Map:
    """Length of every ray in what is denser than air in a clear lung."""
    vessels = 0.45 * cross_tubes(v, _branch(rng, -1) + _branch(rng, 1))
    texture = 0.15 * _mottle(v, rng, 90) + 0.12 * _mottle(v, rng, 30)
    hila = 0.5 * bell((np.abs(v.x) - 2.4) / 1.1) * bell((v.y + 0.4) / 1.5)
    return ramp(lungs / 4) * (vessels + texture + hila)


def cross_consolidation(v: View, rng: np.random.Generator, lungs: Map) -> Map:
    """Length of every ray in air spaces of one lung that fluid has filled."""
    side = 1 if rng.random() < 0.5 else -1
    # On the left the heart takes the room below, so a focus sits higher, outwards.
    low, out = (1.0, 0.54) if side > 0 else (2.4, 0.44)
    at_x = side * v.child["chest"] * (out + rng.uniform(0, 0.16))
    at_y = rng.uniform(-3, low)
    width, height = rng.uniform(1.9, 3.1), rng.uniform(1.9, 3.1)
    filled = _cross_focus(v, rng, (at_x, at_y), (width, height))
    return rng.uniform(0.55, 0.95) * filled * lungs


def cross_consolidations(v: View, rng: np.random.Generator, lungs: Map) -> Map:
    """Length of every ray in air spaces of both lungs that fluid has filled."""
    out = 0.5 * v.child["chest"]
    right, left = (
        _cross_focus(v, rng, (side * out, 1.4), (3.6, 3.6)) for side in (-1, 1)
    )
    return np.asarray(0.95 * np.maximum(right, left) * lungs)


def _cross_focus(
    v: View,
    rng: np.random.Generator,
    middle: tuple[float, float],
    size: tuple[float, float],
) -> Map:
    """Share of the lung that one focus fills, with a soft and uneven edge."""
    far = np.hypot((v.x - middle[0]) / size[0], (v.y - middle[1]) / size[1])
    edge = 0.22 * _mottle(v, rng, 14) + 0.1 * _mottle(v, rng, 40)
    soft = ramp((1.25 + edge - far) / 0.7) * (v.x * middle[0] > 0)
    return np.asarray(soft * soft * (3 - 2 * soft))
