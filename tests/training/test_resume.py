"""A run that was stopped at any moment continues to the undisturbed result."""

import json
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
    make_stage,
    stop_after,
    stop_in_step,
)

from pneumonia.model import architectures
from pneumonia.statistics import metrics
from pneumonia.training import fit
from pneumonia.training.settings import (
    Counterfactuals,
    Distillation,
    Optimisation,
    Stage,
)


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
    state["settings"]["stage"]["schedule"]["patience"] = 2
    path.write_text(json.dumps({**state, "best_epoch": 1}))
    monkeypatch.setattr(metrics, "auroc", lambda *_: 0.8)
    fitted = run(stopped, make_stage(patience=2), resume=True)
    assert len(fitted.history) == 3
    assert fitted.best_epoch == 1


def assert_continues_alike(
    run: Runner,
    folder: Path,
    stage: Stage,
    steps: list[int],
    previous: keras.Model | None = None,
) -> None:
    """Stop a run in each of the steps and compare the continued one."""
    whole = run(folder / "whole", stage, previous=previous)
    for step in steps:
        checkpoints = folder / f"stopped-{step}"
        with pytest.MonkeyPatch.context() as patch:
            stop_in_step(patch, step)
            with pytest.raises(KeyboardInterrupt):
                run(checkpoints, stage, previous=previous)
        continued = run(checkpoints, stage, previous=previous, resume=True)
        assert_same_history(continued.history, whole.history)
        assert_same_parameters(continued.model, whole.model)


# In the first phase, and in the second.
STEPS_TO_STOP_IN = [5, 8]


def test_stage_with_dropout_and_progressive_resizing_continues_alike(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(side: int | None = 32) -> keras.Model:
        bare = tiny_network(side, seed=None)
        dropped = keras.layers.Dropout(0.5)(bare.layers[-2].output)
        return keras.Model(bare.input, keras.layers.Dense(1)(dropped))

    monkeypatch.setitem(architectures.ARCHITECTURES, "tiny", build)
    stage = make_stage(
        epochs=3,
        patience=None,
        progressive_resizing=((0.7, 16), (0.3, 32)),
        optimisation=Optimisation(
            0.01, warmup_epochs=1, weight_decay=0.5, label_smoothing=0.1
        ),
        precision="mixed_bfloat16",
    )
    assert_continues_alike(run, tmp_path, stage, STEPS_TO_STOP_IN)


DISTILLED = make_stage(
    epochs=2,
    patience=None,
    optimisation=Optimisation(0.01, averaging=0.9, final_rate=1.0),
    counterfactuals=Counterfactuals(0.7, 0.4, 0.5),
    distillation=Distillation(0.5, (0.9, 1.0), ("border",)),
    local_contrast=1.5,
    precision="mixed_bfloat16",
)


def test_distilled_and_averaged_stage_continues_alike(
    run: Runner, tmp_path: Path
) -> None:
    assert_continues_alike(run, tmp_path, DISTILLED, [5], tiny_network(seed=11))


def test_stop_while_batch_statistics_are_measured_is_made_good(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, teacher = (
        make_stage(
            epochs=1, patience=None, optimisation=Optimisation(0.01, averaging=0.9)
        ),
        tiny_network(seed=11),
    )
    with monkeypatch.context() as patch:
        stop_after(patch, fit, "tqdm", 1)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "stopped", stage, previous=teacher)
    continued = run(tmp_path / "stopped", stage, previous=teacher, resume=True)
    whole = run(tmp_path / "whole", stage, previous=teacher)
    assert_same_parameters(continued.model, whole.model)
