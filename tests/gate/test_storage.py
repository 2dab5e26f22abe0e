"""The gate on disk: written, read, and refused where it is not whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fixtures_models import gate_seeing, list_anew

from pneumonia.errors import WeightsError
from pneumonia.gate.checks import VIEWS
from pneumonia.gate.storage import GATE_FILES, load_gate, save_gate
from pneumonia.gate.view_classifier import LENGTH
from pneumonia.model.weights import WEIGHTS_FOLDER

# The base64 arrays that two networks' cards held before the gate had its own file.
FORMER_BYTES = 2 * 267_716


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_gate(gate_seeing("cropped"), {"seed": 3}, tmp_path)
    return tmp_path


def test_what_is_saved_is_loaded(folder: Path) -> None:
    saved, loaded = gate_seeing("cropped"), load_gate(folder)

    assert loaded.views == saved.views
    assert loaded.threshold == saved.threshold
    for name in ("mean", "scale", "coefficients", "intercepts"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(saved, name))


def test_saving_leaves_nothing_else_behind(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "gate.npz",
        "gate.json",
        "SHA256SUMS",
    }


@pytest.mark.parametrize("name", ["gate.npz", "gate.json"])
def test_a_missing_file_is_an_error_that_says_what_to_do(
    folder: Path, name: str
) -> None:
    (folder / name).unlink()

    with pytest.raises(WeightsError, match=r"python train\.py --gate"):
        load_gate(folder)


def test_the_card_of_another_gate_is_an_error(folder: Path) -> None:
    card = (folder / "gate.json").read_text()
    save_gate(gate_seeing("inverted"), {}, folder)
    (folder / "gate.json").write_text(card)

    with pytest.raises(WeightsError, match="SHA-256"):
        load_gate(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "{}"])
def test_a_damaged_card_is_an_error(folder: Path, text: str) -> None:
    (folder / "gate.json").write_text(text)

    with pytest.raises(WeightsError, match="gate"):
        load_gate(folder)


@pytest.mark.parametrize("kept", [0, 10, 300])
def test_a_file_that_is_cut_off_is_an_error(folder: Path, kept: int) -> None:
    (folder / "gate.npz").write_bytes((folder / "gate.npz").read_bytes()[:kept])
    list_anew(folder)

    with pytest.raises(WeightsError, match="damaged"):
        load_gate(folder)


def test_a_file_that_lacks_an_array_is_an_error(folder: Path) -> None:
    with (folder / "gate.npz").open("wb") as file:
        np.savez(file, views=np.array(VIEWS))
    list_anew(folder)

    with pytest.raises(WeightsError, match="damaged"):
        load_gate(folder)


def test_pickled_objects_are_never_loaded(folder: Path) -> None:
    with (folder / "gate.npz").open("wb") as file:
        np.savez(file, views=np.array([{"code": "runs"}], dtype=object))
    list_anew(folder)

    with pytest.raises(WeightsError, match="damaged"):
        load_gate(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.zeros(5, np.float32)}, "shape"),
        ({"coefficients": np.zeros((LENGTH, 2), np.float32)}, "shape"),
        ({"intercepts": np.full(len(VIEWS), np.nan, np.float32)}, "finite"),
        ({"scale": np.zeros(LENGTH, np.float32)}, "positive"),
        ({"threshold": -np.inf}, "finite"),
        ({"views": ("frontal", *["anything"] * (len(VIEWS) - 1))}, "views"),
    ],
)
def test_arrays_that_do_not_fit_are_an_error(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    save_gate(replace(gate_seeing(), **change), {}, tmp_path)  # type: ignore[arg-type]

    with pytest.raises(WeightsError, match=message):
        load_gate(tmp_path)


def test_the_published_gate_is_sound_and_small() -> None:
    assert load_gate(WEIGHTS_FOLDER).views
    size = (WEIGHTS_FOLDER / "gate.npz").stat().st_size
    assert size < 0.1 * FORMER_BYTES


def test_the_published_card_says_that_phantoms_are_admitted_by_design() -> None:
    card = GATE_FILES.load_card(WEIGHTS_FOLDER)

    assert "hantoms" in card["fitted_on"]["phantoms"]
    assert card["threshold"] == load_gate(WEIGHTS_FOLDER).threshold
    (internal_test,) = (
        row for row in card["admission"] if row["kind"] == "internal test"
    )
    assert internal_test["admitted"] > 0.99
