"""The folder that the ray engine writes: a list of files, and Parquet for each part.

``files.jsonl`` lists the files, ``run.json`` has the settings. The files are cut into
parts, in the list's order. ``rows/0000012.parquet`` is there once part 12 is done: the
name follows from the part alone, and the file comes into its place in one step, so that
no stop and no repetition loses or doubles a row. Files that cannot be read are in
``quarantine/``, under the same names.
"""

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet

from pneumonia.cli.archive_sources import Source
from pneumonia.cli.outputs import Row, write_file
from pneumonia.cli.text_output import UsageError, printable

_OWN: Final = {"run.json", "files.jsonl", ".run.json.new", ".files.jsonl.new"}
# Small enough that many cores share few files, large enough for few Parquet files.
_LEAST_FILES, _MOST_FILES, _PARTS = 8, 1000, 200

_TEXT, _NUMBER, _TRUTH = pa.string(), pa.float64(), pa.bool_()
# Those of `pneumonia.export.records.record`. Stated, since a column may be empty.
SCHEMA: Final = pa.schema(
    {
        "file": _TEXT,
        "status": _TEXT,
        "reason": _TEXT,
        "message": _TEXT,
        "warnings": pa.list_(_TEXT),
        "warning_codes": pa.list_(_TEXT),
        "probability": _NUMBER,
        "prevalence": _NUMBER,
        "calibrated": _TRUTH,
        "flagged": _TRUTH,
        "unsure": _TRUTH,
        "unsure_reasons": pa.list_(_TEXT),
        "operating_point": _TEXT,
        "threshold": _NUMBER,
        "weights": _TEXT,
        "weights_sha256": _TEXT,
        "input_sha256": _TEXT,
        "repair": _TEXT,
        "heatmap_region": _TEXT,
        "heatmap_in_lungs": _NUMBER,
        "heatmap_codes": pa.list_(_TEXT),
        "masked_probability": _NUMBER,
        "disclaimer": _TEXT,
    }
)


class ArchiveFolder:
    """The results of an archive.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows, self._quarantine = folder / "rows", folder / "quarantine"
        self._list, self._run = folder / "files.jsonl", folder / "run.json"

    def begin(
        self, settings: dict[str, Any], sources: Iterable[Source], *, resume: bool
    ) -> None:
        """List the files, or go on with the list of an earlier run.

        Parameters
        ----------
        settings : dict
            What the rows depend on.
        sources : iterable of Source
            Looked at only if there is no list.
        resume : bool

        Raises
        ------
        UsageError
            If the folder holds something else, a run that was not to be resumed, or one
            with other settings; if there are no files.
        OSError
            If it cannot be written.
        """
        name = printable(str(self._folder))
        if self._run.exists():
            if not resume:
                raise UsageError(
                    f"{name} holds a run already. Go on with --resume, or name another "
                    "folder."
                )
            self._check(settings)
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        if foreign := {path.name for path in self._folder.iterdir()} - _OWN:
            raise UsageError(
                f"Results are written to a folder of their own. Received: {name}, "
                f"which holds {printable(min(foreign))}. Name an empty folder."
            )
        count = 0

        def lines() -> Iterator[str]:
            nonlocal count
            for count, source in enumerate(sources, 1):  # noqa: B007
                yield json.dumps(source) + "\n"

        write_file(self._list, lines())
        if not count:
            self._list.unlink()
            raise UsageError("No files were found. Name radiographs, or a folder.")
        self._rows.mkdir()
        self._quarantine.mkdir()
        size = min(max(count // _PARTS, _LEAST_FILES), _MOST_FILES)
        run = {"files": count, "files_in_a_part": size, "settings": settings}
        write_file(self._run, [json.dumps(run, indent=2) + "\n"])

    def _check(self, settings: dict[str, Any]) -> None:
        earlier = self._read_run()["settings"]
        for name in settings:
            if earlier.get(name) != settings[name]:
                raise UsageError(
                    f"The earlier run has another {name}. Received: "
                    f"{printable(str(settings[name]))}. Give the same options, or name "
                    "another folder."
                )

    def _read_run(self) -> dict[str, Any]:
        run: dict[str, Any] = json.loads(self._run.read_text(encoding="utf-8"))
        return run

    @property
    def files(self) -> int:
        """How many files there are, done or not."""
        return int(self._read_run()["files"])

    def left(self) -> Iterator[tuple[int, list[Source]]]:
        """Yield the parts that are not done, each with its number."""
        size, number = self._read_run()["files_in_a_part"], 0
        with self._list.open(encoding="utf-8") as lines:
            while part := list(islice(lines, size)):
                if not self._name(self._rows, number).exists():
                    yield number, [Source(*json.loads(line)) for line in part]
                number += 1

    def write(self, number: int, rows: list[Row]) -> None:
        """Write the rows of a part; what cannot be read is put into quarantine.

        Raises
        ------
        OSError
            If it cannot be written; the part is not done then.
        """
        bad = [row for row in rows if row["status"] == "unreadable"]
        good = [row for row in rows if row["status"] != "unreadable"]
        place = self._name(self._quarantine, number)
        if bad:
            _write(place, bad)
        else:
            place.unlink(missing_ok=True)  # of a try that was stopped
        _write(self._name(self._rows, number), good)

    def count(self) -> Counter[str]:
        """Count the rows of each status."""
        counts = Counter[str]()
        for folder in (self._rows, self._quarantine):
            data = pyarrow.dataset.dataset(folder, SCHEMA, format="parquet")
            for batch in data.to_batches(columns=["status"]):
                for each in pc.value_counts(batch["status"]).to_pylist():
                    counts[each["values"]] += each["counts"]
        return counts

    @staticmethod
    def _name(folder: Path, number: int) -> Path:
        return folder / f"{number:07}.parquet"


def _write(path: Path, rows: list[Row]) -> None:
    named = [
        {**row, "file": row["file"].encode("utf-8", "backslashreplace").decode()}
        for row in rows
    ]
    packed = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_pylist(named, SCHEMA), packed)
    # Written under a name that begins with a dot, which readers of Parquet leave out.
    write_file(path, [packed.getvalue()])
