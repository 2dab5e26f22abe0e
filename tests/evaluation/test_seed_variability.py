"""Networks of several seeds are measured alike, and against each other."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from fixtures_models import tiny_network
from phantoms import draw_squares, write_phantom

from pneumonia.data.labelled_files import LabelledFile
from pneumonia.evaluation.network_report import Part, measure
from pneumonia.evaluation.seed_variability import measure_agreement
from pneumonia.perturbations.corruptions import SHIFTS
from pneumonia.statistics import intervals


def part(first: int) -> Part:
    kinds = ("normal", "bacteria", "normal", "virus")
    files = [
        LabelledFile(Path(f"{i}.png"), i % 2, f"patient{i}", kinds[i % 4], f"{i:064}")
        for i in range(first, first + 20)
    ]
    return Part(files, draw_squares(20))


@pytest.fixture(scope="module")
def parts() -> dict[str, Part]:
    return {"training": part(0), "validation": part(20), "internal_test": part(40)}


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        yield


@pytest.fixture(scope="module")
def networks() -> list[keras.Model]:
    return [tiny_network(seed=seed) for seed in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def found(parts: dict[str, Part], networks: list[keras.Model]) -> dict[str, Any]:
    seeds = {1: networks[0], 2: networks[1]}
    return measure_agreement(seeds, networks[2:], parts, calibrated=True)


def test_every_network_and_the_mean_have_a_row(found: dict[str, Any]) -> None:
    assert [row["network"] for row in found["seeds"]] == [
        *("seed 1", "seed 2", "largest difference between seeds", "mean of the seeds"),
        *("seed 1 before lesson 1", "seed 1 before lesson 2"),
    ]


def test_seeds_are_compared_and_what_the_first_was_before(
    found: dict[str, Any],
) -> None:
    assert [row["networks"] for row in found["agreement"]] == [
        "seed 1 and seed 2",
        "seed 1 before lesson 1 and seed 1 before lesson 2",
        "seed 1 before lesson 2 and seed 1",
    ]


def test_published_network_is_measured_as_its_card_measures_it(
    found: dict[str, Any], parts: dict[str, Part], networks: list[keras.Model]
) -> None:
    card = measure(networks[0], parts, calibrated=True).card
    row = found["seeds"][0]
    internal = card["metrics"]["internal_test"]
    for key in ("auroc", "auroc_ci", "sensitivity", "specificity", "ece"):
        assert row[key] == pytest.approx(internal[key])
    worst = card["shifts"]["internal_test"]["worst"]
    assert row["worst auroc"] == pytest.approx(worst["auroc"])
    assert row["worst specificity"] == pytest.approx(worst["specificity"])
    assert row["threshold"] == pytest.approx(
        card["operating_points"]["balanced"]["threshold"]
    )


def test_spread_is_the_largest_difference_between_the_seeds(
    found: dict[str, Any],
) -> None:
    one, other, spread, *_ = found["seeds"]
    for key in ("auroc", "worst auroc", "specificity", "threshold"):
        assert spread[key] == pytest.approx(abs(one[key] - other[key]))
    assert not any(key.endswith("_ci") for key in spread)


def test_same_networks_agree(
    parts: dict[str, Part], networks: list[keras.Model]
) -> None:
    same = measure_agreement(
        {1: networks[0], 2: networks[0]},
        networks[:1],
        parts,
        calibrated=False,
    )
    for row in same["agreement"]:
        assert row["scores differ by"] == 0
        assert row["flags that differ"] == 0
    assert same["seeds"][2]["auroc"] == 0
    assert same["seeds"][3]["auroc"] == pytest.approx(same["seeds"][0]["auroc"])


def test_largest_difference_names_its_change(found: dict[str, Any]) -> None:
    for row in found["agreement"]:
        number, _, change = row["most"].partition(" ")
        assert float(number) >= row["scores differ by"] - 1e-4
        assert change.strip("()") in ("unchanged", *SHIFTS)


def test_adults_are_compared_where_they_are_at_hand(
    parts: dict[str, Part], networks: list[keras.Model], tmp_path: Path
) -> None:
    (tmp_path / "adults_nih").mkdir()
    for number in range(6):
        write_phantom(
            tmp_path / "adults_nih" / f"0000{number}_000.png", seed=900 + number
        )
    seeds = {1: networks[0], 2: networks[1]}
    found = measure_agreement(
        seeds, networks[:1], parts, calibrated=True, probes=tmp_path
    )
    assert all(0 <= row["adults flagged"] <= 1 for row in found["seeds"])
    same = found["agreement"][1]
    assert same["networks"] == "seed 1 before lesson 1 and seed 1"
    assert same["rank correlation on adults"] == pytest.approx(1)
    assert same["flags that differ on adults"] == 0
    assert np.isfinite(found["agreement"][0]["rank correlation on adults"])
