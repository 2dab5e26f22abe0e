"""May the model read this radiograph? Refused with a coded reason, or admitted.

`check_metadata` checks what the file states, `check_image` what the picture shows. Both
come before the network. The sentences are in `pneumonia.sentences`.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from pneumonia.errors import UnsupportedRadiographError, repeatable
from pneumonia.gate.features import describe_layout
from pneumonia.gate.text_detection import has_text
from pneumonia.gate.view_classifier import FRONTAL, ViewClassifier
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.radiograph import Radiograph
from pneumonia.sentences import Notice, RefusalCode, Repair

# The ages that the model was trained on: from the first birthday to the sixth.
AGE_RANGE: Final = (1.0, 6.0)

# PS3.3, C.7.3.1.1.1. A secondary capture is a copy of unknown origin.
_RADIOGRAPHS = {"CR", "DX", "DR"}
_CAPTURES = {"SC", "OT"}
# BodyPartExamined holds PS3.16's terms (annex L) or what somebody typed.
_CHEST = {"CHEST", "THORAX", "THORACIC", "LUNG", "LUNGS", "CXR", "TORAX", "TORACE"}
_BEYOND_CHEST = {"SPINE", "TSPINE", "LUMBAR", "ABDOMEN", "PELVIS", "NECK", "RIBS"}
_UNSAID = {"", "UNKNOWN", "OTHER", "UNSPECIFIED", "UNDEFINED", "NONE", "NA"}
# CR Series Module, C.8.1.1.1.2: laterals, decubitus, obliques; and plain words.
_NOT_FRONTAL = set(
    """LL RL LLD RLD LLO RLO LAO RAO LPO RPO LAT LATERAL LLAT RLAT LATERO OBLIQUE OBL
    DECUBITUS DECUB""".split()
)

# The least difference of the 1st and 99th percentile, in the 256 levels that are shown.
_MIN_CONTRAST = 16
# Width over height; the official radiographs reach from 0.83 to 3.2.
_ASPECT_RANGE = (0.4, 4.0)
# A view that is not frontal: its code, what was received, and what would repair it.
# A picture that lies turned anticlockwise is put right clockwise.
_VIEWS: Final[dict[str, tuple[RefusalCode, str, Repair | None]]] = {
    "rotated_90": ("rotated", "turned_anticlockwise", "rotate_90"),
    "rotated_180": ("rotated", "upside_down", "rotate_180"),
    "rotated_270": ("rotated", "turned_clockwise", "rotate_270"),
    "inverted": ("inverted", "light_and_dark_exchanged", "invert"),
    "lateral_view": ("lateral_view", "side_view", None),
    "cropped": ("cropped", "part_of_chest", None),
    "photo_of_screen": ("photo_of_screen", "photograph", None),
    "not_chest_radiograph": ("not_chest_radiograph", "something_else", None),
}
VIEWS: Final = (FRONTAL, *_VIEWS)


@dataclass(frozen=True)
class Admission:
    """A radiograph may be read.

    Attributes
    ----------
    warnings : tuple of Notice
        They stay beside the result.
    calibrated : bool
        False where the score must not be called a probability.
    """

    warnings: tuple[Notice, ...] = ()
    calibrated: bool = True


def check_metadata(radiograph: Radiograph, *, strict_age: bool = False) -> Admission:
    """Ask what the file says of itself.

    Parameters
    ----------
    radiograph : Radiograph
        Pictures say nothing and are admitted.
    strict_age : bool
        Refuse patients outside one to five years instead of warning.

    Returns
    -------
    Admission

    Raises
    ------
    UnsupportedRadiographError
        With the code ``wrong_modality``, ``wrong_body_part``, ``lateral_view`` or
        ``age_out_of_range``.

    References
    ----------
    * DICOM PS3.3, C.7.3.1.1.1 (Modality), C.8.1.1 (CR), C.8.11.1 (DX)
    """
    said = radiograph.dicom
    if said is None:
        return Admission()
    warnings = []
    if said.modality in _CAPTURES:
        warnings.append(Notice("secondary_capture"))
    elif said.modality is None:
        warnings.append(Notice("unknown_modality"))
    elif said.modality not in _RADIOGRAPHS:
        raise UnsupportedRadiographError(
            "wrong_modality", "modality", modality=repeatable(said.modality)
        )
    if not _may_be_chest(said.body_part or ""):
        raise UnsupportedRadiographError(
            "wrong_body_part", "body_part", body_part=repeatable(said.body_part)
        )
    if not _may_be_frontal(said.view_position or "", said.row_direction or ""):
        if said.view_position:
            raise UnsupportedRadiographError(
                "lateral_view", "view", view=repeatable(said.view_position)
            )
        raise UnsupportedRadiographError(
            "lateral_view", "row_direction", direction=repeatable(said.row_direction)
        )
    if said.burned_in_annotation:
        warnings.append(Notice("burned_in_annotation"))
    age = said.patient_age
    calibrated = age is None or AGE_RANGE[0] <= age < AGE_RANGE[1]
    if not calibrated:
        if strict_age:
            # The age itself is patient data.
            raise UnsupportedRadiographError("age_out_of_range", "other_age")
        warnings.append(Notice("age_outside_training"))
    return Admission(tuple(warnings), calibrated)


def check_image(radiograph: Radiograph, gate: ViewClassifier) -> Admission:
    """Ask what the picture shows.

    Parameters
    ----------
    radiograph : Radiograph
    gate : ViewClassifier
        From `pneumonia.gate.storage.load_gate`.

    Returns
    -------
    Admission
        With a warning where text seems to be burned into the picture.

    Raises
    ------
    UnsupportedRadiographError
        With the code ``low_contrast``, ``cropped``, ``rotated``, ``inverted``,
        ``lateral_view``, ``photo_of_screen`` or ``not_chest_radiograph``, and the
        repair that would make the picture readable, where there is one.
    """
    grey = to_8_bit(radiograph)
    rows, columns = grey.shape
    if not _ASPECT_RANGE[0] <= columns / rows <= _ASPECT_RANGE[1]:
        raise UnsupportedRadiographError("cropped", "strip", columns=columns, rows=rows)
    low, high = np.percentile(grey[:: 1 + rows // 256, :: 1 + columns // 256], [1, 99])
    if high - low < _MIN_CONTRAST:
        raise UnsupportedRadiographError(
            "low_contrast", "narrow_grey_levels", range=float(high - low)
        )
    view = gate.name_view(describe_layout(grey))
    if view != FRONTAL:
        code, received, repair = _VIEWS[view]
        raise UnsupportedRadiographError(code, received, repair=repair)
    return Admission((Notice("text_in_picture"),) if has_text(grey) else ())


def _may_be_chest(body_part: str) -> bool:
    if body_part in _UNSAID:
        return True
    words = set(re.findall(r"[^\W\d_]+", body_part))
    return bool(words & _CHEST) and not words & _BEYOND_CHEST


def _may_be_frontal(view: str, row_direction: str) -> bool:
    """Judge by the view, else by where a row of pixels leads (C.7.6.1.1.1)."""
    words = set(re.findall(r"[^\W\d_]+", view))
    if words:
        return not words & _NOT_FRONTAL
    return row_direction[:1] not in ("A", "P")
