"""Visitors get their results while another brings hostile files."""

import pytest
from attacks.wait_under_attack import measure

from pneumonia.model.weights import available_weights

pytestmark = pytest.mark.skipif(not available_weights(), reason="no weights")


def test_visitors_get_their_results_while_another_attacks() -> None:
    # How long they wait is measured with more of them: a few tell nothing.
    found = measure(turns=1, visitors=2, seed=1)

    assert (len(found.quiet), len(found.attacked)) == (2, 2)
    assert found.hostile > 0
