"""A network with a known answer, in NumPy: bright speaks for pneumonia, dark against.

Grey 100 says nothing. Its map has 8 x 8 cells of two channels behind global average
pooling and one dense unit.
"""

from collections.abc import Generator
from typing import Any, cast

import numpy as np
from lung_fields import TWO_LUNGS
from numpy.typing import NDArray

from pneumonia.evaluation.explanation_check import FORWARD, ExplainedNetwork
from pneumonia.model.assessment import Assessment
from pneumonia.model.cell_grid import CellGrid, Finding
from pneumonia.model.classifier import Classifier
from pneumonia.model.explanations import (
    LAST_MAP_METHODS,
    LAYER_CAM,
    Evidence,
    Rise,
    layer_cam,
)
from pneumonia.reading.radiograph import Radiograph

SIDE, CELLS = 32, 8
GRID = CellGrid(SIDE / CELLS, (SIDE / CELLS - 1) / 2, SIDE)


class HandMadeNetwork:
    """Explained by every method; `head` weighs the bright and the dark channel."""

    def __init__(self) -> None:
        self.head = np.array([4, -4], np.float32)
        self.order = np.arange(CELLS**2)
        self.gain = np.ones(CELLS**2)
        self._rise = Rise(self.logits, SIDE)

    def features(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        cell = SIDE // CELLS
        change = squares[..., 0].astype(np.float32) - 100
        both = np.stack([np.maximum(change, 0), np.maximum(-change, 0)], axis=-1)
        shape = (len(squares), CELLS, cell, CELLS, cell, 2)
        pooled = both.reshape(shape).mean(axis=(2, 4))
        mixed = pooled.reshape(len(squares), CELLS**2, 2)[:, self.order]
        mixed = mixed * self.gain[:, np.newaxis]
        return np.asarray(mixed.reshape(pooled.shape), np.float32)

    def logits(self, squares: NDArray[np.uint8]) -> NDArray[np.float64]:
        pooled = self.features(squares).mean(axis=(1, 2))
        return np.asarray(pooled @ self.head, np.float64)

    def explain(
        self, squares: NDArray[np.uint8], toward: Finding
    ) -> dict[str, Evidence]:
        features = self.features(squares)
        sign = 1 if toward == "pneumonia" else -1
        weights = (sign * self.head / CELLS**2).astype(np.float32)
        gradient = np.broadcast_to(weights, features.shape)
        methods = {**LAST_MAP_METHODS, LAYER_CAM: layer_cam}
        found = {
            name: Evidence(method(features, gradient), GRID)
            for name, method in methods.items()
        }
        return found | self._rise(squares, toward)

    def randomised(self, seed: int) -> Generator[float]:
        """Draw the head anew, then let each cell look elsewhere and count otherwise."""
        rng, kept = np.random.default_rng(seed), (self.head, self.order, self.gain)
        try:
            self.head = rng.normal(0, 4, 2).astype(np.float32)
            yield 0.0
            self.order = rng.permutation(CELLS**2)
            self.gain = rng.normal(0, 1, CELLS**2)
            yield 1.0
        finally:
            self.head, self.order, self.gain = kept

    def explained(self) -> ExplainedNetwork:
        return ExplainedNetwork(
            self.logits,
            self.explain,
            [self.explain, self.explain],
            self.randomised,
            {FORWARD: self.forward, **dict.fromkeys(LAST_MAP_METHODS, self.explain)},
        )

    def forward(
        self, squares: NDArray[np.uint8], toward: Finding
    ) -> dict[str, Evidence]:
        self.logits(squares)
        return {}


def draw(
    *, bright: bool, row: int = 3, column: int = 2, seed: int = 0
) -> NDArray[np.uint8]:
    """Draw grey 96 x 96 pixels with one bright or dark cell in the left lung."""
    noise = np.random.default_rng(seed).integers(-2, 3, (96, 96))
    picture = (100 + noise).astype(np.uint8)
    cell = 96 // CELLS
    place = np.s_[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
    picture[place] = 240 if bright else 10
    return picture


class HandMadeClassifier(Classifier):
    """Assesses what it is given by the hand-made network, without a gate."""

    def __init__(self, network: HandMadeNetwork) -> None:
        self.hand_made = network
        self.card = cast(
            "Any",
            {
                "temperature": 1.0,
                "bias": 0.0,
                "on_lungs": False,
                "operating_points": {"balanced": {"threshold": 0.5, "rule": "a half"}},
            },
        )

    def model_input(
        self, radiograph: Radiograph, lungs: Any = None
    ) -> NDArray[np.uint8]:
        """Average the pixels of a picture of 96 x 96 pixels."""
        pixels = np.asarray(radiograph.pixels, np.float64)
        square = pixels.reshape(SIDE, 3, SIDE, 3).mean(axis=(1, 3))
        return np.asarray(np.rint(square)[..., np.newaxis], np.uint8)

    def assess(self, radiograph: Radiograph, **_: Any) -> Assessment:
        """Score without a gate; the lungs are always the same."""
        logit = self.hand_made.logits(self.model_input(radiograph)[np.newaxis])[0]
        return Assessment(
            status="assessed",
            weights="hand_made",
            weights_sha256="0" * 64,
            input_sha256=radiograph.sha256,
            calibrated=False,
            reference_prevalence=0.5,
            score=float(1 / (1 + np.exp(-logit))),
            lungs=TWO_LUNGS,
        )
