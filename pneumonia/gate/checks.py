"""May the model read this radiograph? Refused with a coded reason, or admitted.

`check_metadata` checks what the file states, `check_image` what the picture shows. Both
come before the network. The sentences are in `pneumonia.reasons`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.gate.text_detection import has_text
from pneumonia.gate.view_classifier import FRONTAL, ViewClassifier, describe_layout
from pneumonia.gate.vocabulary import (
    understand_body_part,
    understand_modality,
    understand_view,
)
from pneumonia.lungs.areas import average_areas
from pneumonia.lungs.fields import LungFields
from pneumonia.lungs.finder import LungFinder
from pneumonia.reading.dicom_attributes import DicomAttributes
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.grey_levels import percentile
from pneumonia.reading.model_input import within_margins
from pneumonia.reading.orientation import find_repair
from pneumonia.reading.radiograph import Radiograph
from pneumonia.reasons.codes import Notice, RefusalCode, Repair

# The ages that the model was trained on: from the first birthday to the sixth.
AGE_RANGE: Final = (1.0, 6.0)

# A secondary capture is a copy of unknown origin; PS3.3, C.7.3.1.1.1.
_CAPTURES = {"SC", "OT"}
_DIGITISED_FILM = "RG"
# With these a radiograph is unlike those that were calibrated on.
_NOT_CALIBRATED = {
    "unreadable_grey_attribute",
    "age_outside_training",
    "mirrored",
    "one_lung_found",
    "lungs_uncertain",
}
# Quality of the lung fields: below the first there is a warning, below the second a
# refusal. Both were chosen looking at frontal chests of six sources, few of which lie
# below, and at side views, brain MRI and CT.
CERTAIN_QUALITY: Final = 0.8
LEAST_QUALITY: Final = 0.6
# `LungFields.cut`: above the first there is a warning, above the second a refusal. Of
# 521 radiographs of validation 38 lie above the first, most with apices just beyond the
# edge, and 3 above the second.
NOTED_CUT: Final = 0.2
LARGEST_CUT: Final = 0.55

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
_TURNED: Final = {
    repair: received for code, received, repair in _VIEWS.values() if code == "rotated"
}
# Log odds of a frontal view below which a picture is called no chest radiograph. It
# decides the reason only, never the admission; `weights/report/gate.md` counts reasons.
_UNLIKE_CHEST: Final = -6.0


@dataclass(frozen=True)
class Admission:
    """A radiograph may be read.

    Attributes
    ----------
    warnings : tuple of Notice
        They stay beside the result.
    calibrated : bool
        False where the score must not be called a probability.
    picture : ndarray of uint8, shape (H, W), or None
        The picture within its margins, in its window, from `check_image`.
    lungs : LungFields or None
        Of that picture.
    """

    warnings: tuple[Notice, ...] = ()
    calibrated: bool = True
    picture: NDArray[np.uint8] | None = None
    lungs: LungFields | None = None


def check_metadata(radiograph: Radiograph, *, strict_age: bool = False) -> Admission:
    """Ask what the file says of itself.

    Parameters
    ----------
    radiograph : Radiograph
        Pictures say nothing, not even an age, and are admitted; with a warning where
        the age matters.
    strict_age : bool
        Refuse patients outside one to five years, and of unknown age, instead of
        warning.

    Returns
    -------
    Admission

    Raises
    ------
    UnsupportedRadiographError
        With the code ``wrong_modality``, ``wrong_body_part``, ``lateral_view``,
        ``rotated`` or ``age_out_of_range``.

    References
    ----------
    * DICOM PS3.3, C.7.3.1.1.1 (Modality), C.8.1.1 (CR), C.8.11.1 (DX)
    """
    said = radiograph.dicom
    if said is None:
        return Admission((Notice("unknown_age"),) if strict_age else ())
    warnings = [
        *_check_modality(said),
        *_check_body_part(said),
        *_check_view(said),
        *_check_orientation(said),
    ]
    if said.burned_in_annotation:
        warnings.append(Notice("burned_in_annotation"))
    warnings += _check_age(said, strict_age)
    calibrated = _is_calibrated((*radiograph.warnings, *warnings))
    return Admission(tuple(warnings), calibrated)


def _check_modality(said: DicomAttributes) -> list[Notice]:
    if said.modality in _CAPTURES:
        return [Notice("secondary_capture")]
    if said.modality == _DIGITISED_FILM:
        return [Notice("digitised_film")]
    meaning = understand_modality(said.modality)
    if meaning.kind == "other":
        raise UnsupportedRadiographError(
            "wrong_modality", "modality", modality=meaning.term
        )
    return [] if meaning.kind == "fits" else [Notice("unknown_modality")]


def _check_body_part(said: DicomAttributes) -> list[Notice]:
    meaning = understand_body_part(said.body_part, said.region_code, said.region)
    if meaning.kind == "other":
        raise UnsupportedRadiographError(
            "wrong_body_part", "body_part", body_part=meaning.term
        )
    return [Notice("unknown_body_part")] if meaning.kind == "unknown" else []


def _check_view(said: DicomAttributes) -> list[Notice]:
    """Judge by the view, else by where a row of pixels leads (C.7.6.1.1.1)."""
    meaning = understand_view(said.view_position)
    if meaning.kind == "other":
        raise UnsupportedRadiographError("lateral_view", "view", view=meaning.term)
    directions = (said.row_direction, said.column_direction)
    if meaning.kind != "fits" and {"A", "P"} & set(directions):
        direction = "A" if "A" in directions else "P"
        raise UnsupportedRadiographError(
            "lateral_view", "row_direction", direction=direction
        )
    return [Notice("unknown_view")] if meaning.kind == "unknown" else []


def _check_orientation(said: DicomAttributes) -> list[Notice]:
    repair = find_repair(said.row_direction, said.column_direction)
    if repair == "mirror":
        return [Notice("mirrored")]
    if repair is not None:
        received = _TURNED.get(repair, "turned_and_mirrored")
        raise UnsupportedRadiographError("rotated", received, repair=repair)
    if said.flipped_or_turned and said.column_direction is None:
        return [Notice("flipped_or_turned")]
    return []


def _check_age(said: DicomAttributes, strict: bool) -> list[Notice]:
    age = said.patient_age
    if age is not None and AGE_RANGE[0] <= age < AGE_RANGE[1]:
        return []
    # The age itself is patient data.
    if strict:
        received = "unknown_age" if age is None else "other_age"
        raise UnsupportedRadiographError("age_out_of_range", received)
    return [Notice("unknown_age" if age is None else "age_outside_training")]


def check_image(
    radiograph: Radiograph, gate: ViewClassifier, finder: LungFinder
) -> Admission:
    """Ask what the picture shows within its plain margins.

    Parameters
    ----------
    radiograph : Radiograph
    gate : ViewClassifier
        From `pneumonia.gate.storage.load_gate`.
    finder : LungFinder
        From `pneumonia.lungs.finder.load_lung_finder`.

    Returns
    -------
    Admission
        With a warning where text seems to be burned into the picture, where only one
        lung is found, where a lung reaches beyond the picture, or where the lungs are
        found with little certainty.

    Raises
    ------
    UnsupportedRadiographError
        With the code ``low_contrast``, ``cropped``, ``rotated``, ``inverted``,
        ``lateral_view``, ``photo_of_screen``, ``not_chest_radiograph`` or
        ``lungs_not_found``, and the repair that would make the picture readable,
        where there is one.
    """
    whole = to_8_bit(radiograph)
    _check_contrast(whole)
    grey = within_margins(radiograph, whole)
    rows, columns = grey.shape
    if not _ASPECT_RANGE[0] <= columns / rows <= _ASPECT_RANGE[1]:
        raise UnsupportedRadiographError("cropped", "strip", columns=columns, rows=rows)
    if grey.shape != whole.shape:
        _check_contrast(grey)
    averaged = average_areas(grey)  # both look at no detail
    features = describe_layout(averaged)
    view = gate.name_view(features)
    if view != FRONTAL:
        code, received, repair = _VIEWS[view]
        # A brain MRI has the outline of a lateral view, a chest CT that of a
        # photograph, but both are far less like a frontal chest.
        if repair is None and gate.frontal_log_odds(features[None]) < _UNLIKE_CHEST:
            code, received, _ = _VIEWS["not_chest_radiograph"]
        raise UnsupportedRadiographError(code, received, repair=repair)
    lungs = finder(averaged)
    warnings = _check_lungs(lungs)
    if has_text(whole):
        warnings.append(Notice("text_in_picture"))
    return Admission(tuple(warnings), _is_calibrated(warnings), grey, lungs)


def _is_calibrated(notices: Iterable[Notice]) -> bool:
    return not any(notice.code in _NOT_CALIBRATED for notice in notices)


def _check_lungs(lungs: LungFields) -> list[Notice]:
    left, right = lungs.found
    if not (left or right) or (left and right and lungs.quality < LEAST_QUALITY):
        raise UnsupportedRadiographError("lungs_not_found", "no_lungs")
    if lungs.cut > LARGEST_CUT:
        raise UnsupportedRadiographError("cropped", "cut_lungs")
    notices = [Notice("lung_beyond_edge")] if lungs.cut > NOTED_CUT else []
    if not (left and right):
        notices.append(Notice("one_lung_found"))
    elif lungs.quality < CERTAIN_QUALITY:
        notices.append(Notice("lungs_uncertain"))
    return notices


def _check_contrast(grey: NDArray[np.uint8]) -> None:
    rows, columns = grey.shape
    counts = np.bincount(grey[:: 1 + rows // 256, :: 1 + columns // 256].ravel())
    low, high = (percentile(counts.cumsum(), share) for share in (0.01, 0.99))
    if high - low < _MIN_CONTRAST:
        raise UnsupportedRadiographError(
            "low_contrast", "narrow_grey_levels", range=high - low
        )
