"""Killed at a random moment, nothing is half-written and it goes on: a few kills.

`kill_at_random.py` does it as often as one likes.
"""

import random
from pathlib import Path

import pytest
from attacks.kill_at_random import KINDS

from pneumonia.model.weights import available_weights

pytestmark = pytest.mark.skipif(not available_weights(), reason="no weights")


@pytest.mark.parametrize(
    ("kind", "kills"),
    [("weights", 3), ("command line", 2), ("server", 1), ("training", 1)],
)
def test_after_a_kill_everything_is_whole_and_goes_on(
    kind: str, kills: int, tmp_path: Path
) -> None:
    KINDS[kind](kills, random.Random(7), tmp_path)  # noqa: S311
