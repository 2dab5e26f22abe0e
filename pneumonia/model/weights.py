"""Weights on disk: a ``.keras`` file, its export, and the JSON card of both.

A site that recalibrates weights adds a card of its own, which names the ``.keras``
file.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from pneumonia.card.schema import Card, check_card
from pneumonia.checked_files import listed_files, read_files
from pneumonia.errors import WeightsError

if TYPE_CHECKING:
    import keras

logger = logging.getLogger(__name__)

DEFAULT_WEIGHTS = "ensemble"
_RESTORE: Final = (
    "Restore network and card from the repository, or make both again with train.py."
)


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
    """Read a card, check its schema and the checksums of card and weights.

    The weights themselves are not loaded.

    Parameters
    ----------
    name_or_path : str or Path
        A name in ``weights/``, such as ``"seed_cnn"``, or the path of a ``.keras``
        file with its card beside it, or of a site's card beside its weights. Both are
        listed in ``SHA256SUMS`` in the same folder.

    Returns
    -------
    card : Card
    path : Path
        Of the ``.keras`` file.

    Raises
    ------
    WeightsError
        If a file is missing, changed or not listed, a number of the card is out of its
        range, or the two do not belong together.
    """
    card, path, _ = _read(name_or_path)
    return card, path


def load_weights(name_or_path: str | Path = DEFAULT_WEIGHTS) -> Weights:
    """Load a network whose checksum is that of the list and of its card.

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
        As `load_card`, or if Keras cannot load the network.
    """
    # Keras takes seconds to import; reading a card must not cost them. The networks'
    # own layers are known to it once their module is.
    import keras

    import pneumonia.model.architectures  # noqa: F401

    card, path, network = _read(name_or_path)
    try:
        # Keras loads from a path, and the file there may be replaced at any moment.
        with TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            copy.write_bytes(network)
            model = keras.saving.load_model(copy, compile=False)
    except Exception as error:
        # Keras reports what it cannot load with many exception types.
        raise WeightsError(
            f"The weights file {path} cannot be loaded by Keras {keras.__version__}. "
            "Install the versions of requirements.txt, or make it again with train.py."
        ) from error
    if list(model.input_shape[1:]) != card["input_shape"]:
        raise WeightsError(
            f"The card of {path} describes inputs {card['input_shape']}. Received: a "
            f"network for {list(model.input_shape[1:])}. {_RESTORE}"
        )
    return Weights(model=model, card=card)


def available_weights(folder: Path = WEIGHTS_FOLDER) -> list[str]:
    """Name the listed weights and sites' cards of a folder, the default first."""
    try:
        listed = [Path(name) for name in listed_files(folder)]
    except WeightsError:
        return []  # told where weights are loaded
    names = {path.stem for path in listed if path.suffix == ".keras"}
    names |= {
        path.stem
        for path in listed
        if path.suffix == ".json" and _network_of_site(folder / path)
    }
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


def _read(name_or_path: str | Path) -> tuple[Card, Path, bytes]:
    """Read a card and its network, both of one publication."""
    path = Path(name_or_path)
    if path.suffix not in (".keras", ".json"):
        path = WEIGHTS_FOLDER / f"{name_or_path}.keras"
    card_path, path = path.with_suffix(".json"), path.with_suffix(".keras")
    path = _network_of_site(card_path) or path
    text, network = read_files(path.parent, card_path.name, path.name, restore=_RESTORE)
    try:
        card = check_card(_parse(text))
    except WeightsError as error:
        raise WeightsError(
            f"The card {card_path} cannot be used. {error} {_RESTORE}"
        ) from error
    digest = hashlib.sha256(network).hexdigest()
    if card["sha256"] != digest:
        raise WeightsError(
            f"The card {card_path} belongs to other weights than {path} (SHA-256 "
            f"{card['sha256'][:12]}…, received {digest[:12]}…). {_RESTORE}"
        )
    return card, path, network


def _network_of_site(card_path: Path) -> Path | None:
    """Return the network that a site's card names, None for any other file."""
    try:
        (text,) = read_files(card_path.parent, card_path.name, restore=_RESTORE)
        name = _parse(text).get("weights_file")
    except WeightsError:
        return None
    # Only a file beside the card: a card must not name a file outside its folder.
    return card_path.with_name(Path(name).name) if isinstance(name, str) else None


def _parse(text: bytes) -> dict[str, Any]:
    try:
        card = json.loads(text)
    except ValueError as error:
        raise WeightsError("It is no JSON.") from error
    if not isinstance(card, dict):
        raise WeightsError(
            f"It must be a JSON object. Received: {type(card).__name__}."
        )
    return card
