"""Weights on disk: a ``.keras`` file and the JSON card that describes it.

Further cards may describe the same file at other sites: such a card names it.

The two are published together. Each is written beside its place and moved into it
in one step; a stop between the two moves is mended at the next load, so a reader
never meets half a file or a card of other weights.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pneumonia.errors import WeightsError

if TYPE_CHECKING:
    import keras

logger = logging.getLogger(__name__)

DEFAULT_WEIGHTS = "resnet"

# What the classifier and the page rely on; a card may hold more.
_REQUIRED = (
    "name",
    "sha256",
    "architecture",
    "input_shape",
    "calibrated",
    "temperature",
    "bias",
    "prevalence",
    "operating_points",
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
    card : mapping
        The JSON card; its ``sha256`` is that of the file the model came from.
    """

    model: keras.Model
    card: Mapping[str, Any]


def save_weights(model: keras.Model, card: Mapping[str, Any], folder: Path) -> Path:
    """Publish a network and its card as ``<name>.keras`` and ``<name>.json``.

    Parameters
    ----------
    model : keras.Model
        Without optimizer: built, not compiled.
    card : mapping
        Everything but ``sha256``, which is added; ``name`` names the files.
    folder : Path
        Created if missing.

    Returns
    -------
    Path
        Of the ``.keras`` file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{card['name']}.keras"
    fresh = folder / f".{card['name']}.new.keras"  # Keras insists on the suffix
    model.save(fresh)
    complete = {**card, "sha256": _sha256(fresh)}
    pending = _pending_card(target)
    pending.write_text(json.dumps(complete, indent=2) + "\n")
    for path in (fresh, pending):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    fresh.replace(target)
    # A reader may have come between the two moves and made the second.
    with contextlib.suppress(FileNotFoundError):
        pending.replace(target.with_suffix(".json"))
    return target


def save_card(path: Path, card: Mapping[str, Any]) -> None:
    """Replace the card of published weights, in one step.

    Parameters
    ----------
    path : Path
        Of the ``.keras`` file, which stays as it is.
    card : mapping
        With the ``sha256`` of that file.
    """
    _replace_json(path.with_suffix(".json"), card)


def save_site_card(path: Path, card: Mapping[str, Any]) -> Path:
    """Write a further card beside weights that stay as they are.

    Parameters
    ----------
    path : Path
        Of the ``.keras`` file.
    card : mapping
        Its ``name`` names the file, its ``weights_file`` and ``sha256`` the weights.

    Returns
    -------
    Path
        Of the card.

    Raises
    ------
    WeightsError
        If the name is not a file's, or that of weights.
    """
    name = card["name"]
    check_site_name(path, name)
    return _replace_json(path.with_name(f"{name}.json"), card)


def check_site_name(path: Path, name: str) -> None:
    """Refuse, with a `WeightsError`, a name that no card beside weights can have."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise WeightsError(
            "A card is named with letters, digits, - and _. "
            f"Received: {name!r}. Choose another name."
        )
    if path.with_name(f"{name}.keras").exists():
        raise WeightsError(
            f"A site's card must not replace that of weights. Received: {name}, which "
            f"are weights in {path.parent}. Choose another name."
        )


def load_card(name_or_path: str | Path) -> tuple[dict[str, Any], Path]:
    """Read a card and check it against its weights file, without loading these.

    Parameters
    ----------
    name_or_path : str or Path
        A name in ``weights/``, such as ``"seed_cnn"``, or the path of a ``.keras``
        file with its card beside it, or of a site's card beside its weights.

    Returns
    -------
    card : dict
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
    card = _read_card(card_path)
    missing = [key for key in _REQUIRED if key not in card]
    if missing:
        raise WeightsError(
            f"The card {card_path} lacks {', '.join(missing)}. Restore it from the "
            "repository, or make it again with train.py."
        )
    if card["sha256"] != digest:
        raise WeightsError(
            f"The card {card_path} belongs to other weights than {path} (SHA-256 "
            f"{str(card['sha256'])[:12]}…, received {digest[:12]}…). Restore both "
            "from the repository, or make them again with train.py."
        )
    return card, path


def load_weights(name_or_path: str | Path = DEFAULT_WEIGHTS) -> Weights:
    """Load a network whose checksum its card confirms.

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
            f"The card of {path} speaks of inputs {card['input_shape']}. Received: a "
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


def trained_cards(folder: Path = WEIGHTS_FOLDER) -> list[dict[str, Any]]:
    """Read the cards that ``train.py`` wrote into a folder, the default first.

    Weights without a sound card of ``train.py`` are left out with a warning, sites'
    cards without.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of dict
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
    """Return the weights that a site's card is of, None for any other file."""
    try:
        name = _read_card(card_path).get("weights_file")
    except WeightsError:
        return None
    # Only a file beside the card: a card must not reach out of its folder.
    return card_path.with_name(Path(name).name) if isinstance(name, str) else None


def _replace_json(path: Path, card: Mapping[str, Any]) -> Path:
    fresh = path.with_name(f".{path.stem}.new.json")
    fresh.write_text(json.dumps(card, indent=2) + "\n")
    return fresh.replace(path)


def _pending_card(path: Path) -> Path:
    return path.with_name(f".{path.stem}.new.json")


def _mend(path: Path, digest: str) -> None:
    """Make the second of publishing's two moves if it was stopped between them."""
    pending = _pending_card(path)
    # No pending card, one half written, or another reader was faster: as it is.
    with contextlib.suppress(WeightsError, OSError):
        if _read_card(pending).get("sha256") == digest:
            pending.replace(path.with_suffix(".json"))


def _read_card(path: Path) -> dict[str, Any]:
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
