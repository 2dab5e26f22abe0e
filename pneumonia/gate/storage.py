"""The fitted gate on disk: ``gate.npz`` with its card ``gate.json``.

All networks share this one gate. Without it nothing is assessed.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from pneumonia.checked_files import CheckedFile
from pneumonia.errors import WeightsError
from pneumonia.gate.checks import VIEWS
from pneumonia.gate.view_classifier import FRONTAL, LENGTH, ViewClassifier

# What `numpy.load` raises for a file that is cut off, no archive, or lacks an array.
_DAMAGED: Final = (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile)

_RESTORE: Final = (
    "Restore gate.npz and gate.json from the repository, or fit the gate again: "
    "python train.py --gate --data chest_xray"
)
GATE_FILES: Final = CheckedFile("gate.npz", "gate.json", _RESTORE)


def save_gate(gate: ViewClassifier, card: Mapping[str, Any], folder: Path) -> Path:
    """Publish the gate and its card.

    Parameters
    ----------
    gate : ViewClassifier
        Its arrays are stored as float16.
    card : mapping
        What it was fitted on, and what it admits.
    folder : Path
        Created if missing.

    Returns
    -------
    Path
        The path of ``gate.npz``.
    """
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        views=np.array(gate.views),
        mean=gate.mean.astype(np.float16),
        scale=gate.scale.astype(np.float16),
        coefficients=gate.coefficients.astype(np.float16),
        intercepts=gate.intercepts.astype(np.float16),
        threshold=np.float64(gate.threshold),
    )
    return GATE_FILES.save(buffer.getvalue(), card, folder)


def load_gate(folder: Path) -> ViewClassifier:
    """Load the gate, if it is the published one.

    Parameters
    ----------
    folder : Path
        Holds ``gate.npz`` and ``gate.json``, and lists them.

    Returns
    -------
    ViewClassifier

    Raises
    ------
    WeightsError
        If a file is missing, changed or not listed, or an array has the wrong shape.
        There is no fallback: a radiograph is not assessed without the gate.
    """
    path = folder / GATE_FILES.file
    data = GATE_FILES.load(folder)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            gate = ViewClassifier(
                views=tuple(str(view) for view in arrays["views"]),
                mean=arrays["mean"].astype(np.float32),
                scale=arrays["scale"].astype(np.float32),
                coefficients=arrays["coefficients"].astype(np.float32),
                intercepts=arrays["intercepts"].astype(np.float32),
                threshold=float(arrays["threshold"]),
            )
    except _DAMAGED as error:
        raise WeightsError(
            f"The gate {path} is damaged ({type(error).__name__}). {_RESTORE}"
        ) from error
    _check_arrays(gate, path)
    return gate


def _check_arrays(gate: ViewClassifier, path: Path) -> None:
    """Refuse arrays that do not fit together, and numbers that are not finite."""
    expected = {
        "mean": (LENGTH,),
        "scale": (LENGTH,),
        "coefficients": (LENGTH, len(gate.views)),
        "intercepts": (len(gate.views),),
        "threshold": (),
    }
    for name, shape in expected.items():
        array = np.asarray(getattr(gate, name))
        if array.shape != shape or not np.isfinite(array).all():
            raise WeightsError(
                f"The gate {path} needs finite numbers of the shape {shape} for "
                f"{name}. Received: the shape {array.shape}. {_RESTORE}"
            )
    if gate.scale.min() <= 0:
        raise WeightsError(f"The gate {path} needs positive scales. {_RESTORE}")
    if FRONTAL not in gate.views or not set(gate.views) <= set(VIEWS):
        raise WeightsError(
            f"The gate {path} must know the views {', '.join(VIEWS)}. "
            f"Received: {', '.join(gate.views)}. {_RESTORE}"
        )
