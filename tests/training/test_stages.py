"""Networks of several seeds and the one that learns from them, stopped or not."""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from fixtures_models import tiny_network
from phantoms import draw_squares

from pneumonia.errors import CheckpointError
from pneumonia.model import architectures
from pneumonia.training import fit, stages
from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import LabelledSquares
from pneumonia.training.recipes import RECIPES, Recipe
from pneumonia.training.stages import Lineage, fit_recipe

RECIPE = Recipe(
    {
        "epochs": 3,
        "batch_size": 8,
        "learning_rate": 0.01,
        "patience": None,
        "augmentation": Augmentation(rotation=5.0),
    },
    lessons=[
        {"epochs": 2, "rate_floor": 1.0, "averaging": 0.5},
        {
            "epochs": 1,
            "averaging": 0.5,
            "teacher_zooms": [0.9, 1.0],
            "teachers_spared": ["border"],
            "exchanged_surroundings": 0.7,
            "exchanged_mediastinum": 0.4,
            "drawn_lines": 0.5,
            "label_share": 0.5,
            "network": {"local_contrast": 1.5},
        },
    ],
    seeds=2,
)
STEPS = 3

Lineages = dict[int, Lineage]
Run = Callable[..., Lineages]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    data = LabelledSquares(draw_squares(24), np.arange(24) % 2)

    def fit(checkpoints: Path, recipe: Recipe = RECIPE, **changes: Any) -> Lineages:
        options = {"seed": 5, "settings": {"index_sha256": "abc"}, **changes}
        return fit_recipe(
            "tiny", recipe, data, data, checkpoints=checkpoints, **options
        )

    with pytest.MonkeyPatch.context() as patch:
        build = functools.partial(tiny_network, seed=None)
        patch.setitem(architectures.ARCHITECTURES, "tiny", build)
        yield fit


@pytest.fixture(scope="module")
def undisturbed(
    run: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lineages, Path]:
    checkpoints = tmp_path_factory.mktemp("undisturbed")
    return run(checkpoints), checkpoints


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what `fit.fit` is told, call by call; it trains as ever."""
    calls: list[dict[str, Any]] = []
    original = fit.fit

    def spy(*arguments: Any, **options: Any) -> fit.Fit:
        calls.append(options)
        return original(*arguments, **options)

    monkeypatch.setattr(fit, "fit", spy)
    return calls


def stop_in_step(patch: pytest.MonkeyPatch, step: int) -> None:
    """Stop the process in a step, counted over all networks."""
    count = 0

    def see(self: Any, batch: int, logs: Any = None) -> None:
        nonlocal count
        count += 1
        if count == step:
            raise KeyboardInterrupt

    patch.setattr(fit.Progress, "on_train_batch_end", see)


def assert_same(mine: keras.Model, theirs: keras.Model) -> None:
    for one, other in zip(mine.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def differ(one: keras.Model, other: keras.Model) -> bool:
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return any(np.abs(a - b).max() > 1e-3 for a, b in pairs)


def test_networks_are_of_consecutive_seeds_and_differ(
    undisturbed: tuple[Lineages, Path],
) -> None:
    lineages = undisturbed[0]
    assert list(lineages) == [5, 6]
    assert differ(lineages[5].model, lineages[6].model)


def test_network_differs_from_what_it_was_before_each_lesson(
    undisturbed: tuple[Lineages, Path],
) -> None:
    for network in undisturbed[0].values():
        first, second, last = network.stages
        assert network.model is last.model
        assert differ(first.model, second.model)
        assert differ(second.model, last.model)


def test_history_is_of_all_stages(undisturbed: tuple[Lineages, Path]) -> None:
    for network in undisturbed[0].values():
        assert len(network.history) == network.best_epoch == 6
        assert network.history[:3] == network.stages[0].history
        assert network.history[5:] == network.stages[2].history
        assert network.lessons_after == [3, 5]


def test_each_network_learns_from_what_it_was_before(
    run: Run, tmp_path: Path, told: list[dict[str, Any]]
) -> None:
    lineages = run(tmp_path)
    assert [call["seed"] for call in told] == [5, 6, 7, 6, 7, 8]
    assert [call["epochs"] for call in told] == [3, 2, 1, 3, 2, 1]
    assert [call["teachers"] for call in told] == [
        before
        for network in lineages.values()
        for before in ([], *([stage.model] for stage in network.stages[:-1]))
    ]


def test_recipe_without_lessons_has_one_stage(run: Run, tmp_path: Path) -> None:
    (network,) = run(tmp_path, Recipe(RECIPE.fit)).values()
    (stage,) = network.stages
    assert network.model is stage.model
    assert network.best_epoch == stage.best_epoch
    assert network.lessons_after == []


# Within the first stage, both lessons, and the second network's first stage.
@pytest.mark.parametrize("step", [5, 3 * STEPS + 4, 5 * STEPS + 2, 6 * STEPS + 4])
def test_stopped_lineage_continues_to_what_an_undisturbed_one_gives(
    run: Run,
    undisturbed: tuple[Lineages, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    with monkeypatch.context() as patch:
        stop_in_step(patch, step)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    continued = run(tmp_path, resume=True)
    for seed, network in undisturbed[0].items():
        assert_same(continued[seed].model, network.model)
        assert len(continued[seed].history) == 6


def test_finished_stages_are_not_trained_again(
    run: Run,
    undisturbed: tuple[Lineages, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkpoints = Path(shutil.copytree(undisturbed[1], tmp_path / "checkpoints"))
    shutil.rmtree(checkpoints / "network-2-stage-2")
    shutil.rmtree(checkpoints / "network-2-stage-3")
    stop_in_step(monkeypatch, 3 * STEPS + 1)
    assert_same(run(checkpoints, resume=True)[6].model, undisturbed[0][6].model)


@pytest.mark.parametrize(
    "name", ["network-1-stage-1", "network-1-stage-3", "network-2-stage-2"]
)
def test_stopped_stage_is_refused_before_any_is_trained(
    run: Run,
    undisturbed: tuple[Lineages, Path],
    tmp_path: Path,
    told: list[dict[str, Any]],
    name: str,
) -> None:
    shutil.copytree(undisturbed[1] / name, tmp_path / name)
    with pytest.raises(CheckpointError, match=r"stopped run .* --resume"):
        run(tmp_path)
    assert told == []


def test_lineage_of_another_recipe_is_refused_before_any_is_trained(
    run: Run, undisturbed: tuple[Lineages, Path], told: list[dict[str, Any]]
) -> None:
    lessons = [{**RECIPE.lessons[0], "averaging": 0.7}, RECIPE.lessons[1]]
    other = replace(RECIPE, lessons=lessons)
    with pytest.raises(CheckpointError, match=r"averaging 0\.5 \(received 0\.7\)"):
        run(undisturbed[1], other, resume=True)
    assert told == []


def test_lineage_of_another_seed_is_refused_before_any_is_trained(
    run: Run, undisturbed: tuple[Lineages, Path], told: list[dict[str, Any]]
) -> None:
    with pytest.raises(CheckpointError, match=r"seed 5 \(received 6\)"):
        run(undisturbed[1], seed=6, resume=True)
    assert told == []


def test_progress_says_which_stage_of_how_many(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", stages.logger.name):
        run(tmp_path)
    messages = [r.getMessage() for r in caplog.records if r.name == stages.__name__]
    assert messages == [
        "Network 1 of 2, seed 5: stage 1 of 3.",
        "Network 1 of 2, seed 5: stage 2 of 3.",
        "Network 1 of 2, seed 5: stage 3 of 3.",
        "Network 2 of 2, seed 6: stage 1 of 3.",
        "Network 2 of 2, seed 6: stage 2 of 3.",
        "Network 2 of 2, seed 6: stage 3 of 3.",
    ]


def test_other_backend_teaches_and_continues_alike() -> None:
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", __file__, "-k", "stopped_lineage"],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    assert "4 passed" in result.stdout


def test_recipe_altered_for_a_trial_is_altered_in_every_stage() -> None:
    recipe = RECIPES["resnet"].altered(epochs=2, batch_size=4)
    assert recipe.fit["epochs"] == 2
    assert recipe.fit["batch_size"] == 4
    assert [lesson["epochs"] for lesson in recipe.lessons] == [2]
    assert RECIPES["resnet"].altered(epochs=None, seeds=None) == RECIPES["resnet"]
    assert RECIPES["resnet"].altered(seeds=1).seeds == 1


def test_changes_of_a_lesson_are_described_by_what_differs() -> None:
    usual = Augmentation(rotation=5.0)
    lesson = {"epochs": 1, "augmentation": replace(usual, varied=True)}
    recipe = Recipe({"epochs": 3, "augmentation": usual}, lessons=[lesson])
    described = recipe.described()
    assert described["augmentation"] == asdict(usual)
    assert described["lessons"] == [{"epochs": 1, "augmentation": {"varied": True}}]


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_of_an_architecture(name: str) -> None:
    assert name in architectures.ARCHITECTURES
