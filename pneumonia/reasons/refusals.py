"""Why a file gets no score: the rule that it breaks, and what to do."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pneumonia.language.speech import N_
from pneumonia.reasons.codes import RefusalCode, UnreadableCode


class Rule(NamedTuple):
    """The rule that a file breaks, and what to do."""

    rule: str
    advice: str


# Why a sound file is refused.
REFUSALS: Final[Mapping[RefusalCode, Rule]] = {
    "not_chest_radiograph": Rule(
        N_("Only frontal chest radiographs are read."),
        N_("Choose a frontal radiograph of the chest."),
    ),
    "lateral_view": Rule(
        N_("Only frontal views (PA or AP) are read."),
        N_("Choose the frontal radiograph of this study."),
    ),
    "rotated": Rule(
        N_("The radiograph must stand upright."),
        N_("Turn it and read it again."),
    ),
    "inverted": Rule(
        N_("Bones must be light and air dark."),
        N_("Invert the grey levels and read it again."),
    ),
    "cropped": Rule(
        N_("The whole chest must be in the picture."),
        N_("Export the radiograph without cropping it."),
    ),
    "too_small": Rule(
        N_("The picture has too few pixels."),
        N_("Export it at its full size."),
    ),
    "too_large": Rule(
        N_("The file is larger than any radiograph."),
        N_("Export the radiograph alone, at its usual size."),
    ),
    "low_contrast": Rule(
        N_("The picture has too little contrast."),
        N_("Export the radiograph again."),
    ),
    "colour_image": Rule(
        N_("Only grey pictures are read."),
        N_(
            "Export the radiograph itself from the viewer or the archive, without "
            "coloured marks."
        ),
    ),
    "photo_of_screen": Rule(
        N_("Photographs and screenshots of a screen are not read."),
        N_("Export the radiograph from the viewer or the archive instead."),
    ),
    "wrong_modality": Rule(
        N_("Only radiographs (modality CR, DX or DR) are read."),
        N_("Choose the chest radiograph of this patient."),
    ),
    "wrong_body_part": Rule(
        N_("Only radiographs of the chest are read."),
        N_("Choose the chest radiograph; if this is one, export it as PNG."),
    ),
    "multi_frame": Rule(
        N_("Only files with a single picture are read."),
        N_("Export one frame as a file of its own."),
    ),
    "for_processing": Rule(
        N_("Only radiographs that are ready to look at (For Presentation) are read."),
        N_("Send the processed radiograph of this exposure."),
    ),
    "no_pixels": Rule(
        N_("The file must hold a picture."),
        N_("Choose the radiograph itself."),
    ),
    "missing_decoder": Rule(
        N_("The picture is compressed in a way that cannot be decoded here."),
        N_("Export it uncompressed, or as JPEG 2000 or JPEG-LS."),
    ),
    "lungs_not_found": Rule(
        N_("The model reads only the lungs, and none were found."),
        N_("Look whether the picture is a frontal radiograph of the whole chest."),
    ),
    "age_out_of_range": Rule(
        N_("Only radiographs of children of one to five years are read."),
        N_("The model was trained on no other age."),
    ),
}

# For lists and counts.
NAMES: Final[Mapping[str, str]] = {
    "not_chest_radiograph": N_("not a frontal chest"),
    "lateral_view": N_("lateral view"),
    "rotated": N_("rotated"),
    "inverted": N_("inverted"),
    "cropped": N_("cropped"),
    "too_small": N_("too small"),
    "too_large": N_("too large"),
    "low_contrast": N_("low contrast"),
    "colour_image": N_("colour image"),
    "photo_of_screen": N_("photo of screen"),
    "wrong_modality": N_("wrong modality"),
    "wrong_body_part": N_("wrong body part"),
    "multi_frame": N_("multi frame"),
    "for_processing": N_("for processing"),
    "no_pixels": N_("no pixels"),
    "missing_decoder": N_("missing decoder"),
    "age_out_of_range": N_("age out of range"),
    "lungs_not_found": N_("lungs not found"),
    "unreadable": N_("unreadable"),
}

# Why a file cannot be read at all.
UNREADABLE: Final[Mapping[UnreadableCode, Rule]] = {
    "empty_file": Rule(
        N_("The file is empty (0 bytes)."), N_("Export or copy the radiograph again.")
    ),
    "not_a_file": Rule(
        N_("Only regular files are read."), N_("Choose the radiograph itself.")
    ),
    "not_opened": Rule(
        N_("The file cannot be opened or read."),
        N_("Check its permissions and its disk."),
    ),
    "unknown_format": Rule(
        N_(
            "DICOM files and JPEG, PNG, TIFF, BMP, WebP, GIF, AVIF, JPEG 2000 and JPEG "
            "XL pictures are read."
        ),
        N_("Choose the radiograph itself."),
    ),
    "damaged_picture": Rule(
        N_("The {format} picture is damaged or cut off and could not be decoded."),
        N_("Export or copy the radiograph again."),
    ),
    "cut_off_picture": Rule(
        N_("The {format} picture is cut off: a part of it is missing."),
        N_("Export or copy the radiograph again."),
    ),
    "damaged_dicom": Rule(
        N_(
            "The DICOM file is damaged, cut off or breaks the standard and could not "
            "be read."
        ),
        N_("Export or copy the radiograph again."),
    ),
    "damaged_frame": Rule(
        N_(
            "The {compression} picture in the DICOM file is damaged or cut off and "
            "could not be decoded."
        ),
        N_("Export or copy the radiograph again."),
    ),
    "cut_off_dicom": Rule(
        N_("The DICOM file is damaged or cut off: a part of its picture is missing."),
        N_("Export or copy the radiograph again."),
    ),
    "cut_off_frame": Rule(
        N_(
            "The {compression} picture in the DICOM file is cut off: a part of it is "
            "missing."
        ),
        N_("Export or copy the radiograph again."),
    ),
    "unfit_pixel_length": Rule(
        N_(
            "The length of the pixels must fit the size of the picture, or the "
            "compression that the file states."
        ),
        N_("Export the radiograph again."),
    ),
    "unreadable_grey_scale": Rule(
        N_(
            "What the file says of its grey levels cannot be read, so that they cannot "
            "be trusted."
        ),
        N_("Export the radiograph again."),
    ),
    "internal_error": Rule(
        N_("The file could not be read or scored for a reason inside this program."),
        N_("The file may be sound. The program's log says more under {fault}."),
    ),
    "wrong_frame_size": Rule(
        N_(
            "The picture must have the size that the file states, "
            "{rows} x {columns} x {samples}."
        ),
        N_("Export the radiograph again."),
    ),
    "missing_attribute": Rule(
        N_("A DICOM picture needs {keyword} of at least 1."),
        N_("Export the radiograph again."),
    ),
    "unknown_photometric_interpretation": Rule(
        N_(
            "Photometric Interpretation (0028,0004) must be MONOCHROME1, MONOCHROME2 "
            "or PALETTE COLOR with one sample per pixel, or RGB or YBR with three."
        ),
        N_("Export the radiograph again."),
    ),
    "unusual_bits": Rule(
        N_(
            "2 to 16 Bits Stored (0028,0101) in 8, 16 or 32 Bits Allocated (0028,0100) "
            "are read."
        ),
        N_("Export it with 16 bits."),
    ),
    "damaged_archive": Rule(
        N_("The ZIP archive is damaged or cut off."), N_("Export or copy it again.")
    ),
    "nested_archive": Rule(
        N_("ZIP archives are opened two deep; this one lies deeper."),
        N_("Unpack the outer one first."),
    ),
    "protected_archive": Rule(
        N_("The ZIP archive is protected by a password."),
        N_("Unpack it first and choose the radiographs themselves."),
    ),
    "protected_member": Rule(
        N_("The file in the ZIP archive is protected by a password."),
        N_("Unpack the archive first."),
    ),
    "unknown_archive_method": Rule(
        N_("Files in a ZIP archive must be stored or deflated."),
        N_("Unpack the archive first."),
    ),
    "too_complex": Rule(
        N_("The file consists of more parts than any radiograph."),
        N_("Export the radiograph again."),
    ),
    "over_limit": Rule(
        N_("The file could not be read: it needs more than {limit:,} {unit}."),
        N_("Export the radiograph again."),
    ),
    "decoder_failed": Rule(
        N_("The file could not be read: it ended the program that decodes it."),
        N_("Export the radiograph again."),
    ),
}
