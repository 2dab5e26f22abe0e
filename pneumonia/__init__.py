"""Pneumonia against normal on chest radiographs of young children.

A research demonstration, not a medical device. One radiograph in five lines:

>>> import pneumonia
>>> classifier = pneumonia.load_classifier("ensemble")
>>> assessment = classifier.assess(pneumonia.read_radiograph(data))
>>> decision = pneumonia.decide(
...     assessment, classifier.card, operating_point="balanced", prevalence=0.15)
>>> decision.flagged, decision.probability, decision.threshold

A file that may not be read raises a `RadiographError` in `read_radiograph`;
`classifier.assess_file(data)` makes it an `Assessment` with its reason instead.
Each name is imported when it is first used: TensorFlow takes seconds to load.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pneumonia.errors import (
        CheckpointError,
        DatasetError,
        ExportError,
        RadiographError,
        UnreadableRadiographError,
        UnsupportedRadiographError,
        WeightsError,
    )
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.classifier import load_classifier
    from pneumonia.model.decision import Decision, decide
    from pneumonia.reading.radiograph import read_radiograph

# Else ONNX Runtime tells its maker, over the network, that and on what it is run.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"

__all__ = [
    "Assessment",
    "CheckpointError",
    "DatasetError",
    "Decision",
    "ExportError",
    "RadiographError",
    "UnreadableRadiographError",
    "UnsupportedRadiographError",
    "WeightsError",
    "__version__",
    "decide",
    "load_classifier",
    "read_radiograph",
]

_MODULES: Final = {
    "Assessment": "pneumonia.model.assessment",
    "Decision": "pneumonia.model.decision",
    "decide": "pneumonia.model.decision",
    "load_classifier": "pneumonia.model.classifier",
    "read_radiograph": "pneumonia.reading.radiograph",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name.startswith("_") or name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "pneumonia.errors")), name)


def __dir__() -> list[str]:
    """Name what the package offers."""
    return __all__
