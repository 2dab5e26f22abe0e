"""Every sentence about a file that is read: why it was refused, and every warning.

Modules pass on codes with typed details. Page, command line and exports turn a code
into a sentence here. A translation of these sentences changes this module only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

Details = Mapping[str, str | int | float]

# What makes some radiographs upright, or readable. Turns are clockwise, in degrees, and
# come before left and right are exchanged.
Repair = Literal[
    "rotate_90",
    "rotate_180",
    "rotate_270",
    "invert",
    "mirror",
    "rotate_90_mirror",
    "rotate_180_mirror",
    "rotate_270_mirror",
]

RefusalCode = Literal[
    "not_chest_radiograph",
    "lateral_view",
    "rotated",
    "inverted",
    "cropped",
    "too_small",
    "too_large",
    "low_contrast",
    "colour_image",
    "photo_of_screen",
    "wrong_modality",
    "wrong_body_part",
    "multi_frame",
    "for_processing",
    "no_pixels",
    "missing_decoder",
    "age_out_of_range",
]
UnreadableCode = Literal[
    "empty_file",
    "unknown_format",
    "damaged_picture",
    "cut_off_picture",
    "damaged_dicom",
    "cut_off_dicom",
    "damaged_frame",
    "cut_off_frame",
    "unfit_pixel_length",
    "unreadable_grey_scale",
    "internal_error",
    "wrong_frame_size",
    "missing_attribute",
    "unknown_photometric_interpretation",
    "unusual_bits",
    "damaged_archive",
    "nested_archive",
    "protected_archive",
    "protected_member",
    "unknown_archive_method",
]
WarningCode = Literal[
    "secondary_capture",
    "unknown_modality",
    "digitised_film",
    "unknown_body_part",
    "unknown_view",
    "mirrored",
    "flipped_or_turned",
    "unknown_age",
    "burned_in_annotation",
    "text_in_picture",
    "age_outside_training",
    "damaged_orientation_tag",
    "transparency_made_black",
    "irregular_pixel_data",
    "other_compression",
    "read_as_uncompressed",
    "other_chroma",
    "last_byte_missing",
    "unreadable_attribute",
    "unreadable_grey_attribute",
    "incomplete_rescale",
    "broken_table",
    "short_table",
    "window_misses_picture",
    "contradictory_black",
    "invalid_pixel_shape",
    "turned_clockwise",
    "turned_upside_down",
    "turned_anticlockwise",
    "mirrored_on_request",
    "grey_levels_inverted",
    # Pictures
    "margin_cropped",
    "tint_removed",
]


class Rule(NamedTuple):
    """The rule that a file breaks, and what to do."""

    rule: str
    advice: str


class Received(NamedTuple):
    """What was received instead; a closer rule and advice where there is one."""

    received: str
    rule: str | None = None
    advice: str | None = None


@dataclass(frozen=True)
class Notice:
    """A warning that stays beside a radiograph's result.

    Attributes
    ----------
    code : str
        A key of `WARNINGS`.
    details : mapping of str to str, int or float
        The values of the sentence's placeholders.
    """

    code: WarningCode
    details: Details = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """Why a file gets no score.

    Attributes
    ----------
    code : str
        A key of `REFUSALS`, or of `UNREADABLE` where the file cannot be read at all.
    received : str or None
        A key of `RECEIVED`.
    details : mapping of str to str, int or float
        The values of the sentence's placeholders.
    repair : Repair or None
        What would make the radiograph readable.
    """

    code: RefusalCode | UnreadableCode
    received: str | None = None
    details: Details = field(default_factory=dict)
    repair: Repair | None = None


# Stands in a sentence for a detail that is not known or may not be repeated.
UNKNOWN: Final = "unknown"

# Why a sound file is refused.
REFUSALS: Final[Mapping[RefusalCode, Rule]] = {
    "not_chest_radiograph": Rule(
        "Only chest radiographs are read.",
        "Choose a frontal radiograph of the chest.",
    ),
    "lateral_view": Rule(
        "Only frontal views (PA or AP) are read.",
        "Choose the frontal radiograph of this study.",
    ),
    "rotated": Rule(
        "The radiograph must stand upright.",
        "Turn it and read it again.",
    ),
    "inverted": Rule(
        "Bones must be light and air dark.",
        "Invert the grey levels and read it again.",
    ),
    "cropped": Rule(
        "The whole chest must be in the picture.",
        "Export the radiograph without cropping it.",
    ),
    "too_small": Rule(
        "The picture has too few pixels.",
        "Export it at its full size.",
    ),
    "too_large": Rule(
        "The file is larger than any radiograph.",
        "Export the radiograph alone, at its usual size.",
    ),
    "low_contrast": Rule(
        "The picture has too little contrast.",
        "Export the radiograph again.",
    ),
    "colour_image": Rule(
        "Only grey pictures are read.",
        "Export the radiograph itself from the viewer or the archive, without coloured "
        "marks.",
    ),
    "photo_of_screen": Rule(
        "A photograph of a screen is not read.",
        "Export the radiograph from the viewer or the archive instead.",
    ),
    "wrong_modality": Rule(
        "Only radiographs (modality CR, DX or DR) are read.",
        "Choose the chest radiograph of this patient.",
    ),
    "wrong_body_part": Rule(
        "Only radiographs of the chest are read.",
        "Choose the chest radiograph; if this is one, export it as PNG.",
    ),
    "multi_frame": Rule(
        "Only files with a single picture are read.",
        "Export one frame as a file of its own.",
    ),
    "for_processing": Rule(
        "Only radiographs that are ready to look at (For Presentation) are read.",
        "Send the processed radiograph of this exposure.",
    ),
    "no_pixels": Rule(
        "The file must hold a picture.",
        "Choose the radiograph itself.",
    ),
    "missing_decoder": Rule(
        "The picture is compressed in a way that cannot be decoded here.",
        "Export it uncompressed, or as JPEG 2000 or JPEG-LS.",
    ),
    "age_out_of_range": Rule(
        "Only radiographs of children of one to five years are read.",
        "The model was trained on no other age.",
    ),
}

# Why a file cannot be read at all.
UNREADABLE: Final[Mapping[UnreadableCode, Rule]] = {
    "empty_file": Rule(
        "The file is empty (0 bytes).", "Export or copy the radiograph again."
    ),
    "unknown_format": Rule(
        "DICOM files and JPEG, PNG, TIFF, BMP, WebP, GIF, AVIF, JPEG 2000 and JPEG XL "
        "pictures are read.",
        "Choose the radiograph itself.",
    ),
    "damaged_picture": Rule(
        "The {format} picture is damaged or cut off and could not be decoded.",
        "Export or copy the radiograph again.",
    ),
    "cut_off_picture": Rule(
        "The {format} picture is cut off: a part of it is missing.",
        "Export or copy the radiograph again.",
    ),
    "damaged_dicom": Rule(
        "The DICOM file is damaged, cut off or breaks the standard and could not be "
        "read.",
        "Export or copy the radiograph again.",
    ),
    "damaged_frame": Rule(
        "The {compression} picture in the DICOM file is damaged or cut off and could "
        "not be decoded.",
        "Export or copy the radiograph again.",
    ),
    "cut_off_dicom": Rule(
        "The DICOM file is damaged or cut off: a part of its picture is missing.",
        "Export or copy the radiograph again.",
    ),
    "cut_off_frame": Rule(
        "The {compression} picture in the DICOM file is cut off: a part of it is "
        "missing.",
        "Export or copy the radiograph again.",
    ),
    "unfit_pixel_length": Rule(
        "The length of the pixels must fit the size of the picture, or the compression "
        "that the file states.",
        "Export the radiograph again.",
    ),
    "unreadable_grey_scale": Rule(
        "What the file says of its grey levels cannot be read, so that they cannot be "
        "trusted.",
        "Export the radiograph again.",
    ),
    "internal_error": Rule(
        "The file could not be read for a reason inside this program.",
        "The file may be sound. The program's log says more.",
    ),
    "wrong_frame_size": Rule(
        "The picture must have the size that the file states, "
        "{rows} x {columns} x {samples}.",
        "Export the radiograph again.",
    ),
    "missing_attribute": Rule(
        "A DICOM picture needs {keyword} of at least 1.",
        "Export the radiograph again.",
    ),
    "unknown_photometric_interpretation": Rule(
        "Photometric Interpretation (0028,0004) must be MONOCHROME1, MONOCHROME2 or "
        "PALETTE COLOR with one sample per pixel, or RGB or YBR with three.",
        "Export the radiograph again.",
    ),
    "unusual_bits": Rule(
        "2 to 16 Bits Stored (0028,0101) in 8, 16 or 32 Bits Allocated (0028,0100) "
        "are read.",
        "Export it with 16 bits.",
    ),
    "damaged_archive": Rule(
        "The ZIP archive is damaged or cut off.", "Export or copy it again."
    ),
    "nested_archive": Rule(
        "ZIP archives are opened two deep; this one lies deeper.",
        "Unpack the outer one first.",
    ),
    "protected_archive": Rule(
        "The ZIP archive is protected by a password.",
        "Unpack it first and choose the radiographs themselves.",
    ),
    "protected_member": Rule(
        "The file in the ZIP archive is protected by a password.",
        "Unpack the archive first.",
    ),
    "unknown_archive_method": Rule(
        "Files in a ZIP archive must be stored or deflated.",
        "Unpack the archive first.",
    ),
}

# No code is in both tables.
_RULES: Final[dict[str, Rule]] = {
    str(code): rule for table in (REFUSALS, UNREADABLE) for code, rule in table.items()
}

_MILLION_PIXELS: Final = "Pictures up to {limit} million pixels are read."
_SMALLER: Final = "Export it at a smaller size."

# What was received, as it stands after the rule.
RECEIVED: Final[Mapping[str, Received]] = {
    # Sizes
    "file_size": Received(
        "{megabytes:.0f} MB", "Files up to {limit} MB are read.", _SMALLER
    ),
    "picture_size": Received("{width} x {height}", _MILLION_PIXELS, _SMALLER),
    "picture_bomb": Received("a far larger one", _MILLION_PIXELS, _SMALLER),
    "small_picture": Received(
        "{width} x {height}", "A radiograph needs at least {limit} pixels a side."
    ),
    "dicom_size": Received("{columns} x {rows} pixels of {samples} samples"),
    "small_dicom": Received("{columns} x {rows} pixels"),
    "inflated_size": Received("more than {megabytes} MB once inflated"),
    "strip": Received("a strip of {columns} x {rows} pixels"),
    # Contents
    "frames": Received("a {format} with {frames} pictures"),
    "animation": Received("an animated {format} with {frames} frames"),
    "dicom_frames": Received("a DICOM file with {frames} frames"),
    "one_grey_level": Received(
        "a picture whose every pixel has the grey level {level}"
    ),
    "dicom_one_grey_level": Received("a picture whose every pixel is alike"),
    "narrow_grey_levels": Received("grey levels that span {range:.0f} of 256"),
    "colour": Received("a {format} picture in colour"),
    "dicom_colour": Received("a DICOM file in colour"),
    "pixel_layout": Received(
        "a {format} with {layout} pixels",
        "Grey, RGB and palette pictures of integers are read.",
        "Export it from the viewer or the archive as DICOM or PNG.",
    ),
    "grey_level_range": Received(
        "grey levels from {lowest} to {highest}",
        "Pictures of up to 16 bits are read.",
        "Export it with 16 bits.",
    ),
    "dicom_without_pixels": Received("a DICOM file without pixels ({storage})"),
    "image_for_processing": Received("an image For Processing"),
    # What a file states
    "modality": Received("modality {modality}"),
    "body_part": Received("body part {body_part}"),
    "view": Received("view {view}"),
    "row_direction": Received("view ROWS TO {direction}"),
    "other_age": Received("a patient of another age"),
    "unknown_age": Received("a patient of unknown age"),
    # What a picture shows
    "turned_anticlockwise": Received("one turned anticlockwise by 90°"),
    "upside_down": Received("one that is upside down"),
    "turned_clockwise": Received("one turned clockwise by 90°"),
    "turned_and_mirrored": Received(
        "one that is turned and mirrored, as the file says",
        advice="Turn and mirror it and read it again.",
    ),
    "light_and_dark_exchanged": Received("a picture with light and dark exchanged"),
    "side_view": Received("a view from the side"),
    "part_of_chest": Received("a part of a chest"),
    "within_margins": Received(
        "{width} x {height} pixels within plain margins",
        "The chest must fill the picture.",
        "Export the radiograph itself, without a border.",
    ),
    "photograph": Received("a photograph of a screen"),
    "something_else": Received("something else"),
    # Encodings
    "transfer_syntax": Received("the transfer syntax {transfer_syntax}"),
    "unknown_transfer_syntax": Received("an unknown transfer syntax"),
    "jpeg_process": Received(
        "a hierarchical or arithmetic-coded JPEG, which is not read"
    ),
    "pixel_length": Received("{bytes:,} bytes instead of {expected:,}"),
    "unreadable_attribute": Received("an unreadable value of {attribute}"),
    "unreadable_value": Received("a value that cannot be read"),
    "missing_package": Received("{compression}, which needs the package {package}"),
    "frame_size": Received(
        "{compression} of {received_rows} x {received_columns} x {received_samples}"
    ),
    "no_value": Received("none"),
    "value": Received("{value}"),
    "photometric_interpretation": Received("{photometric} with {samples}"),
    "bits": Received("{stored} in {allocated}"),
    "pdf": Received("{size:,} bytes of PDF"),
    "zip_archive": Received("{size:,} bytes of a ZIP archive"),
    "text": Received("{size:,} bytes of text"),
    "rare_or_damaged_header": Received(
        "{size:,} bytes of a {format} picture whose header is damaged, cut off or of a "
        "rare kind"
    ),
    "named_format": Received(
        "{size:,} bytes of the format {format}",
        advice="Choose the radiograph itself, or export it as DICOM or PNG.",
    ),
    "unknown_bytes": Received("{size:,} bytes of an unknown kind"),
    # Archives
    "packed_size": Received("{megabytes:.0f} MB in the ZIP"),
    "archive_files": Received("a ZIP archive of {files:,} files"),
    "archive_size": Received("a ZIP archive of {gigabytes:.0f} GB unpacked"),
    "archive_ratio": Received("a ZIP archive that unpacks to {times} times"),
    "archive_without_pictures": Received("a ZIP archive of {files} other files"),
    "archive_method": Received("method {method}"),
}

WARNINGS: Final[Mapping[WarningCode, str]] = {
    "secondary_capture": (
        "The file is a secondary capture, a copy whose processing is unknown."
    ),
    "unknown_modality": "The file does not say what kind of image it is.",
    "digitised_film": (
        "The file is a film that was digitised; its grey levels depend on the scanner."
    ),
    "unknown_body_part": (
        "The file names the body part in words that are not known here; only the "
        "picture itself was checked."
    ),
    "unknown_view": (
        "The file names the view in words that are not known here; only the picture "
        "itself was checked."
    ),
    "mirrored": (
        "The file says that the picture is mirrored: the patient's left side is on the "
        "left. The score is not a calibrated probability."
    ),
    "flipped_or_turned": (
        "The file says that the picture was flipped or turned after the exposure, but "
        "not how the patient lies in it; it may be mirrored."
    ),
    "unknown_age": (
        "The file does not state the patient's age. Outside one to five years the "
        "score is not a calibrated probability."
    ),
    "burned_in_annotation": (
        "The file says that text is burned into the picture; it may identify the "
        "patient. Look before you export anything."
    ),
    "text_in_picture": (
        "There seems to be text in the picture; it may identify the patient. Look "
        "before you export anything."
    ),
    "age_outside_training": (
        "The patient's age is outside one to five years, the ages that the model was "
        "trained on. The score is not a calibrated probability."
    ),
    "damaged_orientation_tag": (
        "The orientation tag is damaged; the picture may not be upright."
    ),
    "transparency_made_black": "Transparent parts of the picture were made black.",
    "irregular_pixel_data": (
        "The file does not wrap its compressed picture as the standard asks; the "
        "picture itself is whole."
    ),
    "other_compression": (
        "The picture is compressed as {compression}, which is not what the file says."
    ),
    "read_as_uncompressed": (
        "The file states a compression that does not apply or is unknown; its pixels "
        "were read as uncompressed, which fits their length."
    ),
    "other_chroma": (
        "The file is wrong on whether its colours are subsampled; they were read by "
        "their length."
    ),
    "last_byte_missing": "The last pixel lacks a byte, which was filled.",
    "unreadable_attribute": "{attribute} could not be read and was left out.",
    "unreadable_grey_attribute": (
        "{attribute} could not be read; grey levels may be wrong. The score is not a "
        "calibrated probability."
    ),
    "incomplete_rescale": (
        "The file states only one of Rescale Slope and Rescale Intercept; 1 or 0 "
        "stands for the other."
    ),
    "broken_table": "{attribute} holds a broken lookup table (LUT) and was left out.",
    "short_table": (
        "{attribute} holds a lookup table (LUT) that lacks its last entries; the last "
        "one given stands for them."
    ),
    "window_misses_picture": (
        "The file's window shows nothing of the picture; another window was chosen."
    ),
    "contradictory_black": (
        "The file contradicts itself on which grey level is black. Check that the "
        "lungs are dark."
    ),
    "invalid_pixel_shape": (
        "The file's pixel spacing or aspect ratio is invalid; the picture may look "
        "stretched."
    ),
    "turned_clockwise": "The radiograph was turned clockwise by 90° on request.",
    "turned_upside_down": "The radiograph was turned by 180° on request.",
    "turned_anticlockwise": (
        "The radiograph was turned anticlockwise by 90° on request."
    ),
    "mirrored_on_request": "Left and right were exchanged on request.",
    "grey_levels_inverted": "The grey levels were inverted on request.",
    # Pictures
    "margin_cropped": (
        "The picture has plain margins. The model sees the part within the frame."
    ),
    "tint_removed": "The picture is tinted. Its tint was removed.",
}


def template(refusal: Refusal) -> str:
    """Put a refusal's rule, what was received and the advice together.

    Parameters
    ----------
    refusal : Refusal

    Returns
    -------
    str
        With a placeholder in braces for each detail.
    """
    rule, advice = _RULES[refusal.code]
    if refusal.received is None:
        return f"{rule} {advice}"
    received = RECEIVED[refusal.received]
    return (
        f"{received.rule or rule} Received: {received.received}. "
        f"{received.advice or advice}"
    )


def sentence(message: Notice | Refusal) -> str:
    """Say a warning or a refusal in English.

    Parameters
    ----------
    message : Notice or Refusal

    Returns
    -------
    str
        One to three sentences, without patient data or a file name.

    Raises
    ------
    KeyError
        If there is no such code, or a detail is missing.
    """
    words = WARNINGS[message.code] if isinstance(message, Notice) else template(message)
    details = {k: UNKNOWN if v == "" else v for k, v in message.details.items()}
    return words.format(**details)
