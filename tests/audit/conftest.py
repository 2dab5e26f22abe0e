"""The databases that every test of the record runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_audit import PostgreSQL, drop_tables, engine_of, find_postgresql

from pneumonia.audit.store import AuditStore


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with PostgreSQL(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "audit.db")
    server: PostgreSQL = request.getfixturevalue("postgresql")
    engine = engine_of(server.url)
    drop_tables(engine)
    engine.dispose()
    return server.url


@pytest.fixture
def store(address: str) -> Iterator[AuditStore]:
    opened = AuditStore(address)
    yield opened
    opened.close()
