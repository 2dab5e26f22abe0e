"""A network with a known answer passes every measure; other maps fail."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hand_made_network import SIDE, HandMadeClassifier, HandMadeNetwork, draw
from numpy.typing import NDArray
from PIL import Image

from pneumonia.card.explanation_tables import explanation_tables
from pneumonia.card.sections import Explanation
from pneumonia.errors import DatasetError
from pneumonia.evaluation import explanation_cases, explanation_check
from pneumonia.evaluation.drawn_regions import find_masks, read_boxes
from pneumonia.evaluation.explanation_cases import find_body
from pneumonia.evaluation.explanation_check import (
    FORWARD,
    ExplainedNetwork,
    check_explanations,
)
from pneumonia.evaluation.explanation_measures import GAUSSIAN, RANDOM
from pneumonia.model.cell_grid import Finding
from pneumonia.model.explanations import (
    LAST_MAP_METHODS,
    LAYER_CAM,
    RISE,
    Evidence,
    Explain,
    pixel_grid,
)
from pneumonia.reading.radiograph import Radiograph
from pneumonia.statistics import intervals

NETWORK = HandMadeNetwork()
CLASSIFIER = HandMadeClassifier(NETWORK)
HEADER = "path,name,x,y,width,height,image_width,image_height\n"
METHODS = (*LAST_MAP_METHODS, LAYER_CAM, RISE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six bright and two dark radiographs, a text, and boxes around the bright."""
    folder = tmp_path_factory.mktemp("radiographs")
    lines = []
    for seed in range(8):
        # Patients of two radiographs each, by NIH's names.
        name = f"{seed // 2:08}_{seed:03}.png"
        row, column = 2 + seed % 3, 2
        picture = draw(bright=seed < 6, row=row, column=column, seed=seed)
        Image.fromarray(picture).save(folder / name)
        if seed < 6:
            lines.append(f"{name},Lung Opacity,{12 * column},{12 * row},12,12,96,96\n")
    (folder / "broken.png").write_text("no picture")
    (folder / "boxes.csv").write_text(HEADER + "".join(lines))
    masks = folder.with_name("masks")
    masks.mkdir()
    drawn = np.zeros((96, 96), np.uint8)
    drawn[18:78, 14:44] = drawn[18:78, 52:82] = 255
    Image.fromarray(drawn).save(masks / "00000000_000.png")
    return folder


@pytest.fixture(scope="module", autouse=True)
def few_resamples_and_a_body() -> Iterator[None]:
    """Put the patient's edge just right of the lungs; the drawings have none."""

    def with_edge(radiograph: Radiograph) -> NDArray[np.uint8]:
        picture = radiograph.pixels.astype(np.uint8)
        picture[:, 84:] = 0
        return picture

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 50)
        patch.setattr(explanation_cases, "within_margins", with_edge)
        yield


def check(folder: Path, network: ExplainedNetwork | None = None) -> Explanation:
    return check_explanations(
        CLASSIFIER,
        network or NETWORK.explained(),
        folder,
        boxes=read_boxes(folder / "boxes.csv"),
        masks=find_masks(folder.with_name("masks")),
    )


@pytest.fixture(scope="module")
def measured(folder: Path) -> Explanation:
    return check(folder)


def mean(measured: Explanation, method: str, measure: str) -> float:
    return measured["by_method"][method][measure]["mean"]


def test_radiographs_are_counted_and_what_is_not_read_is_named(
    measured: Explanation,
) -> None:
    assert measured["radiographs"] == 8
    assert measured["radiographs_flagged"] == 6
    assert sum(measured["left_out"].values()) == 1
    assert measured["missing"] == []
    assert set(measured["by_method"]) == {*METHODS, RANDOM, GAUSSIAN}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("toward", ["pneumonia", "normal"])
def test_score_follows_a_map_that_is_true(
    measured: Explanation, method: str, toward: str
) -> None:
    deletion = measured["by_method"][method][f"deletion_{toward}"]
    insertion = measured["by_method"][method][f"insertion_{toward}"]
    assert deletion["over_random"] < -0.05
    assert deletion["over_gaussian"] < 0
    # A random map shows a corner of the cell early, and what is hidden is filled from
    # it. A map of the other finding would lose more than 0.3.
    assert insertion["over_random"] > 0
    assert insertion["over_gaussian"] > 0


@pytest.mark.parametrize("method", METHODS)
def test_true_map_lies_in_the_body_in_the_lungs_and_in_the_boxes(
    measured: Explanation, method: str
) -> None:
    # RISE is coarse: a mask hides much beside the cell.
    fine = method != RISE
    assert mean(measured, method, "in_lungs_pneumonia") > (0.9 if fine else 0.6)
    assert mean(measured, method, "in_lungs_normal") > (0.9 if fine else 0.6)
    assert mean(measured, method, "in_drawn_lungs") > (0.9 if fine else 0.55)
    assert mean(measured, method, "in_body_pneumonia") > (0.99 if fine else 0.93)
    assert mean(measured, method, "pointing") == 1
    assert mean(measured, method, "energy") > (0.5 if fine else 0.1)
    over = measured["by_method"][method]["energy"]["over_gaussian"]
    assert over > (0.4 if fine else 0.1)
    # A cell is a sixty-fourth of the radiograph: every box is small.
    assert measured["by_method"][method]["pointing_small"]["n"] == 6
    assert "pointing_large" not in measured["by_method"][method]


@pytest.mark.parametrize("method", METHODS)
def test_true_map_repeats_and_is_gone_once_the_network_is_random(
    measured: Explanation, method: str
) -> None:
    assert mean(measured, method, "shift") > 0.6
    assert mean(measured, method, "trunks") == pytest.approx(1)
    assert abs(mean(measured, method, "randomised_100%")) < 0.2


@pytest.fixture(scope="module")
def of_a_random_network(folder: Path) -> Explanation:
    """Measure the maps of a randomised network as if they explained the true one."""
    random = HandMadeNetwork()
    steps = random.randomised(0)
    list(itertools.islice(steps, 2))  # until all is random; `steps` would undo it
    maps = replace(NETWORK.explained(), explain=random.explain)
    found = check(folder, replace(maps, trunks=[NETWORK.explain, random.explain]))
    steps.close()
    return found


@pytest.mark.parametrize("method", METHODS)
def test_maps_of_a_random_network_fail_every_measure(
    measured: Explanation, of_a_random_network: Explanation, method: str
) -> None:
    def lost(measure: str) -> float:
        return mean(measured, method, measure) - mean(
            of_a_random_network, method, measure
        )

    for toward in ("pneumonia", "normal"):
        assert lost(f"deletion_{toward}") < -1
        assert lost(f"insertion_{toward}") > 1
        assert lost(f"in_lungs_{toward}") > 0.1
    assert lost("in_body_pneumonia") > 0
    assert lost("in_drawn_lungs") > 0.05
    assert lost("pointing") > 0.5
    assert lost("energy") > 0.1
    assert lost("shift") > 0.1
    assert abs(mean(of_a_random_network, method, "trunks")) < 0.2
    # They do not change with the network that they are said to explain.
    assert mean(of_a_random_network, method, "randomised_100%") == pytest.approx(1)


def test_cost_is_counted_in_forward_passes_of_the_same_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]

    def taking(seconds: float) -> Explain:
        def run(*_: object) -> dict[str, Evidence]:
            clock[0] += seconds
            return {}

        return run

    monkeypatch.setattr(explanation_check, "process_time", lambda: clock[0])
    alone = {"slow": taking(6.0), FORWARD: taking(2.0), "free": taking(2.0)}
    found = check(folder, replace(NETWORK.explained(), alone=alone))
    assert mean(found, "slow", "cost") == 3
    assert mean(found, "free", "cost") == 1
    assert "cost" not in found["by_method"].get(FORWARD, {})
    assert "| `slow` | 8 | 3.000" in explanation_tables(found)


def test_body_is_what_is_not_dark_up_to_the_edge() -> None:
    picture = np.zeros((100, 120), np.uint8)
    picture[:, 20:100] = 150
    picture[30:70, 30:50] = picture[30:70, 70:90] = 5  # the lungs
    body = find_body(picture, 60)
    assert body[:, 12:48].all()
    assert not body[:, :8].any()
    assert not body[:, 52:].any()
    assert find_body(np.full((64, 64), 90, np.uint8), 32).all()


def noise(squares: NDArray[np.uint8], toward: Finding) -> dict[str, Evidence]:
    """Draw a map that has nothing to do with the network."""
    rng = np.random.default_rng(int(squares.sum()))
    cells = rng.random((1, SIDE, SIDE)).astype(np.float32)
    return {"noise": Evidence(cells, pixel_grid(SIDE))}


def edges(squares: NDArray[np.uint8], toward: Finding) -> dict[str, Evidence]:
    """Find edges, which no network is needed for."""
    found = np.abs(cv2.Laplacian(squares[0, ..., 0], cv2.CV_32F))
    return {"edges": Evidence(found[np.newaxis], pixel_grid(SIDE))}


def test_noise_fails_the_measures(folder: Path) -> None:
    found = check(
        folder,
        replace(NETWORK.explained(), explain=noise, trunks=[noise, edges_as_noise]),
    )
    figures = found["by_method"]["noise"]
    assert figures["deletion_pneumonia"]["mean_ci"][1] is not None
    assert abs(figures["deletion_pneumonia"]["over_random"]) < 0.15
    assert figures["in_lungs_pneumonia"]["mean"] < 0.5
    assert figures["energy"]["mean"] < 0.1
    assert figures["pointing"]["mean"] < 0.5
    assert abs(figures["shift"]["mean"]) < 0.2
    assert abs(figures["trunks"]["mean"]) < 0.3


def edges_as_noise(squares: NDArray[np.uint8], toward: Finding) -> dict[str, Evidence]:
    return {"noise": edges(squares, toward)["edges"]}


def test_map_that_needs_no_network_survives_its_randomisation(folder: Path) -> None:
    found = check(folder, replace(NETWORK.explained(), explain=edges, trunks=[]))
    assert mean(found, "edges", "randomised_100%") == pytest.approx(1)
    assert "trunks" not in found["by_method"]["edges"]
    assert found["missing"] == ["The network is not joined of trunks to compare."]


def test_without_boxes_and_masks_the_rest_is_measured_and_the_lack_told(
    folder: Path,
) -> None:
    found = check_explanations(
        CLASSIFIER, NETWORK.explained(), folder, boxes={}, masks={}, limit=3
    )
    assert found["radiographs"] + sum(found["left_out"].values()) == 3
    assert "energy" not in found["by_method"]["Grad-CAM"]
    assert [sentence.split()[3] for sentence in found["missing"]] == ["a", "a"]
    assert "not measured" in explanation_tables(found)


def test_limit_takes_radiographs_with_boxes_first(folder: Path) -> None:
    found = check_explanations(
        CLASSIFIER,
        NETWORK.explained(),
        folder,
        boxes=read_boxes(folder / "boxes.csv"),
        masks={},
        limit=6,
    )
    assert found["by_method"]["Grad-CAM"]["energy"]["n"] == 6


def test_constant_network_has_no_map_and_says_so(folder: Path) -> None:
    constant = HandMadeNetwork()
    constant.head = np.zeros(2, np.float32)
    found = check(folder, constant.explained())
    assert found["without_map"] == dict.fromkeys(METHODS, 8)
    text = explanation_tables(found)
    assert "Grad-CAM found nothing to show on 8 of them." in text
    assert "nan" not in text


def test_folder_without_radiographs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="without any"):
        check_explanations(
            CLASSIFIER, NETWORK.explained(), tmp_path, boxes={}, masks={}
        )


def test_folder_of_what_gets_no_score_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(DatasetError, match="Received: 1 that get none"):
        check_explanations(
            CLASSIFIER, NETWORK.explained(), tmp_path, boxes={}, masks={}
        )


def test_tables_have_every_method_and_even_rows(measured: Explanation) -> None:
    text = explanation_tables(measured)
    for method in (*METHODS, RANDOM, GAUSSIAN):
        assert f"| `{method}` |" in text
    # Eight radiographs are too few for a table of deletion and insertion.
    for title in ("lungs", "box", "repeat", "learned"):
        assert title in text
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) >= 7
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1
