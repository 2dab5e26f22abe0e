"""A network is trained as its settings say and keeps its best epoch."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from fixtures_models import tiny_network
from fixtures_training import EPOCHS, STEPS, Runner, TrainedRun, epochs_in, make_trunk

from pneumonia.model import architectures
from pneumonia.model.prediction import predict_logits
from pneumonia.statistics import metrics
from pneumonia.training import learner
from pneumonia.training.batches import LabelledPictures
from pneumonia.training.callbacks import EpochRecord
from pneumonia.training.learner import build_learner
from pneumonia.training.recipes import Run, Trunk


def script_auroc(patch: pytest.MonkeyPatch, *values: float) -> None:
    """Let validation measure these values."""
    remaining = iter(values)
    patch.setattr(metrics, "auroc", lambda *_: next(remaining))


def learning_rates(epochs: int = 10, warmup_epochs: int = 0) -> list[float]:
    """Give the learning rate before each step, and after the last."""
    trunk = make_trunk(epochs=epochs, warmup_epochs=warmup_epochs)
    optimizer = build_learner(trunk, steps=STEPS).optimizer
    rates = []
    for step in range(epochs * STEPS + 1):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    return rates


def test_history_has_an_entry_an_epoch(undisturbed: TrainedRun) -> None:
    history = undisturbed.fitted.history
    assert len(history) == EPOCHS
    for epoch in history:
        assert list(epoch) == ["loss", "auroc", "validation_auroc", "seconds"]
        assert epoch["loss"] > 0
        assert 0 <= epoch["auroc"] <= 1
        assert 0 <= epoch["validation_auroc"] <= 1
        assert epoch["seconds"] >= 0


def test_best_epoch_has_the_highest_validation_auroc(undisturbed: TrainedRun) -> None:
    measured = [epoch["validation_auroc"] for epoch in undisturbed.fitted.history]
    assert undisturbed.fitted.best_epoch == 1 + int(np.argmax(measured))


def test_fitted_model_reproduces_the_best_epochs_auroc(
    run: Runner, undisturbed: TrainedRun
) -> None:
    fitted = undisturbed.fitted
    logits = predict_logits(fitted.model, run.data.pictures)
    assert metrics.auroc(run.data.labels, logits) == pytest.approx(
        fitted.history[fitted.best_epoch - 1]["validation_auroc"], abs=0.01
    )


def test_fitted_model_is_not_compiled(undisturbed: TrainedRun) -> None:
    assert not undisturbed.fitted.model.compiled


def test_training_changes_the_parameters(undisturbed: TrainedRun) -> None:
    keras.utils.set_random_seed(3)
    start = architectures.build_model("tiny").get_weights()
    end = undisturbed.fitted.model.get_weights()
    assert all((a != b).any() for a, b in zip(start, end, strict=True))


def test_only_the_newest_checkpoint_is_kept(undisturbed: TrainedRun) -> None:
    assert epochs_in(undisturbed.checkpoints) == ["epoch-0004"]


def test_checkpoint_stores_settings_and_history(undisturbed: TrainedRun) -> None:
    path = undisturbed.checkpoints / "epoch-0004" / "state.json"
    state = json.loads(path.read_text())
    assert state["epoch"] == EPOCHS
    assert state["settings"]["seed"] == 3
    assert state["settings"]["trunk"]["batch_size"] == 8
    assert state["settings"]["trunk"]["augmentation"]["rotation"] == 5.0
    assert state["history"] == undisturbed.fitted.history
    assert state["best_epoch"] == undisturbed.fitted.best_epoch


# The learning rate


def test_learning_rate_has_fallen_to_zero(undisturbed: TrainedRun) -> None:
    model = keras.saving.load_model(
        undisturbed.checkpoints / "epoch-0004" / "model.keras"
    )
    assert int(model.optimizer.iterations) == EPOCHS * STEPS
    assert float(model.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


def test_learning_rate_rises_over_the_warm_up_and_falls_to_zero(run: Runner) -> None:
    rates = learning_rates(warmup_epochs=2)
    assert rates[0] == 0
    assert int(np.argmax(rates)) == 2 * STEPS
    assert max(rates) == pytest.approx(0.01)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_learning_rate_starts_at_its_highest_without_a_warm_up(run: Runner) -> None:
    rates = learning_rates()
    assert rates[0] == pytest.approx(0.01)
    assert rates == sorted(rates, reverse=True)


def test_trunk_shorter_than_its_warm_up_is_trained(run: Runner) -> None:
    assert learning_rates(epochs=1, warmup_epochs=2)[0] == pytest.approx(0.01)
    assert max(learning_rates(epochs=2, warmup_epochs=2)) == pytest.approx(0.01)


def test_biases_and_normalisation_have_no_weight_decay(run: Runner) -> None:
    network = build_learner(make_trunk(weight_decay=0.02), steps=STEPS)
    variables = network.trainable_variables
    before = [variable.numpy() + 1 for variable in variables]
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    # Without a gradient, nothing but weight decay moves a parameter.
    network.optimizer.apply([keras.ops.zeros_like(v) for v in variables], variables)
    for variable, value in zip(variables, before, strict=True):
        decayed = bool((variable.numpy() != value).all())
        assert decayed == (variable.name == "kernel"), variable.path


# Precision and ImageNet parameters


def test_lower_precision_leaves_a_network_of_float32(
    run: Runner, tmp_path: Path
) -> None:
    fitted = run(tmp_path, make_trunk(epochs=1, precision="mixed_bfloat16"))
    assert {weight.dtype for weight in fitted.model.weights} == {"float32"}
    assert {layer.compute_dtype for layer in fitted.model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def test_network_is_trained_in_the_precision_of_its_trunk(run: Runner) -> None:
    network = build_learner(make_trunk(precision="mixed_bfloat16"), steps=STEPS)
    convolution = network.layers[2]
    assert convolution.compute_dtype == "bfloat16"
    assert convolution.variable_dtype == "float32"


@pytest.mark.parametrize("imagenet", [False, True])
def test_trunk_starts_from_imagenet_if_it_says_so(
    run: Runner, monkeypatch: pytest.MonkeyPatch, imagenet: bool
) -> None:
    loaded: list[keras.Model] = []
    monkeypatch.setattr(learner, "load_imagenet", loaded.append)
    network = build_learner(make_trunk(imagenet=imagenet), steps=STEPS)
    assert loaded == ([network] if imagenet else [])


# The best epoch


def make_record(run: Runner, checkpoints: Path, trunk: Trunk) -> EpochRecord:
    few = LabelledPictures(run.data.pictures[:4], run.data.labels[:4])
    scored = architectures.build_model("tiny")
    made = EpochRecord(checkpoints, Run(trunk, 3, "abc"), None, few, scored)
    made.set_model(tiny_network())
    return made


@pytest.fixture
def record(run: Runner, tmp_path: Path) -> EpochRecord:
    """Give the record of a run with a patience of two, and a network to write."""
    return make_record(run, tmp_path, make_trunk(epochs=5, patience=2))


def end_epochs(record: EpochRecord, *aurocs: float) -> None:
    """End epochs with these values of the validation AUROC."""
    with pytest.MonkeyPatch.context() as patch:
        script_auroc(patch, *aurocs)
        for epoch in range(len(aurocs)):
            record.model.layers[-1].bias.assign([float(epoch + 1)])
            record.on_epoch_begin(epoch)
            record.on_epoch_end(epoch, {"loss": 1.0, "auroc": 0.5})


def test_training_ends_early_without_a_better_epoch(record: EpochRecord) -> None:
    end_epochs(record, 0.6, 0.9, 0.7)
    assert not record.is_finished(3)
    record.model.stop_training = False
    end_epochs(record, 0.6, 0.9, 0.7, 0.8)
    assert record.best_epoch == 2
    assert record.model.stop_training


def test_better_epoch_renews_the_patience(record: EpochRecord) -> None:
    end_epochs(record, 0.6, 0.5, 0.7, 0.5)
    assert record.best_epoch == 3
    assert not record.is_finished(4)
    assert record.is_finished(5)


def test_first_of_equal_epochs_is_the_best(record: EpochRecord) -> None:
    end_epochs(record, 0.8, 0.8)
    assert record.best_epoch == 1


def test_parameters_of_the_best_epoch_are_kept_not_of_the_last(
    record: EpochRecord,
) -> None:
    end_epochs(record, 0.6, 0.9, 0.7)
    kept = tiny_network()
    kept.load_weights(record.best_weights())
    assert kept.layers[-1].bias.numpy().tolist() == [2.0]


def test_fit_ends_early_and_returns_the_best_epoch(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_auroc(monkeypatch, 0.9, 0.6)
    fitted = run(tmp_path, make_trunk(epochs=9, patience=1))
    assert (len(fitted.history), fitted.best_epoch) == (2, 1)
    best = tiny_network()
    best.load_weights(tmp_path / "epoch-0002" / "best.weights.h5")
    for one, other in zip(fitted.model.get_weights(), best.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_last_epoch_is_kept_without_patience(run: Runner, tmp_path: Path) -> None:
    record = make_record(run, tmp_path, make_trunk(epochs=3, patience=None))
    end_epochs(record, 0.9, 0.6, 0.5)
    assert record.best_epoch == 3
    assert record.is_finished(3)
