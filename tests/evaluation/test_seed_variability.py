"""Networks of several seeds are measured the same way and compared in pairs."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from fixtures_cards import describe_trained, draw_parts
from fixtures_models import seeing_whole, tiny_network
from phantoms import write_phantom

from pneumonia.card.schema import Card
from pneumonia.card.sections import SeedVariability
from pneumonia.data.partitions import Part
from pneumonia.errors import WeightsError
from pneumonia.evaluation.network_report import fit_decision, report
from pneumonia.evaluation.seed_variability import (
    load_other_seeds,
    measure_seed_variability,
)
from pneumonia.model.network import Network
from pneumonia.model.publication import save_weights
from pneumonia.perturbations.corruptions import CORRUPTIONS
from pneumonia.statistics import intervals


@pytest.fixture(scope="module")
def parts() -> dict[str, Part]:
    return draw_parts(20)


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        yield


@pytest.fixture(scope="module")
def networks() -> list[Network]:
    return [seeing_whole(tiny_network(seed=seed)) for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def found(parts: dict[str, Part], networks: list[Network]) -> SeedVariability:
    return measure_seed_variability(
        {seed: network for seed, network in enumerate(networks, start=1)},
        parts,
        calibrated=True,
    )


def test_every_network_has_a_row_and_is_compared_with_every_other(
    found: SeedVariability,
) -> None:
    names = ["seed 1", "seed 2", "seed 3"]
    assert [row["network"] for row in found["networks"]] == names
    assert [row["networks"] for row in found["pairs"]] == [
        ["seed 1", "seed 2"],
        ["seed 1", "seed 3"],
        ["seed 2", "seed 3"],
    ]


def test_published_network_has_the_figures_of_its_report(
    found: SeedVariability, parts: dict[str, Part], networks: list[Network]
) -> None:
    rule = fit_decision(networks[0], parts["validation"], calibrated=True)
    card = report(networks[0], parts, rule).card
    row: Any = found["networks"][0]
    internal = card["metrics"]["internal_test"]
    for key in ("auroc", "auroc_ci", "sensitivity", "specificity", "ece"):
        assert row[key] == pytest.approx(internal[key])
    worst = card["corruptions"]["worst"]
    assert row["worst_auroc"] == pytest.approx(worst["auroc"])
    assert row["worst_specificity"] == pytest.approx(worst["specificity"])
    assert row["threshold"] == pytest.approx(rule.threshold)


def test_a_network_does_not_differ_from_itself(
    parts: dict[str, Part], networks: list[Network]
) -> None:
    same = measure_seed_variability(
        {1: networks[0], 2: networks[0]}, parts, calibrated=False
    )
    (pair,) = same["pairs"]
    assert pair["mean_score_difference"] == 0
    assert pair["flags_that_differ"] == 0


def test_largest_difference_names_its_perturbation(found: SeedVariability) -> None:
    for row in found["pairs"]:
        assert row["largest_mean_score_difference"] >= row["mean_score_difference"]
        assert row["largest_under"] in ("unchanged", *CORRUPTIONS)


def test_adults_are_compared_where_they_are_at_hand(
    parts: dict[str, Part], networks: list[Network], tmp_path: Path
) -> None:
    for number in range(6):
        write_phantom(
            tmp_path / "adults_nih" / f"0000{number}_000.png", seed=900 + number
        )
    found = measure_seed_variability(
        {1: networks[0], 2: networks[1], 3: networks[0]},
        parts,
        calibrated=True,
        external=tmp_path,
    )
    assert all(0 <= row["adults_flagged"] <= 1 for row in found["networks"])
    different, same, _ = found["pairs"]
    assert same["networks"] == ["seed 1", "seed 3"]
    assert same["adults_rank_correlation"] == pytest.approx(1)
    assert same["adults_flags_that_differ"] == 0
    assert np.isfinite(different["adults_rank_correlation"])


def publish(folder: Path, **training: Any) -> Path:
    card = copy.deepcopy(describe_trained())
    card["training"] |= training
    return save_weights(tiny_network(), card, folder)


def test_weights_of_another_seed_are_loaded(tmp_path: Path) -> None:
    path = publish(tmp_path, seed=8)
    training = cast("Card", describe_trained())["training"]
    assert list(load_other_seeds([path], training)) == [8]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"seed": 7}, "of seed 7 again"),
        ({"seed": 8, "recipe": {"tiny": {"epochs": 1}}}, "of the same recipe and data"),
        ({"seed": 8, "index_sha256": "1"}, "of the same recipe and data"),
    ],
)
def test_weights_that_cannot_be_compared_are_refused(
    tmp_path: Path, changed: dict[str, Any], reason: str
) -> None:
    path = publish(tmp_path, **changed)
    training = cast("Card", describe_trained())["training"]
    with pytest.raises(WeightsError, match=reason):
        load_other_seeds([path], training)
