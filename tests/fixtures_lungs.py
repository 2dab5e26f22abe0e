"""Lungs at a known place, and networks that find them without training."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pneumonia.lungs.crop import Box
from pneumonia.lungs.fields import SIDE, LungFields
from pneumonia.lungs.finder import LungFinder, save_lung_network

# Top, bottom, left and right edge of the lung at the picture's left and at its right.
LEFT: Box = (0.25, 0.75, 0.125, 0.4375)
RIGHT: Box = (0.25, 0.75, 0.5625, 0.875)
# Of both.
BOTH: Box = (0.25, 0.75, 0.125, 0.875)


def draw_fields(
    left: Box | None = LEFT, right: Box | None = RIGHT, *, certainty: float = 1.0
) -> LungFields:
    """Make fields of two rectangles; None for a lung that is not there."""
    probabilities = np.zeros((2, SIDE, SIDE), np.float32)
    for lung, box in zip(probabilities, (left, right), strict=True):
        if box is not None:
            top, bottom, first, last = (round(SIDE * edge) for edge in box)
            lung[top:bottom, first:last] = certainty
    return LungFields(probabilities)


class FixedFinder(LungFinder):
    """Finds the lungs at the same place of every picture."""

    def __init__(self, fields: LungFields | None = None) -> None:
        self.fields = fields or draw_fields()

    def find_all(self, pictures: NDArray[np.uint8]) -> Iterator[LungFields]:
        """Yield the same fields for each picture."""
        for _ in pictures:
            yield self.fields


def brightness_network() -> bytes:
    """Make an ONNX network that takes what is bright for lung.

    What is bright in the left half of a picture is the lung at its left, what is
    bright in the right half is the other one.
    """
    bias = np.full((1, SIDE, SIDE, 2), -12.8, np.float32)
    bias[:, :, SIDE // 2 :, 0] = bias[:, :, : SIDE // 2, 1] = -100
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["picture", "scale"], ["scaled"]),
            helper.make_node("Add", ["scaled", "bias"], ["lungs"]),
        ],
        "brightness",
        [
            helper.make_tensor_value_info(
                "picture", TensorProto.FLOAT, ["N", SIDE, SIDE, 1]
            )
        ],
        [
            helper.make_tensor_value_info(
                "lungs", TensorProto.FLOAT, ["N", SIDE, SIDE, 2]
            )
        ],
        [
            numpy_helper.from_array(np.float32(0.1).reshape(1), "scale"),
            numpy_helper.from_array(bias, "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return bytes(model.SerializeToString())


def publish_lungs(folder: Path) -> Path:
    """Save `brightness_network` with a card; returns its path."""
    return save_lung_network(brightness_network(), {"least_quality": 0.8}, folder)
