"""train.py --lungs publishes the network that finds the lungs, with its card."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures_train_script import errors_in, run_train
from phantoms import write_phantom
from PIL import Image

from pneumonia.lungs.finder import LUNG_FILES, load_lung_finder
from pneumonia.phantom import draw_phantom
from pneumonia.training import lung_network


def write_mask(path: Path) -> None:
    """Draw two lungs as a person would."""
    mask = np.zeros((96, 96), np.uint8)
    mask[20:76, 12:42] = mask[20:76, 54:84] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).save(path)


def write_masks(data: Path, folder: Path) -> Path:
    """Draw a mask of every radiograph of the train folder."""
    for radiograph in (data / "train").rglob("*.jpeg"):
        write_mask(folder / "train" / radiograph.parent.name / f"{radiograph.stem}.png")
    return folder


@pytest.fixture(scope="module", autouse=True)
def untrained() -> Iterator[None]:
    """Take a small network as it is made: how it is trained is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lung_network, "_FILTERS", (2, 3))
        patch.setattr(
            lung_network,
            "fit_lung_network",
            lambda pictures, masks, *, seed: lung_network.lung_network(),
        )
        yield


def test_network_and_card_are_published_and_load(data: Path, tmp_path: Path) -> None:
    masks = write_masks(data, tmp_path / "masks")
    adult = tmp_path / "external" / "other_hospitals" / "east" / "covid" / "a.png"
    write_phantom(adult, seed=1)
    (tmp_path / "external" / "other_hospitals" / "index.csv").write_text(
        "path,source,label,label_origin,patient\neast/covid/a.png,east,covid,x,1\n"
    )
    write_mask(masks / "other_hospitals" / "east" / "a.png")
    output = tmp_path / "weights"
    status = run_train(
        "--lungs",
        "--seed=5",
        f"--data={data}",
        f"--masks={masks}",
        f"--external={tmp_path / 'external'}",
        f"--output={output}",
    )
    assert status == 0
    finder, card = load_lung_finder(output), LUNG_FILES.load_card(output)
    fields = finder(np.asarray(draw_phantom((96, 96), seed=3), np.uint8))
    assert fields.probabilities.shape == (2, 128, 128)
    assert card["seed"] == 5
    rows = card["measured"]["by_change"]
    assert rows["unchanged"]["n"] + card["trained_on"] == 48
    assert rows["adults of other hospitals"]["n"] == 1
    assert "CC BY 4.0" in card["attribution"]
    assert "git_revision" in card


def test_masks_lie_beside_the_data_unless_named(
    own_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    arguments = ("--lungs", "--data", own_data, "--output", tmp_path / "weights")
    assert run_train(*arguments) == 2
    (message,) = errors_in(caplog)
    assert str(own_data.parent / "lung_masks" / "train") in message
    assert not any((tmp_path / "weights").iterdir())


def test_damaged_mask_stops_before_training(
    own_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    masks = write_masks(own_data, own_data.parent / "lung_masks")
    damaged = next((masks / "train" / "PNEUMONIA").iterdir())
    damaged.write_text("no picture")
    arguments = ("--lungs", "--data", own_data, "--output", tmp_path / "weights")
    assert run_train(*arguments) == 2
    (message,) = errors_in(caplog)
    assert f"{damaged.name}, which cannot be read" in message


@pytest.mark.parametrize("what", ["--lungs", "--gate"])
def test_output_that_cannot_be_written_is_refused_before_the_work(
    own_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    (tmp_path / "file").touch()
    output = tmp_path / "file" / "weights"
    assert run_train(what, "--data", own_data, "--output", output) == 2
    (message,) = errors_in(caplog)
    assert "file/weights cannot be written" in message
