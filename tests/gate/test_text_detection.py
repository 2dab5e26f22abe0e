"""Text that is burned into the pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.gate.text_detection import has_text
from pneumonia.phantom import draw_phantom
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.radiograph import read_radiograph

DATA = Path(__file__).parents[3] / "shared" / "data"


def phantom(
    text: str = "", *, level: int = 255, size: float = 0.8, side: int = 800
) -> NDArray[np.uint8]:
    grey = np.array(draw_phantom((side, side), seed=1), np.uint8)
    cv2.putText(
        grey, text, (30, 60), cv2.FONT_HERSHEY_SIMPLEX, size, level, 2, cv2.LINE_AA
    )
    return grey


def test_a_radiograph_without_text_does_not_alarm() -> None:
    assert not has_text(phantom())


@pytest.mark.parametrize("marker", ["R", "L", "AP"])
def test_a_marker_does_not_alarm(marker: str) -> None:
    assert not has_text(phantom(marker, size=2))


def test_light_text_alarms() -> None:
    assert has_text(phantom("DOE JANE 12345"))


def test_dark_text_on_light_alarms() -> None:
    grey = phantom()
    grey[20:80] = 230
    cv2.putText(grey, "DOE JANE 12345", (30, 60), 0, 0.8, 10, 2, cv2.LINE_AA)

    assert has_text(grey)


def test_the_name_in_a_real_file_alarms() -> None:
    path = DATA / "dicom" / "chest" / "burned_in_name_rle.dcm"
    if not path.exists():
        pytest.skip("the shared data is not here")

    assert has_text(to_8_bit(read_radiograph(path.read_bytes())))


def test_few_real_radiographs_alarm() -> None:
    paths = sorted((DATA / "native_resolution").rglob("*.jpeg"))[::5]
    if not paths:
        pytest.skip("the shared data is not here")

    alarms = sum(has_text(to_8_bit(read_radiograph(p.read_bytes()))) for p in paths)

    assert alarms <= 0.05 * len(paths)
