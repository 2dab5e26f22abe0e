"""A run that was stopped at any moment continues to the undisturbed result."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest
from fixtures_models import tiny_network
from fixtures_training import (
    EPOCHS,
    STEPS,
    Runner,
    TrainedRun,
    assert_same_history,
    assert_same_parameters,
    epochs_in,
    make_trunk,
    stop_after,
    stop_in_step,
)

from pneumonia.model import architectures
from pneumonia.statistics import metrics
from pneumonia.training.augmentation import OF_LUNGS


def test_stop_in_mid_epoch_keeps_the_completed_epochs(stopped: Path) -> None:
    assert epochs_in(stopped) == ["epoch-0002"]


def test_run_may_be_stopped_and_continued_again(
    run: Runner, undisturbed: TrainedRun, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stop_in_step(patch, 4)
        with pytest.raises(KeyboardInterrupt):
            run(stopped, resume=True)
    assert epochs_in(stopped) == ["epoch-0003"]
    continued = run(stopped, resume=True)
    assert_same_history(continued.history, undisturbed.fitted.history)
    assert continued.best_epoch == undisturbed.fitted.best_epoch
    assert_same_parameters(continued.model, undisturbed.fitted.model)
    model = keras.saving.load_model(stopped / "epoch-0004" / "model.keras")
    assert int(model.optimizer.iterations) == EPOCHS * STEPS


def test_finished_run_is_not_trained_further(
    run: Runner, undisturbed: TrainedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(monkeypatch, keras.Model, "fit", 1)
    again = run(undisturbed.checkpoints, resume=True)
    assert again.history == undisturbed.fitted.history
    assert_same_parameters(again.model, undisturbed.fitted.model)


def test_patience_counts_on_after_a_stop(
    run: Runner, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stopped / "epoch-0002" / "state.json"
    state = json.loads(path.read_text())
    state["history"][0]["validation_auroc"] = 0.9
    state["settings"]["trunk"]["patience"] = 2
    path.write_text(json.dumps({**state, "best_epoch": 1}))
    monkeypatch.setattr(metrics, "auroc", lambda *_: 0.8)
    fitted = run(stopped, make_trunk(patience=2), resume=True)
    assert len(fitted.history) == 3
    assert fitted.best_epoch == 1


# In the second epoch, and in the third.
@pytest.mark.parametrize("step", [5, 8])
def test_run_with_dropout_and_every_setting_continues_alike(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    def build() -> keras.Model:
        bare = tiny_network(seed=None)
        dropped = keras.layers.Dropout(0.5)(bare.layers[-2].output)
        return keras.Model(bare.input, keras.layers.Dense(1)(dropped))

    monkeypatch.setitem(architectures.ARCHITECTURES, "tiny", build)
    trunk = make_trunk(
        epochs=3,
        patience=None,
        augmentation=OF_LUNGS,
        warmup_epochs=1,
        weight_decay=0.5,
        label_smoothing=0.1,
        precision="mixed_bfloat16",
    )
    whole = run(tmp_path / "whole", trunk)
    with monkeypatch.context() as patch:
        stop_in_step(patch, step)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "stopped", trunk)
    continued = run(tmp_path / "stopped", trunk, resume=True)
    assert_same_history(continued.history, whole.history)
    assert_same_parameters(continued.model, whole.model)


def test_other_backend_continues_alike() -> None:
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    name = f"{__file__}::test_run_with_dropout_and_every_setting_continues_alike"
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"{name}[8]"],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    assert "1 passed" in result.stdout
