"""Measure which tinted radiographs are admitted, and which coloured pictures refused.

Tints are drawn over radiographs that the gate admits in grey, half of children and half
of adults. To be refused are crops of the colour photographs that scikit-learn,
Matplotlib and, where it is installed, scikit-image ship, and drawings of viewers, of
pages and of films on a table. All are saved as JPEG and read as an upload is.
"""

import importlib.util
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
from coloured_drawings import draw_film_on_a_table, draw_page, draw_viewer
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from pneumonia.errors import RadiographError
from pneumonia.gate.checks import check_image
from pneumonia.gate.storage import load_gate
from pneumonia.gate.view_classifier import ViewClassifier
from pneumonia.lungs.finder import load_lung_finder
from pneumonia.model.weights import WEIGHTS_FOLDER
from pneumonia.reading.radiograph import read_radiograph

Rgb = NDArray[np.uint8]
Grey = NDArray[np.uint8]
# What black, middle grey and white become.
CURVES = {
    "sepia": [(0, 0, 0), (150, 125, 95), (255, 240, 210)],
    "yellowed paper": [(20, 15, 5), (138, 128, 98), (255, 240, 190)],
    "blue film": [(0, 0, 0), (95, 110, 135), (200, 220, 255)],
    "cyanotype": [(10, 30, 80), (132, 140, 162), (255, 250, 245)],
    "green screen": [(0, 0, 0), (26, 128, 45), (51, 255, 90)],
    "amber screen": [(0, 0, 0), (128, 96, 13), (255, 191, 26)],
}
# Factors of red, green and blue; above 1 the lightest levels are lost.
FACTORS = {
    "saturating sepia": (1.351, 1.203, 0.937),
    "saturating copper": (1.6, 1, 0.63),
    "saturating blue": (0.5, 0.75, 1.2),
    "warm white balance": (1.15, 1, 0.8),
    "cold white balance": (0.85, 1, 1.25),
    "magenta cast": (1.1, 0.8, 1),
}
COLOUR_MAPS = ("bone", "copper")
FINDER = load_lung_finder(WEIGHTS_FOLDER)


def tables() -> dict[str, NDArray[np.uint8]]:
    """Return the RGB that each of 256 grey levels becomes, by tint."""
    levels = np.arange(256)
    made = {
        name: np.stack(
            [
                np.interp(levels, [0, 128, 255], ends)
                for ends in zip(*curve, strict=True)
            ],
            axis=-1,
        )
        for name, curve in CURVES.items()
    }
    made |= {name: levels[:, None] * factors for name, factors in FACTORS.items()}
    for name in COLOUR_MAPS:
        made[f"colour map {name}"] = matplotlib.colormaps[name](levels)[:, :3] * 255
    return {
        name: np.rint(table).clip(0, 255).astype(np.uint8)
        for name, table in made.items()
    }


def to_jpeg(pixels: Rgb) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def judge(data: bytes, gate: ViewClassifier) -> tuple[str, Grey | None]:
    """Return "admitted" or the code of the refusal, and the grey levels if read."""
    grey = None
    try:
        radiograph = read_radiograph(data)
        grey = np.asarray(radiograph.pixels, np.uint8)
        check_image(radiograph, gate, FINDER)
    except RadiographError as error:
        return error.code, grey
    return "admitted", grey


def find_radiographs(data: Path, count: int, gate: ViewClassifier) -> list[Grey]:
    """Read radiographs that the gate admits, as many of children as of adults."""
    rng = np.random.default_rng(0)
    greys: list[Grey] = []
    for folder in ("chest_xray/train", "adults_nih"):
        paths = sorted(path for path in (data / folder).rglob("*.jp*g"))
        found = 0
        for number in rng.permutation(len(paths)):
            verdict, grey = judge(paths[number].read_bytes(), gate)
            if verdict == "admitted" and grey is not None:
                greys.append(grey)
                found += 1
            if found == count // 2:
                break
    return greys


def find_photographs() -> list[Rgb]:
    """Read the colour photographs that installed packages ship."""
    paths = []
    for package, pattern in (
        ("sklearn", "datasets/images/*.jpg"),
        ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
        ("skimage", "data/*.[jp][pn]g"),
    ):
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            paths += sorted(Path(spec.origin).parent.glob(pattern))
    pictures = [np.asarray(Image.open(path)) for path in paths]
    return [each for each in pictures if is_colourful(each)]


def is_colourful(picture: NDArray[np.uint8]) -> bool:
    """Tell a photograph in colour from drawings, grey pictures and tables."""
    if picture.shape[2:] != (3,) or min(picture.shape[:2]) < 200:
        return False
    return bool((np.ptp(picture, axis=-1) > 30).mean() > 0.3)


def crop_photograph(rng: np.random.Generator, photographs: list[Rgb]) -> Rgb:
    """Cut a part out of a photograph, more or less colourful and bright."""
    photo = photographs[rng.integers(len(photographs))]
    side = int(min(photo.shape[:2]) * rng.uniform(0.4, 1))
    top, left = (int(rng.integers(length - side + 1)) for length in photo.shape[:2])
    part = cv2.resize(photo[top : top + side, left : left + side], (480, 480))
    grey = part.mean(axis=-1, keepdims=True)
    changed = (grey + (part - grey) * rng.uniform(0.5, 1.2)) * rng.uniform(0.7, 1.2)
    return np.asarray(np.rint(changed).clip(0, 255), np.uint8)


def measure(data: Path, count: int) -> dict[str, Any]:
    """Return the rows of both tables.

    Parameters
    ----------
    data : Path
        Holds ``chest_xray`` and ``adults_nih``.
    count : int
        Of radiographs under each tint, and of pictures of each other kind.
    """
    gate = load_gate(WEIGHTS_FOLDER)
    greys = find_radiographs(data, count, gate)
    photographs = find_photographs()
    rng = np.random.default_rng(0)
    tints = []
    for name, table in tqdm(tables().items(), "Tints"):
        read = [judge(to_jpeg(table[grey]), gate) for grey in greys]
        alike = [
            float(np.corrcoef(found.ravel(), grey.ravel())[0, 1])
            for (_, found), grey in zip(read, greys, strict=True)
            if found is not None
        ]
        admitted = sum(verdict == "admitted" for verdict, _ in read)
        tints.append(
            {
                "tint": name,
                "n": len(greys),
                "admitted": admitted,
                "least_correlation": min(alike, default=None),
            }
        )
    kinds: dict[str, Callable[[], Rgb]] = {
        "colour photograph": lambda: crop_photograph(rng, photographs),
        "screenshot of a coloured viewer": lambda: draw_viewer(rng, greys),
        "screenshot of a grey viewer": lambda: draw_viewer(rng, greys, grey=True),
        "page with text, charts and radiographs": lambda: draw_page(rng, greys),
        "film on a coloured table": lambda: draw_film_on_a_table(
            rng, greys, photographs
        ),
    }
    others = []
    for name, draw in tqdm(kinds.items(), "Other pictures"):
        verdicts = Counter(judge(to_jpeg(draw()), gate)[0] for _ in range(count))
        others.append(
            {
                "picture": name,
                "n": count,
                "refused_for_colour": verdicts["colour_image"],
                "refused": count - verdicts["admitted"],
            }
        )
    return {"tints": tints, "other_pictures": others, "photographs": len(photographs)}
