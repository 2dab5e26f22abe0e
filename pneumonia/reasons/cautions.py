"""What stands beside a result: a sentence for each warning and each doubt."""

from collections.abc import Mapping
from typing import Final

from pneumonia.reasons.codes import MapCode, UnsureCode, WarningCode

UNSURE: Final[Mapping[UnsureCode, str]] = {
    "near_cut_off": (
        "The score lies near the cut-off, among the least sure tenth of the "
        "radiographs that the cut-off was chosen on."
    ),
    "lungs_uncertain": (
        "The lungs were found with little certainty; the radiograph may be unlike "
        "those that the model learned from."
    ),
}
MAP_CAUTIONS: Final[Mapping[MapCode, str]] = {
    "empty": (
        "There is no heatmap: no place in this radiograph is evidence for pneumonia."
    ),
    "not_finite": (
        "There is no heatmap: the network gave no finite evidence. Its score may be "
        "wrong as well."
    ),
    "little_in_lungs": "Less than half of the heatmap lies in the lungs.",
    "no_effect": (
        "Masking the highlighted region does not lower the score: the heatmap does not "
        "explain it."
    ),
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
        "The patient's age is not known. The score is a calibrated probability for "
        "children of one to five years only, so none is given."
    ),
    "burned_in_annotation": (
        "The file says that text is burned into the picture; it may identify the "
        "patient. Look before you export anything."
    ),
    "text_in_picture": (
        "There seems to be text in the picture; it may identify the patient. Look "
        "before you export anything."
    ),
    "one_lung_found": (
        "Only one lung was found, and the model read the part of the picture around "
        "it. The score is not a calibrated probability."
    ),
    "lungs_uncertain": (
        "Where the lungs are was found with little certainty. Check that the frame "
        "holds both. The score is not a calibrated probability."
    ),
    "lung_beyond_edge": (
        "The lungs reach the edge of the picture: a part of them may lie beyond it, "
        "and the score says nothing about that part."
    ),
    "age_outside_training": (
        "The patient's age is outside one to five years, the ages that the model was "
        "trained on. The score is not a calibrated probability, and how often it is "
        "right at this age is not known."
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
    "bits_beyond_stored": (
        "Some pixels use bits beyond Bits Stored (0028,0101). The standard leaves them "
        "out; grey levels may be wrong."
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
