"""Other parts of the body than a frontal chest, drawn for the gate to learn from."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from pneumonia.gate.canvas import Picture, blur, bone, clouds, ellipse, tube, write


def _limb(rng: np.random.Generator, side: int) -> Picture:
    """Draw one or two long bones in soft tissue, or a joint of two pairs."""
    picture = np.zeros((side, side), np.float32)
    bend = rng.uniform(-0.4, 0.4)
    knee = np.array([0.5 + rng.uniform(-0.15, 0.15), rng.uniform(0.35, 0.65)])
    ends = [knee - [bend, 0.8], knee, knee + np.array([bend * rng.uniform(-1, 1), 0.8])]
    width = rng.uniform(0.12, 0.4)
    for a, b in pairwise(ends):
        tube(picture, (a, b), width, 0.35)
    picture = blur(picture, side * 0.03)
    for a, b in pairwise(ends):
        for offset in [0.0] if rng.random() < 0.5 else [-0.25, 0.25]:
            shift = np.array([offset * width, 0])
            bone(picture, (a + shift, b + shift), width * rng.uniform(0.2, 0.45))
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
        tube(picture, (palm, tip), 0.09, 0.35)
    tube(picture, (palm, palm + np.array([0, 0.5])), 0.3, 0.35)
    picture = blur(picture, side * 0.015)
    for tip in rays:
        joints = [palm + (tip - palm) * share for share in (0.2, 0.52, 0.72, 0.86, 1)]
        for a, b in pairwise(joints):
            bone(picture, (a, a + 0.9 * (b - a)), 0.035)
    for _ in range(8):
        center = (palm + rng.uniform(-0.1, 0.1, 2)) * side
        ellipse(picture, center, (side * 0.04, side * 0.03), 0.7)
    for x in (-0.06, 0.06):
        bone(picture, (palm + np.array([x, 0.12]), palm + np.array([x, 0.6])), 0.08)
    return picture


def _skull(rng: np.random.Generator, side: int) -> Picture:
    """Draw a head from the front or the side: a bright rim, dark cavities."""
    picture = np.zeros((side, side), np.float32)
    center = side * rng.uniform([0.42, 0.4], [0.58, 0.5])
    axes = side * rng.uniform([0.28, 0.32], [0.46, 0.46])
    ellipse(picture, center, axes * 1.06, 0.3)
    ellipse(picture, center, axes, 0.95)
    ellipse(picture, center, axes * rng.uniform(0.88, 0.95), rng.uniform(0.4, 0.6))
    jaw = center + axes * [rng.uniform(-0.5, 0.2), 0.75]
    ellipse(picture, jaw, axes * [0.6, 0.45], 0.65)
    for x in (-0.35, 0.35):
        orbit = center + axes * [x, rng.uniform(0.15, 0.35)]
        ellipse(picture, orbit, axes * rng.uniform(0.12, 0.25), 0.25)
    ellipse(picture, jaw - axes * [0, 0.25], axes * [0.1, 0.2], 0.25)
    tube(picture, (jaw / side, jaw / side + [rng.uniform(0, 0.2), 0.5]), 0.25, 0.55)
    return blur(picture, side * rng.uniform(0.004, 0.015))


def _slice(rng: np.random.Generator, side: int) -> Picture:
    """Draw a section through a head or a trunk, as MRI and CT show it."""
    picture = np.zeros((side, side), np.float32)
    center = side * rng.uniform([0.45, 0.45], [0.55, 0.55])
    axes = side * rng.uniform([0.3, 0.33], [0.52, 0.52])
    ellipse(picture, center, axes, rng.uniform(0.3, 1))
    ellipse(picture, center, axes * rng.uniform(0.85, 0.97), rng.uniform(0, 0.2))
    ellipse(picture, center, axes * rng.uniform(0.8, 0.92), rng.uniform(0.25, 0.95))
    tissue = clouds(rng, side) - 0.5
    lung = rng.random() < 0.5
    for x in (-1, 1):
        cavity = axes * (
            rng.uniform([0.3, 0.5], [0.42, 0.75])
            if lung
            else rng.uniform([0.06, 0.15], [0.15, 0.4])
        )
        place = center + axes * [
            x * (rng.uniform(0.4, 0.5) if lung else rng.uniform(0.05, 0.2)),
            rng.uniform(-0.2, 0.1),
        ]
        ellipse(picture, place, cavity, rng.uniform(0, 0.35))
    for _ in range(rng.integers(0, 25)):
        place = center + axes * rng.uniform(-0.7, 0.7, 2)
        ellipse(picture, place, side * rng.uniform(0.005, 0.06, 2), rng.random())
    ellipse(
        picture,
        center + axes * [0, 0.75],
        axes * rng.uniform(0.1, 0.2),
        rng.uniform(0.5, 1),
    )
    picture = picture + tissue * rng.uniform(0, 0.3) * (picture > 0.05)
    return blur(picture, side * rng.uniform(0.002, 0.008))


def _teeth(rng: np.random.Generator, side: int) -> Picture:
    """Draw two arcs of teeth, as a panorama or a few of them close by."""
    picture = blur(clouds(rng, side) * 0.4 + 0.15, side * 0.01)
    count = int(rng.integers(3, 17))
    curve = rng.uniform(-0.2, 0.2)
    for jaw in (-1, 1):
        for index in range(count):
            x = (index + 0.5) / count
            bite = 0.5 + curve * (2 * x - 1) ** 2 + 0.01 * jaw
            width, length = rng.uniform(0.6, 0.9) / count, rng.uniform(0.15, 0.3)
            root = np.array([x + rng.uniform(-0.02, 0.02), bite + jaw * length])
            crown = np.array([x, bite + jaw * length * 0.3])
            tube(picture, (crown, root), width * 0.5, 0.65)
            tube(picture, (np.array([x, bite]), crown), width, rng.uniform(0.75, 1))
    jawbone = np.array([[-0.1, 0.4], [0.1, 0.8], [0.5, 0.95], [0.9, 0.8], [1.1, 0.4]])
    if count > 8:
        cv2.polylines(picture, [(jawbone * side).astype(int)], False, 0.6, side // 14)
    return blur(picture, side * rng.uniform(0.004, 0.015))


def _breast(rng: np.random.Generator, side: int) -> Picture:
    """Draw a mammogram: a half disc at one edge, wisps of gland in it."""
    picture = np.zeros((side, side), np.float32)
    center = side * np.array([0.0, rng.uniform(0.4, 0.6)])
    axes = side * rng.uniform([0.35, 0.3], [0.9, 0.55])
    ellipse(picture, center, axes, rng.uniform(0.3, 0.5))
    skin = blur(picture, side * 0.02)
    gland = np.zeros_like(picture)
    ellipse(gland, center + axes * [0.3, 0], axes * rng.uniform(0.35, 0.65), 1)
    picture = skin + blur(gland, side * 0.04) * clouds(rng, side) * rng.uniform(
        0.3, 0.9
    )
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
    echo = clouds(rng, side) * rng.uniform(0.4, 1)
    for _ in range(rng.integers(0, 5)):  # fluid is black
        ellipse(
            echo, side * rng.uniform(0.2, 0.8, 2), side * rng.uniform(0.03, 0.2, 2), 0
        )
    layers = 0.3 * np.sin(radius * rng.uniform(10, 60)) * rng.random()
    speckle = rng.gamma(2, 0.5, (side, side)).astype(np.float32)
    picture: Picture = blur((echo + layers) * speckle, side * 0.003) * inside
    write(picture, "12.5 MHz  MI 0.8", (4, side - 6), 0.25, 0.9, rng)
    return picture


def _spine(rng: np.random.Generator, side: int) -> Picture:
    """Draw an abdomen, a pelvis or a neck: a column in the middle, no lungs."""
    picture = blur(clouds(rng, side), side * 0.03) * 0.3 + 0.3
    middle = 0.5 + rng.uniform(-0.1, 0.1)
    for y in np.arange(-0.1, 1.1, rng.uniform(0.08, 0.16)):
        tube(
            picture,
            (np.array([middle, y]), np.array([middle, y + 0.06])),
            rng.uniform(0.1, 0.2),
            0.75,
        )
    if rng.random() < 0.5:  # iliac wings and hips
        for x in (-1, 1):
            wing = np.array([middle + x * 0.27, rng.uniform(0.5, 0.7)]) * side
            ellipse(picture, wing, side * rng.uniform([0.12, 0.15], [0.2, 0.25]), 0.7)
            bone(
                picture,
                (wing / side + [x * 0.08, 0.2], wing / side + [x * 0.15, 0.6]),
                0.1,
            )
    for _ in range(rng.integers(0, 12)):  # gas in the bowel
        ellipse(
            picture,
            side * rng.uniform(0.1, 0.9, 2),
            side * rng.uniform(0.01, 0.08, 2),
            0.12,
        )
    return blur(picture, side * rng.uniform(0.005, 0.02))


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
    picture = blur(picture, side * rng.uniform(0.01, 0.03))
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
    picture -= blur(lung, side * 0.025) * rng.uniform(0.2, 0.4)
    heart = side * np.array([rng.uniform(0.32, 0.45), rng.uniform(0.5, 0.62)])
    shade = np.zeros_like(picture)
    ellipse(shade, heart, side * rng.uniform([0.1, 0.1], [0.17, 0.15]), 1)
    dome = side * np.array([rng.uniform(0.35, 0.55), rng.uniform(0.9, 1.0)])
    ellipse(shade, dome, side * rng.uniform([0.25, 0.18], [0.4, 0.3]), 1.2)
    picture += blur(shade, side * 0.02) * rng.uniform(0.2, 0.4)
    back = np.array([[0.6, -0.05], [0.7, 0.2], [0.75, 0.5], [0.7, 0.95]])
    for t in np.linspace(0, 1, 14):
        x, y = (
            np.interp(t, np.linspace(0, 1, 4), back[:, 0]),
            np.interp(t, np.linspace(0, 1, 4), back[:, 1]),
        )
        ellipse(
            picture,
            (x * side, y * side),
            (side * 0.035, side * 0.025),
            rng.uniform(0.5, 0.7),
        )
    for _ in range(8):  # ribs of both sides, slanting the same way
        y = rng.uniform(0.2, 0.75)
        a, b = np.array([0.75, y]), np.array([0.3, y + rng.uniform(0.05, 0.2)])
        line = np.zeros_like(picture)
        tube(line, (a, b), 0.015, 1)
        picture += 0.08 * blur(line, side * 0.004)
    picture += 0.1 * (clouds(rng, side) - 0.5) * (picture > 0.05)
    return picture[:, ::-1] if rng.random() < 0.4 else picture


def expose(rng: np.random.Generator, picture: Picture) -> Picture:
    """Place anatomy anyhow, as it comes: turned, cut, over- and underexposed."""
    side = picture.shape[0]
    turn = rng.normal(0, 12) + 90 * rng.choice(4, p=[0.82, 0.06, 0.06, 0.06])
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, rng.uniform(0.75, 1.4))
    # About the middle: stout and slender.
    stretch = np.exp(rng.normal(0, 0.15))
    matrix[0] = matrix[0] * stretch + [0, 0, (1 - stretch) * side / 2]
    matrix[:, 2] += rng.normal(0, 0.06, 2) * side
    border = cv2.BORDER_CONSTANT if rng.random() < 0.6 else cv2.BORDER_REPLICATE
    picture = np.asarray(
        cv2.warpAffine(picture, matrix, (side, side), borderMode=border)
    )
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    picture = np.clip(picture, 0, 1) ** rng.uniform(0.5, 1.8)
    haze = blur(clouds(rng, side), side * 0.05)
    picture = picture * rng.uniform(0.6, 1.1) + haze * rng.uniform(0, 0.25)
    return picture + rng.uniform(0, 0.04) * rng.standard_normal(
        (side, side), np.float32
    )


ANATOMY: Final[dict[str, Callable[[np.random.Generator, int], Picture]]] = {
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
