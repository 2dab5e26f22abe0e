"""The package's exceptions.

A message is one or two sentences for the person who chose the file: what was
expected, what was received, and what to do. That of a `RadiographError` never holds
patient data or a file name, since it is shown and exported.
"""

import re
from typing import Final

# Why a sound file is refused: the rule, and what to do. Together in one place, so
# that they can be translated; what was received is put between the two.
REASONS: Final[dict[str, tuple[str, str]]] = {
    "not_chest_radiograph": (
        "Only chest radiographs are read.",
        "Choose a frontal radiograph of the chest.",
    ),
    "lateral_view": (
        "Only frontal views (PA or AP) are read.",
        "Choose the frontal radiograph of this study.",
    ),
    "rotated": (
        "The radiograph must stand upright.",
        "Turn it and read it again.",
    ),
    "inverted": (
        "Bones must be light and air dark.",
        "Invert the grey levels and read it again.",
    ),
    "cropped": (
        "The whole chest must be in the picture.",
        "Export the radiograph without cropping it.",
    ),
    "too_small": (
        "A radiograph needs more pixels than this to be read.",
        "Export it at its full size.",
    ),
    "too_large": (
        "The file is larger than any radiograph.",
        "Export the radiograph alone, at its usual size.",
    ),
    "low_contrast": (
        "A radiograph needs contrast.",
        "Export the radiograph again.",
    ),
    "colour_image": (
        "A radiograph is grey.",
        "Export the radiograph itself, without coloured marks, as a grey picture.",
    ),
    "photo_of_screen": (
        "A photograph of a screen is not read.",
        "Export the radiograph from the viewer or the archive instead.",
    ),
    "wrong_modality": (
        "Only radiographs (modality CR, DX or DR) are read.",
        "Choose the chest radiograph of this patient.",
    ),
    "wrong_body_part": (
        "Only radiographs of the chest are read.",
        "Choose the chest radiograph; if this is one, export it as PNG.",
    ),
    "multi_frame": (
        "A single picture is read.",
        "Export the frame to read by itself.",
    ),
    "for_processing": (
        "Only radiographs that are ready to look at (For Presentation) are read.",
        "Send the processed radiograph of this exposure.",
    ),
    "no_pixels": (
        "The file must hold a picture.",
        "Choose the radiograph itself.",
    ),
    "missing_decoder": (
        "The picture is compressed in a way that cannot be decoded here.",
        "Export it uncompressed, or as JPEG 2000 or JPEG-LS.",
    ),
    "age_out_of_range": (
        "Only children of one to five years are read.",
        "The model learned from no other age.",
    ),
}


class RadiographError(ValueError):
    """A file cannot become a radiograph that the model may read."""


class UnreadableRadiographError(RadiographError):
    """The bytes cannot be decoded: damaged, empty, or not a picture at all."""


class UnsupportedRadiographError(RadiographError):
    """The file is sound, but it is not something the model may read.

    Parameters
    ----------
    message : str
        What was received and what to do.
    code : str
        The reason for machines, such as ``"too_small"``.
    repair : str, optional
        What of `pneumonia.reading.orientation` would make it readable.
    """

    def __init__(self, message: str, *, code: str, repair: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.repair = repair


def quote_code(value: str | None) -> str:
    """Return what a file states where it should state a code, fit for a message.

    Parameters
    ----------
    value : str or None

    Returns
    -------
    str
        What is longer than a code, or written otherwise, may be a patient's name.
    """
    if value and re.fullmatch(r"[A-Z0-9 _/-]{1,16}", value):
        return value
    return "unknown"


def refusal(
    code: str, received: str, *, repair: str | None = None
) -> UnsupportedRadiographError:
    """Build the error for a code of `REASONS`.

    Parameters
    ----------
    code : str
        A key of `REASONS`.
    received : str
        What the file holds instead, without patient data.
    repair : str, optional
        What of `pneumonia.reading.orientation` would make it readable.

    Returns
    -------
    UnsupportedRadiographError
    """
    rule, advice = REASONS[code]
    return UnsupportedRadiographError(
        f"{rule} Received: {received}. {advice}", code=code, repair=repair
    )


class DatasetError(ValueError):
    """A folder of labelled radiographs cannot be trained or evaluated on."""


class CheckpointError(RuntimeError):
    """A stopped training run cannot be continued as asked."""


class WeightsError(RuntimeError):
    """A weights file or its card is missing, damaged, or they do not match."""


class ExportError(ValueError):
    """An export was asked for that cannot be made of what was given."""
