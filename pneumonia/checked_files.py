"""A folder of weights: its list ``SHA256SUMS``, and the files that the list allows.

The list has the format of ``sha256sum``. What it does not name, or names with another
checksum, is not loaded. Files are published together: they are written beside the old
ones, the list is replaced in one step, and only then are they moved into place. Whoever
reads meanwhile, or after a stop, finds all the old files or all the new ones.
"""

import contextlib
import hashlib
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from pneumonia.errors import WeightsError

LIST: Final = "SHA256SUMS"
# A site that sets it to the SHA-256 of its list allows that very folder alone.
PINNED: Final = "PNEUMONIA_WEIGHTS_SHA256"
_LINE: Final = re.compile(r"([0-9a-f]{64}) [ *]([^/\\]+)")


class CheckedFile(NamedTuple):
    """Names of a file and its card in a folder of weights.

    Attributes
    ----------
    file, card : str
        Names of the two.
    restore : str
        The sentence that says how to get both back.
    """

    file: str
    card: str
    restore: str

    def save(self, content: bytes, card: Mapping[str, Any], folder: Path) -> Path:
        """Publish both.

        Parameters
        ----------
        content : bytes
            Of the file.
        card : mapping
        folder : Path
            Created if missing.

        Returns
        -------
        Path
            Of the file.
        """
        publish({self.file: content, self.card: to_json(card)}, folder)
        return folder / self.file

    def load(self, folder: Path) -> bytes:
        """Read the file, if both are those of the list.

        Raises
        ------
        WeightsError
            If either is missing, changed or not listed.
        """
        content, _ = read_files(folder, self.file, self.card, restore=self.restore)
        return content

    def load_card(self, folder: Path) -> dict[str, Any]:
        """Read the card as it was written, if it is that of the list.

        Raises
        ------
        WeightsError
            If it is missing, changed or not listed.
        """
        (text,) = read_files(folder, self.card, restore=self.restore)
        card: dict[str, Any] = json.loads(text)
        return card


def to_json(card: Mapping[str, Any]) -> bytes:
    """Write a card as text."""
    return (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode()


def listed_files(folder: Path) -> dict[str, str]:
    """Read the list of a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict of str to str
        SHA-256 by name; empty where there is no list.

    Raises
    ------
    WeightsError
        If the list is damaged or unreadable, or is not the one that `PINNED` allows.
    """
    path = folder / LIST
    try:
        if not path.is_file():
            return {}
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read: {error.strerror}. Let this program's user read it."
        ) from error
    digest, allowed = hashlib.sha256(content).hexdigest(), os.environ.get(PINNED)
    if allowed and allowed != digest:
        raise WeightsError(
            f"{PINNED} allows the weights with the SHA-256 {allowed[:12]}… of their "
            f"{LIST}. Received: {path} with {digest[:12]}…. Restore that folder, or "
            "set the variable anew."
        )
    return _parse(content, path)


def read_files(folder: Path, *names: str, restore: str) -> list[bytes]:
    """Read files of one publication.

    Parameters
    ----------
    folder : Path
    *names : str
    restore : str
        The sentence that says how to get them back.

    Returns
    -------
    list of bytes

    Raises
    ------
    WeightsError
        If one is missing, changed, not listed, or lies outside the folder.
    """
    while True:
        listed = listed_files(folder)
        try:
            return [_read(folder / name, listed.get(name), restore) for name in names]
        except WeightsError:
            if listed_files(folder) == listed:
                raise
        # Others were published meanwhile.


def publish(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder of weights, all of them or none.

    Parameters
    ----------
    contents : mapping of str to bytes
        By name.
    folder : Path
        Created if missing.

    Raises
    ------
    WeightsError
        If the folder cannot be written, or its list is damaged.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with claimed(folder):
            _publish(contents, folder)
    except OSError as error:
        raise WeightsError(
            f"The weights in {folder} cannot be replaced: {error.strerror}. They stay "
            "as they were. Make room or name another folder, and publish again."
        ) from error


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep other publishers out of a folder; the system frees it if this one is killed.

    Parameters
    ----------
    folder : Path
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _publish(contents: Mapping[str, bytes], folder: Path) -> None:
    path = folder / LIST
    listed = _parse(path.read_bytes(), path) if path.exists() else {}
    for name, digest in listed.items():  # a publisher was stopped at its last step
        waiting = _waiting(folder / name)
        if waiting.is_file() and _sha256(waiting.read_bytes()) == digest:
            waiting.replace(folder / name)
    listed |= {name: _sha256(content) for name, content in contents.items()}
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(listed.items()))
    fresh = {**contents, LIST: lines.encode()}
    try:
        for name, content in fresh.items():
            with _waiting(folder / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
    except OSError:
        for name in fresh:
            _waiting(folder / name).unlink(missing_ok=True)
        raise
    for name in (LIST, *contents):
        _waiting(folder / name).replace(folder / name)


def _waiting(path: Path) -> Path:
    """Return where a file waits to be moved into place."""
    return path.with_name(f".{path.name}.new")


def _parse(content: bytes, path: Path) -> dict[str, str]:
    lines = content.decode(errors="replace").split("\n")
    found = [_LINE.fullmatch(line) for line in lines[:-1]]
    if lines[-1] or not all(found):
        raise WeightsError(
            f"{path} is damaged: each of its lines is a SHA-256, two spaces and a "
            "name. Restore the folder from the repository, or list the files anew: "
            f"{_list_anew(path.parent)}"
        )
    return {match[2]: match[1] for match in found if match}


def _read(path: Path, digest: str | None, restore: str) -> bytes:
    """Read a file that has this SHA-256, in place or waiting to be moved there."""
    if digest is None and path.exists():
        raise WeightsError(
            f"{path} is not listed in {LIST}, so it is not loaded. {restore} Files of "
            f"your own are listed with: {_list_anew(path.parent)}"
        )
    if digest is None:
        raise WeightsError(f"{path} is missing. {restore}")
    received = "none that can be read"
    # In place once more: it may have been moved between the two looks.
    for place in (path, _waiting(path), path):
        with contextlib.suppress(OSError):
            if not place.is_file():
                continue
            if not place.resolve().is_relative_to(path.parent.resolve()):
                raise WeightsError(
                    f"Weights lie in their own folder. Received: {path}, a link to a "
                    f"file elsewhere. Put the file itself there. {restore}"
                )
            content = place.read_bytes()
            if _sha256(content) == digest:
                return content
            received = f"one with {_sha256(content)[:12]}…"
    raise WeightsError(
        f"{path} must have the SHA-256 that {LIST} names ({digest[:12]}…). Received: "
        f"{received}. If it is being replaced, try again. {restore}"
    )


def _list_anew(folder: Path) -> str:
    files = "*.json *.keras *.npz *.onnx"
    return f"cd {shlex.quote(str(folder))} && sha256sum {files} > {LIST}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
