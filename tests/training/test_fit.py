"""Training can be stopped at any moment, continued, and keeps its best epoch."""

import functools
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
from fixtures_models import tiny_network
from phantoms import draw_squares

from pneumonia.errors import CheckpointError
from pneumonia.model import architectures
from pneumonia.training import fit as fit_module
from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import AugmentedBatches, LabelledSquares, TaughtBatches
from pneumonia.training.fit import (
    Fit,
    fit,
    predict_logits,
)

TURNING = Augmentation(rotation=5.0, brightness=10.0)
EPOCHS = 4
SETTINGS = {"architecture": "tiny", "seed": 3, "learning_rate": 0.01}


def numbered(normal: int, pneumonia: int) -> LabelledSquares:
    """Make squares that all hold their own number."""
    count = normal + pneumonia
    squares = np.arange(count, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    labels = np.repeat([0, 1], [normal, pneumonia])
    return LabelledSquares(np.broadcast_to(squares, (count, 8, 8, 1)).copy(), labels)


def stream(data: LabelledSquares, **changes: Any) -> AugmentedBatches:
    options = {
        "channels": 1,
        "batch_size": 8,
        "seed": 0,
        "augmentation": Augmentation(),
        **changes,
    }
    return AugmentedBatches(data, **options)


def numbers_in(batches: AugmentedBatches, epoch: int) -> list[int]:
    steps = range(batches.steps_per_epoch)
    inputs = [batches[epoch * batches.steps_per_epoch + step][0] for step in steps]
    return np.concatenate(inputs)[:, 0, 0, 0].tolist()


def assert_same_batch(mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> None:
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_batch_depends_on_seed_and_step_only() -> None:
    data = LabelledSquares(draw_squares(24), np.arange(24) % 2)
    forwards, backwards = (stream(data, augmentation=TURNING) for _ in range(2))
    expected = [forwards[step] for step in range(7)]
    for step in reversed(range(7)):
        assert_same_batch(backwards[step], expected[step])


def test_other_seed_gives_other_batches() -> None:
    data = numbered(12, 12)
    assert numbers_in(stream(data), 0) != numbers_in(stream(data, seed=1), 0)


@pytest.mark.parametrize("first_step", [1, 3, 5])
def test_stream_from_a_later_step_equals_the_continued_one(first_step: int) -> None:
    data = LabelledSquares(draw_squares(24), np.arange(24) % 2)
    whole = stream(data, augmentation=TURNING)
    later = stream(data, augmentation=TURNING, first_step=first_step)
    for step in range(5):
        assert_same_batch(later[step], whole[first_step + step])


@pytest.mark.parametrize("epoch", [0, 1, 17])
def test_epoch_shows_each_radiograph_once(epoch: int) -> None:
    assert sorted(numbers_in(stream(numbered(14, 10)), epoch)) == list(range(24))


def test_epoch_leaves_the_incomplete_batch_out() -> None:
    batches = stream(numbered(10, 10))
    assert batches.steps_per_epoch == 2
    assert len(set(numbers_in(batches, 0))) == 16


def test_fewer_radiographs_than_a_batch_are_one_batch() -> None:
    batches = stream(numbered(3, 2), batch_size=32)
    assert batches.steps_per_epoch == 1
    assert sorted(numbers_in(batches, 4)) == list(range(5))


def test_epochs_are_shuffled_anew() -> None:
    batches = stream(numbered(12, 12))
    assert numbers_in(batches, 0) != numbers_in(batches, 1)


def test_epochs_change_a_radiograph_anew() -> None:
    data = LabelledSquares(draw_squares(2), np.array([0, 1]))
    batches = stream(data, batch_size=2, augmentation=TURNING)
    first = {picture.tobytes() for picture in batches[0][0]}
    assert first.isdisjoint(picture.tobytes() for picture in batches[1][0])


def test_stream_is_endless() -> None:
    assert stream(numbered(12, 12)).num_batches is None


def test_labels_follow_their_radiographs() -> None:
    inputs, labels, _ = stream(numbered(12, 12))[1]
    np.testing.assert_array_equal(labels[:, 0], inputs[:, 0, 0, 0] >= 12)


@pytest.mark.parametrize(("normal", "pneumonia"), [(6, 18), (18, 6), (12, 12)])
def test_both_classes_weigh_the_same_in_total(normal: int, pneumonia: int) -> None:
    batches = stream(numbered(normal, pneumonia))
    _, labels, weights = (
        np.concatenate(part)
        for part in zip(*(batches[step] for step in range(3)), strict=True)
    )
    assert weights[labels[:, 0] == 0].sum() == pytest.approx(12)
    assert weights[labels[:, 0] == 1].sum() == pytest.approx(12)


def test_batch_has_the_documented_shapes_and_types() -> None:
    inputs, labels, weights = stream(numbered(12, 12), channels=3)[0]
    assert (inputs.shape, inputs.dtype) == ((8, 8, 8, 3), np.uint8)
    assert (labels.shape, labels.dtype) == ((8, 1), np.float32)
    assert (weights.shape, weights.dtype) == ((8,), np.float32)


def test_kinds_are_targets_of_a_network_that_learns_them() -> None:
    kinds = np.array([0, 1, 2, -1])
    data = LabelledSquares(draw_squares(4), np.array([0, 1, 1, 1]), kinds)
    np.testing.assert_array_equal(
        data.targets(3), [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, 0.5]]
    )
    np.testing.assert_array_equal(data.targets(1), [[0], [1], [1], [1]])


def test_network_that_learns_kinds_needs_them() -> None:
    with pytest.raises(ValueError, match=r"needs them\. Received: None"):
        stream(numbered(12, 12), columns=3)


def test_kinds_follow_their_radiographs() -> None:
    data = numbered(12, 12)
    kinds = np.repeat([0, 1, 2], [12, 6, 6])
    known = LabelledSquares(data.squares, data.labels, kinds)
    inputs, targets, _ = stream(known, columns=3)[1]
    np.testing.assert_array_equal(targets.argmax(axis=1), kinds[inputs[:, 0, 0, 0]])


def test_channels_hold_the_same_grey() -> None:
    data = LabelledSquares(draw_squares(8), np.arange(8) % 2)
    inputs, _, _ = stream(data, channels=3, augmentation=TURNING)[0]
    np.testing.assert_array_equal(inputs[..., 0], inputs[..., 2])


def test_shrunk_squares_keep_their_grey_and_their_labels() -> None:
    data = numbered(3, 5)
    small = data.shrunk(4)
    assert small.squares.shape == (8, 4, 4, 1)
    np.testing.assert_array_equal(small.squares[:, 0, 0, 0], np.arange(8))
    np.testing.assert_array_equal(small.labels, data.labels)


def test_squares_of_the_wanted_side_are_not_copied() -> None:
    data = numbered(3, 5)
    assert data.shrunk(8) is data


def test_squares_in_memory_are_left_alone() -> None:
    squares = draw_squares(8)
    before = squares.copy()
    data = LabelledSquares(squares, np.arange(8) % 2)
    stream(data, augmentation=TURNING)[0]
    np.testing.assert_array_equal(squares, before)


@dataclass
class Runner:
    """Trains the tiny network on phantoms."""

    data: LabelledSquares

    def __call__(self, checkpoints: Path, **changes: Any) -> Fit:
        options: dict[str, Any] = {
            "augmentation": TURNING,
            "learning_rate": 0.01,
            "epochs": EPOCHS,
            "patience": 9,
            "batch_size": 8,
            "seed": 3,
            "settings": SETTINGS,
            "checkpoints": checkpoints,
            **changes,
        }
        return fit("tiny", self.data, self.data, **options)


@pytest.fixture(scope="module")
def run() -> Iterator[Runner]:
    with pytest.MonkeyPatch.context() as patch:
        build = functools.partial(tiny_network, seed=None)
        patch.setitem(architectures.ARCHITECTURES, "tiny", build)
        yield Runner(LabelledSquares(draw_squares(24), np.arange(24) % 2))


@dataclass
class Run:
    fitted: Fit
    checkpoints: Path


@pytest.fixture(scope="module")
def undisturbed(run: Runner, tmp_path_factory: pytest.TempPathFactory) -> Run:
    checkpoints = tmp_path_factory.mktemp("undisturbed") / "checkpoints"
    return Run(run(checkpoints), checkpoints)


@pytest.fixture(scope="module")
def stopped_in_epoch_3(run: Runner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stop a run after two and two thirds of its four epochs."""
    checkpoints = tmp_path_factory.mktemp("stopped") / "checkpoints"
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, fit_module.Progress, "on_train_batch_end", 8)
        with pytest.raises(KeyboardInterrupt):
            run(checkpoints)
    return checkpoints


@pytest.fixture(scope="module")
def continued(
    run: Runner, stopped_in_epoch_3: Path, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    checkpoints = tmp_path_factory.mktemp("continued") / "checkpoints"
    shutil.copytree(stopped_in_epoch_3, checkpoints)
    return Run(run(checkpoints, resume=True), checkpoints)


@pytest.fixture
def stopped(stopped_in_epoch_3: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stopped_in_epoch_3, tmp_path / "checkpoints"))


def stop_after(patch: pytest.MonkeyPatch, owner: Any, name: str, calls: int) -> None:
    """Let a function stop the process at its call number `calls`."""
    original: Callable[..., Any] = getattr(owner, name)
    count = 0

    @functools.wraps(original)
    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count == calls:
            raise KeyboardInterrupt
        return original(*arguments, **options)

    patch.setattr(owner, name, counted)


def script_auroc(patch: pytest.MonkeyPatch, *values: float) -> list[Any]:
    """Let validation measure these values; returns the parameters at each."""
    remaining = iter(values)
    seen: list[Any] = []
    original = fit_module.predict_logits

    def spy(model: keras.Model, squares: Any) -> Any:
        seen.append(model.get_weights())
        return original(model, squares)

    patch.setattr(fit_module, "predict_logits", spy)
    patch.setattr(fit_module.metrics, "auroc", lambda *_: next(remaining))
    return seen


def without_time(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [
        {key: value for key, value in epoch.items() if key != "seconds"}
        for epoch in history
    ]


def assert_same_history(
    mine: list[dict[str, float]], theirs: list[dict[str, float]]
) -> None:
    assert len(mine) == len(theirs)
    for one, other in zip(without_time(mine), without_time(theirs), strict=True):
        assert one == pytest.approx(other, abs=1e-3)


def assert_same_parameters(mine: list[Any], theirs: list[Any]) -> None:
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def epochs_in(checkpoints: Path) -> list[str]:
    return sorted(path.name for path in checkpoints.iterdir())


def test_history_has_an_entry_an_epoch(undisturbed: Run) -> None:
    history = undisturbed.fitted.history
    assert len(history) == EPOCHS
    for epoch in history:
        assert list(epoch) == ["loss", "auroc", "validation_auroc", "seconds"]
        assert epoch["loss"] > 0
        assert 0 <= epoch["auroc"] <= 1
        assert 0 <= epoch["validation_auroc"] <= 1
        assert epoch["seconds"] >= 0


def test_best_epoch_has_the_highest_validation_auroc(undisturbed: Run) -> None:
    measured = [epoch["validation_auroc"] for epoch in undisturbed.fitted.history]
    assert undisturbed.fitted.best_epoch == 1 + int(np.argmax(measured))


def test_fitted_model_reproduces_the_best_epochs_auroc(
    run: Runner, undisturbed: Run
) -> None:
    fitted = undisturbed.fitted
    logits = predict_logits(fitted.model, run.data.squares)
    assert fit_module.metrics.auroc(run.data.labels, logits) == pytest.approx(
        fitted.history[fitted.best_epoch - 1]["validation_auroc"], abs=0.01
    )


def test_fitted_model_is_bare(undisturbed: Run) -> None:
    assert not undisturbed.fitted.model.compiled


def test_training_changes_the_parameters(run: Runner, undisturbed: Run) -> None:
    keras.utils.set_random_seed(3)
    start = architectures.build_model("tiny").get_weights()
    end = undisturbed.fitted.model.get_weights()
    assert all((a != b).any() for a, b in zip(start, end, strict=True))


def test_only_the_newest_checkpoint_is_kept(undisturbed: Run) -> None:
    assert epochs_in(undisturbed.checkpoints) == ["epoch-0004"]


def test_checkpoint_records_settings_and_history(undisturbed: Run) -> None:
    path = undisturbed.checkpoints / "epoch-0004" / "state.json"
    state = json.loads(path.read_text())
    assert state["epoch"] == EPOCHS
    assert state["settings"] == SETTINGS
    assert state["history"] == undisturbed.fitted.history
    assert state["best_epoch"] == undisturbed.fitted.best_epoch


def test_learning_rate_has_fallen_to_zero(undisturbed: Run) -> None:
    model = keras.saving.load_model(
        undisturbed.checkpoints / "epoch-0004" / "model.keras"
    )
    assert int(model.optimizer.iterations) == EPOCHS * 3
    assert float(model.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("epochs", [1, 2])
def test_run_shorter_than_its_warm_up_is_trained(
    run: Runner, tmp_path: Path, epochs: int
) -> None:
    fitted = run(tmp_path / "checkpoints", epochs=epochs, warmup_epochs=2)
    assert len(fitted.history) == epochs
    keras.utils.set_random_seed(3)
    start = architectures.build_model("tiny").get_weights()
    assert (start[-1] != fitted.model.get_weights()[-1]).any()


def test_stop_in_mid_epoch_keeps_the_completed_epochs(stopped: Path) -> None:
    assert epochs_in(stopped) == ["epoch-0002"]


def test_continued_run_equals_the_undisturbed_one(
    continued: Run, undisturbed: Run
) -> None:
    mine, theirs = continued.fitted, undisturbed.fitted
    assert_same_history(mine.history, theirs.history)
    assert mine.best_epoch == theirs.best_epoch
    assert_same_parameters(mine.model.get_weights(), theirs.model.get_weights())


def test_continued_run_goes_on_with_the_optimizer(continued: Run) -> None:
    model = keras.saving.load_model(
        continued.checkpoints / "epoch-0004" / "model.keras"
    )
    assert int(model.optimizer.iterations) == EPOCHS * 3


def test_continued_run_equals_the_undisturbed_one_with_every_option(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {
        "patience": None,
        "warmup_epochs": 1,
        "weight_decay": 0.5,
        "label_smoothing": 0.1,
        "precision": "mixed_bfloat16",
    }
    whole = run(tmp_path / "whole", **options)
    with monkeypatch.context() as patch:
        stop_after(patch, fit_module.Progress, "on_train_batch_end", 5)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "stopped", **options)
    continued = run(tmp_path / "stopped", **options, resume=True)
    assert_same_history(continued.history, whole.history)
    assert_same_parameters(continued.model.get_weights(), whole.model.get_weights())


def test_continued_run_drops_out_what_the_undisturbed_one_does(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build() -> keras.Model:
        bare = tiny_network(seed=None)
        dropped = keras.layers.Dropout(0.5)(bare.layers[-2].output)
        return keras.Model(bare.input, keras.layers.Dense(1)(dropped))

    monkeypatch.setitem(architectures.ARCHITECTURES, "tiny", build)
    whole = run(tmp_path / "whole")
    with monkeypatch.context() as patch:
        stop_after(patch, fit_module.Progress, "on_train_batch_end", 5)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "stopped")
    continued = run(tmp_path / "stopped", resume=True)
    assert_same_history(continued.history, whole.history)
    assert_same_parameters(continued.model.get_weights(), whole.model.get_weights())


def test_lower_precision_leaves_a_network_of_float32(
    run: Runner, tmp_path: Path
) -> None:
    fitted = run(tmp_path, epochs=1, precision="mixed_bfloat16")
    assert {weight.dtype for weight in fitted.model.weights} == {"float32"}
    assert {layer.compute_dtype for layer in fitted.model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


GROWTH = [[0.5, 16], [0.5, 32]]


@pytest.fixture
def sides_seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the sides learned from, in order."""
    seen: list[int] = []

    class Spy(AugmentedBatches):
        def __getitem__(self, index: int) -> Any:
            batch = super().__getitem__(index)
            seen.append(batch[0].shape[1])
            return batch

    monkeypatch.setattr(fit_module, "AugmentedBatches", Spy)
    return seen


def test_coarse_squares_are_learned_from_before_fine_ones(
    run: Runner, sides_seen: list[int], tmp_path: Path
) -> None:
    fitted = run(tmp_path, growth=GROWTH)
    assert len(fitted.history) == EPOCHS
    # Keras may look at a batch more than it learns from.
    assert sorted(sides_seen) == sides_seen
    assert set(sides_seen) == {16, 32}


def test_network_from_growing_squares_takes_the_full_ones(
    run: Runner, tmp_path: Path
) -> None:
    fitted = run(tmp_path, growth=GROWTH)
    assert fitted.model.input_shape == (None, 32, 32, 1)


@pytest.mark.parametrize("stopped_at", [5, 8])
def test_continued_run_equals_the_undisturbed_one_on_growing_squares(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_at: int
) -> None:
    whole = run(tmp_path / "whole", growth=GROWTH)
    with monkeypatch.context() as patch:
        stop_after(patch, fit_module.Progress, "on_train_batch_end", stopped_at)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "stopped", growth=GROWTH)
    continued = run(tmp_path / "stopped", growth=GROWTH, resume=True)
    assert_same_history(continued.history, whole.history)
    assert_same_parameters(continued.model.get_weights(), whole.model.get_weights())


def test_taught_batches_hold_what_the_teachers_say_on_average() -> None:
    data = LabelledSquares(draw_squares(8), np.arange(8) % 2)
    batches = stream(data, augmentation=TURNING)
    teachers = [tiny_network(seed=seed) for seed in (1, 2)]
    inputs, targets, weights = TaughtBatches(batches, teachers)[2]
    said = [1 / (1 + np.exp(-each.predict(inputs, verbose=0))) for each in teachers]
    assert_same_batch((inputs, weights), batches[2][::2])
    np.testing.assert_allclose(targets, np.mean(said, axis=0), atol=1e-5)
    assert (targets.shape, targets.dtype) == ((8, 1), np.float32)


class Listener:
    """Keep what is asked; answer with as many zeros."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def predict_on_batch(self, inputs: Any) -> Any:
        self.asked.append(inputs)
        return np.zeros((len(inputs), 1), np.float32)


def test_teachers_are_asked_at_every_zoom_about_the_centre() -> None:
    data = LabelledSquares(draw_squares(8), np.arange(8) % 2)
    batches, teacher = stream(data), Listener()
    inputs, _, _ = TaughtBatches(batches, [teacher], [0.5, 1.0])[0]  # type: ignore[list-item]
    small, whole = teacher.asked
    np.testing.assert_array_equal(whole, inputs)
    assert (small.shape, small.dtype) == (inputs.shape, inputs.dtype)
    side = inputs.shape[1]
    for row, picture in zip(small[..., 0], inputs[..., 0], strict=True):
        inner = slice(side // 4, -side // 4)
        half = cv2.resize(picture, (side // 2, side // 2))
        assert np.abs(row[inner, inner].astype(int) - half).mean() < 4
        frame = row.copy()
        frame[side // 4 - 1 : -side // 4 + 1, side // 4 - 1 : -side // 4 + 1] = 0
        assert not frame.any()


def test_what_is_said_at_every_zoom_is_averaged() -> None:
    data = LabelledSquares(draw_squares(8), np.arange(8) % 2)
    teacher = tiny_network(seed=1)
    said = {
        zooms: TaughtBatches(stream(data), [teacher], zooms)[0][1]
        for zooms in ((0.6,), (1.0,), (0.6, 1.0))
    }
    assert np.abs(said[0.6,] - said[1.0,]).max() > 1e-4
    mean = (said[0.6,] + said[1.0,]) / 2
    np.testing.assert_allclose(said[0.6, 1.0], mean, atol=1e-6)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_labels_have_their_share_in_what_is_learned(share: float) -> None:
    data, teachers = (
        LabelledSquares(draw_squares(8), np.arange(8) % 2),
        [tiny_network()],
    )
    _, labels, _ = stream(data)[2]
    _, said, _ = TaughtBatches(stream(data), teachers)[2]
    _, targets, _ = TaughtBatches(stream(data), teachers, label_share=share)[2]
    assert np.abs(labels - said).max() > 0.1
    np.testing.assert_allclose(targets, share * labels + (1 - share) * said, atol=1e-6)


FRAMED = Augmentation(rotation=9.0, log_scale=0.2, noise=9.0, border=0.3, marker=0.9)


def test_spared_radiographs_are_changed_alike_but_for_what_is_named() -> None:
    batches = stream(
        LabelledSquares(draw_squares(24), np.arange(24) % 2), augmentation=FRAMED
    )
    for index in (0, 4):
        inputs = batches[index][0]
        spared = batches.spared(index, ["border", "marker"])
        side = inputs.shape[1]
        middle = slice(round(0.31 * side), round(0.69 * side))
        np.testing.assert_array_equal(
            spared[:, middle, middle], inputs[:, middle, middle]
        )
        assert (spared != inputs).any()
        np.testing.assert_array_equal(batches.spared(index, []), inputs)


def test_radiograph_spared_of_zoom_keeps_its_own_size() -> None:
    data = LabelledSquares(draw_squares(8), np.arange(8) % 2)
    zooming = stream(data, augmentation=Augmentation(log_scale=0.3, brightness=20.0))
    own = stream(data, augmentation=Augmentation(brightness=20.0))
    assert (zooming[1][0] != own[1][0]).any()
    np.testing.assert_array_equal(zooming.spared(1, ["log_scale"]), own[1][0])


def test_teachers_do_not_see_what_they_are_spared() -> None:
    data = LabelledSquares(draw_squares(8), np.arange(8) % 2)
    batches, teacher = stream(data, augmentation=FRAMED), Listener()
    taught = TaughtBatches(batches, [teacher], spared=["border", "marker"])  # type: ignore[list-item]
    np.testing.assert_array_equal(taught[0][0], batches[0][0])
    np.testing.assert_array_equal(
        teacher.asked[0], batches.spared(0, ["border", "marker"])
    )


@pytest.mark.parametrize(
    ("part", "kept", "exchanged"),
    [("surroundings", (4, 4), (0, 0)), ("mediastinum", (0, 0), (5, 4))],
)
def test_exchanged_parts_come_as_often_from_either_class(
    part: str, kept: tuple[int, int], exchanged: tuple[int, int]
) -> None:
    data = numbered(normal=12, pneumonia=36)
    batches = stream(data, **{f"exchanged_{part}": 1.0})
    strangers = []
    for index in range(6):
        inputs, own = batches[index][0], batches.spared(index)
        place = (slice(None), *kept)
        np.testing.assert_array_equal(inputs[place], own[place])
        strangers += inputs[(slice(None), *exchanged)][:, 0].tolist()
    normal = np.mean([number < 12 for number in strangers])
    assert 0.3 < normal < 0.7


DISGUISES = ("exchanged_surroundings", "exchanged_mediastinum", "drawn_lines")


@pytest.mark.parametrize("disguise", DISGUISES)
def test_share_of_radiographs_is_disguised_and_all_else_stays(disguise: str) -> None:
    data = LabelledSquares(draw_squares(32), np.arange(32) % 2)
    plain, disguising = (
        stream(data, augmentation=FRAMED, **{disguise: share}) for share in (0.0, 0.5)
    )
    changed = 0
    for index in range(4):
        inputs, *rest = disguising[index]
        expected, *others = plain[index]
        assert_same_batch(rest, others)
        np.testing.assert_array_equal(disguising.spared(index), expected)
        changed += (inputs != expected).any(axis=(1, 2, 3)).sum()
    assert 8 <= changed <= 24


@pytest.mark.parametrize("disguise", DISGUISES)
def test_continued_stream_disguises_alike(disguise: str) -> None:
    data = LabelledSquares(draw_squares(16), np.arange(16) % 2)
    whole = stream(data, **{disguise: 0.7})
    rest = stream(data, first_step=3, **{disguise: 0.7})
    assert_same_batch(whole[5], rest[2])


@pytest.mark.parametrize("disguise", DISGUISES)
def test_teachers_see_each_radiograph_undisguised(disguise: str) -> None:
    data, teacher = LabelledSquares(draw_squares(16), np.arange(16) % 2), Listener()
    batches = stream(data, **{disguise: 1.0})
    inputs, _, _ = TaughtBatches(batches, [teacher])[0]  # type: ignore[list-item]
    np.testing.assert_array_equal(teacher.asked[0], batches.spared(0))
    assert (teacher.asked[0] != inputs).any()


def test_taught_batches_hold_probabilities_of_each_kind() -> None:
    data = LabelledSquares(draw_squares(8), np.arange(8) % 2, np.arange(8) % 3)
    bare = tiny_network()
    kinds = keras.layers.Dense(3)(bare.layers[-2].output)
    batches = stream(data, columns=3)
    _, targets, _ = TaughtBatches(batches, [keras.Model(bare.input, kinds)])[0]
    assert targets.shape == (8, 3)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)


@pytest.fixture(scope="module")
def teachers() -> list[keras.Model]:
    """Give two that disagree: the second says pneumonia more often."""
    first, second = (tiny_network(seed=seed) for seed in (11, 12))
    second.layers[-1].bias.assign([2.0])
    return [first, second]


def test_pupil_begins_with_the_first_teachers_parameters(
    run: Runner, tmp_path: Path, teachers: list[keras.Model]
) -> None:
    fitted = run(tmp_path, epochs=1, learning_rate=0.0, teachers=teachers)
    trained = [variable.numpy() for variable in fitted.model.trainable_variables]
    expected = [variable.numpy() for variable in teachers[0].trainable_variables]
    assert_same_parameters(trained, expected)


def test_pupil_comes_to_say_what_its_teachers_say(
    run: Runner, tmp_path: Path, teachers: list[keras.Model]
) -> None:
    options = {"averaging": 0.9, "learning_rate": 0.05, "patience": None}
    fitted = run(tmp_path, teachers=teachers, epochs=20, **options)

    def say(model: keras.Model) -> Any:
        return 1 / (1 + np.exp(-predict_logits(model, run.data.squares)))

    goal = np.mean([say(teacher) for teacher in teachers], axis=0)
    before, after = (np.abs(say(m) - goal).mean() for m in (teachers[0], fitted.model))
    assert after < before / 2


def test_pupil_and_teachers_are_built_as_the_network_is_to_be(
    run: Runner,
    tmp_path: Path,
    teachers: list[keras.Model],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = []

    def build(**options: Any) -> keras.Model:
        built.append(options.pop("local_contrast", None))
        return tiny_network(seed=None, **options)

    monkeypatch.setitem(architectures.ARCHITECTURES, "tiny", build)
    run(tmp_path, epochs=1, teachers=teachers, network={"local_contrast": 1.5})
    # The network to keep, the one that learns, and each of its teachers.
    assert built == [1.5] * (2 + len(teachers))


def test_training_auroc_of_a_pupil_is_counted_against_opinions() -> None:
    auroc = fit_module.PneumoniaAuroc(from_logits=True)
    said, learned = [[0.1], [0.9], [0.8]], [[-1.0], [2.0], [1.0]]
    auroc.update_state(np.array(said), np.array(learned))
    assert float(auroc.result()) == pytest.approx(1, abs=1e-3)


def test_learning_rate_stays_above_its_floor(run: Runner, tmp_path: Path) -> None:
    run(tmp_path, rate_floor=1.0, warmup_epochs=1)
    model = keras.saving.load_model(tmp_path / "epoch-0004" / "model.keras")
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)


def test_averaged_parameters_are_the_moving_average_over_the_steps(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_steps = []

    def see(self: Any, batch: int, logs: Any = None) -> None:
        after_steps.append([v.numpy() for v in self.model.trainable_variables])

    monkeypatch.setattr(fit_module.Progress, "on_train_batch_end", see)
    fitted = run(tmp_path, averaging=0.6, patience=None)
    assert len(after_steps) == EPOCHS * 3
    expected = after_steps[0]
    for step in after_steps[1:]:
        expected = [0.6 * e + 0.4 * s for e, s in zip(expected, step, strict=True)]
    found = [variable.numpy() for variable in fitted.model.trainable_variables]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_batch_statistics_are_those_of_the_averaged_parameters(
    run: Runner, tmp_path: Path
) -> None:
    fitted = run(tmp_path, averaging=0.9, patience=None)
    (norm,) = (
        layer
        for layer in fitted.model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    )
    before = keras.Model(fitted.model.input, norm.input)
    batches = stream(run.data, seed=3, augmentation=TURNING)
    maps = [before.predict(batches[step][0], verbose=0) for step in range(3)]
    np.testing.assert_allclose(
        norm.moving_mean.numpy(), np.mean(maps, axis=(0, 1, 2, 3)), rtol=1e-4
    )
    variances = [np.var(each, axis=(0, 1, 2)) for each in maps]
    np.testing.assert_allclose(
        norm.moving_variance.numpy(), np.mean(variances, axis=0), rtol=1e-3
    )


def test_averaging_on_growing_squares_is_refused(run: Runner, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"squares of one side\. Received: growth"):
        run(tmp_path, averaging=0.9, growth=GROWTH)


@pytest.mark.parametrize("stopped_at", [5, 8, None])
def test_continued_pupil_equals_the_undisturbed_one(
    run: Runner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    teachers: list[keras.Model],
    stopped_at: int | None,
) -> None:
    options: dict[str, Any] = {
        "teachers": teachers,
        "averaging": 0.9,
        "rate_floor": 1.0,
        "patience": None,
        "precision": "mixed_bfloat16",
    }
    whole = run(tmp_path / "whole", **options)
    with monkeypatch.context() as patch:
        if stopped_at:
            stop_after(patch, fit_module.Progress, "on_train_batch_end", stopped_at)
        else:
            stop_after(patch, fit_module, "_retake_statistics", 1)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "stopped", **options)
    continued = run(tmp_path / "stopped", **options, resume=True)
    assert_same_history(continued.history, whole.history)
    assert_same_parameters(continued.model.get_weights(), whole.model.get_weights())


def test_run_may_be_stopped_and_continued_again(
    run: Runner,
    undisturbed: Run,
    stopped: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, fit_module.Progress, "on_train_batch_end", 4)
        with pytest.raises(KeyboardInterrupt):
            run(stopped, resume=True)
    assert epochs_in(stopped) == ["epoch-0003"]
    continued = run(stopped, resume=True)
    assert_same_history(continued.history, undisturbed.fitted.history)


def test_finished_run_is_not_trained_on(
    run: Runner, undisturbed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(monkeypatch, keras.Model, "fit", 1)
    again = run(undisturbed.checkpoints, resume=True)
    assert again.history == undisturbed.fitted.history
    assert_same_parameters(
        again.model.get_weights(), undisturbed.fitted.model.get_weights()
    )


def test_resume_without_a_stopped_run_starts_afresh(
    run: Runner, tmp_path: Path
) -> None:
    assert len(run(tmp_path / "new", epochs=1, resume=True).history) == 1


def test_stopped_run_is_refused_without_resume(run: Runner, stopped: Path) -> None:
    with pytest.raises(CheckpointError, match=r"stopped run of 2 epochs .* --resume"):
        run(stopped)
    assert epochs_in(stopped) == ["epoch-0002"]


@pytest.mark.parametrize("key", SETTINGS)
def test_other_settings_are_refused_by_name(
    run: Runner, stopped: Path, key: str
) -> None:
    with pytest.raises(
        CheckpointError,
        match=rf"started with {key} {SETTINGS[key]} \(received other\)",
    ):
        run(stopped, resume=True, settings={**SETTINGS, key: "other"})


def test_setting_the_stopped_run_did_not_have_is_refused(
    run: Runner, stopped: Path
) -> None:
    with pytest.raises(CheckpointError, match=r"new None \(received 1\)"):
        run(stopped, resume=True, settings={**SETTINGS, "new": 1})


def test_training_ends_early_without_a_better_epoch(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_auroc(monkeypatch, 0.6, 0.9, 0.7, 0.8)
    fitted = run(tmp_path / "checkpoints", epochs=10, patience=2)
    assert len(fitted.history) == 4
    assert fitted.best_epoch == 2


def test_better_epoch_renews_the_patience(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_auroc(monkeypatch, 0.6, 0.5, 0.7, 0.5, 0.5)
    fitted = run(tmp_path / "checkpoints", epochs=10, patience=2)
    assert len(fitted.history) == 5
    assert fitted.best_epoch == 3


def test_parameters_of_the_best_epoch_are_kept_not_of_the_last(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = script_auroc(monkeypatch, 0.6, 0.9, 0.7)
    fitted = run(tmp_path / "checkpoints", epochs=3)
    mine = fitted.model.get_weights()
    for one, best in zip(mine, seen[1], strict=True):
        np.testing.assert_array_equal(one, best)
    assert any((one != last).any() for one, last in zip(mine, seen[2], strict=True))


def test_last_epoch_is_kept_without_patience(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_auroc(monkeypatch, 0.9, 0.6, 0.5)
    fitted = run(tmp_path / "checkpoints", epochs=3, patience=None)
    assert len(fitted.history) == fitted.best_epoch == 3


def test_first_of_equal_epochs_is_the_best(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_auroc(monkeypatch, 0.8, 0.8)
    assert run(tmp_path / "checkpoints", epochs=2).best_epoch == 1


def test_patience_counts_on_after_a_stop(
    run: Runner, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stopped / "epoch-0002" / "state.json"
    state = json.loads(path.read_text())
    state["history"][0]["validation_auroc"] = 0.9
    path.write_text(json.dumps({**state, "best_epoch": 1}))
    script_auroc(monkeypatch, 0.8)
    fitted = run(stopped, resume=True, patience=2)
    assert len(fitted.history) == 3
    assert fitted.best_epoch == 1


def test_half_written_checkpoint_is_ignored(run: Runner, stopped: Path) -> None:
    (stopped / "writing").mkdir()
    (stopped / "writing" / "model.keras").write_bytes(b"PK")
    continued = run(stopped, resume=True)
    assert len(continued.history) == EPOCHS
    assert epochs_in(stopped) == ["epoch-0004"]


def test_half_written_first_checkpoint_is_no_stopped_run(
    run: Runner, tmp_path: Path
) -> None:
    (tmp_path / "writing").mkdir()
    (tmp_path / "writing" / "state.json").write_text("{")
    run(tmp_path, epochs=1)
    assert epochs_in(tmp_path) == ["epoch-0001"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [(keras.Model, "save"), (Path, "rename")],
    ids=["at_first", "at_last"],
)
def test_stop_while_a_checkpoint_is_written_leaves_the_one_before(
    run: Runner,
    stopped: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(fit_module, "predict_logits", keep_stopping(patch, owner, name))
        with pytest.raises(KeyboardInterrupt):
            run(stopped, resume=True)
    assert "epoch-0002" in epochs_in(stopped)
    assert "epoch-0003" not in epochs_in(stopped)
    assert len(run(stopped, resume=True).history) == EPOCHS


def keep_stopping(
    patch: pytest.MonkeyPatch, owner: Any, name: str
) -> Callable[..., Any]:
    """Validate, and from then on let a function stop the process."""
    original = fit_module.predict_logits

    def validate(model: keras.Model, squares: Any) -> Any:
        logits = original(model, squares)
        stop_after(patch, owner, name, 1)
        return logits

    return validate


def test_stop_before_the_old_checkpoint_is_deleted_goes_on_with_the_new(
    run: Runner,
    undisturbed: Run,
    stopped: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = shutil.rmtree

    def stop_at_old(path: Path, **options: Any) -> None:
        if Path(path).name.startswith("epoch-"):
            raise KeyboardInterrupt
        original(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", stop_at_old)
        with pytest.raises(KeyboardInterrupt):
            run(stopped, resume=True)
    assert epochs_in(stopped) == ["epoch-0002", "epoch-0003"]
    continued = run(stopped, resume=True)
    assert_same_history(continued.history, undisturbed.fitted.history)
    assert epochs_in(stopped) == ["epoch-0004"]


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_predicted_logits_are_the_models(batch_size: int) -> None:
    model, squares = tiny_network(), draw_squares(12)
    logits = predict_logits(model, squares, batch_size=batch_size)
    assert (logits.shape, logits.dtype) == ((12,), np.float64)
    np.testing.assert_allclose(
        logits, model.predict(squares, verbose=0)[:, 0], atol=1e-6
    )


def test_grey_is_repeated_for_a_network_of_three_channels() -> None:
    model, squares = tiny_network(channels=3), draw_squares(2)
    np.testing.assert_allclose(
        predict_logits(model, squares),
        model.predict(np.repeat(squares, 3, axis=-1), verbose=0)[:, 0],
        atol=1e-6,
    )
