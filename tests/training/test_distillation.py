"""Self-distillation: what the teacher sees, what the student learns from it."""

from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
from fixtures_models import tiny_network
from fixtures_training import (
    TURNING,
    Runner,
    assert_same_arrays,
    make_stage,
)
from numpy.typing import NDArray
from phantoms import draw_squares

from pneumonia.model import architectures
from pneumonia.model.prediction import predict_logits
from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import LabelledSquares, TrainingBatches, ask_teacher
from pneumonia.training.learner import PneumoniaAuroc
from pneumonia.training.settings import Counterfactuals, Distillation, Optimisation

FRAMED = Augmentation(rotation=9.0, log_scale=0.2, noise=9.0, border=0.3, marker=0.9)


class Listener:
    """Stands in for a teacher: keeps what it is asked and answers with zeros."""

    def __init__(self) -> None:
        self.asked: list[NDArray[np.uint8]] = []

    def predict_on_batch(self, inputs: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.asked.append(inputs)
        return np.zeros((len(inputs), 1), np.float32)


def taught(
    data: LabelledSquares,
    teacher: keras.Model | Listener | None,
    distillation: Distillation | None = None,
    *,
    augmentation: Augmentation = TURNING,
    columns: int = 1,
    **others: Any,
) -> TrainingBatches:
    return TrainingBatches(
        data,
        make_stage(
            augmentation=augmentation,
            distillation=distillation or Distillation(),
            **others,
        ),
        channels=1,
        columns=columns,
        seed=0,
        teacher=teacher,
    )


@pytest.fixture
def data() -> LabelledSquares:
    return LabelledSquares(draw_squares(8), np.arange(8) % 2)


def test_targets_are_the_teachers_probabilities(data: LabelledSquares) -> None:
    teacher = tiny_network(seed=1)
    inputs, targets, weights = taught(data, teacher)[2]
    expected = 1 / (1 + np.exp(-teacher.predict(inputs, verbose=0)))
    assert_same_arrays((inputs, weights), taught(data, None)[2][::2])
    np.testing.assert_allclose(targets, expected, atol=1e-5)
    assert targets.shape == (8, 1)
    assert targets.dtype == np.float32


def test_teacher_is_asked_at_every_zoom_about_the_centre() -> None:
    inputs, teacher = draw_squares(8), Listener()
    ask_teacher(teacher, inputs, [0.5, 1.0])
    small, whole = teacher.asked
    np.testing.assert_array_equal(whole, inputs)
    assert small.shape == inputs.shape
    assert small.dtype == inputs.dtype
    side = inputs.shape[1]
    for row, picture in zip(small[..., 0], inputs[..., 0], strict=True):
        inner = slice(side // 4, -side // 4)
        half = cv2.resize(picture, (side // 2, side // 2))
        assert np.abs(row[inner, inner].astype(int) - half).mean() < 4
        frame = row.copy()
        frame[side // 4 - 1 : -side // 4 + 1, side // 4 - 1 : -side // 4 + 1] = 0
        assert not frame.any()


def test_probabilities_at_every_zoom_are_averaged() -> None:
    teacher, inputs = tiny_network(seed=1), draw_squares(8)
    small, whole, both = (
        ask_teacher(teacher, inputs, zooms) for zooms in ([0.6], [1.0], [0.6, 1.0])
    )
    assert np.abs(small - whole).max() > 1e-4
    np.testing.assert_allclose(both, (small + whole) / 2, atol=1e-6)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_label_has_its_share_in_the_target(share: float, data: LabelledSquares) -> None:
    teacher = tiny_network()
    _, labels, _ = taught(data, None)[2]
    _, probabilities, _ = taught(data, teacher)[2]
    _, targets, _ = taught(data, teacher, Distillation(label_share=share))[2]
    assert np.abs(labels - probabilities).max() > 0.1
    expected = share * labels + (1 - share) * probabilities
    np.testing.assert_allclose(targets, expected, atol=1e-6)


def test_teacher_sees_the_same_changes_but_the_hidden_ones(
    data: LabelledSquares,
) -> None:
    teacher = Listener()
    hidden = Distillation(hidden_changes=("border", "marker"))
    inputs = taught(data, teacher, hidden, augmentation=FRAMED)[4][0]
    (seen,) = teacher.asked
    side = inputs.shape[1]
    middle = slice(round(0.31 * side), round(0.69 * side))
    np.testing.assert_array_equal(seen[:, middle, middle], inputs[:, middle, middle])
    assert (seen != inputs).any()


def test_teacher_sees_what_the_student_sees_if_nothing_is_hidden(
    data: LabelledSquares,
) -> None:
    teacher = Listener()
    inputs = taught(data, teacher, augmentation=FRAMED)[4][0]
    np.testing.assert_array_equal(teacher.asked[0], inputs)


def test_hidden_zoom_leaves_the_teachers_copy_at_its_own_size(
    data: LabelledSquares,
) -> None:
    teacher = Listener()
    hidden = Distillation(hidden_changes=("log_scale",))
    zooming = Augmentation(log_scale=0.3, brightness=20.0)
    inputs = taught(data, teacher, hidden, augmentation=zooming)[1][0]
    own = taught(data, None, augmentation=Augmentation(brightness=20.0))[1][0]
    assert (inputs != own).any()
    np.testing.assert_array_equal(teacher.asked[0], own)


@pytest.mark.parametrize("name", ["background_swap", "mediastinum_swap", "drawn_lines"])
def test_teacher_sees_the_original_of_a_counterfactual(
    name: str, data: LabelledSquares
) -> None:
    teacher, shares = Listener(), Counterfactuals(**{name: 1.0})
    inputs = taught(data, teacher, counterfactuals=shares)[0][0]
    np.testing.assert_array_equal(teacher.asked[0], taught(data, None)[0][0])
    assert (teacher.asked[0] != inputs).any()


def test_targets_of_three_outputs_sum_to_one(data: LabelledSquares) -> None:
    known = LabelledSquares(data.squares, data.labels, np.arange(8) % 3)
    bare = tiny_network()
    kinds = keras.layers.Dense(3)(bare.layers[-2].output)
    _, targets, _ = taught(known, keras.Model(bare.input, kinds), columns=3)[0]
    assert targets.shape == (8, 3)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)


def test_training_auroc_counts_a_teachers_probabilities() -> None:
    auroc = PneumoniaAuroc(from_logits=True)
    probabilities, logits = [[0.1], [0.9], [0.8]], [[-1.0], [2.0], [1.0]]
    auroc.update_state(np.array(probabilities), np.array(logits))
    assert float(auroc.result()) == pytest.approx(1, abs=1e-3)


@pytest.fixture(scope="module")
def teacher() -> keras.Model:
    """Give a network that says pneumonia more often than the labels do."""
    network = tiny_network(seed=11)
    network.layers[-1].bias.assign([2.0])
    return network


def test_distillation_needs_a_previous_network(run: Runner, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"previous network\. Received: None"):
        run(tmp_path, make_stage(distillation=Distillation()))


def test_student_starts_from_the_teacher_and_is_built_as_its_stage_says(
    run: Runner, tmp_path: Path, teacher: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def build(**options: Any) -> keras.Model:
        built.append(options.get("local_contrast"))
        return tiny_network(seed=None, **options)

    monkeypatch.setitem(architectures.ARCHITECTURES, "tiny", build)
    stage = make_stage(
        epochs=1,
        optimisation=Optimisation(learning_rate=0.0),
        distillation=Distillation(),
        local_contrast=1.5,
    )
    fitted = run(tmp_path, stage, previous=teacher)
    trained = [variable.numpy() for variable in fitted.model.trainable_variables]
    expected = [variable.numpy() for variable in teacher.trainable_variables]
    for one, other in zip(trained, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    # The network to keep, the one that is trained, and the teacher.
    assert built == [1.5] * 3


def test_student_learns_half_from_the_label_and_half_from_the_teacher(
    run: Runner, tmp_path: Path, teacher: keras.Model
) -> None:
    stage = make_stage(
        epochs=20,
        patience=None,
        optimisation=Optimisation(learning_rate=0.05, averaging=0.9),
        distillation=Distillation(label_share=0.5),
    )
    student = run(tmp_path, stage, previous=teacher).model
    before, after = (
        (1 / (1 + np.exp(-predict_logits(model, run.data.squares)))).mean()
        for model in (teacher, student)
    )
    goal = (run.data.labels.mean() + before) / 2
    assert abs(after - goal) < abs(before - goal) / 4
