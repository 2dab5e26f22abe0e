"""A served network keeps what it needs, and no more."""

import sys

import numpy as np
from lung_fields import brightness_network

from pneumonia.lungs.serving import Network


def test_the_file_is_let_go_once_the_network_is_loaded() -> None:
    data = brightness_network()
    before = sys.getrefcount(data)

    network = Network(data)

    assert sys.getrefcount(data) == before
    (logits,) = network(np.zeros((1, 128, 128, 1), np.float32))
    assert logits.shape == (1, 128, 128, 2)
