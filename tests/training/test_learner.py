"""The evidence of the cells is trained to lie in the lungs."""

import keras
import numpy as np
import pytest
from fixtures_training import make_trunk

from pneumonia.model import architectures
from pneumonia.training.batches import LabelledPictures, TrainingBatches
from pneumonia.training.learner import build_learner, outside_share

SIDE = 32


def shares(lungs: list[float], evidence: list[float]) -> float:
    both = [
        np.array(each, np.float32).reshape(1, 1, -1, 1) for each in (lungs, evidence)
    ]
    return float(keras.ops.convert_to_numpy(outside_share(*both))[0])


@pytest.mark.parametrize(
    ("lungs", "evidence", "share"),
    [
        ([1, 1, 0, 0], [3, 1, 0, 0], 0),
        ([1, 1, 0, 0], [0, 0, 2, 0], 1),
        ([1, 1, 0, 0], [1, -1, 1, -1], 0.5),
        ([0.5, 0.25, 0, 0], [1, 1, 0, 0], 0.25),  # half a lung is lung enough
        ([1, 1, 0, 0], [0, 0, 0, 0], 0),
    ],
)
def test_outside_share(lungs: list[float], evidence: list[float], share: float) -> None:
    assert shares(lungs, evidence) == pytest.approx(share, abs=1e-3)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a network of one convolution, whose cells see what they cover."""

    def build() -> keras.Model:
        inputs = keras.Input((SIDE, SIDE, 1))
        x = keras.layers.Rescaling(1 / 255)(inputs)
        x = keras.layers.Conv2D(8, 8, strides=8, activation="relu")(x)
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
        logit = keras.layers.Dense(1, use_bias=False, name="logit")(x)
        return keras.Model(inputs, logit)

    monkeypatch.setitem(architectures.ARCHITECTURES, "small", build)


def train(outside_lungs: float) -> tuple[float, float]:
    """Learn from pneumonias bright all over, most in the lung; give accuracy, share."""
    rng = np.random.default_rng(0)
    labels = np.arange(64) % 2
    pictures = rng.integers(40, size=(64, SIDE, SIDE, 1)).astype(np.uint8)
    pictures[labels == 1, :, :16] += 200
    pictures[labels == 1, :, 16:] += 80
    lungs = np.zeros((64, SIDE, SIDE), np.uint8)
    lungs[:, :, :16] = 255
    trunk = make_trunk(
        architecture="small",
        batch_size=16,
        epochs=60,
        learning_rate=0.03,
        outside_lungs=outside_lungs,
    )
    keras.utils.set_random_seed(0)
    learner = build_learner(trunk, steps=4)
    data = LabelledPictures(pictures, labels, lungs=lungs)
    batches = TrainingBatches(data, trunk, (SIDE, SIDE, 1), cells=4, seed=0)
    for step in range(240):
        learner.train_on_batch(*batches[step])
    inputs, (targets, covered), _ = batches[0]
    logits, evidence = learner.predict_on_batch(inputs)
    np.testing.assert_allclose(evidence.mean(axis=(1, 2)), logits, atol=1e-4)
    share = keras.ops.convert_to_numpy(outside_share(covered, evidence))
    accuracy = ((logits > 0) == targets).mean()
    return float(accuracy), float(share[targets[:, 0] == 1].mean())


@pytest.mark.usefixtures("small")
def test_evidence_moves_into_the_lungs_when_it_is_asked_for() -> None:
    before = train(1e-9)[1]
    accuracy, share = train(1.0)
    assert before > 0.2
    assert share < before / 2
    assert accuracy > 0.9
