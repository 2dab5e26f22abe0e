"""The network that finds the lungs, run by ONNX Runtime."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy.special import expit

from pneumonia.errors import WeightsError
from pneumonia.lungs.fields import SIDE, LungFields

NETWORK_FILE: Final = "lungs.onnx"
CARD_FILE: Final = "lungs.json"
_BATCH: Final = 32
_RESTORE: Final = (
    f"Restore {NETWORK_FILE} and {CARD_FILE} from the repository, or train the network "
    "again: python train.py --lungs"
)


class LungFinder:
    """Finds the lungs on radiographs. Safe to share between threads.

    Parameters
    ----------
    network : bytes
        ONNX: input of shape (N, 128, 128, 1), grey levels from 0 to 255; output logits
        of shape (N, 128, 128, 2).
    """

    def __init__(self, network: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        self._session = onnxruntime.InferenceSession(
            network, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, picture: NDArray[np.uint8]) -> LungFields:
        """Find the lungs on one picture.

        Parameters
        ----------
        picture : ndarray of uint8, shape (H, W)
            Without plain margins, in its window.

        Returns
        -------
        LungFields
        """
        return next(self.find_all(picture[np.newaxis]))

    def find_all(self, pictures: NDArray[np.uint8]) -> Iterator[LungFields]:
        """Find the lungs on many pictures of one size, in batches.

        Parameters
        ----------
        pictures : ndarray of uint8, shape (N, H, W)

        Yields
        ------
        LungFields
        """
        for start in range(0, len(pictures), _BATCH):
            squares = [
                cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
                for picture in pictures[start : start + _BATCH]
            ]
            batch = np.stack(squares)[..., np.newaxis].astype(np.float32)
            (logits,) = self._session.run(None, {self._input: batch})
            for lungs in expit(logits):
                yield LungFields(np.moveaxis(lungs, -1, 0))


def save_lung_network(network: bytes, card: Mapping[str, Any], folder: Path) -> Path:
    """Write the network and its card. Each file is replaced in one step.

    Parameters
    ----------
    network : bytes
        As `LungFinder` takes it.
    card : mapping
        Everything but ``sha256``, which is added.
    folder : Path
        Created if missing.

    Returns
    -------
    Path
        Of the network.
    """
    complete = {**card, "sha256": hashlib.sha256(network).hexdigest()}
    text = json.dumps(complete, indent=2, ensure_ascii=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    # A stop between the two moves leaves a pair that does not match, and loading that
    # pair is an error.
    for name, content in ((NETWORK_FILE, network), (CARD_FILE, text.encode())):
        fresh = folder / f".{name}.new"
        fresh.write_bytes(content)
        fresh.replace(folder / name)
    return folder / NETWORK_FILE


def load_lung_finder(folder: Path) -> LungFinder:
    """Load the network whose checksum its card confirms.

    Parameters
    ----------
    folder : Path
        Holds ``lungs.onnx`` and ``lungs.json``.

    Returns
    -------
    LungFinder

    Raises
    ------
    WeightsError
        If a file is missing or damaged, or the two do not belong together.
    """
    path = folder / NETWORK_FILE
    card = load_lung_card(folder)
    try:
        network = path.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"The lungs are found by {path}, which cannot be read. {_RESTORE}"
        ) from error
    digest = hashlib.sha256(network).hexdigest()
    if card.get("sha256") != digest:
        raise WeightsError(
            f"{path} must have the SHA-256 that its card names "
            f"({str(card.get('sha256'))[:12]}…). Received: {digest[:12]}…. {_RESTORE}"
        )
    return LungFinder(network)


def load_lung_card(folder: Path) -> dict[str, Any]:
    """Read the card of the network that finds the lungs.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict
        As ``train.py --lungs`` wrote it.

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
            f"The card {path} is missing or damaged. {_RESTORE}"
        ) from error
    if not isinstance(card, dict):
        raise WeightsError(f"The card {path} is no JSON object. {_RESTORE}")
    return card
