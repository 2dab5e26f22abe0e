"""Brings the tables of a record to the shape that this version reads and writes."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from typing import Final

from sqlalchemy import (
    Connection,
    Engine,
    String,
    Table,
    column,
    func,
    inspect,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError

from pneumonia.errors import AuditError

if find_spec("alembic") is None:
    raise ImportError("alembic")  # told at the start, not once a record needs it

# Of `migrations/versions`, the oldest first. Here too, as a record that is up to date,
# which nearly all are, is opened without importing Alembic: 0.8 s and 17 MB.
REVISIONS: Final = ("1",)
# Not Alembic's own name, which a table of another program in the database may have.
VERSION_TABLE: Final = "audit_version"
# Any number, the same in each program.
_LOCK: Final = int.from_bytes(b"audit")

# Alembic keeps what it works on in a global variable.
_one_at_a_time: Final = threading.Lock()


def bring_up_to_date(engine: Engine, entries: Table) -> None:
    """Make the tables of a record, or change those of an earlier version.

    It is one transaction, and another program that opens the record waits for it. A
    record from before there were revisions keeps its rows as they are.

    Parameters
    ----------
    engine : Engine
    entries : Table
        What the program reads and writes.

    Raises
    ------
    AuditError
        If a newer version of this program wrote the record.
    SQLAlchemyError
        If the database cannot be reached or changed.
    """
    with engine.connect() as connection:
        found = _revision_of(connection)
    if found == REVISIONS[-1]:
        return
    try:
        with _one_at_a_time, engine.begin() as connection:
            _lock(connection)
            if _revision_of(connection) != REVISIONS[-1]:
                _upgrade(connection)
    except DBAPIError:
        # A user who may not change tables, or a disc that cannot be written: the record
        # can be used as it is if it only lacks the note of its revision.
        if found is not None or not _has_columns_of(entries, engine):
            raise


def _revision_of(connection: Connection) -> str | None:
    """Tell a record's revision; None where there is none yet."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    number = column("version_num", String)
    found = connection.scalar(select(number).select_from(table(VERSION_TABLE)))
    if found not in (None, *REVISIONS):
        raise AuditError(
            "A newer version of this program wrote the audit record: install that "
            "version, or name another record."
        )
    return found


def _lock(connection: Connection) -> None:
    """Wait until no other program changes the tables, up to the transaction's end."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", "pneumonia.audit:migrations")
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _has_columns_of(entries: Table, engine: Engine) -> bool:
    found = inspect(engine)
    return found.has_table(entries.name) and {
        it["name"] for it in found.get_columns(entries.name)
    } >= set(entries.columns.keys())
