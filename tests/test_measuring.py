"""What is measured: operating points on the whole suite, where the scores lie."""

import numpy as np

from pneumonia.measuring import score_distribution


def test_every_score_is_counted_once_even_at_the_ends() -> None:
    found = score_distribution([0, 0, 1, 1, 1], [0.0, 0.4, 0.6, 1.0, 1.0])
    assert sum(found["normal"]) == 2
    assert sum(found["pneumonia"]) == 3
    assert found["normal"][0] == 1
    assert found["pneumonia"][-1] == 2


def test_bins_are_of_equal_width_in_logits() -> None:
    found = score_distribution([0, 1], [0.5, 1 / (1 + np.exp(-3.2))])
    steps = np.diff(found["edges"])
    np.testing.assert_allclose(steps, steps[0])
    (column,) = np.flatnonzero(found["pneumonia"])
    assert found["edges"][column] <= 3.2 < found["edges"][column + 1]
