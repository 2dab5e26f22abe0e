"""Settings of a trunk and a recipe, and the shipped recipes."""

import json
from dataclasses import asdict, replace

import pytest
from fixtures_training import make_trunk

from pneumonia.model.architectures import ARCHITECTURES
from pneumonia.training.augmentation import GENTLE, OF_LUNGS
from pneumonia.training.recipes import ENSEMBLE, RECIPES, SEED_CNN, Recipe, Trunk

TRUNKS = ENSEMBLE.trunks


def test_altered_recipe_is_altered_in_every_trunk() -> None:
    recipe = ENSEMBLE.altered(epochs=2, batch_size=4, precision="float32")
    assert [trunk.epochs for trunk in recipe.trunks] == [2, 2]
    assert [trunk.batch_size for trunk in recipe.trunks] == [4, 4]
    assert [trunk.precision for trunk in recipe.trunks] == ["float32"] * 2
    kept = [replace(t, epochs=2, batch_size=4, precision="float32") for t in TRUNKS]
    assert list(recipe.trunks) == kept
    assert ENSEMBLE.altered() == ENSEMBLE


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_of_an_architecture_and_so_are_its_trunks(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.name == name
    assert {name, *(trunk.architecture for trunk in recipe.trunks)} <= set(
        ARCHITECTURES
    )


def test_recipe_is_described_by_trunk_and_can_be_stored_as_json() -> None:
    described = ENSEMBLE.described()
    assert list(described) == ["resnet", "efficientnet_lite0"]
    stored = json.loads(json.dumps(described))
    assert stored["resnet"]["epochs"] == TRUNKS[0].epochs
    assert stored["resnet"]["augmentation"] == asdict(OF_LUNGS)
    assert stored["efficientnet_lite0"]["imagenet"] is True


def test_recipe_sees_whole_radiographs_unless_it_says_otherwise() -> None:
    assert not Recipe("tiny", (make_trunk(),)).on_lungs


def test_shipped_recipe_of_the_seed_cnn() -> None:
    (trunk,) = SEED_CNN.trunks
    assert (SEED_CNN.on_lungs, SEED_CNN.calibrated) == (False, False)
    assert trunk == Trunk(
        "seed_cnn", GENTLE, epochs=20, batch_size=32, learning_rate=1e-3, patience=8
    )


def test_shipped_ensemble_is_two_trunks_on_the_lungs() -> None:
    assert (ENSEMBLE.on_lungs, ENSEMBLE.calibrated) == (True, True)
    assert [trunk.architecture for trunk in TRUNKS] == ["resnet", "efficientnet_lite0"]
    assert [trunk.imagenet for trunk in TRUNKS] == [False, True]
    for trunk in TRUNKS:
        assert trunk.augmentation == OF_LUNGS
        assert trunk.patience is None
        assert trunk.warmup_epochs < trunk.epochs
