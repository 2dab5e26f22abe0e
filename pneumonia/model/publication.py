"""Write weights, their export and their card as one.

Each is written to a temporary file and moved into place in one step. If the process
stops between the moves, the next load makes those that are due. So a reader never meets
half a file or the card of other weights.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pneumonia.card.schema import SCHEMA_VERSION, Card, check_card
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
            {
                **card,
                "sha256": hashlib.sha256(fresh.read_bytes()).hexdigest(),
                "schema_version": SCHEMA_VERSION,
            }
        )
    except WeightsError:
        fresh.unlink()
        raise
    pending = pending_card(target)
    written = [fresh, pending]
    if served is not None:
        written.append(_pending_export(target))
        _pending_export(target).write_bytes(exported)
    pending.write_text(json.dumps(complete, indent=2) + "\n")
    for path in written:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    fresh.replace(target)
    publish_pending(target)
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


def _replace_json(path: Path, card: Card) -> Path:
    fresh = path.with_name(f".{path.stem}.new.json")
    fresh.write_text(json.dumps(card, indent=2) + "\n")
    return fresh.replace(path)


def pending_card(path: Path) -> Path:
    """Return where the card of weights waits until they are in place."""
    return path.with_name(f".{path.stem}.new.json")


def _pending_export(path: Path) -> Path:
    return path.with_name(f".{path.stem}.new.onnx")


def publish_pending(path: Path) -> None:
    """Move export and card into place; a reader may have done so before."""
    with contextlib.suppress(FileNotFoundError):
        _pending_export(path).replace(path.with_suffix(".onnx"))
    with contextlib.suppress(FileNotFoundError):
        pending_card(path).replace(path.with_suffix(".json"))
