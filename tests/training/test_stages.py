"""The networks of a recipe: stage after stage, seed after seed, stopped or not."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from fixtures_training import (
    STEPS,
    Runner,
    assert_same_parameters,
    make_stage,
    stop_in_step,
)
from pneumonia.training.stages import TrainedNetwork, fit_recipe

from pneumonia.errors import CheckpointError
from pneumonia.training import stages
from pneumonia.training.fit import Fit
from pneumonia.training.settings import Distillation, Optimisation, Recipe

FIRST = make_stage(epochs=2, patience=None)
SECOND = make_stage(
    epochs=2,
    patience=None,
    optimisation=Optimisation(0.01, averaging=0.5),
    distillation=Distillation(0.5, (0.9, 1.0), ("border",)),
    local_contrast=1.5,
)
RECIPE = Recipe("tiny", (FIRST, SECOND, SECOND), seeds=2)
ONE_SEED = Recipe("tiny", (FIRST, SECOND))


def train(
    run: Runner, checkpoints: Path, recipe: Recipe, *, seed: int = 5, **options: Any
) -> dict[int, TrainedNetwork]:
    return fit_recipe(
        recipe,
        run.data,
        run.data,
        seed=seed,
        index_sha256="abc",
        checkpoints=checkpoints,
        **options,
    )


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let `fit` return at once; gives what it is told and returns, call by call."""
    calls: list[dict[str, Any]] = []

    def fit(run: Any, *_: Any, **options: Any) -> Fit:
        epochs = run.stage.schedule.epochs
        fitted = Fit(object(), [{"loss": float(len(calls))}] * epochs, epochs)
        calls.append({"run": run, "fitted": fitted, **options})
        return fitted

    monkeypatch.setattr(stages, "fit", fit)
    return calls


def test_each_stage_continues_from_the_one_before(
    run: Runner, tmp_path: Path, fits: list[dict[str, Any]]
) -> None:
    networks = train(run, tmp_path, RECIPE)
    assert list(networks) == [5, 6]
    models = [call["fitted"].model for call in fits]
    expected = [None, models[0], models[1], None, models[3], models[4]]
    assert [call["previous"] for call in fits] == expected
    assert [networks[5].model, networks[6].model] == [models[2], models[5]]


def test_seeds_are_consecutive_and_stages_have_their_own(
    run: Runner, tmp_path: Path, fits: list[dict[str, Any]]
) -> None:
    train(run, tmp_path, RECIPE)
    assert [call["run"].seed for call in fits] == [5, 6, 7, 6, 7, 8]
    assert [call["run"].stage for call in fits] == [*RECIPE.stages, *RECIPE.stages]
    assert len({call["checkpoints"] for call in fits}) == len(fits)


def test_history_is_of_all_stages(
    run: Runner, tmp_path: Path, fits: list[dict[str, Any]]
) -> None:
    network = train(run, tmp_path, RECIPE)[5]
    assert [epoch["loss"] for epoch in network.history] == [0, 0, 1, 1, 2, 2]
    assert network.best_epoch == 6
    assert network.stage_starts == [2, 4]


def test_recipe_of_one_stage_has_no_further_starts(
    run: Runner, tmp_path: Path, fits: list[dict[str, Any]]
) -> None:
    (network,) = train(run, tmp_path, Recipe("tiny", (FIRST,))).values()
    assert network.best_epoch == network.stages[0].best_epoch
    assert network.stage_starts == []


def test_progress_says_which_stage_of_how_many(
    run: Runner,
    tmp_path: Path,
    fits: list[dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("INFO", stages.logger.name):
        train(run, tmp_path, RECIPE)
    assert [record.getMessage() for record in caplog.records] == [
        f"Network {network} of 2, seed {seed}: stage {stage} of 3."
        for network, seed in ((1, 5), (2, 6))
        for stage in (1, 2, 3)
    ]


@pytest.fixture(scope="module")
def undisturbed_recipe(
    run: Runner, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainedNetwork, Path]:
    checkpoints = tmp_path_factory.mktemp("recipe")
    return train(run, checkpoints, ONE_SEED)[5], checkpoints


def differ(one: keras.Model, other: keras.Model) -> bool:
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return any(np.abs(a - b).max() > 1e-3 for a, b in pairs)


def test_second_stage_changes_the_network(
    undisturbed_recipe: tuple[TrainedNetwork, Path],
) -> None:
    network, _ = undisturbed_recipe
    first, second = network.stages
    assert network.model is second.model
    assert differ(first.model, second.model)
    assert len(network.history) == 4


# In the first stage, and in the second.
@pytest.mark.parametrize("step", [STEPS + 2, 2 * STEPS + 5])
def test_stopped_recipe_continues_to_the_undisturbed_network(
    run: Runner,
    undisturbed_recipe: tuple[TrainedNetwork, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    with monkeypatch.context() as patch:
        stop_in_step(patch, step)
        with pytest.raises(KeyboardInterrupt):
            train(run, tmp_path, ONE_SEED)
    with monkeypatch.context() as patch:
        # Finished epochs are not trained again.
        stop_in_step(patch, 4 * STEPS - step // STEPS * STEPS + 1)
        continued = train(run, tmp_path, ONE_SEED, resume=True)[5]
    assert_same_parameters(continued.model, undisturbed_recipe[0].model)
    assert len(continued.history) == 4


@pytest.mark.parametrize(
    ("recipe", "options", "reason"),
    [
        (ONE_SEED, {}, r"stopped run .* --resume"),
        (ONE_SEED, {"resume": True, "seed": 6}, r"seed 5 \(received 6\)"),
        (
            Recipe("tiny", (FIRST, make_stage(epochs=2, local_contrast=1.5))),
            {"resume": True},
            r"averaging 0\.5 \(received 0\.0\)",
        ),
    ],
    ids=["without_resume", "other_seed", "other_recipe"],
)
def test_stopped_recipe_is_refused_before_anything_is_trained(
    run: Runner,
    undisturbed_recipe: tuple[TrainedNetwork, Path],
    fits: list[dict[str, Any]],
    recipe: Recipe,
    options: dict[str, Any],
    reason: str,
) -> None:
    with pytest.raises(CheckpointError, match=reason):
        train(run, undisturbed_recipe[1], recipe, **options)
    assert fits == []


def test_other_backend_distils_and_continues_alike() -> None:
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    name = f"{__file__}::test_stopped_recipe_continues_to_the_undisturbed_network"
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", name, "-k", f"{2 * STEPS + 5}"],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    assert "1 passed" in result.stdout
