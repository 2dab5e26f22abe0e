"""Published weights are measured again on the data they were trained on."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_cards import describe_trained
from fixtures_models import list_anew, publish_shared, publish_tiny, tiny_network
from phantoms import write_kaggle_folder, write_phantom

from pneumonia.data import labelled_files
from pneumonia.data.partitions import read_parts
from pneumonia.errors import DatasetError, WeightsError
from pneumonia.evaluation.remeasure import remeasure, remeasure_inputs
from pneumonia.model import weights
from pneumonia.model.publication import save_weights
from pneumonia.model.weights import load_card
from pneumonia.statistics import intervals


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 5)
        yield


@pytest.fixture(scope="module", autouse=True)
def lungs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Find the lungs by their brightness."""
    folder = publish_shared(tmp_path_factory.mktemp("shared"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "WEIGHTS_FOLDER", folder)
        yield folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "chest_xray"
    return write_kaggle_folder(folder, train=24, val=2)


@pytest.fixture(scope="module")
def pristine(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    partitions = {
        name: labelled_files.describe_files(part.files)
        for name, part in read_parts(data, 32, skip_unreadable=False).items()
    }
    path = save_weights(
        tiny_network(),
        describe_trained(partitions=partitions),
        tmp_path_factory.mktemp("weights"),
    )
    return remeasure(path, data)


@pytest.fixture
def published(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine.parent, tmp_path / "weights")) / "tiny.keras"


def write_card(path: Path, card: dict[str, Any]) -> None:
    """Write another card, and list it."""
    path.with_suffix(".json").write_text(json.dumps(card))
    list_anew(path.parent)


def change_training(path: Path, **training: Any) -> Path:
    card = json.loads(path.with_suffix(".json").read_text())
    card["training"] |= training
    write_card(path, card)
    return path


def test_every_document_and_figure_is_written(pristine: Path) -> None:
    folder = pristine.parent
    assert (folder / "README.md").is_file()
    assert (folder / "report" / "tiny.md").is_file()
    assert {path.name for path in (folder / "report" / "figures").iterdir()} == {
        f"tiny_{name}.png" for name in ("training", "roc", "confusion", "reliability")
    }


def test_measuring_again_gives_the_same_card(published: Path, data: Path) -> None:
    before, _ = load_card(published)
    remeasure(published, data.parent)
    assert load_card(published)[0] == before


def test_what_the_radiographs_are_like_is_measured_apart_too(
    published: Path, data: Path
) -> None:
    before = json.loads(published.with_suffix(".json").read_text())
    assert before["inputs"]["n"] == before["partitions"]["validation"]["radiographs"]
    write_card(published, {key: it for key, it in before.items() if key != "inputs"})
    assert remeasure_inputs(published, data.parent) == published
    assert load_card(published)[0] == before


def test_what_other_radiographs_are_like_is_not_taken(
    published: Path, data: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(data, tmp_path / "chest_xray")
    for number in range(40):
        write_phantom(
            other / "train" / "NORMAL" / f"IM-9{number:03}-1.jpeg", seed=number
        )
    before = published.with_suffix(".json").read_bytes()
    with pytest.raises(DatasetError, match="validation must hold the radiographs"):
        remeasure_inputs(published, other)
    assert published.with_suffix(".json").read_bytes() == before


def test_what_is_not_measured_is_kept(published: Path, data: Path) -> None:
    card = json.loads(published.with_suffix(".json").read_text())
    adults = {
        "n": 1,
        "patients": 1,
        "flagged": 1.0,
        "flagged_ci": [0.0, 1.0],
        "quartiles": [0.5, 0.5, 0.5],
    }
    changed = {**card, "metrics": {}, "external_sets": {"adults": adults}}
    write_card(published, changed)
    remeasure(published, data)
    after, _ = load_card(published)
    assert after["external_sets"]["adults"]["n"] == 1
    assert after["training"] == card["training"]
    assert after["metrics"] == card["metrics"]


def test_curves_of_a_card_without_history_stay_as_they_were(
    published: Path, data: Path
) -> None:
    card = json.loads(published.with_suffix(".json").read_text())
    del card["training"]["history"]
    write_card(published, card)
    curves = published.parent / "report" / "figures" / "tiny_training.png"
    curves.write_text("as it was")
    remeasure(published, data)
    assert curves.read_text() == "as it was"


def test_networks_of_other_seeds_are_compared(
    published: Path, data: Path, tmp_path: Path
) -> None:
    shutil.copytree(published.parent, tmp_path / "other")
    other = change_training(tmp_path / "other" / "tiny.keras", seed=8)
    remeasure(published, data, compare_seeds=[other])
    card, _ = load_card(published)
    names = [row["network"] for row in card["seed_variability"]["networks"]]
    assert names == ["seed 7", "seed 8"]


def test_external_sets_are_measured_when_a_folder_is_named(
    published: Path, data: Path, tmp_path: Path
) -> None:
    shutil.copytree(data / "train", tmp_path / "native_resolution")
    remeasure(published, data, external=tmp_path)
    copies = load_card(published)[0]["external_sets"]["native_copies"]
    assert copies["n"] == 48
    assert copies["mean_change"] == pytest.approx(0, abs=1e-6)


def test_other_data_is_refused_and_the_card_stays(
    published: Path, data: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(data, tmp_path / "chest_xray")
    write_phantom(other / "train" / "NORMAL" / "IM-9999-1.jpeg", seed=999)
    before = published.with_suffix(".json").read_bytes()
    with pytest.raises(DatasetError, match="must hold the radiographs that it held"):
        remeasure(published, other)
    assert published.with_suffix(".json").read_bytes() == before


def test_network_on_the_lungs_is_measured_on_the_box_of_the_lungs(
    published: Path, data: Path
) -> None:
    path = published.with_suffix(".json")
    before = json.loads(path.read_text())
    write_card(published, {**before, "on_lungs": True})
    remeasure(published, data)
    after = json.loads(path.read_text())
    assert after["on_lungs"] is True
    brier = [card["metrics"]["internal_test"]["brier"] for card in (before, after)]
    assert brier[0] != pytest.approx(brier[1], abs=1e-6)


def test_lungs_that_cannot_be_found_are_an_error_and_the_card_stays(
    published: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_FOLDER", tmp_path / "empty")
    before = published.with_suffix(".json").read_bytes()
    with pytest.raises(WeightsError, match=r"lungs\.onnx.*train\.py --lungs"):
        remeasure(published, data)
    assert published.with_suffix(".json").read_bytes() == before


def test_folder_without_train_is_refused(published: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="without train"):
        remeasure(published, tmp_path)


def test_weights_that_train_did_not_make_are_refused(
    data: Path, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=r"Only weights that train\.py made"):
        remeasure(publish_tiny(tmp_path), data)
