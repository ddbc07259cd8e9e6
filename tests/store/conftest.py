"""Stores to test on: a new SQLite file and a new database of a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.model.connection import Secret
from steward.store.open import Store, open_store
from support.postgresql import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Secret:
    if request.param == "sqlite":
        return Secret(f"sqlite:///{tmp_path}/steward.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return Secret(server.new_database())


@pytest.fixture
def store(url: Secret) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened
