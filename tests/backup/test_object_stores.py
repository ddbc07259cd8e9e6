"""What every object store promises: whole objects or none, listings by key, conditional replacement."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from steward.backup.stores.lease import Lease
from steward.backup.stores.local import LocalStore
from steward.backup.stores.open import open_object_store
from steward.backup.stores.port import (
    ConditionFailed,
    ObjectMissing,
    ObjectStore,
    ObjectStoreFault,
    StoredObject,
)
from steward.model.error import ConfigurationError
from support.memory_objects import MemoryStore

LARGE = bytes(range(256)) * 80_000


def _content(store: ObjectStore, key: str) -> bytes:
    return b"".join(bytes(piece) for piece in store.stream(key))


def test_an_object_appears_whole(store: ObjectStore) -> None:
    writer = store.writer("a/b/1.log")
    for at in range(0, len(LARGE), 3_000_000):
        writer.write(memoryview(LARGE)[at : at + 3_000_000])
        assert store.size("a/b/1.log") is None
    writer.commit()
    assert store.size("a/b/1.log") == len(LARGE)
    assert _content(store, "a/b/1.log") == LARGE


def test_an_object_is_not_replaced(store: ObjectStore) -> None:
    for content in (b"first", b"second"):
        writer = store.writer("a/1.log")
        writer.write(content)
        if content == b"first":
            writer.commit()
    with pytest.raises(ConditionFailed, match="exists already"):
        writer.commit()
    writer.abort()
    assert _content(store, "a/1.log") == b"first"
    assert len(list(store.list(""))) == 1


def test_an_aborted_object_does_not_exist(store: ObjectStore) -> None:
    writer = store.writer("a/1.log")
    writer.write(LARGE)
    writer.abort()
    assert store.size("a/1.log") is None
    assert list(store.list("")) == []


def test_listings_are_ordered_and_end_at_whole_names(store: ObjectStore) -> None:
    for key in ("t/p00001/2.log", "t/p00001/10.log", "t/HEAD", "tt/HEAD"):
        store.put(key, key.encode())
    assert [o.key for o in store.list("t")] == ["t/HEAD", "t/p00001/10.log", "t/p00001/2.log"]
    assert StoredObject("tt/HEAD", 7) in list(store.list(""))
    assert list(store.list("nothing")) == []


def test_more_objects_than_a_page_are_listed(bucket: str) -> None:
    store = open_object_store(f"s3://{bucket}", Path())
    keys = [f"k/{i:05d}" for i in range(1_005)]
    for key in keys:
        store.put(key, b"")
    assert [o.key for o in store.list("k")] == keys


def test_head_moves_only_from_the_version_that_was_read(store: ObjectStore) -> None:
    store.put_if("t/HEAD", b"one", None)
    with pytest.raises(ConditionFailed):
        store.put_if("t/HEAD", b"two", None)
    first = store.get("t/HEAD")
    store.put_if("t/HEAD", b"two", first.version)
    with pytest.raises(ConditionFailed):
        store.put_if("t/HEAD", b"three", first.version)
    assert store.get("t/HEAD").content == b"two"


def test_what_does_not_exist_is_missing_and_can_be_deleted(store: ObjectStore) -> None:
    with pytest.raises(ObjectMissing):
        store.get("none")
    with pytest.raises(ObjectMissing):
        list(store.stream("none"))
    store.delete("none")
    store.put("a/one", b"1")
    store.delete("a/one")
    assert list(store.list("")) == []


def test_deleting_leaves_no_empty_folders(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "backups")
    store.put("c/t/i/p00000/1.log", b"1")
    store.delete("c/t/i/p00000/1.log")
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "/outside", "a/.."])
def test_no_key_leads_out_of_the_directory(tmp_path: Path, key: str) -> None:
    """A manifest from elsewhere may name any key."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"secret")
    store = open_object_store("backups", tmp_path)
    for use in (store.get, store.size, store.delete, store.writer, lambda k: list(store.stream(k))):
        with pytest.raises(ObjectStoreFault, match="leads out of"):
            use(key)
    assert outside.read_bytes() == b"secret"


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "backups")
    store.put("c/t/1.log", b"1")
    assert (tmp_path / "backups").stat().st_mode & 0o077 == 0
    assert (tmp_path / "backups" / "c").stat().st_mode & 0o077 == 0


def test_a_killed_writer_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    code = f"""
import os, signal
from pathlib import Path
from steward.backup.stores.lease import Lease
from steward.backup.stores.local import LocalStore
writer = LocalStore(Path({str(tmp_path)!r})).writer("t/1.log")
writer.write(b"x" * 100_000)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    store = LocalStore(tmp_path)
    assert list(store.list("")) == []
    assert store.size("t/1.log") is None
    assert list((tmp_path / "t").iterdir()) != []
    store.discard_partial("t")
    assert list((tmp_path / "t").iterdir()) == []


def test_a_full_disk_is_one_line_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ObjectStoreFault, match="No space left on device") as raised:
        store.put("t/1.log", b"x")
    assert "free space" in raised.value.remedy
    assert list(store.list("")) == []


def test_a_file_in_place_of_a_directory_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ObjectStoreFault, match="cannot be written"):
        LocalStore(tmp_path / "file").put("t/1.log", b"x")


def test_an_endpoint_that_is_gone_is_one_line(monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("steward.backup.stores.remote._RETRY_SECONDS", 0)
    store = open_object_store(f"s3://{bucket}/x", Path())
    with pytest.raises(ObjectStoreFault, match="cannot be read") as raised:
        store.get("HEAD")
    assert "\n" not in raised.value.summary


def test_a_bucket_that_does_not_exist_is_one_line(bucket: str) -> None:
    store = open_object_store(f"s3://{bucket}-none/x", Path())
    with pytest.raises(ObjectStoreFault):
        store.put("t/1.log", b"x")


@pytest.mark.parametrize(
    "location", ["ftp://host/x", "s3://key:secret@bucket/x", "http://127.0.0.1/x"]
)
def test_other_locations_are_refused(location: str) -> None:
    with pytest.raises(ConfigurationError):
        open_object_store(location, Path())


def test_a_file_url_is_a_directory(tmp_path: Path) -> None:
    store = open_object_store(f"file://{tmp_path}/my%20backups", Path())
    assert store.location == f"{tmp_path}/my backups"


def test_one_writer_holds_a_key_at_a_time(store: ObjectStore) -> None:
    with store.hold("c/t/i"):
        with pytest.raises(ConditionFailed, match="another backup writes"), store.hold("c/t/i"):
            pass
        with store.hold("c/t/other"):
            pass
    with store.hold("c/t/i"):
        pass


def test_a_lease_of_a_killed_process_expires() -> None:
    store, clock = MemoryStore(), [1_000.0]
    Lease(store, "t", lambda: clock[0])._take()
    clock[0] += 50
    with pytest.raises(ConditionFailed, match="free in 4m 10s"):
        Lease(store, "t", lambda: clock[0])._take()
    clock[0] += 300
    with Lease(store, "t", lambda: clock[0]).held():
        assert store.size("t/RUNNING") is not None
    assert store.size("t/RUNNING") is None


def test_what_a_running_writer_writes_is_not_discarded(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    writer = store.writer("t/1.log")
    writer.write(b"x")
    LocalStore(tmp_path).discard_partial("t")
    writer.commit()
    assert _content(store, "t/1.log") == b"x"
