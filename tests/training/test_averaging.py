"""The final network has averaged parameters, and batch statistics measured for them."""

from typing import Any

import keras
import numpy as np
import pytest
from fixtures_training import (
    EPOCHS,
    STEPS,
    TURNING,
    Runner,
    make_stage,
)

from pneumonia.training.batches import TrainingBatches
from pneumonia.training.callbacks import Progress
from pneumonia.training.fit import Fit
from pneumonia.training.settings import Optimisation

STAGE = make_stage(
    patience=None, optimisation=Optimisation(learning_rate=0.01, averaging=0.6)
)


@pytest.fixture(scope="module")
def after_steps() -> list[list[Any]]:
    """Hold the parameters after each step, once `fitted` has run."""
    return []


@pytest.fixture(scope="module")
def fitted(
    run: Runner,
    after_steps: list[list[Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Fit:
    def see(self: Any, batch: int, logs: Any = None) -> None:
        after_steps.append([v.numpy() for v in self.model.trainable_variables])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Progress, "on_train_batch_end", see)
        return run(tmp_path_factory.mktemp("averaged"), STAGE)


def test_averaged_parameters_are_the_moving_average_over_the_steps(
    fitted: Fit, after_steps: list[list[Any]]
) -> None:
    assert len(after_steps) == EPOCHS * STEPS
    expected = after_steps[0]
    for step in after_steps[1:]:
        expected = [0.6 * e + 0.4 * s for e, s in zip(expected, step, strict=True)]
    found = [variable.numpy() for variable in fitted.model.trainable_variables]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_batch_statistics_are_those_of_the_averaged_parameters(
    run: Runner, fitted: Fit
) -> None:
    (norm,) = (
        layer
        for layer in fitted.model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    )
    before = keras.Model(fitted.model.input, norm.input)
    batches = TrainingBatches(
        run.data, make_stage(augmentation=TURNING), channels=1, columns=1, seed=3
    )
    maps = [before.predict(batches[step][0], verbose=0) for step in range(STEPS)]
    np.testing.assert_allclose(
        norm.moving_mean.numpy(), np.mean(maps, axis=(0, 1, 2, 3)), rtol=1e-4
    )
    variances = [np.var(each, axis=(0, 1, 2)) for each in maps]
    np.testing.assert_allclose(
        norm.moving_variance.numpy(), np.mean(variances, axis=0), rtol=1e-3
    )
