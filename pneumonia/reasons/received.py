"""What was received instead of a readable radiograph, as it stands after the rule."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Received(NamedTuple):
    """What was received instead; a closer rule and advice where there is one."""

    received: str
    rule: str | None = None
    advice: str | None = None


_MILLION_PIXELS: Final = "Pictures up to {limit} million pixels are read."
_SMALLER: Final = "Export it at a smaller size."
_UNPACK: Final = "Unpack it first and choose the radiographs themselves."


def _parts(kind: str, parts: str) -> Received:
    return Received(
        "{found:,} or more", f"{kind} files of up to {{limit:,}} {parts} are read."
    )


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
    "dicom_size": Received(
        "{columns} x {rows} pixels of {samples} samples",
        "DICOM pictures up to {limit} million samples are read.",
        _SMALLER,
    ),
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
    "no_lungs": Received("a picture without lungs that can be told"),
    "part_of_chest": Received("a part of a chest"),
    "cut_lungs": Received("lungs of which an edge of the picture cuts off a part"),
    "within_margins": Received(
        "{width} x {height} pixels within plain margins",
        "The chest must fill the picture.",
        "Export the radiograph itself, without a border.",
    ),
    "photograph": Received("a photograph or a screenshot of a screen"),
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
    # Parts, each with the most that is read
    "jpeg_segments": _parts("JPEG", "segments"),
    "jpeg_scans": _parts("JPEG", "scans"),
    "jpeg_2000_boxes": _parts("JPEG 2000", "boxes"),
    "jpeg_2000_segments": _parts("JPEG 2000", "segments"),
    "jpeg_2000_tiles": _parts("JPEG 2000", "tiles"),
    "jpeg_2000_blocks": _parts("JPEG 2000", "precincts and code blocks"),
    "jpeg_2000_packets": _parts("JPEG 2000", "packets"),
    "png_chunks": _parts("PNG", "chunks"),
    "gif_blocks": _parts("GIF", "blocks"),
    "webp_chunks": _parts("WebP", "chunks"),
    "bmp_runs": _parts("BMP", "bytes of runs"),
    "tiff_directories": _parts("TIFF", "directories"),
    "tiff_tags": _parts("TIFF", "tags"),
    "tiff_strips": _parts("TIFF", "strips or tiles"),
    "dicom_reads": _parts("DICOM", "elements and items"),
    "dicom_items": _parts("DICOM", "items in a sequence"),
    "dicom_depth": _parts("DICOM", "levels of sequences"),
    # What is no file
    "named_pipe": Received("a pipe"),
    "socket": Received("a socket"),
    "folder": Received("a folder that cannot be opened"),
    "device": Received("a device"),
    "broken_link": Received("a link that leads nowhere"),
    "system_error": Received("the error {reason}"),
    # Archives
    "packed_size": Received(
        "{megabytes:.0f} MB", "Files up to {limit} MB in a ZIP archive are read."
    ),
    "archive_files": Received(
        "one of {files:,}", "ZIP archives of up to {limit:,} files are read.", _UNPACK
    ),
    "archive_list": Received(
        "one whose list of files takes {megabytes:.0f} MB",
        "ZIP archives of up to {limit:,} files are read.",
        _UNPACK,
    ),
    "archive_size": Received(
        "{gigabytes:.0f} GB",
        "ZIP archives of up to {limit} GB unpacked are read.",
        _UNPACK,
    ),
    "archive_ratio": Received(
        "one that unpacks to {times:,} times",
        "ZIP archives that unpack to up to {limit} times their size are read.",
        _UNPACK,
    ),
    "archive_without_pictures": Received("a ZIP archive of {files} other files"),
    "archive_method": Received("method {method}"),
}
