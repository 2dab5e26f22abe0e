"""Logits of many radiographs are those that the network gives to each."""

import numpy as np
import pytest
from fixtures_models import tiny_network
from phantoms import draw_squares

from pneumonia.model.prediction import predict_logits


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_predicted_logits_are_the_models(batch_size: int) -> None:
    model, squares = tiny_network(), draw_squares(12)
    logits = predict_logits(model, squares, batch_size=batch_size)
    assert logits.shape == (12,)
    assert logits.dtype == np.float64
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
