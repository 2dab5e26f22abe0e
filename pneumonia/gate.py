"""May the model read this radiograph? Refused with a coded reason, or admitted.

`check_metadata` asks what the file says of itself, before the network. The rules and
their sentences are in `pneumonia.errors.REASONS`.
"""

import re
from dataclasses import dataclass
from typing import Final

from pneumonia.errors import quote_code, refusal
from pneumonia.radiograph import Radiograph

# The ages that the model learned from: from the first birthday to the sixth.
AGE_RANGE: Final = (1.0, 6.0)

# PS3.3, C.7.3.1.1.1. A secondary capture is a copy of unknown origin.
_RADIOGRAPHS = {"CR", "DX", "DR"}
_CAPTURES = {"SC", "OT"}
# BodyPartExamined holds PS3.16's terms (annex L) or what somebody typed.
_CHEST = {"CHEST", "THORAX", "THORACIC", "LUNG", "LUNGS", "CXR", "TORAX", "TORACE"}
_BEYOND_CHEST = {"SPINE", "TSPINE", "LUMBAR", "ABDOMEN", "PELVIS", "NECK", "RIBS"}
_UNSAID = {"", "UNKNOWN", "OTHER", "UNSPECIFIED", "UNDEFINED", "NONE", "NA"}
# CR Series Module, C.8.1.1.1.2: laterals, decubitus, obliques; and plain words.
_NOT_FRONTAL = {
    *("LL", "RL", "LLD", "RLD", "LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "LAT"),
    *("LATERAL", "LLAT", "RLAT", "LATERO", "OBLIQUE", "OBL", "DECUBITUS", "DECUB"),
}

WARNINGS: Final[dict[str, str]] = {
    "capture": ("The file is a secondary capture, a copy whose processing is unknown."),
    "unknown_modality": "The file does not say what kind of image it is.",
    "burned_in": (
        "The file says that text is burned into the picture; it may identify the "
        "patient. Look before you export anything."
    ),
    "age": (
        "The patient is outside one to five years, the ages the model learned from. "
        "The score is not a calibrated probability."
    ),
}


@dataclass(frozen=True)
class Admission:
    """A radiograph may be read.

    Attributes
    ----------
    warnings : tuple of str
        Sentences that stay beside the result.
    calibrated : bool
        False where the score must not be called a probability.
    """

    warnings: tuple[str, ...] = ()
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
        warnings.append(WARNINGS["capture"])
    elif said.modality is None:
        warnings.append(WARNINGS["unknown_modality"])
    elif said.modality not in _RADIOGRAPHS:
        raise refusal("wrong_modality", f"modality {quote_code(said.modality)}")
    if not _may_be_chest(said.body_part or ""):
        raise refusal("wrong_body_part", f"body part {quote_code(said.body_part)}")
    if not _may_be_frontal(said.view_position or "", said.row_direction or ""):
        view = said.view_position or f"ROWS TO {said.row_direction}"
        raise refusal("lateral_view", f"view {quote_code(view)}")
    if said.burned_in_annotation:
        warnings.append(WARNINGS["burned_in"])
    age = said.patient_age
    calibrated = age is None or AGE_RANGE[0] <= age < AGE_RANGE[1]
    if not calibrated:
        if strict_age:
            # The age itself is patient data.
            raise refusal("age_out_of_range", "a patient of another age")
        warnings.append(WARNINGS["age"])
    return Admission(tuple(warnings), calibrated)


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
