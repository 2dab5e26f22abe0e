"""Measuring what the gate admits, by kind of picture."""

from pathlib import Path

import numpy as np
import pytest
from fixtures_models import gate_seeing
from lung_fields import FixedLungs, lungs_at
from numpy.typing import NDArray
from phantoms import write_kaggle_folder
from PIL import Image

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.evaluation.gate_admission import (
    fit_and_publish_gate,
    kinds_to_measure,
    measure_gate,
)
from pneumonia.gate.storage import GATE_FILES, load_gate
from pneumonia.perturbations.corruptions import CORRUPTIONS
from pneumonia.perturbations.drawn_devices import DEVICES
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import Radiograph

PHANTOM: NDArray[np.uint8] = np.asarray(draw_phantom((96, 96), seed=500), np.uint8)
SQUARES = PHANTOM[np.newaxis, ..., np.newaxis]
LATERAL = "not frontal chest/lateral"


def radiograph() -> Radiograph:
    return Radiograph(PHANTOM, sha256="", format="PNG")


def test_refusals_are_counted_by_code() -> None:
    error = UnsupportedRadiographError("multi_frame", "frames", frames=2)

    (row,) = measure_gate(
        gate_seeing("inverted"),
        FixedLungs(),
        [("some", [radiograph(), radiograph(), error])],
    )

    assert (row["kind"], row["n"], row["admitted"]) == ("some", 3, 0)
    assert row["refused"] == {"inverted": 2, "multi_frame": 1}


def test_the_admitted_share_has_an_interval() -> None:
    error = UnsupportedRadiographError("multi_frame", "frames", frames=2)

    (row,) = measure_gate(
        gate_seeing(), FixedLungs(), [("some", [radiograph(), error])]
    )

    assert row["admitted"] == 0.5
    assert 0 < row["admitted_ci"][0] < 0.5 < row["admitted_ci"][1] < 1


def test_a_kind_without_pictures_is_left_out() -> None:
    assert measure_gate(gate_seeing(), FixedLungs(), [("none", [])]) == []


def test_rotated_and_perturbed_copies_are_measured_without_other_folders() -> None:
    kinds = dict(kinds_to_measure(SQUARES, None))

    assert {f"internal test, {name}" for name in (*CORRUPTIONS, *DEVICES)} < set(kinds)
    (turned,) = kinds["internal test, turned by 180"]
    assert isinstance(turned, Radiograph)
    np.testing.assert_array_equal(turned.pixels, np.rot90(PHANTOM, 2))


@pytest.mark.parametrize(
    ("edge", "kept"),
    [
        ("top", np.s_[48:, :]),
        ("bottom", np.s_[:48, :]),
        ("left", np.s_[:, 48:]),
        ("right", np.s_[:, :48]),
    ],
)
def test_copies_with_a_part_missing_are_measured(
    edge: str, kept: tuple[slice, slice]
) -> None:
    kinds = dict(kinds_to_measure(SQUARES, None))
    (partial,) = kinds[f"internal test, 50% missing at the {edge}"]
    assert isinstance(partial, Radiograph)
    np.testing.assert_array_equal(partial.pixels, PHANTOM[kept])


def test_folders_of_other_pictures_are_measured_where_there_are_any(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "not_frontal_chest" / "lateral"
    folder.mkdir(parents=True)
    Image.fromarray(PHANTOM).save(folder / "view.png")
    Image.fromarray(np.full((80, 80), 9, np.uint8)).save(folder / "flat.png")
    (folder / "notes.txt").write_text("no picture")

    found = list(dict(kinds_to_measure(SQUARES, tmp_path))[LATERAL])

    assert [type(item) for item in found] == [UnsupportedRadiographError, Radiograph]


def test_a_picture_without_lungs_is_counted_as_refused() -> None:
    finder = FixedLungs(lungs_at())

    (row,) = measure_gate(gate_seeing(), finder, [("some", [radiograph()])])

    assert row["refused"] == {"lungs_not_found": 1}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gate")
    data = write_kaggle_folder(folder / "data", train=40)
    return fit_and_publish_gate(data, folder / "weights").parent


def test_the_gate_is_published_with_what_it_was_fitted_on(published: Path) -> None:
    card = GATE_FILES.load_card(published)

    assert card["threshold"] == load_gate(published).threshold
    radiographs = card["fitted_on"]["radiographs"]
    examples = card["fitted_on"]["examples"]
    assert examples["training radiographs as they are"] == radiographs["training"]
    assert "hantoms" in card["fitted_on"]["phantoms"]


def test_the_published_card_holds_the_admission_table(published: Path) -> None:
    kinds = [row["kind"] for row in GATE_FILES.load_card(published)["admission"]]

    assert kinds[0] == "internal test"
    assert "internal test, inverted" in kinds
