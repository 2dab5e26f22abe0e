"""A fitted file and its card, which holds the checksum of the file."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pneumonia.errors import WeightsError


class CheckedFile(NamedTuple):
    """Names of a file and its card in a folder of weights.

    Attributes
    ----------
    file, card : str
        Names of the two.
    purpose : str
        What the file is, at the start of a sentence.
    restore : str
        The sentence that says how to get both back.
    """

    file: str
    card: str
    purpose: str
    restore: str

    def save(self, content: bytes, card: Mapping[str, Any], folder: Path) -> Path:
        """Write both. Each is replaced in one step.

        Parameters
        ----------
        content : bytes
            Of the file.
        card : mapping
            Everything but ``sha256``, which is added.
        folder : Path
            Created if missing.

        Returns
        -------
        Path
            Of the file.
        """
        complete = {**card, "sha256": hashlib.sha256(content).hexdigest()}
        text = json.dumps(complete, indent=2, ensure_ascii=False) + "\n"
        folder.mkdir(parents=True, exist_ok=True)
        # A stop between the two moves leaves a pair that does not match, and loading
        # that pair is an error.
        for name, data in ((self.file, content), (self.card, text.encode())):
            fresh = folder / f".{name}.new"
            fresh.write_bytes(data)
            fresh.replace(folder / name)
        return folder / self.file

    def load(self, folder: Path) -> bytes:
        """Read the file whose checksum its card confirms.

        Parameters
        ----------
        folder : Path

        Returns
        -------
        bytes

        Raises
        ------
        WeightsError
            If either is missing or damaged, or the two do not belong together.
        """
        path = folder / self.file
        card = self.load_card(folder)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise WeightsError(
                f"{self.purpose} is needed. Received: no {path} that can be read. "
                f"{self.restore}"
            ) from error
        check_digest(content, card.get("sha256"), path, self.restore)
        return content

    def load_card(self, folder: Path) -> dict[str, Any]:
        """Read the card.

        Parameters
        ----------
        folder : Path

        Returns
        -------
        dict
            As it was written.

        Raises
        ------
        WeightsError
            If the card is missing or is not a JSON object.
        """
        path = folder / self.card
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise WeightsError(
                f"The card {path} is missing or damaged. {self.restore}"
            ) from error
        if not isinstance(card, dict):
            raise WeightsError(f"The card {path} is no JSON object. {self.restore}")
        return card


def check_digest(content: bytes, expected: object, path: Path, restore: str) -> None:
    """Refuse, with a `WeightsError`, a file that is not the one its card names.

    Parameters
    ----------
    content : bytes
    expected : str
        SHA-256 in the card.
    path : Path
        Of the file.
    restore : str
        The sentence that says how to get both back.
    """
    digest = hashlib.sha256(content).hexdigest()
    if expected != digest:
        raise WeightsError(
            f"{path} must have the SHA-256 that its card names "
            f"({str(expected)[:12]}…). Received: {digest[:12]}…. {restore}"
        )
