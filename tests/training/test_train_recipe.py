"""train.py carries out a whole recipe: one trunk after the other, then joined."""

import functools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from fixtures_cards import draw_parts
from fixtures_models import publish_tiny, seeing_lungs, tiny_network
from fixtures_train_script import run_train, use_tiny_network
from fixtures_training import assert_same_parameters, make_trunk, stop_in_step
from lung_fields import TWO_LUNGS
from phantoms import draw_squares

from pneumonia.data.partitions import Part
from pneumonia.lungs.crop import box_to_see
from pneumonia.model import architectures
from pneumonia.model.prediction import predict_logits
from pneumonia.model.served_network import load_served_network
from pneumonia.model.weights import load_card, load_weights
from pneumonia.training import fit as fitting
from pneumonia.training.fit import Fit
from pneumonia.training.recipes import ENSEMBLE, RECIPES, Recipe
from pneumonia.training.trunks import fit_trunks

TRUNKS = ("resnet", "efficientnet_lite0")

# Trunk after trunk

TWO = Recipe(
    "two",
    trunks=tuple(
        make_trunk(architecture=name, epochs=2, patience=None)
        for name in ("first", "second")
    ),
    on_lungs=True,
)
STEPS = 3  # of an epoch: 24 radiographs in batches of 8


@pytest.fixture
def parts() -> dict[str, Part]:
    drawn = draw_parts()
    return {
        name: replace(part, squares=draw_squares(len(part.files), 224))
        for name, part in drawn.items()
    }


def fit_two(
    parts: dict[str, Part], checkpoints: Path, *, resume: bool = False, seed: int = 3
) -> list[Fit]:
    """Train two tiny trunks on the lungs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("first", "second"):
            build = functools.partial(tiny_network, seed=None)
            patch.setitem(architectures.ARCHITECTURES, name, build)
        return fit_trunks(
            TWO,
            seeing_lungs(),
            parts,
            seed=seed,
            checkpoints=checkpoints,
            resume=resume,
        )


def test_trunks_are_trained_apart_on_the_box_of_the_lungs(
    parts: dict[str, Part], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, Any]] = []

    def fit(run: Any, training: Any, validation: Any, **options: Any) -> None:
        calls.append(
            {"run": run, "training": training, "validation": validation, **options}
        )

    monkeypatch.setattr(fitting, "fit", fit)
    fit_two(parts, tmp_path)
    assert [call["run"].trunk for call in calls] == list(TWO.trunks)
    assert [call["checkpoints"] for call in calls] == [
        tmp_path / "first",
        tmp_path / "second",
    ]
    seen = box_to_see(TWO_LUNGS)
    for call in calls:
        assert call["training"].pictures.shape == (24, 224, 224, 1)
        assert {call["training"].box(row) for row in range(24)} == {seen}
        assert call["validation"].pictures.shape == (24, 32, 32, 1)
        assert call["validation"].boxes is None


# In the first trunk, and in the second.
@pytest.mark.parametrize("step", [STEPS + 2, 3 * STEPS + 2])
def test_stopped_trunk_continues_to_the_undisturbed_networks(
    parts: dict[str, Part], tmp_path: Path, step: int
) -> None:
    whole = fit_two(parts, tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        stop_in_step(patch, step)
        with pytest.raises(KeyboardInterrupt):
            fit_two(parts, tmp_path / "stopped")
    with pytest.MonkeyPatch.context() as patch:
        # Finished epochs are not trained again.
        stop_in_step(patch, 4 * STEPS - step // STEPS * STEPS + 1)
        continued = fit_two(parts, tmp_path / "stopped", resume=True)
    for mine, theirs in zip(continued, whole, strict=True):
        assert_same_parameters(mine.model, theirs.model)
        assert len(mine.history) == 2


# The published ensemble


def use_small_ensemble(patch: pytest.MonkeyPatch) -> None:
    """Build the networks for squares of side 32, without ImageNet parameters.

    Of the second trunk's blocks one of each kind: TensorFlow takes minutes for all.
    """
    blocks = tuple((*block[:-1], 1) for block in architectures.LITE0_BLOCKS)
    patch.setattr(architectures, "LITE0_BLOCKS", blocks)
    for name in (*TRUNKS, "ensemble"):
        build = functools.partial(architectures.ARCHITECTURES[name], side=32)
        patch.setitem(architectures.ARCHITECTURES, name, build)
    trunks = tuple(replace(trunk, imagenet=False) for trunk in ENSEMBLE.trunks)
    patch.setitem(RECIPES, "ensemble", replace(ENSEMBLE, trunks=trunks))
    # XLA takes minutes to compile networks that are trained for some seconds.
    plain = functools.partialmethod(keras.Model.compile, jit_compile=False)
    patch.setattr(keras.Model, "compile", plain)


@pytest.fixture(scope="module")
def output(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the ensemble, stop while publishing, and continue.

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
    arguments = (
        "--epochs=1",
        "--batch-size=8",
        "--precision=float32",
        "--skip-unreadable",
        f"--data={own}",
        f"--output={folder / 'weights'}",
        f"--external={folder / 'external'}",
    )
    with pytest.MonkeyPatch.context() as patch:
        use_small_ensemble(patch)
        with pytest.MonkeyPatch.context() as stopping:
            stopping.setattr("pneumonia.card.markdown.write_documents", _interrupt)
            assert run_train(*arguments) == 130
        # Nothing is trained again.
        patch.setattr(keras.Model, "fit", _interrupt)
        assert run_train(*arguments, "--resume") == 0
    return folder / "weights"


def _interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def card(output: Path) -> dict[str, Any]:
    return dict(load_card(output / "ensemble.keras")[0])


def test_stop_while_publishing_is_made_good_by_resume(output: Path) -> None:
    assert "ensemble" in (output / "README.md").read_text()
    assert not (output / "checkpoints" / "ensemble").exists()


def test_card_traces_both_trunks(output: Path, card: dict[str, Any]) -> None:
    assert card["on_lungs"] is True
    assert card["input_shape"] == [32, 32, 1]
    course = card["training"]
    assert list(course["recipe"]) == list(TRUNKS)
    assert [trunk["epochs"] for trunk in course["recipe"].values()] == [1, 1]
    assert course["epochs_trained"] == len(course["history"]) == 2
    assert course["trunks_after"] == [1]
    text = (output / "report" / "ensemble.md").read_text()
    assert "resnet for 1 and efficientnet lite0 for 1 epochs" in " ".join(text.split())


def test_published_export_gives_the_logits_of_the_weights(
    output: Path, card: dict[str, Any]
) -> None:
    path = output / "ensemble.keras"
    loaded = load_weights(path)
    served = load_served_network(loaded.card, path)
    assert served is not None
    squares = draw_squares(4, 32)
    logits, evidence = served(squares)
    expected = predict_logits(loaded.model, squares)
    np.testing.assert_allclose(logits, expected, atol=1e-3)
    assert evidence.shape == (4, 2, 2)
    assert card["served"]["stride"] == 16


def test_unreadable_radiographs_are_left_out_when_asked(card: dict[str, Any]) -> None:
    assert card["partitions"]["train_folder"]["radiographs"] == 48
    assert card["partitions"]["official_val"]["radiographs"] == 8


def test_external_radiographs_are_measured_when_a_folder_is_named(
    card: dict[str, Any],
) -> None:
    copies = card["external_sets"]["native_copies"]
    assert copies["n"] == 48
    assert copies["mean_change"] == pytest.approx(0, abs=1e-4)


def test_other_weights_in_the_output_folder_are_left_alone(output: Path) -> None:
    assert load_card(output / "tiny.keras")[0]["name"] == "tiny"
    assert (output / "cardless.keras").is_file()


def test_data_without_official_splits_is_published(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "train", tmp_path / "chest_xray" / "train")
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_network(patch, "seed_cnn")
        status = run_train(
            "--architecture=seed_cnn",
            "--epochs=1",
            f"--data={tmp_path / 'chest_xray'}",
            f"--output={tmp_path / 'weights'}",
        )
    assert status == 0
    card = load_card(tmp_path / "weights" / "seed_cnn.keras")[0]
    assert "official_val" not in card["metrics"]
