"""The database of the record: SQLite, or PostgreSQL where its address says so."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from pneumonia.audit.entry import LATER, START, Entry, chained_hash
from pneumonia.audit.schema import bring_up_to_date
from pneumonia.errors import AuditError
from pneumonia.export.records import to_csv_name

Row = Mapping[str, Any]
_T = TypeVar("_T")

_BATCH: Final = 500
# Others that append at the same time take a place first; each try comes one further.
_TRIES: Final = 100
_TYPES: Final = {
    **dict.fromkeys(("score", "prevalence", *LATER), Double),
    "flagged": Boolean,
    "number": Integer,
}
_FIELDS: Final = tuple(it.name for it in fields(Entry))

# As the revisions of `pneumonia.audit.migrations` make it.
_table: Final = Table(
    "audit",
    MetaData(),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    *(Column(name, _TYPES.get(name, String)()) for name in _FIELDS),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
    Index("audit_id", "id", unique=True),
    Index("audit_input", "input_sha256"),
)


class AuditStore:
    """The record in its database.

    Parameters
    ----------
    address : str
        A path of a SQLite file, or a URL such as
        ``postgresql://user:password@host/database``.
    seconds : float
        Until a database that does not answer counts as lost.

    Raises
    ------
    AuditError
        If the address is no URL of SQLite or PostgreSQL.
    """

    def __init__(self, address: str, *, seconds: float = 5) -> None:
        try:
            url = make_url(address if "://" in address else f"sqlite:///{address}")
        except ArgumentError:
            url = None
        kind = url.get_backend_name() if url is not None else ""
        if url is None or kind not in ("sqlite", "postgresql"):
            # Not the address itself, which may hold a password.
            raise AuditError(
                "The audit record needs the path of a SQLite file or an address such "
                f"as postgresql://user@host/database. Received: {kind or 'another'}."
            )
        if kind == "postgresql":
            url = url.set(drivername="postgresql+pg8000")
        self._engine = create_engine(
            url,
            connect_args={"timeout": seconds},
            pool_pre_ping=True,
            hide_parameters=True,
        )
        self._made = False

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()

    def append(self, entries: Sequence[Entry]) -> None:
        """Append entries, all or none; those that are there already are left out.

        Parameters
        ----------
        entries : sequence of Entry

        Raises
        ------
        AuditError
            If the database cannot be reached or written.
        """
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            self._write(partial(_append, entries=batch))

    def purge(self, days: int) -> int:
        """Delete the oldest entries, and note in a checkpoint how far.

        Entries go from the first up to one that is not old enough, so that what stays
        is still one chain.

        Parameters
        ----------
        days : int
            Entries older than this go.

        Returns
        -------
        int
            How many went.

        Raises
        ------
        AuditError
            If the database cannot be reached or written, or the chain is broken: then
            nothing is deleted.
        """
        self.verify()
        oldest = datetime.now(UTC) - timedelta(days=days)
        limit = oldest.isoformat(timespec="microseconds")
        return self._write(partial(_purge, limit=limit))

    def verify(self, head: str | None = None) -> tuple[int, str]:
        """Check every entry and its place in the chain.

        Parameters
        ----------
        head : str, optional
            A hash that an earlier check gave; it must still be in the chain, else its
            end was cut off or all of it was written anew.

        Returns
        -------
        count : int
            Of entries.
        head : str
            The hash of the last; note it elsewhere. `START` where there is none.

        Raises
        ------
        AuditError
            If the chain is broken, with the place, or the database cannot be reached.
        """
        return check_chain(self.rows(), head)

    def rows(self, **equal: str) -> Iterator[Row]:
        """Yield the entries in their order, with place, hash and the one before.

        Parameters
        ----------
        **equal : str
            What a column must be, such as ``input_sha256``.

        Yields
        ------
        mapping

        Raises
        ------
        AuditError
            If the database cannot be reached.
        """
        wanted = [_table.c[name] == value for name, value in equal.items()]
        query = select(_table).where(*wanted).order_by(_table.c.sequence)
        try:
            self._make()
            with self._engine.connect() as connection:
                found = connection.execution_options(yield_per=_BATCH).execute(query)
                yield from map(dict, found.mappings())
        except SQLAlchemyError as error:
            raise _lost(error) from error

    def latest(self, count: int) -> Sequence[Row]:
        """Return the last results, the oldest of them first; raises as `rows`."""
        query = (
            select(_table)
            .where(_table.c.kind == "result")
            .order_by(_table.c.sequence.desc())
            .limit(count)
        )
        try:
            self._make()
            with self._engine.connect() as connection:
                rows = connection.execute(query).mappings()
                return list(map(dict, rows))[::-1]
        except SQLAlchemyError as error:
            raise _lost(error) from error

    def to_csv(self) -> Iterator[str]:
        """Yield the lines of a CSV of all entries, the names of the columns first."""
        yield _csv_line(_table.c.keys())
        for row in self.rows():
            yield _csv_line([row[name] for name in _table.c.keys()])

    def _make(self) -> None:
        if not self._made:
            bring_up_to_date(self._engine, _table)
            self._made = True

    def _write(self, work: Callable[[Connection], _T]) -> _T:
        """Do something in one transaction; again while another takes the same place."""
        for _ in range(_TRIES):
            try:
                self._make()
                with self._engine.begin() as connection:
                    return work(connection)
            except IntegrityError:
                continue
            except SQLAlchemyError as error:
                raise _lost(error) from error
        raise AuditError(
            f"No place was free in the audit record in {_TRIES} tries. Try again later."
        )


def check_chain(rows: Iterator[Row], head: str | None = None) -> tuple[int, str]:
    """Check entries in their order; as `AuditStore.verify`."""
    count, place, previous = 0, 0, START
    first: tuple[int, str] = (1, START)
    checkpoint: tuple[int, str] | None = None
    found = head in (None, START)
    for row in rows:
        if not count:
            first = row["sequence"], row["previous"]
            place, previous = first[0] - 1, first[1]
        place += 1
        entry = {name: row[name] for name in _FIELDS}
        if row["sequence"] != place or row["previous"] != previous:
            raise AuditError(
                f"The audit record is broken before entry {row['sequence']}: entry "
                f"{place} is missing or was changed."
            )
        if row["hash"] != chained_hash(place, previous, entry):
            raise AuditError(f"The audit record is broken: entry {place} was changed.")
        if row["kind"] == "checkpoint":
            checkpoint = row["number"] + 1, row["digest"]
        count, previous = count + 1, row["hash"]
        found |= head in (row["hash"], row["digest"])
    if first != (checkpoint or (1, START)):
        raise AuditError(
            f"The audit record begins at entry {first[0]}, and no checkpoint says that "
            "those before were deleted because of their age."
        )
    if not found:
        raise AuditError(
            f"The audit record has no entry with the hash {head}: its end was cut off, "
            "or it was written anew."
        )
    return count, previous


def _append(connection: Connection, entries: Sequence[Entry]) -> None:
    known = set(
        connection.scalars(
            select(_table.c.id).where(_table.c.id.in_([it.id for it in entries]))
        )
    )
    new = {it.id: asdict(it) for it in entries if it.id not in known}
    last = connection.execute(
        select(_table.c.sequence, _table.c.hash)
        .order_by(_table.c.sequence.desc())
        .limit(1)
    ).first()
    sequence, previous = (last[0], last[1]) if last else (0, START)
    rows = []
    for values in new.values():
        sequence += 1
        chain = {"sequence": sequence, "previous": previous}
        previous = chained_hash(sequence, previous, values)
        rows.append({**values, **chain, "hash": previous})
    if rows:
        connection.execute(insert(_table), rows)


def _purge(connection: Connection, limit: str) -> int:
    keep = connection.scalar(
        select(func.min(_table.c.sequence)).where(_table.c.time >= limit)
    )
    old = [] if keep is None else [_table.c.sequence < keep]
    last = connection.execute(
        select(_table.c.sequence, _table.c.hash)
        .where(*old)
        .order_by(_table.c.sequence.desc())
        .limit(1)
    ).first()
    if last is None:
        return 0
    # The checkpoint first: it is chained to what may go.
    _append(connection, [Entry("checkpoint", number=last[0], digest=last[1])])
    gone = connection.execute(delete(_table).where(_table.c.sequence <= last[0]))
    return int(gone.rowcount)


def _csv_line(values: Sequence[object]) -> str:
    # A provider may let its users choose what a spreadsheet would run as a formula.
    safe = [to_csv_name(it) if isinstance(it, str) else it for it in values]
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(safe)
    return line.getvalue()


def _lost(error: SQLAlchemyError) -> AuditError:
    # Not the error's text, in which the address stands.
    cause = type(getattr(error, "orig", None) or error).__name__
    return AuditError(
        f"The database of the audit record cannot be used ({cause}). Check that it "
        "runs, its address, and what its user may do."
    )
