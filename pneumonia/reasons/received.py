"""What was received instead of a readable radiograph, as it stands after the rule."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pneumonia.language.speech import N_


class Received(NamedTuple):
    """What was received instead; a closer rule and advice where there is one."""

    received: str
    rule: str | None = None
    advice: str | None = None


_MILLION_PIXELS: Final = N_("Pictures up to {limit} million pixels are read.")
_SMALLER: Final = N_("Export it at a smaller size.")
_UNPACK: Final = N_("Unpack it first and choose the radiographs themselves.")


def _parts(rule: str) -> Received:
    return Received(N_("{found:,} or more"), rule)


# What was received, as it stands after the rule.
RECEIVED: Final[Mapping[str, Received]] = {
    # Sizes
    "file_size": Received(
        N_("{megabytes:.0f} MB"), N_("Files up to {limit} MB are read."), _SMALLER
    ),
    "picture_size": Received("{width} x {height}", _MILLION_PIXELS, _SMALLER),
    "picture_bomb": Received(N_("a far larger one"), _MILLION_PIXELS, _SMALLER),
    "small_picture": Received(
        "{width} x {height}",
        N_("A radiograph needs at least {limit} pixels a side."),
    ),
    "dicom_size": Received(
        N_("{columns} x {rows} pixels of {samples} samples"),
        N_("DICOM pictures up to {limit} million samples are read."),
        _SMALLER,
    ),
    "small_dicom": Received(N_("{columns} x {rows} pixels")),
    "inflated_size": Received(N_("more than {megabytes} MB once inflated")),
    "strip": Received(N_("a strip of {columns} x {rows} pixels")),
    # Contents
    "frames": Received(N_("a {format} with {frames} pictures")),
    "animation": Received(N_("an animated {format} with {frames} frames")),
    "dicom_frames": Received(N_("a DICOM file with {frames} frames")),
    "one_grey_level": Received(
        N_("a picture whose every pixel has the grey level {level}")
    ),
    "dicom_one_grey_level": Received(N_("a picture whose every pixel is alike")),
    "narrow_grey_levels": Received(N_("grey levels that span {range:.0f} of 256")),
    "colour": Received(N_("a {format} picture in colour")),
    "dicom_colour": Received(N_("a DICOM file in colour")),
    "pixel_layout": Received(
        N_("a {format} with {layout} pixels"),
        N_("Grey, RGB and palette pictures of integers are read."),
        N_("Export it from the viewer or the archive as DICOM or PNG."),
    ),
    "grey_level_range": Received(
        N_("grey levels from {lowest} to {highest}"),
        N_("Pictures of up to 16 bits are read."),
        N_("Export it with 16 bits."),
    ),
    "dicom_without_pixels": Received(N_("a DICOM file without pixels ({storage})")),
    "image_for_processing": Received(N_("an image For Processing")),
    # What a file states
    "modality": Received(N_("modality {modality}")),
    "body_part": Received(N_("body part {body_part}")),
    "view": Received(N_("view {view}")),
    "row_direction": Received(N_("view ROWS TO {direction}")),
    "other_age": Received(N_("a patient of another age")),
    "unknown_age": Received(N_("a patient of unknown age")),
    # What a picture shows
    "turned_anticlockwise": Received(N_("one turned anticlockwise by 90°")),
    "upside_down": Received(N_("one that is upside down")),
    "turned_clockwise": Received(N_("one turned clockwise by 90°")),
    "turned_and_mirrored": Received(
        N_("one that is turned and mirrored, as the file says"),
        advice=N_("Turn and mirror it and read it again."),
    ),
    "light_and_dark_exchanged": Received(N_("a picture with light and dark exchanged")),
    "side_view": Received(N_("a view from the side")),
    "no_lungs": Received(N_("a picture without lungs that can be told")),
    "part_of_chest": Received(N_("a part of a chest")),
    "cut_lungs": Received(N_("lungs of which an edge of the picture cuts off a part")),
    "within_margins": Received(
        N_("{width} x {height} pixels within plain margins"),
        N_("The chest must fill the picture."),
        N_("Export the radiograph itself, without a border."),
    ),
    "photograph": Received(N_("a photograph or a screenshot of a screen")),
    "something_else": Received(N_("a picture that does not look like one")),
    # Encodings
    "transfer_syntax": Received(N_("the transfer syntax {transfer_syntax}")),
    "unknown_transfer_syntax": Received(N_("an unknown transfer syntax")),
    "jpeg_process": Received(
        N_("a hierarchical or arithmetic-coded JPEG, which is not read")
    ),
    "pixel_length": Received(N_("{bytes:,} bytes instead of {expected:,}")),
    "unreadable_attribute": Received(N_("an unreadable value of {attribute}")),
    "unreadable_value": Received(N_("a value that cannot be read")),
    "missing_package": Received(N_("{compression}, which needs the package {package}")),
    "frame_size": Received(
        N_("{compression} of {received_rows} x {received_columns} x {received_samples}")
    ),
    "no_value": Received(N_("none")),
    "value": Received("{value}"),
    "photometric_interpretation": Received(N_("{photometric} with {samples}")),
    "bits": Received(N_("{stored} in {allocated}")),
    "pdf": Received(N_("{size:,} bytes of PDF")),
    "zip_archive": Received(N_("{size:,} bytes of a ZIP archive")),
    "text": Received(N_("{size:,} bytes of text")),
    "rare_or_damaged_header": Received(
        N_(
            "{size:,} bytes of a {format} picture whose header is damaged, cut off or "
            "of a rare kind"
        )
    ),
    "named_format": Received(
        N_("{size:,} bytes of the format {format}"),
        advice=N_("Choose the radiograph itself, or export it as DICOM or PNG."),
    ),
    "unknown_bytes": Received(N_("{size:,} bytes of an unknown kind")),
    # Parts, each with the most that is read
    "jpeg_segments": _parts(N_("JPEG files of up to {limit:,} segments are read.")),
    "jpeg_scans": _parts(N_("JPEG files of up to {limit:,} scans are read.")),
    "jpeg_2000_boxes": _parts(N_("JPEG 2000 files of up to {limit:,} boxes are read.")),
    "jpeg_2000_segments": _parts(
        N_("JPEG 2000 files of up to {limit:,} segments are read.")
    ),
    "jpeg_2000_tiles": _parts(N_("JPEG 2000 files of up to {limit:,} tiles are read.")),
    "jpeg_2000_blocks": _parts(
        N_("JPEG 2000 files of up to {limit:,} precincts and code blocks are read.")
    ),
    "jpeg_2000_packets": _parts(
        N_("JPEG 2000 files of up to {limit:,} packets are read.")
    ),
    "png_chunks": _parts(N_("PNG files of up to {limit:,} chunks are read.")),
    "gif_blocks": _parts(N_("GIF files of up to {limit:,} blocks are read.")),
    "webp_chunks": _parts(N_("WebP files of up to {limit:,} chunks are read.")),
    "bmp_runs": _parts(N_("BMP files of up to {limit:,} bytes of runs are read.")),
    "tiff_directories": _parts(
        N_("TIFF files of up to {limit:,} directories are read.")
    ),
    "tiff_tags": _parts(N_("TIFF files of up to {limit:,} tags are read.")),
    "tiff_strips": _parts(
        N_("TIFF files of up to {limit:,} strips or tiles are read.")
    ),
    "dicom_reads": _parts(
        N_("DICOM files of up to {limit:,} elements and items are read.")
    ),
    "dicom_items": _parts(
        N_("DICOM files of up to {limit:,} items in a sequence are read.")
    ),
    "dicom_depth": _parts(
        N_("DICOM files of up to {limit:,} levels of sequences are read.")
    ),
    # What is no file
    "named_pipe": Received(N_("a pipe")),
    "socket": Received(N_("a socket")),
    "folder": Received(N_("a folder that cannot be opened")),
    "device": Received(N_("a device")),
    "broken_link": Received(N_("a link that leads nowhere")),
    "system_error": Received(N_("the error {reason}")),
    # Archives
    "packed_size": Received(
        N_("{megabytes:.0f} MB"),
        N_("Files up to {limit} MB in a ZIP archive are read."),
    ),
    "archive_files": Received(
        N_("one of {files:,}"),
        N_("ZIP archives of up to {limit:,} files are read."),
        _UNPACK,
    ),
    "archive_list": Received(
        N_("one whose list of files takes {megabytes:.0f} MB"),
        N_("ZIP archives of up to {limit:,} files are read."),
        _UNPACK,
    ),
    "archive_size": Received(
        N_("{gigabytes:.0f} GB"),
        N_("ZIP archives of up to {limit} GB unpacked are read."),
        _UNPACK,
    ),
    "archive_ratio": Received(
        N_("one that unpacks to {times:,} times"),
        N_("ZIP archives that unpack to up to {limit} times their size are read."),
        _UNPACK,
    ),
    "archive_without_pictures": Received(N_("a ZIP archive of {files} other files")),
    "archive_method": Received(N_("method {method}")),
}
