"""Drawn viewers, pages and films on a table, around real radiographs."""

import string

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Rgb = NDArray[np.uint8]
Grey = NDArray[np.uint8]
Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]


def draw_viewer(
    rng: np.random.Generator, greys: list[Grey], *, grey: bool = False
) -> Rgb:
    """Draw a viewer's window: title, tools, panels and a radiograph in grey.

    Parameters
    ----------
    rng : numpy.random.Generator
    greys : list of ndarray of uint8, shape (H, W)
        Radiographs to choose from.
    grey : bool
        Whether the window has no colours.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    width, height = (int(rng.integers(*ends)) for ends in ((800, 1400), (600, 900)))
    dark = rng.random() < 0.7
    ground = int(rng.integers(15, 60) if dark else rng.integers(200, 245))
    image = Image.new("RGB", (width, height), (ground, ground, ground + 8))
    draw = ImageDraw.Draw(image)
    bar = int(rng.integers(30, 70))
    side = int(width * rng.uniform(0.12, 0.3))
    right = int(width * rng.uniform(0.6, 1)) if rng.random() < 0.4 else width
    ink = (220, 220, 225) if dark else (40, 40, 45)
    accent = pick_colour(rng)
    draw.rectangle(
        (0, 0, width, bar), fill=accent if rng.random() < 0.5 else (ground + 10,) * 3
    )
    for left in range(side, width - bar, int(bar * rng.uniform(1, 1.6))):
        tool = (left, bar // 4, left + bar // 2, bar - bar // 4)
        draw.rectangle(tool, fill=pick_colour(rng) if rng.random() < 0.6 else ink)
    write_lines(rng, draw, (8, bar + 10, side - 8, height - 10), ink)
    draw.rectangle((6, bar + 40, side - 6, bar + 70), fill=accent)
    for top in range(bar + 90, height - side, side + 12):
        if rng.random() < 0.4:
            paste(
                image,
                greys[rng.integers(len(greys))],
                (8, top, side - 8, top + side - 16),
            )
    paste(image, greys[rng.integers(len(greys))], (side, bar, right, height - 24))
    overlay = (255, 210, 60) if rng.random() < 0.5 else (120, 230, 255)
    write_lines(rng, draw, (side + 10, bar + 8, side + 200, bar + 90), overlay)
    write_lines(rng, draw, (8, height - 22, width, height), ink)
    return np.asarray(image.convert("L").convert("RGB") if grey else image)


def draw_page(rng: np.random.Generator, greys: list[Grey]) -> Rgb:
    """Draw a page: letterhead, text, coloured figures, at times a small radiograph."""
    width = int(rng.integers(500, 900))
    height = int(width * 1.414)
    paper = tuple(int(each) for each in rng.integers(235, 256, 3))
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    edge = width // 12
    letterhead = pick_colour(rng)
    draw.rectangle((edge, edge, edge + width // 5, edge + width // 12), fill=letterhead)
    write_lines(
        rng, draw, (width // 2, edge, width - edge, edge + width // 10), letterhead
    )
    top = edge + width // 6
    while top < height - edge:
        depth = int(width * rng.uniform(0.15, 0.45))
        box = (edge, top, width - edge, min(top + depth, height - edge))
        kind = rng.choice(["text", "text", "chart", "radiograph"])
        if kind == "text":
            write_lines(rng, draw, box, (25, 25, 30))
        elif kind == "chart":
            draw_chart(rng, draw, box)
        else:
            paste(image, greys[rng.integers(len(greys))], box)
        top += depth + edge // 2
    return np.asarray(image)


def draw_film_on_a_table(
    rng: np.random.Generator, greys: list[Grey], photographs: list[Rgb]
) -> Rgb:
    """Draw a film, tinted or not, seen at an angle on something coloured."""
    side = 512
    photo = photographs[rng.integers(len(photographs))]
    ground = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)
    film = cv2.resize(greys[rng.integers(len(greys))], (side, side))
    tint = rng.uniform(0.75, 1, 3)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    seen = (corners - 0.5 + rng.uniform(-0.06, 0.06, (4, 2))) * rng.uniform(0.65, 0.9)
    perspective = cv2.getPerspectiveTransform(
        corners * side, ((seen + 0.5) * side).astype(np.float32)
    )
    laid = cv2.warpPerspective(film[..., None] * tint, perspective, (side, side))
    mask = cv2.warpPerspective(
        np.ones((side, side), np.float32), perspective, (side, side)
    )
    mixed = laid * mask[..., None] + ground * (1 - mask[..., None])
    return np.asarray(np.rint(mixed).clip(0, 255), np.uint8)


def pick_colour(rng: np.random.Generator) -> Colour:
    """Choose a colour that is plainly none of the greys."""
    hue, saturation, value = rng.uniform([0, 120, 110], [180, 255, 255])
    pixel = np.array([[[hue, saturation, value]]], np.uint8)
    red, green, blue = cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].tolist()
    return red, green, blue


def write_lines(
    rng: np.random.Generator, draw: ImageDraw.ImageDraw, box: Box, ink: Colour
) -> None:
    """Fill a box with lines of letters."""
    left, top, right, bottom = box
    size = int(rng.integers(10, 16))
    font = ImageFont.load_default(size)
    letters = [*string.ascii_letters, " ", " ", " ", " "]
    for line in range(top, bottom - size, int(size * 1.5)):
        count = int(max(right - left, 1) / size * rng.uniform(1, 2))
        draw.text(
            (left, line), "".join(rng.choice(letters, count)), fill=ink, font=font
        )


def draw_chart(rng: np.random.Generator, draw: ImageDraw.ImageDraw, box: Box) -> None:
    left, top, right, bottom = box
    bars = int(rng.integers(3, 9))
    step = (right - left) // bars
    colours = [pick_colour(rng) for _ in range(3)]
    for number in range(bars):
        start = left + number * step
        height = int((bottom - top) * rng.uniform(0.2, 1))
        draw.rectangle(
            (start, bottom - height, start + step * 2 // 3, bottom),
            fill=colours[number % 3],
        )
    draw.line((left, bottom, right, bottom), fill=(40, 40, 40), width=2)


def paste(image: Image.Image, grey: Grey, box: Box) -> None:
    """Lay a radiograph into a box, in its proportions."""
    left, top, right, bottom = box
    radiograph = Image.fromarray(grey)
    scale = min((right - left) / radiograph.width, (bottom - top) / radiograph.height)
    if scale <= 0:
        return
    size = (
        max(1, int(radiograph.width * scale)),
        max(1, int(radiograph.height * scale)),
    )
    image.paste(radiograph.resize(size), (left, top))
