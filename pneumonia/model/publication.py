"""Publish weights, their export and their card as one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pneumonia.card.schema import SCHEMA_VERSION, Card, check_card
from pneumonia.checked_files import listed_files, publish, to_json
from pneumonia.errors import WeightsError

if TYPE_CHECKING:
    import keras


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
    with TemporaryDirectory() as fresh:
        model.save(Path(fresh) / "network.keras")
        network = (Path(fresh) / "network.keras").read_bytes()
    contents = {f"{card['name']}.keras": network}
    if served is not None:
        exported, grid = served
        contents[f"{card['name']}.onnx"] = exported
        digest = hashlib.sha256(exported).hexdigest()
        card = {**card, "served": {"sha256": digest, **grid}}
    complete = check_card(
        {
            **card,
            "sha256": hashlib.sha256(network).hexdigest(),
            "schema_version": SCHEMA_VERSION,
        }
    )
    contents[f"{card['name']}.json"] = to_json(complete)
    publish(contents, folder)
    return folder / f"{card['name']}.keras"


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
    card_name = path.with_suffix(".json").name
    publish({card_name: to_json(check_card(card))}, path.parent)


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
    publish({f"{name}.json": to_json(check_card(card))}, path.parent)
    return path.with_name(f"{name}.json")


def check_site_name(path: Path, name: str) -> None:
    """Refuse, with a `WeightsError`, a name that no card beside weights can have."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise WeightsError(
            "A card is named with letters, digits, - and _. "
            f"Received: {name!r}. Choose another name."
        )
    listed = map(Path, listed_files(path.parent))
    if name in {other.stem for other in listed if other.suffix != ".json"}:
        raise WeightsError(
            f"A site's card must not replace that of weights. Received: {name}, which "
            f"are weights in {path.parent}. Choose another name."
        )
