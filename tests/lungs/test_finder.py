"""The finder runs a network; network and card load together or not at all."""

from pathlib import Path

import numpy as np
import pytest
from lung_fields import brightness_network, publish_lungs
from numpy.typing import NDArray

from pneumonia.errors import WeightsError
from pneumonia.lungs.finder import LUNG_FILES, LungFinder, load_lung_finder

# Of the lung at the picture's left, and of both.
LEFT = (0.25, 0.75, 0.125, 0.4375)
BOTH = (0.25, 0.75, 0.125, 0.875)


@pytest.fixture(scope="module")
def finder() -> LungFinder:
    return LungFinder(brightness_network())


def draw_bright_lungs(rows: int = 256, columns: int = 512) -> NDArray[np.uint8]:
    """Draw the lungs in white on black, at any size."""
    picture = np.zeros((rows, columns), np.uint8)
    top, bottom = rows // 4, 3 * rows // 4
    for first, last in ((2, 7), (9, 14)):
        picture[top:bottom, first * columns // 16 : last * columns // 16] = 255
    return picture


@pytest.mark.parametrize("shape", [(128, 128), (256, 512), (224, 224)])
def test_lungs_are_found_at_any_size(
    finder: LungFinder, shape: tuple[int, int]
) -> None:
    fields = finder(draw_bright_lungs(*shape))
    assert fields.found == (True, True)
    assert fields.box == pytest.approx(BOTH, abs=1 / 128)
    assert fields.probabilities.shape == (2, 128, 128)
    assert fields.probabilities.dtype == np.float32
    assert fields.quality > 0.9


def test_each_side_has_its_own_field(finder: LungFinder) -> None:
    picture = draw_bright_lungs()
    picture[:, 256:] = 0
    fields = finder(picture)
    assert fields.found == (True, False)
    assert fields.box == pytest.approx(LEFT, abs=1 / 128)


def test_probabilities_are_those_of_the_logits(finder: LungFinder) -> None:
    grey = np.full((128, 128), 148, np.uint8)
    left, right = finder(grey).probabilities
    assert left[:, :64] == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-5)
    assert right[:, :64].max() < 1e-6


def test_many_pictures_are_found_in_order(finder: LungFinder) -> None:
    # More than a batch of 32.
    pictures = np.zeros((70, 64, 64), np.uint8)
    for number, picture in enumerate(pictures):
        if number % 3:
            picture[16:48, 8:24] = 255
    found = [fields.found[0] for fields in finder.find_all(pictures)]
    assert found == [bool(number % 3) for number in range(70)]
    assert list(finder.find_all(pictures[:0])) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return publish_lungs(tmp_path).parent


def test_saved_network_is_loaded_and_keeps_its_card(folder: Path) -> None:
    assert load_lung_finder(folder)(draw_bright_lungs()).box == pytest.approx(
        BOTH, abs=1 / 128
    )
    assert LUNG_FILES.load_card(folder)["seed"] == 7
    assert {path.name for path in folder.iterdir()} == {
        LUNG_FILES.file,
        LUNG_FILES.card,
        "SHA256SUMS",
    }


def test_saving_makes_the_folder_and_replaces_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "weights"
    LUNG_FILES.save(b"old", {"note": 1}, folder)
    publish_lungs(folder)
    load_lung_finder(folder)
    assert "note" not in LUNG_FILES.load_card(folder)


@pytest.mark.parametrize("name", [LUNG_FILES.file, LUNG_FILES.card])
def test_missing_file_is_named_with_what_to_do(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(WeightsError, match=rf"{name}.*python train\.py --lungs"):
        load_lung_finder(folder)


@pytest.mark.parametrize("name", [LUNG_FILES.file, LUNG_FILES.card])
def test_changed_byte_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(WeightsError, match=rf"{name} must have the SHA-256.*--lungs"):
        load_lung_finder(folder)
