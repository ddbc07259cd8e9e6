"""steward log verify: verdict, exit codes, and one clear line for what is no log."""

import os
import struct
from pathlib import Path

import pytest
from crc32c import crc32c

from support.command_line import CommandLine
from support.log_directories import partition


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    partition(folder)
    partition(folder, "orders-1", segments=1)
    (folder / "meta.properties").write_text("version=1\n")
    return folder


def _damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[70] ^= 1
    path.write_bytes(content)


def test_a_log_directory_is_verified_partition_by_partition(
    steward: CommandLine, data: Path
) -> None:
    run = steward("log", "verify", "data", "-o", "json")
    assert run.code == 0
    found = run.json["data"]
    assert found["verdict"] == "clean"
    assert found["problems"] == []
    assert [p["partition"] for p in found["partitions"]] == ["orders-0", "orders-1"]
    first = found["partitions"][0]
    assert (first["segments"], first["batches"]) == (3, 42)
    assert (first["first_offset"], first["last_offset"]) == (0, 71)
    assert first["bytes"] == sum(f.stat().st_size for f in (data / "orders-0").glob("*.log"))


def test_damage_exits_with_3_and_says_where_and_what_to_do(
    steward: CommandLine, data: Path
) -> None:
    _damage(data / "orders-1" / f"{0:020d}.log")
    run = steward("log", "verify", "data/orders-0", "data/orders-1", "-o", "json")
    assert run.code == 3
    (problem,) = run.json["data"]["problems"]
    assert problem["file"] == f"data/orders-1/{0:020d}.log"
    assert (problem["position"], problem["offset"]) == (0, 0)
    assert problem["kind"] == "batch_checksum_wrong"
    assert "consumers fail" in problem["consequence"]
    assert "copies the partition again" in problem["remedy"]
    text = steward("log", "verify", "data").out
    assert text.startswith("damaged: 1 problem in 2 partitions")
    assert steward("log", "verify", "data", "-o", "csv").out.count("batch_checksum_wrong") == 1


def test_a_partition_that_is_being_deleted_is_named_and_not_checked(
    steward: CommandLine, data: Path
) -> None:
    """The broker empties the checkpoint of leader epochs first, while segments still have epochs."""
    gone = data / f"gone-0.{'0a' * 16}-delete"
    (data / "orders-1").rename(gone)
    (gone / "leader-epoch-checkpoint").write_text("0\n0\n")
    for path in (str(data), str(gone)):
        run = steward("log", "verify", path, "-o", "json")
        assert run.code == 0
        notes = [(n["file"], n["kind"]) for n in run.json["data"]["notes"]]
        assert (str(gone), "being_deleted") in notes
    other = gone.with_name("kept-0")
    gone.rename(other)
    assert steward("log", "verify", str(other)).code == 3


def test_one_segment_is_verified_with_its_indexes(steward: CommandLine, data: Path) -> None:
    first, second, _ = sorted((data / "orders-0").glob("*.log"))
    first.with_suffix(".index").write_bytes(b"\1" * 8)
    assert steward("log", "verify", str(first)).code == 3
    assert steward("log", "verify", str(first.with_suffix(".index"))).code == 3
    assert steward("log", "verify", str(second)).code == 0


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere", "error: nowhere does not exist"),
        ("empty", "error: empty is no log: it holds neither segments nor directories"),
        ("etc", "error: etc is no log: it holds neither segments nor directories"),
        ("data/meta.properties", "error: data/meta.properties is no log"),
    ],
)
def test_what_is_no_log_is_one_line(
    steward: CommandLine, data: Path, tmp_path: Path, path: str, said: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "etc" / "dbus-1").mkdir(parents=True)
    run = steward("log", "verify", path)
    assert run.code == 2
    assert run.out == ""
    assert run.err.startswith(said)


def test_a_file_that_may_not_be_read_is_named(
    steward: CommandLine, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def refuse(self: Path, *args: object, **named: object) -> object:
        if self.name.endswith(".log") and self.parent.name == "orders-0":
            raise PermissionError(13, os.strerror(13))
        return opened(self, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", refuse)
    alone = steward("log", "verify", "data/orders-0")
    assert alone.code == 1
    assert "cannot be read: permission denied" in alone.err
    both = steward("log", "verify", "data", "-o", "json")
    assert [p["partition"] for p in both.json["data"]["partitions"]] == ["orders-1"]
    assert both.json["unknown"][0]["why"].endswith("permission denied")


def test_records_that_cannot_be_decoded_are_found_on_request(
    steward: CommandLine, data: Path
) -> None:
    path = data / "orders-1" / f"{0:020d}.log"
    content = bytearray(path.read_bytes())
    length = struct.unpack_from(">i", content, 8)[0]
    content[61] ^= 0x10  # the size of the first record
    content[17:21] = struct.pack(">I", crc32c(bytes(content[21 : 12 + length])))
    path.write_bytes(content)
    assert steward("log", "verify", "data").code == 0
    run = steward("log", "verify", "data", "--records", "-o", "json")
    assert run.code == 3
    (problem,) = run.json["data"]["problems"]
    assert (problem["kind"], problem["position"], problem["offset"]) == ("batch_unreadable", 0, 0)
    assert steward("log", "verify", "data/orders-0", "--records").code == 0


def test_a_snapshot_of_the_metadata_is_checked(steward: CommandLine, tmp_path: Path) -> None:
    metadata = partition(tmp_path, "__cluster_metadata-0", segments=1)
    batches = (metadata / f"{0:020d}.log").read_bytes()
    snapshot = metadata / f"{500:020d}-{3:010d}.checkpoint"
    snapshot.write_bytes(batches)
    assert steward("log", "verify", str(metadata)).code == 0
    _damage(snapshot)
    run = steward("log", "verify", str(metadata), "-o", "json")
    assert run.code == 3
    assert [p["file"] for p in run.json["data"]["problems"]] == [str(snapshot)]
