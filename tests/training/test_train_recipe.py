"""train.py carries out a whole recipe: stages, seeds, precision, what to leave out."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures_models import publish_tiny
from fixtures_train_script import run_train, use_tiny_network

from pneumonia.model.weights import load_card
from pneumonia.training import precision
from pneumonia.training.recipes import RECIPES, RESNET
from pneumonia.training.settings import Recipe


def on_small_squares(recipe: Recipe) -> Recipe:
    """Resize to what the tiny network takes."""
    first, *later = recipe.stages
    schedule = replace(
        first.schedule, batch_size=8, progressive_resizing=((0.7, 16), (0.3, 32))
    )
    return replace(recipe, stages=(replace(first, schedule=schedule), *later))


@pytest.fixture(scope="module")
def output(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train tiny networks of two seeds, under the residual network's name.

    Some radiographs cannot be read, some are to be measured as well, and the folder
    holds other weights already.
    """
    folder = tmp_path_factory.mktemp("recipe")
    own = Path(shutil.copytree(data, folder / "chest_xray"))
    (own / "train" / "NORMAL" / "IM-9000-1.jpeg").write_text("no picture")
    (own / "val" / "NORMAL" / "IM-9001-1.jpeg").touch()
    for name in ("NORMAL", "PNEUMONIA"):
        shutil.copytree(
            data / "train" / name, folder / "external" / "native_resolution" / name
        )
    publish_tiny(folder / "weights")
    (folder / "weights" / "cardless.keras").touch()
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_network(patch, "resnet")
        patch.setitem(RECIPES, "resnet", on_small_squares(RESNET))
        status = run_train(
            "--epochs=2",
            "--seeds=2",
            "--skip-unreadable",
            f"--data={own}",
            f"--output={folder / 'weights'}",
            f"--external={folder / 'external'}",
        )
    assert status == 0
    return folder / "weights"


@pytest.fixture(scope="module")
def card(output: Path) -> dict[str, Any]:
    return dict(load_card(output / "resnet.keras")[0])


def test_card_tells_the_seed_variance(output: Path, card: dict[str, Any]) -> None:
    variability = card["seed_variability"]
    assert [row["network"] for row in variability["networks"]] == [
        "seed 0",
        "seed 1",
        "seed 0 after stage 1",
    ]
    assert len(variability["pairs"]) == 2
    assert "## Seed variability" in (output / "report" / "resnet.md").read_text()


def test_card_traces_every_stage_and_seed(card: dict[str, Any]) -> None:
    course = card["training"]
    stages = course["recipe"].values()
    assert [stage["schedule"]["epochs"] for stage in stages] == [2, 2]
    assert course["epochs_trained"] == len(course["history"]) == 4
    assert course["stages_after"] == [2]
    (other,) = course["histories_of_other_seeds"]
    assert other["seed"] == 1
    assert len(other["history"]) == 4


def test_unreadable_radiographs_are_left_out_when_asked(card: dict[str, Any]) -> None:
    assert card["partitions"]["train_folder"]["radiographs"] == 48
    assert card["partitions"]["official_val"]["radiographs"] == 8


def test_external_radiographs_are_measured_when_a_folder_is_named(
    card: dict[str, Any],
) -> None:
    copies = card["external_sets"]["native_copies"]
    assert copies["n"] == 48
    assert copies["mean_change"] == pytest.approx(0, abs=1e-6)


def test_other_weights_in_the_output_folder_are_left_alone(output: Path) -> None:
    assert load_card(output / "tiny.keras")[0]["name"] == "tiny"
    assert (output / "cardless.keras").is_file()
    assert "resnet" in (output / "README.md").read_text()


@pytest.fixture(scope="module")
def resumed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stop while publishing, and resume on a machine that is fast in bfloat16.

    There is neither an official validation nor an official test split.
    """
    folder = tmp_path_factory.mktemp("resumed")
    shutil.copytree(data / "train", folder / "chest_xray" / "train")
    arguments = (
        "--epochs=1",
        f"--data={folder / 'chest_xray'}",
        f"--output={folder / 'weights'}",
    )
    recipe = replace(on_small_squares(RESNET), stages=RESNET.stages[1:], seeds=1)
    first = replace(recipe.stages[0], distillation=None)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        use_tiny_network(patch, "resnet")
        patch.setitem(RECIPES, "resnet", replace(recipe, stages=(first,)))
        seconds = {"float32": 1.0, "mixed_bfloat16": 9.0}
        patch.setattr(precision, "seconds_per_step", seconds.__getitem__)
        with pytest.MonkeyPatch.context() as stopping:
            stopping.setattr("pneumonia.card.markdown.write_documents", interrupt)
            assert run_train(*arguments) == 130
        seconds |= {"mixed_bfloat16": 0.8}
        assert run_train(*arguments, "--resume") == 0
    return folder / "weights"


def test_stop_while_publishing_is_made_good_by_resume(resumed: Path) -> None:
    assert (resumed / "README.md").is_file()
    assert not (resumed / "checkpoints" / "resnet").exists()


def test_resumed_run_keeps_its_precision_whatever_a_timing_says_now(
    resumed: Path,
) -> None:
    course = load_card(resumed / "resnet.keras")[0]["training"]
    assert course["recipe"]["stage_1"]["precision"] == "float32"


def test_data_without_official_splits_is_published(resumed: Path) -> None:
    assert "official_val" not in load_card(resumed / "resnet.keras")[0]["metrics"]
