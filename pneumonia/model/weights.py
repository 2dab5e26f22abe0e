"""Weights on disk: a ``.keras`` file, its export, and the JSON card of both.

A site that recalibrates weights adds a card of its own, which names the ``.keras``
file.

Weights, export and card are published together. Each is written to a temporary file
and moved into place in one step. If the process stops between the moves, the next load
makes those that are due. So a reader never meets half a file or the card of other
weights.
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

from pneumonia.card.schema import SCHEMA_VERSION, Card, check_card
from pneumonia.errors import WeightsError

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


def save_weights(
    model: keras.Model,
    card: Mapping[str, Any],
    folder: Path,
    *,
    served: tuple[bytes, Mapping[str, float]] | None = None,
) -> Path:
    """Publish a network and its card as ``<name>.keras`` and ``<name>.json``.

    Parameters
    ----------
    model : keras.Model
        Without optimizer: built, not compiled.
    card : mapping
        A `Card` without ``sha256`` and ``schema_version``, which are added. Its
        ``name`` names the files.
    folder : Path
        Created if missing.
    served : (bytes, mapping), optional
        The export for serving, ``<name>.onnx``, and its grid, as of
        `pneumonia.training.export.export_served`.

    Returns
    -------
    Path
        Of the ``.keras`` file.

    Raises
    ------
    WeightsError
        If the card does not follow the schema; nothing is published then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{card['name']}.keras"
    fresh = folder / f".{card['name']}.new.keras"  # Keras insists on the suffix
    model.save(fresh)
    if served is not None:
        exported, grid = served
        digest = hashlib.sha256(exported).hexdigest()
        card = {**card, "served": {"sha256": digest, **grid}}
    try:
        complete = check_card(
            {**card, "sha256": _sha256(fresh), "schema_version": SCHEMA_VERSION}
        )
    except WeightsError:
        fresh.unlink()
        raise
    pending = _pending_card(target)
    written = [fresh, pending]
    if served is not None:
        written.append(_pending_export(target))
        _pending_export(target).write_bytes(exported)
    pending.write_text(json.dumps(complete, indent=2) + "\n")
    for path in written:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    fresh.replace(target)
    _publish_pending(target)
    return target


def save_card(path: Path, card: Card) -> None:
    """Replace the card of published weights, in one step.

    Parameters
    ----------
    path : Path
        Of the ``.keras`` file, which stays as it is.
    card : Card
        With the ``sha256`` of that file.

    Raises
    ------
    WeightsError
        If the card does not follow the schema.
    """
    _replace_json(path.with_suffix(".json"), check_card(card))


def save_site_card(path: Path, card: Card) -> Path:
    """Write a site's card beside the weights, which stay as they are.

    Parameters
    ----------
    path : Path
        Of the ``.keras`` file.
    card : Card
        Its ``name`` names the file, its ``weights_file`` and ``sha256`` the weights.

    Returns
    -------
    Path
        Of the card.

    Raises
    ------
    WeightsError
        If the name is no file name, is that of weights, or the card does not follow
        the schema.
    """
    name = card["name"]
    check_site_name(path, name)
    return _replace_json(path.with_name(f"{name}.json"), check_card(card))


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


def _replace_json(path: Path, card: Card) -> Path:
    fresh = path.with_name(f".{path.stem}.new.json")
    fresh.write_text(json.dumps(card, indent=2) + "\n")
    return fresh.replace(path)


def _pending_card(path: Path) -> Path:
    return path.with_name(f".{path.stem}.new.json")


def _pending_export(path: Path) -> Path:
    return path.with_name(f".{path.stem}.new.onnx")


def _mend(path: Path, digest: str) -> None:
    """Move a pending card into place if publishing stopped before that move."""
    pending = _pending_card(path)
    # Nothing to do without a pending card, if it is incomplete, or if another reader
    # has moved it.
    with contextlib.suppress(WeightsError, OSError):
        if _read_json(pending).get("sha256") == digest:
            _publish_pending(path)


def _publish_pending(path: Path) -> None:
    """Move export and card into place; a reader may have done so before."""
    with contextlib.suppress(FileNotFoundError):
        _pending_export(path).replace(path.with_suffix(".onnx"))
    with contextlib.suppress(FileNotFoundError):
        _pending_card(path).replace(path.with_suffix(".json"))


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
