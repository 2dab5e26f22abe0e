"""The files that the command line writes: checked before, whole or not there after."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pneumonia.cli.text_output import UsageError, printable
from pneumonia.export.records import to_csv, to_json_line

# Stands in every file of results, and in hardly any other.
_OWN_FIELD: Final = b"weights_sha256"
_LOOK_BYTES: Final = 2**16

Row = dict[str, Any]


def check_output(path: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """Find out before the work whether a file can and may be written.

    Parameters
    ----------
    path : Path
    inputs : iterable of Path
        What is read; never overwritten.
    force : bool
        Whether a file that this program did not write may be replaced.

    Raises
    ------
    UsageError
        If there is no such folder or no permission, or something else is in the
        file's place.
    """
    name = printable(str(path))
    if path.is_symlink():
        raise UsageError(
            f"Results are not written through a link. Received: {name}. Name the file "
            "that it leads to."
        )
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(
            f"Output is written to a file in an existing folder. Received: {name}."
        )
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"The folder {printable(str(path.parent))} is read-only.")
    if not path.exists():
        return
    if not path.is_file():
        raise UsageError(
            f"Output is written to a regular file. Received: {name}, a pipe or a "
            "device."
        )
    if any(is_same_file(path, each) for each in inputs):
        raise UsageError(
            f"{name} is one of the files to read. Choose another name for the output."
        )
    if not force and not _is_own(path):
        raise UsageError(
            f"{name} exists, and this program did not write it. Choose another name, "
            "or replace it with --force."
        )


def is_same_file(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file; what cannot be asked is another."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def _is_own(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_LOOK_BYTES)
    return not head or _OWN_FIELD in head


def write_file(path: Path, parts: Iterable[str | bytes]) -> None:
    """Write a file, replacing an older one only when all is written.

    Parameters
    ----------
    path : Path
    parts : iterable of str or bytes
        Written one after the other, text as UTF-8.

    Raises
    ------
    OSError
        With `path` as its file. Nothing is left behind.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        with fresh.open("xb") as file:
            for part in parts:
                file.write(part.encode() if isinstance(part, str) else part)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        error.filename = str(path)
        raise


def part_of(path: Path) -> Path:
    """Return the file that holds the rows of an output until it is complete."""
    return path.with_name(f"{path.name}.part")


def read_rows(path: Path) -> list[Row]:
    """Read the rows that a run wrote before it stopped.

    Parameters
    ----------
    path : Path
        Of the output, JSON or CSV; its part counts where there is one.

    Returns
    -------
    list of dict
        Empty if there is neither. Cells of CSV are text.

    Raises
    ------
    UsageError
        If the file holds something else.
    """
    part = part_of(path)
    found = part if part.exists() else path
    if not found.exists():
        return []
    text = found.read_bytes().decode("utf-8", "replace")
    try:
        if text.startswith("["):
            rows = json.loads(text)
        elif text.startswith("{"):
            # A row that was not written to its end is left out.
            rows = [json.loads(line) for line in text.split("\n")[:-1]]
        else:
            lines = io.StringIO(text[: text.rfind("\n") + 1], newline="")
            rows = [row for row in csv.DictReader(lines) if None not in row.values()]
        if any(not isinstance(row["file"], str) or "status" not in row for row in rows):
            raise ValueError(rows)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise UsageError(
            f"{printable(str(found))} does not hold rows of this program, so that no "
            "run can go on from it. Choose another name, or start anew without "
            "--resume."
        ) from error
    return list(rows)


class ResultFiles:
    """The rows of a run, written as they come.

    Until all are there, ``FILE.part`` holds them: JSON Lines or CSV, whole rows only.
    However the run ends, the part becomes the output, a JSON list or CSV. If that
    fails, the part stays, and a later run goes on from it.

    Parameters
    ----------
    json_file, csv_file : Path or None
    rows : sequence of dict
        Of an earlier run.
    """

    def __init__(
        self, json_file: Path | None, csv_file: Path | None, rows: Sequence[Row]
    ) -> None:
        self._json, self._csv = json_file, csv_file
        self._count = len(rows)
        self._fields = list(rows[0]) if rows else None
        texts = {
            json_file: "".join(map(to_json_line, rows)),
            csv_file: to_csv(rows),
        }
        self._files: dict[Path, io.FileIO] = {}
        for path, text in texts.items():
            if path is not None:
                write_file(part_of(path), [text])
                self._files[path] = io.FileIO(part_of(path), "ab")
        self._ends = [file.tell() for file in self._files.values()]

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def add(self, row: Row) -> None:
        """Write a row.

        Raises
        ------
        UsageError
            If the earlier rows have other fields.
        OSError
            If it cannot be written.
        """
        fields = list(row)
        if self._fields not in (None, fields):
            raise UsageError(
                "The earlier rows were written by another version of this program. "
                "Start anew without --resume."
            )
        texts = {
            self._json: to_json_line(row),
            self._csv: to_csv([row], header=self._fields is None),
        }
        for path, file in self._files.items():
            try:
                _write_all(file, texts[path].encode())
            except OSError as error:
                error.filename = str(path)
                raise
        self._ends = [file.tell() for file in self._files.values()]
        self._fields, self._count = fields, self._count + 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Make the outputs of what is there; say what cannot be written."""
        failure = error if isinstance(error, OSError) else None
        for (path, file), end in zip(self._files.items(), self._ends, strict=True):
            try:
                with file:
                    file.truncate(end)
                    os.fsync(file.fileno())
                self._publish(path)
            except OSError as fault:
                failure = failure or fault
        if failure is None:
            return
        kept = [
            printable(str(each))
            for path in self._files
            for each in (part_of(path), path)
            if self._count and each.exists()
        ]
        place = printable(str(failure.filename or "Standard output"))
        raise UsageError(
            f"{place} cannot be written: {failure.strerror}."
            + (
                f" {self._count} rows are in {' and '.join(kept)}. Make room and go on "
                "with --resume."
                if kept
                else ""
            )
        ) from failure

    def _publish(self, path: Path) -> None:
        """Turn a part into the output."""
        part = part_of(path)
        if self._count == 0:
            part.unlink()
        elif path == self._csv:
            part.replace(path)
        else:
            with part.open(encoding="utf-8", newline="") as rows:
                write_file(path, _as_list(rows))
            part.unlink()


def _as_list(lines: Iterable[str]) -> Iterator[str]:
    """Make a JSON list of JSON Lines."""
    yield "["
    for number, line in enumerate(lines):
        yield f"{',' if number else ''}\n{line.rstrip()}"
    yield "\n]\n"


def _write_all(file: io.FileIO, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]
