"""`steward backup verify, list, show` on backups in a directory: what they print, and how they end."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

import steward.__main__ as entry
from backup.test_capture import Backup, _log
from steward.backup.stores.local import LocalStore
from steward.records.backup.signature import sign
from support.cluster_of_logs import ClusterOfLogs


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = entry.run([*words, "-o", "json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    made = Backup(ClusterOfLogs({0: _log(), 1: _log(2)}), store=LocalStore(tmp_path / "b"))
    made.run()
    made.cluster.logs[0].skip(3)
    made.cluster.logs[0].write([(1, b"k", b"v", [])])
    made.run()
    return made


def _key(folder: Path) -> tuple[Path, Path, bytes]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "key.pem").write_bytes(private)
    (folder / "public.pem").write_bytes(public)
    return folder / "key.pem", folder / "public.pem", private


def test_a_whole_backup_is_verified(
    backup: Backup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = _run(capsys, "backup", "verify", "orders", "--from", str(tmp_path / "b"))
    data = document["data"]
    assert (code, data["verdict"], data["problems"]) == (0, "verified", [])
    assert (data["records"], data["bytes"]) == (
        19,
        sum(len(log.data) for log in backup.cluster.logs.values()),
    )


def test_a_missing_object_is_exit_code_3(
    backup: Backup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    next((tmp_path / "b").rglob("*.log")).unlink()
    for level in ("V1", "V2", "V3"):
        code, document = _run(
            capsys, "backup", "verify", "--level", level, "--from", str(tmp_path / "b")
        )
        assert (code, document["data"]["verdict"]) == (3, "damaged")
        assert {p["kind"] for p in document["data"]["problems"]} == {"missing_object"}
    assert _run(capsys, "backup", "verify", "--level", "V0", "--from", str(tmp_path / "b"))[0] == 0


def test_lists_and_shows_add_up_the_runs(
    backup: Backup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = _run(capsys, "backup", "list", "--from", str(tmp_path / "b"))
    (row,) = document["data"]["backups"]
    assert (code, row["topic"], row["runs"], row["records"], row["complete"]) == (
        0,
        "orders",
        2,
        19,
        True,
    )
    code, document = _run(capsys, "backup", "show", "orders", "--from", str(tmp_path / "b"))
    data = document["data"]
    assert [run["records"] for run in data["runs"]] == [1, 18]
    assert data["runs"][0]["manifest"] == row["manifest"]
    assert [p["next_offset"] for p in data["partitions"]] == [16, 6]
    assert [(g["first"], g["last"], g["kind"]) for g in data["gaps"]] == [(12, 14, "unknown")]


def test_a_damaged_manifest_does_not_hide_other_backups(
    backup: Backup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup.cluster.topic_id = "AAAAAAAAAAAAAAAAAAAAAg"
    backup.run()
    manifest = next((tmp_path / "b").rglob("AAAAAAAAAAAAAAAAAAAAAQ/runs/*.manifest.json"))
    manifest.write_bytes(b"{}")
    code, document = _run(capsys, "backup", "list", "--from", str(tmp_path / "b"))
    assert code == 0
    assert [row["runs"] for row in document["data"]["backups"]] == [None, 1]
    assert [w["code"] for w in document["warnings"]] == ["backup_damaged"]
    assert len(document["unknown"]) > 0


def test_a_topic_without_a_backup_is_named(
    backup: Backup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("verify", "payments"), ("show", "payments"), ("list", "payments")):
        code, document = _run(capsys, "backup", *words, "--from", str(tmp_path / "b"))
        assert (code, document["errors"][0]["code"]) == (1, "not_found")
        assert "payments" in document["errors"][0]["message"]
    code, document = _run(capsys, "backup", "verify", "--from", str(tmp_path / "none"))
    assert (code, document["errors"][0]["code"]) == (1, "not_found")


def test_the_default_location_is_in_the_state_directory(
    capsys: pytest.CaptureFixture[str], state_dir: Path
) -> None:
    code, document = _run(capsys, "backup", "list")
    assert (code, document["data"]["location"]) == (0, str(state_dir / "backups"))


def test_signed_manifests_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, public, private = _key(tmp_path)
    store = LocalStore(tmp_path / "b")
    made = Backup(
        ClusterOfLogs({0: _log()}), store=store, sign=lambda content: sign(private, content)
    )
    made.run()
    words = ("backup", "verify", "--from", str(tmp_path / "b"), "--public-key")
    assert _run(capsys, *words, str(public))[0] == 0
    (tmp_path / "other").mkdir()
    code, document = _run(capsys, *words, str(_key(tmp_path / "other")[1]))
    assert (code, {p["kind"] for p in document["data"]["problems"]}) == (3, {"signature"})
    Backup(made.cluster, store=store).run()
    code, document = _run(capsys, *words, str(public))
    assert [(p["kind"], p["object"].endswith(".sig")) for p in document["data"]["problems"]] == [
        ("signature", True)
    ]
    assert code == 3


def test_another_file_is_no_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key.pem").write_text("nothing")
    words = ("backup", "verify", "--from", str(tmp_path), "--public-key", str(tmp_path / "key.pem"))
    code, document = _run(capsys, *words)
    assert (code, document["errors"][0]["code"]) == (2, "configuration")
    assert "openssl" in document["errors"][0]["remedy"]
