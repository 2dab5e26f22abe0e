"""Files and folders of synthetic radiographs."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.phantom import draw_phantom


def write_phantom(
    path: Path,
    *,
    seed: int,
    consolidation: bool = False,
    shape: tuple[int, int] = (96, 96),
) -> Path:
    """Draw a phantom into a file of the kind that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = draw_phantom(shape, consolidation=consolidation, seed=seed)
    Image.fromarray(picture).save(path)
    return path


def write_kaggle_folder(folder: Path, **splits: int) -> Path:
    """Write ``train``, ``val`` and ``test`` with so many radiographs of each class.

    Names are Kaggle's; some patients have two normal radiographs, half of the
    pneumonias are bacterial, and no patient is in two splits.
    """
    number = 0
    for split, count in splits.items():
        for index in range(count):
            number += 1
            prefix = "NORMAL2-IM" if index % 2 else "IM"
            write_phantom(
                folder / split / "NORMAL" / f"{prefix}-{number // 3:04}-{number}.jpeg",
                seed=2 * number,
            )
            kind = "virus" if index % 2 else "bacteria"
            write_phantom(
                folder / split / "PNEUMONIA" / f"person{number}_{kind}_{number}.jpeg",
                seed=2 * number + 1,
                consolidation=True,
            )
        number += 3
    return folder


def draw_grey(shape: tuple[int, int] = (224, 224), *, seed: int) -> NDArray[np.uint8]:
    """Draw an 8-bit phantom."""
    return draw_phantom(shape, seed=seed).astype(np.uint8)


def draw_squares(count: int, side: int = 32) -> NDArray[np.uint8]:
    """Draw phantoms of shape (count, side, side, 1), every other with pneumonia."""
    pictures = [
        draw_phantom((side, side), consolidation=bool(seed % 2), seed=seed)
        for seed in range(count)
    ]
    return np.stack(pictures)[..., np.newaxis].astype(np.uint8)
