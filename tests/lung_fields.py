"""Lung fields for tests, and finders that find them without training."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from pneumonia.lungs.areas import Picture
from pneumonia.lungs.fields import SIDE, LungFields
from pneumonia.lungs.finder import LUNG_FILES, LungFinder


def lungs_at(*boxes: tuple[float, float, float, float]) -> LungFields:
    """Make fields of rectangular lungs: top, bottom, left and right edge of each.

    With one box the lung at the picture's right is missing, with none both are.
    """
    probabilities = np.full((2, SIDE, SIDE), 0.01, np.float32)
    for lung, box in zip(probabilities, boxes, strict=False):
        top, bottom, left, right = (round(SIDE * edge) for edge in box)
        lung[top:bottom, left:right] = 0.99
    return LungFields(probabilities)


TWO_LUNGS = lungs_at((0.2, 0.8, 0.15, 0.45), (0.2, 0.8, 0.55, 0.85))


class FixedLungs(LungFinder):
    """Finds the same lungs in every picture, without a network."""

    def __init__(self, fields: LungFields = TWO_LUNGS) -> None:
        self._fields = fields

    def find_all(self, pictures: Picture) -> Iterator[LungFields]:
        """Yield the fields once for each picture."""
        yield from [self._fields] * len(pictures)


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
    return LUNG_FILES.save(brightness_network(), {"seed": 7}, folder)
