"""Why a file gets no score: the rule that it breaks, and what to do."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pneumonia.reasons.codes import RefusalCode, UnreadableCode


class Rule(NamedTuple):
    """The rule that a file breaks, and what to do."""

    rule: str
    advice: str


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
        "Photographs and screenshots of a screen are not read.",
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
    "lungs_not_found": Rule(
        "The model reads only the lungs, and none were found.",
        "Look whether the picture is a frontal radiograph of the whole chest.",
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
    "not_a_file": Rule("Only regular files are read.", "Choose the radiograph itself."),
    "not_opened": Rule(
        "The file cannot be opened or read.", "Check its permissions and its disk."
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
        "The file could not be read or scored for a reason inside this program.",
        "The file may be sound. The program's log says more under {fault}.",
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
    "too_complex": Rule(
        "The file consists of more parts than any radiograph.",
        "Export the radiograph again.",
    ),
    "over_limit": Rule(
        "The file could not be read: it needs more than {limit:,} {unit}.",
        "Export the radiograph again.",
    ),
    "decoder_failed": Rule(
        "The file could not be read: it ended the program that decodes it.",
        "Export the radiograph again.",
    ),
}
