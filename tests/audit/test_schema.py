"""The tables of the record are made, changed and guarded by revisions."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from fixtures_audit import PostgreSQL, drop_tables, engine_of, make_entry
from sqlalchemy import Engine, inspect, text

from pneumonia.audit import migrations, schema
from pneumonia.audit.entry import LATER, START
from pneumonia.audit.store import AuditStore, _table
from pneumonia.errors import AuditError

ROOT = Path(__file__).parents[2]
Change = Callable[..., None]


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    opened = engine_of(address)
    yield opened
    opened.dispose()


@pytest.fixture
def change(engine: Engine) -> Change:
    def run(*statements: str) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    return run


def revision(engine: Engine) -> str | None:
    if not inspect(engine).has_table("audit_version"):
        return None
    with engine.connect() as connection:
        (row,) = connection.execute(text("SELECT version_num FROM audit_version"))
    return str(row[0])


def test_the_revisions_are_listed_in_their_order() -> None:
    (folder,) = migrations.__path__
    found = [it.revision for it in ScriptDirectory(folder).walk_revisions()]
    assert tuple(reversed(found)) == schema.REVISIONS


def test_a_new_record_has_the_table_that_the_program_reads(
    store: AuditStore, engine: Engine
) -> None:
    assert store.verify() == (0, START)
    assert revision(engine) == schema.REVISIONS[-1]
    options = {"version_table": "audit_version", "compare_type": True}
    with engine.connect() as connection:
        compared = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(compared, _table.metadata) == []
    assert {it["name"] for it in inspect(engine).get_indexes("audit")} == {
        "audit_id",
        "audit_input",
    }


@pytest.mark.parametrize("lacks", [(), LATER[2:], LATER])
def test_a_record_from_before_there_were_revisions_keeps_its_rows(
    store: AuditStore,
    address: str,
    engine: Engine,
    change: Change,
    lacks: tuple[str, ...],
) -> None:
    store.append([make_entry(number) for number in range(7)])
    before, head = list(store.rows()), store.verify()
    store.close()
    change("DROP TABLE audit_version")
    change(*(f"ALTER TABLE audit DROP COLUMN {name}" for name in lacks))
    later = AuditStore(address)
    assert list(later.rows()) == before
    assert later.verify() == head
    assert revision(engine) == schema.REVISIONS[-1]
    later.append([make_entry(8, input_size=1500.0)])
    assert later.verify()[0] == 8
    later.close()


def test_a_record_of_a_newer_version_is_refused_and_stays(
    store: AuditStore, address: str, engine: Engine, change: Change
) -> None:
    store.append([make_entry()])
    store.close()
    change("UPDATE audit_version SET version_num = '99'")
    later = AuditStore(address)
    for use in (lambda: later.append([make_entry(2)]), later.verify):
        with pytest.raises(AuditError) as told:
            use()
        assert re.fullmatch(r"A newer version [^.]*\.", str(told.value))
    later.close()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM audit")) == 1
    assert revision(engine) == "99"


_OPEN = """
import sys
from pneumonia.audit.store import AuditStore
print("comes", flush=True)
count, _ = AuditStore(sys.argv[1], seconds=60).verify()
print(count, "alembic" in sys.modules)
"""


def start_opener(address: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _OPEN, address],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_who_opens_a_new_record_waits_for_who_is_making_it(
    address: str, engine: Engine
) -> None:
    with engine.begin() as connection:
        schema._lock(connection)
        schema._upgrade(connection)
        openers = [start_opener(address) for _ in range(2)]
        for opener in openers:
            assert opener.stdout
            assert opener.stdout.readline() == "comes\n"
            with pytest.raises(subprocess.TimeoutExpired):
                opener.wait(1)
    for opener in openers:
        assert opener.communicate(timeout=60) == ("0 False\n", "")


def test_servers_that_start_at_once_make_one_record(
    address: str, engine: Engine
) -> None:
    openers = [start_opener(address) for _ in range(3)]
    told = sorted(opener.communicate(timeout=120) for opener in openers)
    assert told == [(f"comes\n0 {made}\n", "") for made in (False, False, True)]
    assert revision(engine) == schema.REVISIONS[-1]


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_user_who_may_read_and_add_alone_writes_the_record(
    postgresql: PostgreSQL, is_noted: bool
) -> None:
    engine = engine_of(postgresql.url)
    drop_tables(engine)
    owner = AuditStore(postgresql.url)
    owner.append([make_entry(1)])
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS page"))
        connection.execute(text("CREATE ROLE page LOGIN"))
        connection.execute(text("GRANT SELECT, INSERT ON audit TO page"))
        connection.execute(text("GRANT SELECT ON audit_version TO page"))
        if not is_noted:  # from before there were revisions
            connection.execute(text("DROP TABLE audit_version"))
    page = AuditStore(postgresql.url.replace("audit@", "page@"))
    page.append([make_entry(2)])
    assert page.verify()[0] == owner.verify()[0] == 2
    page.close()
    owner.close()
    drop_tables(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE page"))
    engine.dispose()


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_record_on_a_disc_that_cannot_be_written_is_read(
    tmp_path: Path, is_noted: bool
) -> None:
    path = tmp_path / "audit.db"
    store = AuditStore(str(path))
    store.append([make_entry(1)])
    store.close()
    if not is_noted:
        engine = engine_of(str(path))
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE audit_version"))
        engine.dispose()
    copy = AuditStore(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert copy.verify()[0] == 1
    copy.close()


def test_a_record_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    address = str(tmp_path / "audit.db")
    told = [start_opener(address).communicate(timeout=120)[0] for _ in range(2)]
    assert told == ["comes\n0 True\n", "comes\n0 False\n"]
