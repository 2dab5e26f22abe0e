"""Real DICOM files."""

import os
from pathlib import Path

import numpy as np
import pytest

from pneumonia.reading.display import to_8_bit
from pneumonia.reading.radiograph import read_radiograph

_BESIDE = Path(__file__).parents[3] / "shared" / "data"
REAL = Path(os.environ.get("PNEUMONIA_DATA", _BESIDE)) / "dicom"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="no real files here")


def test_relabelled_monochrome1_is_the_exact_inverse() -> None:
    upright = read_radiograph((REAL / "chest/jpeg_baseline.dcm").read_bytes())
    inverse = read_radiograph((REAL / "chest/monochrome1_relabelled.dcm").read_bytes())

    np.testing.assert_array_equal(inverse.pixels, 255 - upright.pixels)
    np.testing.assert_array_equal(to_8_bit(inverse), 255 - to_8_bit(upright))


@pytest.mark.parametrize(
    ("syntax", "worst", "mean"),
    [
        ("J2KR", 0, 0),
        ("JLSL", 0, 0),
        ("JPLL", 0, 0),
        ("JLSN", 4, 2.5),
        ("J2KI", 90, 1.5),
        ("JPLY", 110, 4),
    ],
)
@pytest.mark.parametrize("name", ["RG2", "RG3"])
def test_real_files_decode_to_the_same_picture_within_the_loss(
    name: str, syntax: str, worst: int, mean: float
) -> None:
    folder = REAL / "not_chest"
    plain = read_radiograph((folder / f"{name}_RLE.dcm").read_bytes())
    packed = read_radiograph((folder / f"{name}_{syntax}.dcm").read_bytes())

    difference = np.abs(packed.pixels.astype(int) - plain.pixels)
    assert difference.max() <= worst
    assert difference.mean() <= mean


def test_a_real_10_bit_monochrome1_chest_has_dark_lungs() -> None:
    data = (REAL / "chest/burned_in_name_rle.dcm").read_bytes()

    levels = to_8_bit(read_radiograph(data)).astype(float)

    # On this film the middle holds the spine, with a lung on either side of it.
    height, width = levels.shape
    rows = slice(height // 4, height // 2)
    right_lung = levels[rows, width // 4 : width // 3].mean()
    spine = levels[rows, int(width * 0.47) : int(width * 0.53)].mean()
    assert right_lung < spine
