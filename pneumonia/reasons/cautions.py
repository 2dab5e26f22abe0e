"""What stands beside a result: a sentence for each warning and each doubt."""

from collections.abc import Mapping
from typing import Final

from pneumonia.language.speech import N_
from pneumonia.reasons.codes import MapCode, UnsureCode, WarningCode

UNSURE: Final[Mapping[UnsureCode, str]] = {
    "near_cut_off": N_(
        "The score lies near the cut-off, among the least sure tenth of the "
        "radiographs that the cut-off was chosen on."
    ),
    "lungs_uncertain": N_(
        "The lungs were found with little certainty; the radiograph may be unlike "
        "those that the model learned from."
    ),
}
MAP_CAUTIONS: Final[Mapping[MapCode, str]] = {
    "empty": N_(
        "There is no heatmap: no place in this radiograph is evidence for pneumonia."
    ),
    "faint": N_("Nothing in this radiograph speaks clearly for pneumonia."),
    "not_finite": N_(
        "There is no heatmap: the network gave no finite evidence. Its score may be "
        "wrong as well."
    ),
    "little_in_lungs": N_("Less than half of the heatmap lies in the lungs."),
    "no_effect": N_(
        "Masking the highlighted region does not lower the score: the heatmap does not "
        "explain it."
    ),
}

WARNINGS: Final[Mapping[WarningCode, str]] = {
    "secondary_capture": N_(
        "The file is a secondary capture, a copy whose processing is unknown."
    ),
    "unknown_modality": N_("The file does not say what kind of image it is."),
    "digitised_film": N_(
        "The file is a film that was digitised; its grey levels depend on the scanner."
    ),
    "unknown_body_part": N_(
        "The file names the body part in words that are not known here; only the "
        "picture itself was checked."
    ),
    "unknown_view": N_(
        "The file names the view in words that are not known here; only the picture "
        "itself was checked."
    ),
    "mirrored": N_(
        "The file says that the picture is mirrored: the patient's left side is on the "
        "left. The score is not a calibrated probability."
    ),
    "flipped_or_turned": N_(
        "The file says that the picture was flipped or turned after the exposure, but "
        "not how the patient lies in it; it may be mirrored."
    ),
    "unknown_age": N_(
        "The patient's age is not known. The score is a calibrated probability for "
        "children of one to five years only, so no probability is given."
    ),
    "burned_in_annotation": N_(
        "The file says that text is burned into the picture; it may identify the "
        "patient. Look before you export anything."
    ),
    "text_in_picture": N_(
        "There seems to be text in the picture; it may identify the patient. Look "
        "before you export anything."
    ),
    "one_lung_found": N_(
        "Only one lung was found, and the model read the part of the picture around "
        "it. The score is not a calibrated probability."
    ),
    "lungs_uncertain": N_(
        "Where the lungs are was found with little certainty. Check that the frame "
        "holds both. The score is not a calibrated probability."
    ),
    "lung_beyond_edge": N_(
        "The lungs reach the edge of the picture: a part of them may lie beyond it, "
        "and the score says nothing about that part."
    ),
    "age_outside_training": N_(
        "The patient's age is outside one to five years, the ages that the model was "
        "trained on. The score is not a calibrated probability, and how often it is "
        "right at this age is not known."
    ),
    "damaged_orientation_tag": N_(
        "The orientation tag is damaged; the picture may not be upright."
    ),
    "transparency_made_black": N_("Transparent parts of the picture were made black."),
    "irregular_pixel_data": N_(
        "The file does not wrap its compressed picture as the standard asks; the "
        "picture itself is whole."
    ),
    "other_compression": N_(
        "The picture is compressed as {compression}, which is not what the file says."
    ),
    "read_as_uncompressed": N_(
        "The file states a compression that does not apply or is unknown; its pixels "
        "were read as uncompressed, which fits their length."
    ),
    "other_chroma": N_(
        "The file is wrong on whether its colours are subsampled; they were read by "
        "their length."
    ),
    "bits_beyond_stored": N_(
        "Some pixels use bits beyond Bits Stored (0028,0101). The standard leaves them "
        "out; grey levels may be wrong."
    ),
    "last_byte_missing": N_("The last pixel lacks a byte, which was filled."),
    "unreadable_attribute": N_("{attribute} could not be read and was left out."),
    "unreadable_grey_attribute": N_(
        "{attribute} could not be read; grey levels may be wrong. The score is not a "
        "calibrated probability."
    ),
    "incomplete_rescale": N_(
        "The file states only one of Rescale Slope and Rescale Intercept; 1 or 0 "
        "stands for the other."
    ),
    "broken_table": N_(
        "{attribute} holds a broken lookup table (LUT) and was left out."
    ),
    "short_table": N_(
        "{attribute} holds a lookup table (LUT) that lacks its last entries; the last "
        "one given stands for them."
    ),
    "window_misses_picture": N_(
        "The file's window shows nothing of the picture; another window was chosen."
    ),
    "contradictory_black": N_(
        "The file contradicts itself on which grey level is black. Check that the "
        "lungs are dark."
    ),
    "invalid_pixel_shape": N_(
        "The file's pixel spacing or aspect ratio is invalid; the picture may look "
        "stretched."
    ),
    "turned_clockwise": N_("The radiograph was turned clockwise by 90° on request."),
    "turned_upside_down": N_("The radiograph was turned by 180° on request."),
    "turned_anticlockwise": N_(
        "The radiograph was turned anticlockwise by 90° on request."
    ),
    "mirrored_on_request": N_("Left and right were exchanged on request."),
    "grey_levels_inverted": N_("The grey levels were inverted on request."),
    # Pictures
    "margin_cropped": N_(
        "The picture has plain margins. The model sees the part within the frame."
    ),
    "tint_removed": N_("The picture is tinted. Its tint was removed."),
}
