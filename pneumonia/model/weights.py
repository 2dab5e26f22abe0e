"""Weights on disk: a ``.keras`` file, its export, and the JSON card of both.

A site that recalibrates weights adds a card of its own, which names the ``.keras``
file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pneumonia.card.schema import Card, check_card
from pneumonia.errors import WeightsError
from pneumonia.model.publication import pending_card, publish_pending

if TYPE_CHECKING:
    import keras

logger = logging.getLogger(__name__)

DEFAULT_WEIGHTS = "ensemble"


def _weights_folder() -> Path:
    """Find the weights: where the user says, in a clone, or where pip put them."""
    if named := os.environ.get("PNEUMONIA_WEIGHTS"):
        return Path(named)
    package = Path(__file__).resolve().parents[1]
    installed = package / "weights"
    return installed if installed.is_dir() else package.parent / "weights"


WEIGHTS_FOLDER = _weights_folder()


@dataclass(frozen=True)
class Weights:
    """A network with its card.

    Attributes
    ----------
    model : keras.Model
        One input of shape (N, S, S, C), one logit of shape (N, 1).
    card : Card
        Its ``sha256`` is that of the file the model came from.
    """

    model: keras.Model
    card: Card


def load_card(name_or_path: str | Path) -> tuple[Card, Path]:
    """Read a card, check its schema and the checksum of its weights file.

    The weights themselves are not loaded.

    Parameters
    ----------
    name_or_path : str or Path
        A name in ``weights/``, such as ``"seed_cnn"``, or the path of a ``.keras``
        file with its card beside it, or of a site's card beside its weights.

    Returns
    -------
    card : Card
    path : Path
        Of the ``.keras`` file.

    Raises
    ------
    WeightsError
        If a file is missing or damaged, or the two do not belong together.
    """
    path = Path(name_or_path)
    if path.suffix not in (".keras", ".json"):
        path = WEIGHTS_FOLDER / f"{name_or_path}.keras"
    card_path, path = path.with_suffix(".json"), path.with_suffix(".keras")
    if not path.exists():
        path = _weights_of_site(card_path) or path
    digest = _sha256(path)
    _mend(path, digest)
    read = _read_json(card_path)
    try:
        card = check_card(read)
    except WeightsError as error:
        raise WeightsError(
            f"The card {card_path} cannot be used. {error} Restore it from the "
            "repository, or make it again with train.py."
        ) from error
    if card["sha256"] != digest:
        raise WeightsError(
            f"The card {card_path} belongs to other weights than {path} (SHA-256 "
            f"{str(card['sha256'])[:12]}…, received {digest[:12]}…). Restore both "
            "from the repository, or make them again with train.py."
        )
    return card, path


def load_weights(name_or_path: str | Path = DEFAULT_WEIGHTS) -> Weights:
    """Load a network after checking its checksum against its card.

    Parameters
    ----------
    name_or_path : str or Path
        As for `load_card`.

    Returns
    -------
    Weights

    Raises
    ------
    WeightsError
        If a file is missing or damaged, or the two do not belong together.
    """
    # Keras takes seconds to import; reading a card must not cost them. The networks'
    # own layers are known to it once their module is.
    import keras

    import pneumonia.model.architectures  # noqa: F401

    card, path = load_card(name_or_path)
    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:
        # Keras reports what it cannot load with many exception types.
        raise WeightsError(
            f"The weights file {path} cannot be loaded by Keras {keras.__version__}. "
            "Install the versions of requirements.txt, or make it again with train.py."
        ) from error
    if list(model.input_shape[1:]) != card["input_shape"]:
        raise WeightsError(
            f"The card of {path} describes inputs {card['input_shape']}. Received: a "
            f"network for {list(model.input_shape[1:])}. Restore both files from the "
            "repository, or make them again with train.py."
        )
    return Weights(model=model, card=card)


def available_weights(folder: Path = WEIGHTS_FOLDER) -> list[str]:
    """Name the weights and sites' cards in a folder, sorted, the default first."""
    names = [path.stem for path in folder.glob("[!.]*.keras")]
    names += [
        path.stem
        for path in folder.glob("[!.]*.json")
        if path.stem not in names and _weights_of_site(path)
    ]
    return sorted(names, key=lambda name: (name != DEFAULT_WEIGHTS, name))


def trained_cards(folder: Path = WEIGHTS_FOLDER) -> list[Card]:
    """Read the cards that ``train.py`` wrote into a folder, the default first.

    Weights without a valid card of ``train.py`` are left out with a warning. Cards of
    sites are left out without one.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Card
    """
    cards = []
    for name in available_weights(folder):
        try:
            card, path = load_card(folder / f"{name}.keras")
        except WeightsError as error:
            logger.warning("Left out of the model card: %s", error)
            continue
        if "training" in card:
            cards.append(card)
        elif "weights_file" not in card:
            logger.warning("Left out of the model card: %s, not of train.py.", path)
    return cards


def _weights_of_site(card_path: Path) -> Path | None:
    """Return the weights that a site's card names, None for any other file."""
    try:
        name = _read_json(card_path).get("weights_file")
    except WeightsError:
        return None
    # Only a file beside the card: a card must not name a file outside its folder.
    return card_path.with_name(Path(name).name) if isinstance(name, str) else None


def _mend(path: Path, digest: str) -> None:
    """Move a pending card into place if publishing stopped before that move."""
    pending = pending_card(path)
    # Nothing to do without a pending card, if it is incomplete, or if another reader
    # has moved it.
    with contextlib.suppress(WeightsError, OSError):
        if _read_json(pending).get("sha256") == digest:
            publish_pending(path)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The card {path} is missing or damaged. Restore it from the repository, "
            "or make it again with train.py."
        ) from error
    if not isinstance(card, dict):
        raise WeightsError(
            f"The card {path} must be a JSON object. Received: "
            f"{type(card).__name__}. Restore it from the repository."
        )
    return card


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WeightsError(
            f"The weights file {path} is missing or cannot be read. Restore it from "
            "the repository, or make it with train.py."
        ) from error
