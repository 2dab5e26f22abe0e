"""Weights are exchanged while the program runs: all of a new set, or nothing of it."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures_models import describe, gate_seeing, list_anew, tiny_network
from lung_fields import FixedLungs

from pneumonia.checked_files import LIST
from pneumonia.model import current_weights
from pneumonia.model.classifier import Classifier
from pneumonia.model.current_weights import CurrentWeights
from pneumonia.model.grad_cam import GradCam
from pneumonia.model.publication import save_weights
from pneumonia.model.weights import load_weights

OLD, NEW = 0.5, 0.75  # thresholds, which tell the sets apart
_SECONDS = 60


def publish(folder: Path, threshold: float) -> None:
    model = tiny_network()
    card = describe(model)
    card["operating_points"]["balanced"]["threshold"] = threshold
    save_weights(model, card, folder)


def load_from(folder: Path) -> Callable[[str], Classifier]:
    def load(name: str) -> Classifier:
        weights = load_weights(folder / f"{name}.keras")
        model = GradCam(weights.model)
        return Classifier(weights.card, model, gate_seeing(), FixedLungs())

    return load


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    publish(folder / "old", OLD)
    publish(folder / "new", NEW)
    return folder


@pytest.fixture
def folder(sets: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sets / "old", tmp_path / "weights"))


@pytest.fixture
def current(folder: Path, monkeypatch: pytest.MonkeyPatch) -> CurrentWeights:
    monkeypatch.setattr(current_weights, "_SETTLING_SECONDS", 0.05)
    made = CurrentWeights(folder, load_from(folder))
    assert threshold_of(made) == OLD
    return made


def threshold_of(current: CurrentWeights) -> float:
    card = current.loading("tiny").result(_SECONDS).card
    return float(card["operating_points"]["balanced"]["threshold"])


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def refusals(current: CurrentWeights, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Look until the folder was checked, and return what the log says of it."""
    wait_for(lambda: current.version is not None and not current._checking)
    return [
        it.getMessage()
        for it in caplog.records
        if it.name == current_weights.__name__ and "not used" in it.getMessage()
    ]


def test_new_weights_are_noticed_and_take_the_place_of_the_old(
    current: CurrentWeights, sets: Path, folder: Path
) -> None:
    shutil.copytree(sets / "new", folder, dirs_exist_ok=True)
    wait_for(lambda: threshold_of(current) == NEW)
    balanced = current.version.cards["tiny"]["operating_points"]["balanced"]
    assert balanced["threshold"] == NEW


def test_nothing_is_loaded_again_while_nothing_changes(
    current: CurrentWeights, folder: Path
) -> None:
    (folder / "README.md").write_text("no weights")
    version = current.version
    assert current.version is version
    assert not current._checking


@pytest.mark.parametrize("name", ["tiny.keras", "tiny.json", LIST])
def test_a_half_written_set_is_refused_in_one_sentence_and_used_once_it_is_whole(
    current: CurrentWeights,
    sets: Path,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    whole = (sets / "new" / name).read_bytes()
    shutil.copytree(sets / "new", folder, dirs_exist_ok=True)
    (folder / name).write_bytes(whole[: len(whole) // 2])

    (said,) = refusals(current, caplog)
    assert said.startswith(f"The weights in {folder} have changed and are not used;")
    assert name in said
    assert threshold_of(current) == OLD
    assert current.version.names == ["tiny"]

    (folder / name).write_bytes(whole)
    wait_for(lambda: threshold_of(current) == NEW)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"temperature": -1.0}, "temperature"),
        ({"input_shape": [16, 16, 1]}, "input"),
        ({"name": 5}, "name"),
    ],
)
def test_a_set_with_a_bad_card_is_refused_though_it_is_listed(
    current: CurrentWeights,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, object],
    said: str,
) -> None:
    card = json.loads((folder / "tiny.json").read_text())
    (folder / "tiny.json").write_text(json.dumps(card | change))
    list_anew(folder)
    (sentence,) = refusals(current, caplog)
    assert said in sentence
    assert threshold_of(current) == OLD


def test_a_network_that_fails_on_a_phantom_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(current_weights, "_SETTLING_SECONDS", 0.05)
    load = load_from(folder)
    current = CurrentWeights(folder, lambda name: load(name))
    before = current.loading("tiny").result(_SECONDS)

    def fail(_: object) -> None:
        raise RuntimeError("of a library")

    def load_broken(name: str) -> Classifier:
        made = load(name)
        monkeypatch.setattr(made, "score_ungated", fail)
        return made

    current._load = load_broken
    (folder / "tiny.json").touch()
    (said,) = refusals(current, caplog)
    assert "tiny must read a drawn radiograph. Received: RuntimeError." in said
    assert current.loading("tiny").result() is before


def test_a_folder_that_was_emptied_leaves_what_is_loaded(
    current: CurrentWeights, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(folder)
    (said,) = refusals(current, caplog)
    assert f"{LIST} lists no network" in said
    assert threshold_of(current) == OLD


def test_files_that_are_still_being_copied_are_waited_for(
    current: CurrentWeights,
    sets: Path,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(current_weights, "_SETTLING_SECONDS", 0.5)
    content = (sets / "new" / "tiny.keras").read_bytes()
    for name in (LIST, "tiny.json"):
        shutil.copy(sets / "new" / name, folder)
    with (folder / "tiny.keras").open("wb") as file:
        for start in range(0, len(content), len(content) // 8):
            file.write(content[start : start + len(content) // 8])
            file.flush()
            assert threshold_of(current) == OLD
            time.sleep(0.1)
    wait_for(lambda: threshold_of(current) == NEW)
    assert refusals(current, caplog) == []


def test_what_reads_meanwhile_keeps_the_version_that_it_began_with(
    current: CurrentWeights,
    sets: Path,
    folder: Path,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    classifier = current.loading("tiny").result()
    network = classifier._network
    results = []

    def slow(inputs: np.ndarray) -> object:
        begun.set()
        assert go_on.wait(_SECONDS)
        return network(inputs)

    classifier._network = slow  # type: ignore[assignment]
    square = np.full((1, 32, 32, 1), 90, np.uint8)
    reading = threading.Thread(
        target=lambda: results.append((classifier.scores(square), classifier.card))
    )
    reading.start()
    assert begun.wait(_SECONDS)
    shutil.copytree(sets / "new", folder, dirs_exist_ok=True)
    wait_for(lambda: threshold_of(current) == NEW)
    go_on.set()
    reading.join()
    ((_, card),) = results
    assert card["operating_points"]["balanced"]["threshold"] == OLD


def test_a_failure_can_be_tried_again(folder: Path, tmp_path: Path) -> None:
    (folder / "tiny.keras").rename(tmp_path / "away")
    current = CurrentWeights(folder, load_from(folder))
    failed = current.loading("tiny")
    assert failed.exception(_SECONDS)
    (tmp_path / "away").rename(folder / "tiny.keras")
    current.load_again("tiny")
    assert current.loading("tiny").result(_SECONDS).card["name"] == "tiny"
