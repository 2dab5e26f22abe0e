"""What a radiograph carries, whatever file it is read from."""

import hashlib
import subprocess
import sys
from pathlib import Path

import dicom_files as files
import numpy as np
import pytest
from picture_files import (
    PATIENT,
    build_grey_png,
    draw_grey,
    encode,
    grey_image,
    orientation_tag,
)

from pneumonia.reading.radiograph import read_radiograph


def test_pixels_cannot_be_changed() -> None:
    read = read_radiograph(encode(grey_image(), "PNG"))
    with pytest.raises(ValueError, match="read-only"):
        read.pixels[0, 0] = 1


def test_sha256_is_that_of_the_bytes() -> None:
    data = encode(grey_image(), "PNG")
    assert read_radiograph(data).sha256 == hashlib.sha256(data).hexdigest()


def test_pixels_do_not_depend_on_the_other_metadata() -> None:
    note = (b"tEXt", b"Comment\0" + PATIENT.encode())
    read = read_radiograph(build_grey_png(note))
    np.testing.assert_array_equal(read.pixels, draw_grey())


def run_python(script: str, data: bytes = b"") -> list[str]:
    """Run a script in a strict interpreter of its own, and split what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        input=data,
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stderr == b""
    return done.stdout.decode().split()


READ = (
    "import sys; from pneumonia.reading.radiograph import read_radiograph;"
    "from pneumonia.reading.third_party_warnings import hide_third_party_warnings;"
    "hide_third_party_warnings();"
    "print(*read_radiograph(sys.stdin.buffer.read()).pixels.shape)"
)


def test_programs_can_hide_what_pillow_warns_of() -> None:
    exif = orientation_tag(6).tobytes()[6:]
    assert run_python(READ, build_grey_png((b"eXIf", exif[:-4]))) == ["72", "80"]


def test_programs_can_hide_what_pydicom_warns_of() -> None:
    data = files.build(files.ramp(12), bits=12, PatientAge="four", WindowCenter="nan")
    assert run_python(READ, data) == ["64", "80"]


def test_nothing_is_left_to_import_when_files_are_read() -> None:
    # Two threads that import pydicom at once break it for the whole process.
    script = (
        "import sys; from pneumonia.reading.radiograph import read_radiograph;"
        "names = ('pydicom', 'PIL'); loaded = set(sys.modules);"
        "read_radiograph(sys.stdin.buffer.read());"
        "print('new:', *[m for m in set(sys.modules) - loaded if m.startswith(names)])"
    )
    colour = np.repeat(files.ramp(8)[..., np.newaxis], 3, -1)
    for data in (
        files.build(files.ramp(12), bits=12, syntax=files.RLE),
        files.build(colour, syntax=files.EXPLICIT),
        encode(grey_image(), "TIFF", compression="tiff_lzw"),
        encode(grey_image(), "WEBP"),
    ):
        assert run_python(script, data) == ["new:"]
