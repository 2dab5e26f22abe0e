"""How well the lungs are found: on patients held out, on adults, and under changes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.evaluation.other_hospitals import FOLDER, read_index
from pneumonia.lungs.fields import SIDE, LungFields
from pneumonia.lungs.finder import LungFinder
from pneumonia.perturbations.corruptions import CORRUPTIONS
from pneumonia.perturbations.drawn_devices import DEVICES
from pneumonia.statistics.intervals import percentiles

Grey = NDArray[np.uint8]
# A picture (S, S) and its masks (S, S, 2), 0 or 1; or many of both.
Pair = tuple[Grey, Grey]

ATTRIBUTION: Final = (
    'Masks: V7 Labs, "COVID-19 X-ray dataset", annotations CC BY 4.0, drawn by people '
    "on radiographs of Kermany et al. (CC BY 4.0)."
)


def measure_lungs(
    finder: LungFinder, held_out: Pair, adults: Pair | None
) -> dict[str, Any]:
    """Measure the network that finds the lungs.

    Parameters
    ----------
    finder : LungFinder
    held_out : (ndarray of shape (N, S, S), ndarray of shape (N, S, S, 2))
        Pictures and masks of patients that it was not trained on.
    adults : as `held_out`, or None
        Of other hospitals.

    Returns
    -------
    dict
        ``unchanged``, ``adults`` and each change: the Dice coefficient of both lungs
        together (``dice``, its 5th percentile ``dice_low`` and the interval of its
        mean), in how many radiographs both lungs were found (``both_found``), and in
        how many at least 95 % of both lungs lie within the box (``in_box``).
    """
    rows = {"unchanged": _measure(finder, *held_out)}
    if adults is not None:
        rows["adults of other hospitals"] = _measure(finder, *adults)
    for name, change in _CHANGES.items():
        rng = np.random.default_rng(0)
        pairs = [change(p, m, rng) for p, m in zip(*held_out, strict=True)]
        pictures, masks = zip(*pairs, strict=True)
        rows[name] = _measure(finder, np.stack(pictures), np.stack(masks))
    qualities = [fields.quality for fields in finder.find_all(held_out[0])]
    return {
        "by_change": rows,
        "quality": dict(
            zip(
                ("lowest", "1 %", "5 %", "median"),
                np.percentile(qualities, [0, 1, 5, 50]).tolist(),
                strict=True,
            )
        ),
    }


def find_adults(masks: Path, external: Path) -> list[tuple[Path, Path]]:
    """Pair the adults of ``other_hospitals`` that have a mask with it.

    Parameters
    ----------
    masks : Path
        With ``other_hospitals/<source>/<name>.png``.
    external : Path
        With ``other_hospitals/index.csv``.

    Returns
    -------
    list of (Path, Path)
        Radiograph and mask; empty without either folder.

    Raises
    ------
    DatasetError
        If the index cannot be read.
    """
    index = external / FOLDER / "index.csv"
    if not index.is_file():
        return []
    paths = [Path(row["path"]) for row in read_index(index)]
    pairs = [
        (
            index.parent / path,
            masks / FOLDER / path.parts[0] / f"{path.stem}.png",
        )
        for path in paths
    ]
    return [pair for pair in pairs if pair[1].is_file()]


def _measure(finder: LungFinder, pictures: Grey, masks: Grey) -> dict[str, Any]:
    dice, found, inside = [], 0, 0
    for fields, mask in zip(finder.find_all(pictures), masks, strict=True):
        truth = _shrink(mask.max(axis=-1))
        lungs = fields.masks.any(axis=0)
        dice.append(2 * (truth & lungs).sum() / max(truth.sum() + lungs.sum(), 1))
        found += all(fields.found)
        inside += all(_within(fields, mask[..., side]) for side in range(2))
    rng = np.random.default_rng(0)
    means = [np.mean(rng.choice(dice, len(dice))) for _ in range(1000)]
    return {
        "n": len(dice),
        "dice": float(np.mean(dice)),
        "dice_ci": list(percentiles(means)),
        "dice_low": float(np.percentile(dice, 5)),
        "both_found": found,
        "in_box": inside,
    }


def _within(fields: LungFields, lung: Grey) -> bool:
    truth = _shrink(lung)
    top, bottom, left, right = (round(SIDE * edge) for edge in fields.box)
    return bool(truth[top:bottom, left:right].sum() >= 0.95 * truth.sum())


def _shrink(mask: Grey) -> NDArray[np.bool_]:
    small = cv2.resize(255 * mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 127)


def _both(change: Callable[[Grey], Grey]) -> Any:
    """Change picture and masks alike."""

    def changed(picture: Grey, mask: Grey, _: np.random.Generator) -> Pair:
        lungs = [change(np.ascontiguousarray(mask[..., side])) for side in range(2)]
        return change(picture), np.stack(lungs, axis=-1)

    return changed


def _picture(change: Callable[[Grey], Grey]) -> Any:
    return lambda picture, mask, _: (change(picture), mask)


def _turn(degrees: float) -> Callable[[Grey], Grey]:
    def turn(grey: Grey) -> Grey:
        side = grey.shape[0]
        centre = ((side - 1) / 2, (side - 1) / 2)
        matrix = cv2.getRotationMatrix2D(centre, degrees, 1.0)
        return np.asarray(cv2.warpAffine(grey, matrix, (side, side)), np.uint8)

    return turn


def _crop(grey: Grey) -> Grey:
    inner = CORRUPTIONS["crop 8 %"](grey)
    return np.asarray(cv2.resize(inner, grey.shape[::-1]), np.uint8)


def _noisy_margin(picture: Grey, mask: Grey, rng: np.random.Generator) -> Pair:
    side = picture.shape[0]
    width = round(0.1 * side)
    inner = (side - 2 * width, side - 2 * width)
    framed = np.clip(rng.normal(128, 40, picture.shape), 0, 255).astype(np.uint8)
    framed[width : side - width, width : side - width] = cv2.resize(picture, inner)
    lungs = np.zeros_like(mask)
    lungs[width : side - width, width : side - width] = cv2.resize(mask, inner)
    return framed, lungs


def _opaque_side(picture: Grey, mask: Grey, rng: np.random.Generator) -> Pair:
    """Give one lung the grey of the 85th percentile, as a white-out of one side."""
    lung = mask[..., rng.integers(2)].astype(np.float32)
    share = cv2.GaussianBlur(lung, (0, 0), 0.02 * picture.shape[0])
    level = np.percentile(picture, 85)
    opaque = picture * (1 - share) + level * share
    return opaque.astype(np.uint8), mask


def _devices(grey: Grey) -> Grey:
    for draw in DEVICES.values():
        grey = draw(grey)
    return grey


_CHANGES: Mapping[
    str,
    Callable[[Grey, Grey, np.random.Generator], Pair],
] = {
    "noisy margin of 10 %": _noisy_margin,
    "turned by +20°": _both(_turn(20)),
    "turned by -20°": _both(_turn(-20)),
    "light and dark exchanged": _picture(lambda grey: 255 - grey),
    "8 % cut off each side": _both(_crop),
    "one lung opaque": _opaque_side,
    "lines, tubes and wires": _picture(_devices),
}
