"""A network that is built, trained and explained in a moment, and its card."""

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
from lung_fields import FixedLungs, publish_lungs

from pneumonia.checked_files import LIST
from pneumonia.gate.checks import VIEWS
from pneumonia.gate.storage import save_gate
from pneumonia.gate.view_classifier import FRONTAL, LENGTH, ViewClassifier
from pneumonia.lungs.finder import LungFinder
from pneumonia.model.network import Network
from pneumonia.model.publication import save_weights


def tiny_network(
    side: int | None = 32,
    channels: int = 1,
    *,
    seed: int | None = 0,
) -> keras.Model:
    """Build a network of 61 parameters (one channel), from a seed unless None."""
    if seed is not None:
        keras.utils.set_random_seed(seed)
    inputs = keras.Input((side, side, channels))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def seeing_whole(
    model: keras.Model | None = None, finder: LungFinder | None = None
) -> Network:
    """Let a network see whole pictures."""
    return Network(model or tiny_network(), finder or FixedLungs(), on_lungs=False)


def seeing_lungs(
    model: keras.Model | None = None, finder: LungFinder | None = None
) -> Network:
    """Let a network see the box of the lungs."""
    return Network(model or tiny_network(), finder or FixedLungs(), on_lungs=True)


def describe(model: keras.Model, **changes: Any) -> dict[str, Any]:
    """Make the least card that is accepted, but for ``sha256``."""
    return {
        "name": "tiny",
        "architecture": "tiny",
        "input_shape": list(model.input_shape[1:]),
        "on_lungs": False,
        "calibrated": False,
        "temperature": 1.0,
        "bias": 0.0,
        "prevalence": 0.5,
        "operating_points": {
            "balanced": {"threshold": 0.5, "rule": "a half"},
            "screening": {"threshold": 0.25, "rule": "a quarter"},
        },
        **changes,
    }


def publish_tiny(folder: Path, **changes: Any) -> Path:
    """Save the tiny network with its card; returns the path of the ``.keras``."""
    model = tiny_network()
    return save_weights(model, describe(model, **changes), folder)


def list_anew(folder: Path) -> None:
    """List the files of a folder of weights as they are, like ``sha256sum``."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.glob("[!.]*.*"))
    ]
    (folder / LIST).write_text("".join(lines))


def publish_shared(folder: Path) -> Path:
    """Save what all networks share: a gate that admits all, and lungs by brightness."""
    save_gate(gate_seeing(FRONTAL), {"seed": 7}, folder)
    return publish_lungs(folder).parent


def gate_seeing(view: str = FRONTAL) -> ViewClassifier:
    """Make a gate that sees one view in every picture."""
    return ViewClassifier(
        views=VIEWS,
        mean=np.zeros(LENGTH, np.float32),
        scale=np.ones(LENGTH, np.float32),
        coefficients=np.zeros((LENGTH, len(VIEWS)), np.float32),
        intercepts=np.array([5 * (view == each) for each in VIEWS], np.float32),
        threshold=0.0,
    )
