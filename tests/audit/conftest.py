"""The databases that every test of the record runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_audit import PostgreSQL, find_postgresql
from sqlalchemy import create_engine, text

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
    drop_table(server.url)
    return server.url


@pytest.fixture
def store(address: str) -> Iterator[AuditStore]:
    opened = AuditStore(address)
    yield opened
    opened.close()


def drop_table(url: str) -> None:
    engine = create_engine(url.replace("postgresql", "postgresql+pg8000"))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS audit"))
    engine.dispose()
