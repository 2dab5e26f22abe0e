"""Fitting the image gate on phantoms, and asking it."""

import json

import numpy as np
import pytest
from PIL import Image

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.evaluation.gate_admission import kinds_to_measure, measure_gate
from pneumonia.gate.checks import VIEWS, check_image
from pneumonia.gate.drawings import KINDS, draw
from pneumonia.gate.features import LENGTH, describe
from pneumonia.gate.fitting import fit_gate
from pneumonia.gate.outliers import CHANGES
from pneumonia.gate.view_classifier import FRONTAL, Recogniser
from pneumonia.perturbations.corruptions import SHIFTS
from pneumonia.perturbations.drawn_devices import DEVICES
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import Radiograph
from pneumonia.sentences import Notice

SIDE = 96
LATERAL = "not frontal chest/lateral"


def squares(first, count):
    drawn = [
        draw_phantom((SIDE, SIDE), consolidation=bool(seed % 2), seed=seed)
        for seed in range(first, first + count)
    ]
    return np.stack(drawn)[..., np.newaxis].astype(np.uint8)


def fit_on_phantoms():
    # Shown ten times, so that as many pictures of other kinds are learned from.
    return fit_gate(np.tile(squares(0, 40), (10, 1, 1, 1)), squares(100, 20), seed=0)


@pytest.fixture(scope="module")
def gate():
    return fit_on_phantoms()


@pytest.fixture(scope="module")
def recogniser(gate):
    return Recogniser.from_card(gate)


def radiograph(grey):
    return Radiograph(np.ascontiguousarray(grey), sha256="", format="PNG")


def refused(grey, recogniser):
    with pytest.raises(UnsupportedRadiographError) as caught:
        check_image(radiograph(grey), describe(grey), recogniser)
    return caught.value


PHANTOM = squares(500, 1)[0, ..., 0]


def test_an_upright_chest_is_admitted(recogniser):
    admission = check_image(radiograph(PHANTOM), describe(PHANTOM), recogniser)

    assert admission.warnings == ()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_chest_is_refused_with_its_repair(recogniser, quarters):
    error = refused(np.rot90(PHANTOM, quarters).copy(), recogniser)

    assert (error.code, error.repair) == ("rotated", f"rotate_{90 * quarters}")


def test_an_inverted_chest_is_refused_with_its_repair(recogniser):
    error = refused(255 - PHANTOM, recogniser)

    assert (error.code, error.repair) == ("inverted", "invert")


@pytest.mark.parametrize("kind", ["document", "noise", "teeth", "skull", "fan"])
def test_another_thing_is_refused_without_repair(recogniser, kind):
    error = refused(draw(kind, seed=9_999, side=SIDE), recogniser)

    assert error.repair is None


def test_a_picture_without_contrast_is_refused(recogniser):
    grey = (100 + PHANTOM // 32).astype(np.uint8)

    assert refused(grey, recogniser).code == "low_contrast"


def test_a_strip_is_refused(recogniser):
    strip = np.tile(PHANTOM[:, :20], (5, 1))

    assert refused(strip, recogniser).code == "cropped"


def test_without_a_fitted_gate_there_is_a_standing_warning():
    admission = check_image(radiograph(PHANTOM), describe(PHANTOM), None)

    assert admission.warnings == (Notice("no_image_gate"),)


def test_the_gate_fits_into_a_card(gate):
    assert len(json.dumps(gate)) < 300_000


def test_fitting_again_gives_the_same(gate):
    assert fit_on_phantoms() == gate


def test_the_gate_admits_most_of_validation(gate):
    items = [radiograph(square[..., 0]) for square in squares(100, 20)]

    (row,) = measure_gate(gate, [("validation", items)], side=SIDE)

    assert row["admitted"] >= 0.95


def test_measuring_counts_by_code(gate):
    error = UnsupportedRadiographError("multi_frame", "frames", format="GIF", frames=2)
    items = [radiograph(PHANTOM), radiograph(255 - PHANTOM), error]

    (row,) = measure_gate(gate, [("some", items)], side=SIDE)

    assert (row["kind"], row["n"], row["admitted"]) == ("some", 3, 1 / 3)
    assert row["refused"] == {"inverted": 1, "multi_frame": 1}
    assert 0 < row["admitted_ci"][0] < 1 / 3 < row["admitted_ci"][1] < 1


def test_a_kind_without_pictures_is_left_out(gate):
    assert measure_gate(gate, [("none", [])], side=SIDE) == []


def test_turned_and_shifted_copies_are_measured_without_probes():
    kinds = dict(kinds_to_measure(squares(0, 2), None))

    assert {f"internal test, {name}" for name in (*SHIFTS, *DEVICES)} < set(kinds)
    (turned, _) = kinds["internal test, turned by 180"]
    assert np.array_equal(turned.pixels, np.rot90(squares(0, 1)[0, ..., 0], 2))


def test_folders_of_other_pictures_are_measured_where_there_are_any(tmp_path):
    folder = tmp_path / "not_frontal_chest" / "lateral"
    folder.mkdir(parents=True)
    Image.fromarray(PHANTOM).save(folder / "view.png")
    Image.fromarray(np.full((80, 80), 9, np.uint8)).save(folder / "flat.png")
    (folder / "notes.txt").write_text("no picture")

    found = list(dict(kinds_to_measure(squares(0, 1), tmp_path))[LATERAL])

    assert [type(item) for item in found] == [UnsupportedRadiographError, Radiograph]


def test_every_view_that_is_learned_has_words():
    assert set(CHANGES) | {"lateral_view"} == set(VIEWS)


@pytest.mark.parametrize("damage", ["mean", "views", "threshold"])
def test_a_damaged_gate_is_an_error(gate, damage):
    with pytest.raises(ValueError, match="damaged"):
        Recogniser.from_card({k: v for k, v in gate.items() if k != damage})


def test_weights_of_the_views_add_up(recogniser):
    rng = np.random.default_rng(0)

    weights = recogniser.probabilities(rng.normal(0, 9, (5, LENGTH)).astype("f4"))

    assert weights.sum(axis=1) == pytest.approx(1)
    assert FRONTAL in recogniser.views


@pytest.mark.parametrize("kind", KINDS)
def test_drawings_repeat_and_differ_by_seed(kind):
    one, same, other = (draw(kind, seed=seed, side=64) for seed in (1, 1, 2))

    assert one.dtype == np.uint8
    assert one.shape == (64, 64)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_layout_ignores_exposure():
    dim = (PHANTOM // 2 + 40).astype(np.uint8)

    assert np.abs(describe(PHANTOM) - describe(dim)).max() < 0.15
