"""Codes of refusals and warnings, with their typed details."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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
    "lungs_not_found",
]
UnreadableCode = Literal[
    "empty_file",
    "not_a_file",
    "not_opened",
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
    "too_complex",
    "over_limit",
    "decoder_failed",
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
    "one_lung_found",
    "lungs_uncertain",
    "lung_beyond_edge",
    "age_outside_training",
    "damaged_orientation_tag",
    "transparency_made_black",
    "irregular_pixel_data",
    "other_compression",
    "read_as_uncompressed",
    "other_chroma",
    "last_byte_missing",
    "bits_beyond_stored",
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


# Why the model's answer is unsure.
UnsureCode = Literal["near_cut_off", "lungs_uncertain"]

# What is wrong with a heatmap; there is none to show if it is empty or not finite, and
# a faint one shows no colour.
MapCode = Literal["empty", "faint", "not_finite", "little_in_lungs", "no_effect"]


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
