"""How many parts a file may consist of, whatever its size.

A decoder works for each part: a file of some hundred bytes can keep it busy for hours,
or have it ask for all memory. So parts are counted in the headers before any decoder
runs. Each limit is some ten times what radiographs need, and costs at most a second.
"""

from typing import Final

from pneumonia.errors import UnreadableRadiographError

# By the key of `pneumonia.reasons.refusals.RECEIVED` that says what they are.
MOST_PARTS: Final = {
    "jpeg_segments": 5_000,
    "jpeg_scans": 50,
    "jpeg_2000_boxes": 1_000,
    "jpeg_2000_segments": 100_000,
    "jpeg_2000_tiles": 4_096,
    "jpeg_2000_blocks": 500_000,
    "jpeg_2000_packets": 5_000_000,
    "png_chunks": 50_000,
    "gif_blocks": 500_000,
    "webp_chunks": 1_000,
    "bmp_runs": 5_000_000,
    "tiff_directories": 1_000,
    "tiff_tags": 20_000,
    "tiff_strips": 100_000,
    "dicom_reads": 50_000,
    "dicom_items": 1_000,
    "dicom_depth": 32,
}


def check_parts(part: str, found: int) -> None:
    """Refuse a file that consists of too many parts.

    Parameters
    ----------
    part : str
        A key of `MOST_PARTS`.
    found : int
        How many there are, or how many were counted so far.

    Raises
    ------
    UnreadableRadiographError
        With the code ``too_complex``.
    """
    limit = MOST_PARTS[part]
    if found > limit:
        raise UnreadableRadiographError("too_complex", part, limit=limit, found=found)
