"""A store that fails says why in one fault, gives nothing away, and works again when it is back."""

import os
import sqlite3
from pathlib import Path

import pytest

from steward.model.connection import Secret
from steward.model.error import StoreTrouble, StoreUnavailable
from steward.store.open import open_store
from support.postgresql import PostgresServer, running_postgres


def test_a_file_locked_by_another_process_is_told_within_the_timeout(tmp_path: Path) -> None:
    with open_store(Secret(f"sqlite:///{tmp_path}/s.db")) as store:
        other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable) as fault:
            store.offset_history.save("prod", {"a": b"1"})
        assert fault.value.why is StoreTrouble.LOCKED
        assert store.offset_history.load("prod") == {}, "readers do not wait for a writer"
        other.execute("ROLLBACK")
        other.close()
        store.offset_history.save("prod", {"a": b"1"})
        assert store.offset_history.load("prod") == {"a": b"1"}


def test_a_file_that_was_removed_is_told_once_and_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with open_store(Secret(f"sqlite:///{path}")) as store:
        store.offset_history.save("prod", {"a": b"1"})
        for file in tmp_path.iterdir():
            file.unlink()
        with pytest.raises(StoreUnavailable, match="removed") as fault:
            store.offset_history.save("prod", {"b": b"2"})
        assert fault.value.why is StoreTrouble.GONE
        store.offset_history.save("prod", {"b": b"2"})
        assert store.offset_history.load("prod") == {"b": b"2"}


def test_a_full_disk_is_told_and_what_was_there_stays(tmp_path: Path) -> None:
    with open_store(Secret(f"sqlite:///{tmp_path}/s.db")) as store:
        store.offset_history.save("prod", {"a": b"1"})
        with store._database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        store._database.close()
        _limit_pages(store._database, pages + 2)
        with pytest.raises(StoreUnavailable) as fault:
            store.offset_history.save("prod", {"b": os.urandom(1_000_000)})
        assert fault.value.why is StoreTrouble.FULL
        assert store.offset_history.load("prod") == {"a": b"1"}


def _limit_pages(database, pages: int) -> None:
    """Give SQLite no room for more pages, as a full disk does."""
    from sqlalchemy import event

    create = database._created

    def created():
        engine = create()
        event.listen(engine, "connect", lambda c, _: c.execute(f"PRAGMA max_page_count={pages}"))
        return engine

    database._created = created


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnavailable) as fault:
        open_store(Secret(f"sqlite:///{tmp_path}/s.db"))
    assert fault.value.why is StoreTrouble.REFUSED


def test_a_path_below_a_file_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        open_store(Secret(f"sqlite:///{tmp_path}/file/s.db"))


def test_a_database_that_went_away_is_used_again_when_it_is_back() -> None:
    with running_postgres() as server, open_store(Secret(server.new_database())) as store:
        store.offset_history.save("prod", {"a": b"1"})
        server.stop()
        with pytest.raises(StoreUnavailable) as fault:
            store.offset_history.load("prod")
        assert fault.value.why is StoreTrouble.GONE
        server.start()
        assert store.offset_history.load("prod") == {"a": b"1"}


def test_a_locked_table_of_postgresql_is_told(postgres: PostgresServer) -> None:
    import psycopg

    url = postgres.new_database()
    with open_store(Secret(url)) as store:
        store.offset_history.save("prod", {"a": b"1"})
        address = url.replace("+psycopg", "")
        with psycopg.connect(address) as other:
            other.execute("LOCK TABLE rings IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreUnavailable) as fault:
                store.offset_history.load("prod")
            assert fault.value.why is StoreTrouble.LOCKED


def test_no_password_in_any_message(tmp_path: Path) -> None:
    secret = "hunter2"
    with pytest.raises(StoreUnavailable) as fault:
        open_store(Secret(f"postgresql+psycopg://u:{secret}@/none?host={tmp_path}"))
    assert secret not in f"{fault.value.summary}{fault.value.remedy}{fault.value.__cause__!r}"
    assert "\n" not in fault.value.summary


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "s.db"
    with open_store(Secret(f"sqlite:///{path}")):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
