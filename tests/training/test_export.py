"""An export answers as its network does, or is not published."""

import keras
import numpy as np
import pytest
from fixtures_models import tiny_network
from phantoms import draw_squares

from pneumonia.errors import WeightsError
from pneumonia.model.architectures import ensemble
from pneumonia.model.cell_grid import CellGrid
from pneumonia.model.grad_cam import GradCam
from pneumonia.model.served_network import ServedNetwork
from pneumonia.training import export
from pneumonia.training.export import export_served, to_onnx


def test_export_gives_logits_evidence_and_grid_of_grad_cam() -> None:
    model, squares = ensemble(32), draw_squares(5)
    exported = export_served(model)
    assert exported is not None
    network, grid = exported
    explain = GradCam(model)
    served = ServedNetwork(network, CellGrid(**grid, size=32))
    assert served.grid == explain.grid
    for mine, theirs in zip(served(squares), explain(squares), strict=True):
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, atol=1e-4)


def test_network_that_pools_between_its_map_and_the_average_is_not_exported() -> None:
    assert export_served(tiny_network()) is None


def test_network_without_average_pooling_before_its_unit_is_not_exported() -> None:
    inputs = keras.Input((32, 32, 1))
    x = keras.layers.Conv2D(4, 3)(inputs)
    x = keras.layers.Dense(8)(keras.layers.Flatten()(x))
    assert export_served(keras.Model(inputs, keras.layers.Dense(1)(x))) is None


def test_export_that_answers_otherwise_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "_TOLERANCE", -1.0)
    with pytest.raises(WeightsError, match=r"Received: a difference of .*requirements"):
        to_onnx(tiny_network())
