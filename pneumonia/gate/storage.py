"""The fitted gate on disk: ``gate.npz`` with its card ``gate.json``.

All networks share this one gate. Without it nothing is assessed.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from pneumonia.errors import WeightsError
from pneumonia.gate.checks import VIEWS
from pneumonia.gate.features import LENGTH
from pneumonia.gate.view_classifier import FRONTAL, ViewClassifier

GATE_FILE: Final = "gate.npz"
CARD_FILE: Final = "gate.json"

# What `numpy.load` raises for a file that is cut off, no archive, or lacks an array.
_DAMAGED: Final = (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile)

_RESTORE: Final = (
    f"Restore {GATE_FILE} and {CARD_FILE} from the repository, or fit the gate again: "
    "python train.py --gate --data chest_xray"
)


def save_gate(gate: ViewClassifier, card: Mapping[str, Any], folder: Path) -> Path:
    """Write the gate and its card. Each file is replaced in one step.

    Parameters
    ----------
    gate : ViewClassifier
        Its arrays are stored as float16.
    card : mapping
        Everything but ``sha256``, which is added.
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
    data = buffer.getvalue()
    complete = {**card, "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(complete, indent=2, ensure_ascii=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    # A stop between the two moves leaves a pair that does not match, and loading
    # that pair is an error.
    for name, content in ((GATE_FILE, data), (CARD_FILE, text.encode())):
        fresh = folder / f".{name}.new"
        fresh.write_bytes(content)
        fresh.replace(folder / name)
    return folder / GATE_FILE


def load_gate(folder: Path) -> ViewClassifier:
    """Load the gate whose checksum its card confirms.

    Parameters
    ----------
    folder : Path
        Holds ``gate.npz`` and ``gate.json``.

    Returns
    -------
    ViewClassifier

    Raises
    ------
    WeightsError
        If a file is missing or damaged, the two do not belong together, or an array
        has the wrong shape. There is no fallback: a radiograph is not assessed without
        the gate.
    """
    path = folder / GATE_FILE
    card = load_gate_card(folder)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"Radiographs are assessed only with the gate. Received: no {path} that "
            f"can be read. {_RESTORE}"
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if card.get("sha256") != digest:
        raise WeightsError(
            f"The gate {path} must have the SHA-256 that its card names "
            f"({str(card.get('sha256'))[:12]}…). Received: {digest[:12]}…. {_RESTORE}"
        )
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


def load_gate_card(folder: Path) -> dict[str, Any]:
    """Read the gate's card.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict
        As `pneumonia.evaluation.gate_admission.fit_and_publish_gate` wrote it.

    Raises
    ------
    WeightsError
        If the card is missing or is not a JSON object.
    """
    path = folder / CARD_FILE
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The gate's card {path} is missing or damaged. {_RESTORE}"
        ) from error
    if not isinstance(card, dict):
        raise WeightsError(f"The gate's card {path} is no JSON object. {_RESTORE}")
    return card


def _check_arrays(gate: ViewClassifier, path: Path) -> None:
    """Refuse arrays that do not fit together, and numbers that are not finite."""
    expected = {
        "mean": (LENGTH,),
        "scale": (LENGTH,),
        "coefficients": (LENGTH, len(gate.views)),
        "intercepts": (len(gate.views),),
    }
    for name, shape in expected.items():
        array = getattr(gate, name)
        if array.shape != shape:
            raise WeightsError(
                f"The gate {path} needs the shape {shape} for {name}. "
                f"Received: {array.shape}. {_RESTORE}"
            )
        if not np.isfinite(array).all():
            raise WeightsError(
                f"The gate {path} needs finite numbers. Received: others in {name}. "
                f"{_RESTORE}"
            )
    if FRONTAL not in gate.views or not set(gate.views) <= set(VIEWS):
        raise WeightsError(
            f"The gate {path} must know the views {', '.join(VIEWS)}. "
            f"Received: {', '.join(gate.views)}. {_RESTORE}"
        )
    if not np.isfinite(gate.threshold) or gate.scale.min() <= 0:
        raise WeightsError(
            f"The gate {path} needs a finite threshold and positive scales. {_RESTORE}"
        )
