"""Migrations make the tables that the code knows, once, whoever comes first."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import monotonic
from types import SimpleNamespace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from steward.model.connection import Secret
from steward.model.error import ConfigurationError, StoreTrouble, StoreUnavailable
from steward.store.leases import Holder
from steward.store.open import Store, open_store
from steward.store.tables import METADATA, REVISION


def test_the_tables_are_those_that_the_code_knows(url: Secret, store: Store) -> None:
    with create_engine(url.reveal()).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_newest_revision_is_the_one_that_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", "steward.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_many_open_an_empty_database_at_once(url: Secret) -> None:
    def opened(number: int) -> bool:
        with open_store(url) as store:
            return store.leases.acquire(f"of {number}", Holder(name="me"), ttl_ms=1) is not None

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(opened, range(6))) == [True] * 6


def test_many_new_files_are_opened_by_many_at_the_same_moment(tmp_path: Path) -> None:
    start = Barrier(6)

    def opened(place: int) -> bool:
        start.wait()
        with open_store(Secret(f"sqlite:///{tmp_path}/{place}.db")) as store:
            return store.size_bytes() > 0

    with ThreadPoolExecutor(6) as pool:
        for place in range(20):
            assert list(pool.map(opened, [place] * 6)) == [True] * 6


def test_a_new_file_that_another_connection_sets_up_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(tmp_path / "steward.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if other.in_transaction:
            other.execute("COMMIT")

    clock = SimpleNamespace(monotonic=monotonic, sleep=sleep)
    monkeypatch.setattr("steward.store.database.time", clock)
    with open_store(Secret(f"sqlite:///{tmp_path}/steward.db")) as store:
        assert store.size_bytes() > 0
    assert waits
    other.close()


def test_an_up_to_date_store_is_opened_while_another_process_writes(
    url: Secret, store: Store
) -> None:
    with store._database.writing(), open_store(url) as again:
        assert again.offset_history.load("prod") == {}


def test_an_open_store_is_opened_again_without_a_step(url: Secret, store: Store) -> None:
    store.offset_history.save("prod", {"a": b"1"})
    with open_store(url) as again:
        assert again.offset_history.load("prod") == {"a": b"1"}


def test_tables_of_a_newer_steward_are_left_alone(url: Secret, store: Store) -> None:
    store.close()
    with create_engine(url.reveal()).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="newer steward") as fault:
        open_store(url)
    assert fault.value.why is StoreTrouble.NEWER


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://localhost/steward", "sqlite://"])
def test_a_url_that_names_no_store_is_one_clear_line(wrong: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        open_store(Secret(wrong))
    assert "sqlite:///" in fault.value.remedy
