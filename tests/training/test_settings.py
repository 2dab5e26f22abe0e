"""Settings of a stage and a recipe; the shipped recipes are those of the cards."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fixtures_training import make_stage

from pneumonia.model.architectures import ARCHITECTURES
from pneumonia.training.augmentation import STRONG
from pneumonia.training.recipes import RECIPES, RESNET, SEED_CNN
from pneumonia.training.settings import (
    Counterfactuals,
    Distillation,
    Optimisation,
    Schedule,
    Stage,
)


def test_phases_end_at_their_share_of_the_epochs() -> None:
    schedule = Schedule(
        80, 32, progressive_resizing=((0.55, 128), (0.2, 176), (0.25, 224))
    )
    assert schedule.phases(224) == [(44, 128), (60, 176), (80, 224)]
    assert replace(schedule, epochs=3).phases(224) == [(1, 128), (2, 176), (3, 224)]
    assert Schedule(20, 32).phases(300) == [(20, 300)]


def test_averaging_over_squares_of_several_sides_is_refused() -> None:
    with pytest.raises(ValueError, match=r"squares of one side\. Received: .* 0\.9"):
        make_stage(
            optimisation=Optimisation(0.01, averaging=0.9),
            progressive_resizing=((0.5, 16), (0.5, 32)),
        )


def test_altered_recipe_is_altered_in_every_stage() -> None:
    recipe = RESNET.altered(epochs=2, batch_size=4, precision="float32", seeds=1)
    assert [stage.schedule.epochs for stage in recipe.stages] == [2, 2]
    assert [stage.schedule.batch_size for stage in recipe.stages] == [4, 4]
    assert [stage.precision for stage in recipe.stages] == ["float32"] * 2
    assert recipe.seeds == 1
    assert RESNET.altered() == RESNET


def test_later_stages_are_never_lengthened() -> None:
    longer = RESNET.altered(epochs=100)
    assert [stage.schedule.epochs for stage in longer.stages] == [100, 8]


def test_every_recipe_is_of_an_architecture() -> None:
    assert set(RECIPES) <= set(ARCHITECTURES)
    assert all(recipe.architecture == name for name, recipe in RECIPES.items())


def test_recipe_can_be_stored_as_json() -> None:
    stored = json.loads(json.dumps(asdict(RESNET)))
    assert stored["stages"][1]["distillation"]["teacher_zooms"] == [0.82, 0.88]


def test_shipped_recipe_of_the_seed_cnn() -> None:
    (stage,) = SEED_CNN.stages
    assert (SEED_CNN.seeds, SEED_CNN.calibrated) == (1, False)
    assert stage.schedule == Schedule(20, 32, patience=8)
    assert stage.optimisation == Optimisation(learning_rate=1e-3)
    assert stage.precision == "float32"


def test_shipped_recipe_of_the_residual_network() -> None:
    first, second = RESNET.stages
    assert (RESNET.seeds, RESNET.calibrated) == (3, True)
    assert first == Stage(
        Schedule(80, 32, None, ((0.55, 128), (0.2, 176), (0.25, 224))),
        Optimisation(2e-3, 2, weight_decay=0.02, label_smoothing=0.05),
        STRONG,
        precision="mixed_bfloat16",
    )
    assert second == Stage(
        Schedule(8, 32),
        Optimisation(5e-4, 1, final_rate=1.0, weight_decay=0.02, averaging=0.998),
        replace(STRONG, varied=True),
        Counterfactuals(0.7, 0.4, 0.5),
        Distillation(0.5, (0.82, 0.88), ("border", "marker", "log_aspect")),
        local_contrast=1.5,
        precision="mixed_bfloat16",
    )


def test_augmentation_of_the_shipped_cards_is_that_of_the_recipes() -> None:
    folder = Path(__file__).parents[2] / "weights"
    training = json.loads((folder / "resnet.json").read_text())["training"]
    recipe = training["recipe"]
    stored = recipe.get("stage_1", recipe)
    assert stored["augmentation"] == asdict(RESNET.stages[0].augmentation)
