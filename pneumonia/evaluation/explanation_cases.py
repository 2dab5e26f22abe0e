"""The radiographs on which explanations are measured: chosen, read and admitted."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pneumonia.data.folders import list_radiographs
from pneumonia.data.labelled_files import patient_in_name
from pneumonia.errors import DatasetError, RadiographError
from pneumonia.evaluation.drawn_regions import read_mask, within_boxes
from pneumonia.lungs.crop import WHOLE, Box, box_to_see
from pneumonia.model.cell_grid import Finding, to_image_coordinates
from pneumonia.model.classifier import Classifier
from pneumonia.model.explanations import Array, Evidence
from pneumonia.reading.model_input import within_margins
from pneumonia.reading.radiograph import read_radiograph
from pneumonia.reading.regular_files import read_regular_file

# Side of the grid over the whole radiograph on which drawn regions lie.
_SIDE = 224
# Share of the brightest grey below which a place at the edge is beside the patient.
_BESIDE = 0.1


@dataclass(frozen=True, eq=False)
class Case:
    """A radiograph that the gate admits.

    Attributes
    ----------
    patient : str
        The file's name where it tells no patient.
    square : ndarray of uint8, shape (S, S)
        What the network sees.
    toward : {"pneumonia", "normal"}
        What the flag says, and the map explains.
    lungs : ndarray of bool, shape (128, 128)
        Both lungs as the program finds them, on the picture within its margins.
    body : ndarray of bool, shape (128, 128)
        The patient, lungs included, on the same picture.
    box : tuple of float
        What the square shows of that picture.
    frame : tuple of float
        What the square shows of the whole radiograph.
    opacities : ndarray of bool, shape (224, 224), or None
        The boxes that readers drew, over the whole radiograph.
    drawn_lungs : ndarray of bool, shape (224, 224), or None
        Both lungs as people drew them, over the whole radiograph.
    """

    patient: str
    square: NDArray[np.uint8]
    toward: Finding
    lungs: NDArray[np.bool_]
    body: NDArray[np.bool_]
    box: Box
    frame: Box
    opacities: NDArray[np.bool_] | None
    drawn_lungs: NDArray[np.bool_] | None

    def over_picture(self, strength: Evidence) -> Array:
        """Lay a map over the picture within its margins, as `lungs` lie."""
        return to_image_coordinates(
            strength.cells[0], strength.grid, self.lungs.shape, self.box
        )

    def over_radiograph(self, strength: Evidence) -> Array:
        """Lay a map over the whole radiograph, as drawn regions lie."""
        return to_image_coordinates(
            strength.cells[0], strength.grid, (_SIDE, _SIDE), self.frame
        )


def choose_files(
    folder: Path, first: Collection[Path], limit: int | None, seed: int = 0
) -> list[Path]:
    """Draw radiographs of a folder at random.

    Parameters
    ----------
    folder : Path
    first : collection of Path
        Taken before all others, resolved: those with boxes, which are few.
    limit : int or None
        How many.
    seed : int

    Returns
    -------
    list of Path

    Raises
    ------
    DatasetError
        If the folder holds none.
    """
    files = list_radiographs(folder)
    if not files:
        raise DatasetError(
            "Explanations are measured on a folder of radiographs. Received: "
            f"{folder} without any. Name the folder that holds them."
        )
    order = np.random.default_rng(seed).permutation(len(files))
    drawn = [files[index] for index in order]
    drawn.sort(key=lambda path: path.resolve() not in first)
    return drawn[:limit]


def read_cases(
    classifier: Classifier,
    files: Sequence[Path],
    boxes: Mapping[Path, list[Box]],
    masks: Mapping[str, Path],
) -> tuple[list[Case], Counter[str]]:
    """Read radiographs, and leave out those that get no score.

    Parameters
    ----------
    classifier : Classifier
    files : sequence of Path
    boxes, masks : mapping
        As `pneumonia.evaluation.drawn_regions` reads them.

    Returns
    -------
    cases : list of Case
    left_out : Counter of str
        How many were left out, by the code of the refusal.

    Raises
    ------
    DatasetError
        If none is left, or a mask cannot be read.
    """
    left_out = Counter[str]()

    def each() -> Iterator[Case]:
        for path in tqdm(files, "Reading radiographs", unit="file", disable=None):
            case = _read(classifier, path, boxes, masks)
            if isinstance(case, str):
                left_out[case] += 1
            else:
                yield case

    cases = list(each())
    if not cases:
        reasons = ", ".join(f"{code} {count}" for code, count in left_out.items())
        raise DatasetError(
            "Explanations are measured on radiographs that get a score. Received: "
            f"{len(files)} that get none ({reasons}). Choose another folder."
        )
    return cases, left_out


def _read(
    classifier: Classifier,
    path: Path,
    boxes: Mapping[Path, list[Box]],
    masks: Mapping[str, Path],
) -> Case | str:
    """Read a radiograph, or return the code of its refusal."""
    try:
        radiograph = read_radiograph(read_regular_file(path))
    except RadiographError as error:
        return error.code
    assessment = classifier.assess(radiograph)
    square, lungs = classifier.model_input(radiograph), assessment.lungs
    if assessment.score is None or square is None or lungs is None:
        return assessment.refusal.code if assessment.refusal else "no_lungs"
    card = classifier.card
    flagged = assessment.score >= card["operating_points"]["balanced"]["threshold"]
    drawn = boxes.get(path.resolve())
    mask = masks.get(path.stem)
    both = np.any(lungs.masks, axis=0)
    return Case(
        patient=patient_in_name(path.stem) or path.name,
        square=square[..., 0],
        toward="pneumonia" if flagged else "normal",
        lungs=both,
        body=both | find_body(within_margins(radiograph), len(both)),
        box=box_to_see(lungs) if card["on_lungs"] else WHOLE,
        frame=assessment.frame,
        opacities=within_boxes(drawn, _SIDE) if drawn else None,
        drawn_lungs=read_mask(mask, _SIDE) if mask else None,
    )


def find_body(picture: NDArray[np.uint8], side: int) -> NDArray[np.bool_]:
    """Find the patient: all but the dark places that reach the picture's edge.

    Parameters
    ----------
    picture : ndarray of uint8, shape (H, W)
    side : int
        Of the square to return, in pixels.

    Returns
    -------
    ndarray of bool, shape (side, side)
    """
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    dark = small <= _BESIDE * np.percentile(small, 99)
    _, parts = cv2.connectedComponents(dark.astype(np.uint8), connectivity=4)
    edge = np.concatenate([parts[[0, -1]].ravel(), parts[:, [0, -1]].ravel()])
    return np.asarray(~(dark & np.isin(parts, edge)))
