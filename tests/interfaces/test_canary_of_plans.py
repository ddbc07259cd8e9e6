"""Canaries in passwords that plans set, from every kind of source: no output, file or row of a store holds one."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from steward.interfaces.cli import run as cli_run
from steward.model.error import BrokerRefused, StewardError
from support.canaries import Canaries, answering, assert_none_kept
from support.changing import Changing
from support.postgresql import PostgresServer, running_postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


USERS = """
apiVersion: steward/v1
kind: User
metadata: {name: from-env}
spec: {mechanism: SCRAM-SHA-512, iterations: 8192, passwordFrom: {env: CANARY_ENV}}
---
apiVersion: steward/v1
kind: User
metadata: {name: from-file}
spec: {mechanism: SCRAM-SHA-512, iterations: 8192, passwordFrom: {file: FILE}}
---
apiVersion: steward/v1
kind: User
metadata: {name: from-program}
spec: {mechanism: SCRAM-SHA-512, iterations: 8192, passwordFrom: {command: [PROGRAM, show, kafka]}}
---
apiVersion: steward/v1
kind: User
metadata: {name: refused}
spec: {mechanism: SCRAM-SHA-512, iterations: 8192, passwordFrom: {env: CANARY_REFUSED}}
"""


def _program(path: Path, secret: str, *, code: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\necho '{secret}'\necho '{secret}' >&2\nexit {code}\n")
    path.chmod(0o700)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Canaries, str]:
    """Choose the store; return the canaries, one of them in its URL, and that, empty for SQLite."""
    canaries = Canaries()
    if request.param == "sqlite":
        return canaries, ""
    url = answering(request.getfixturevalue("postgres"), canaries)
    monkeypatch.setenv("CANARY_STORE", url)
    config.write_text(config.read_text() + '[store]\nurl_env = "CANARY_STORE"\n')
    return canaries, url


def test_a_plan_that_sets_passwords_shows_and_keeps_none(
    changing: Callable[[dict[str, Any]], Changing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    store: tuple[Canaries, str],
) -> None:  # fmt: skip
    """A broker that refuses one credential repeats all passwords that it was sent."""
    canaries, url = store
    run = changing(
        {"identity": {"version": "4.3", "controller": 1}, "brokers": "1 2 3", "users": {}}
    )
    for variable in ("ENV", "REFUSED"):
        monkeypatch.setenv(f"CANARY_{variable}", canaries[variable])
    (tmp_path / "password").write_text(canaries["FILE"] + "\n")
    manifest = tmp_path / "users.yaml"
    program = _program(tmp_path / "program", canaries["PROGRAM"])
    manifest.write_text(
        USERS.replace("FILE", str(tmp_path / "password")).replace("PROGRAM", str(program))
    )
    sent: set[str] = set()
    performing = run.cluster.perform

    def perform(changes: Any, passwords: Any) -> tuple[StewardError | None, ...]:
        sent.update(secret.reveal() for secret in passwords.values())
        said = f"POLICY_VIOLATION: {' '.join(sorted(sent))}"
        run.cluster.refuses["refused"] = BrokerRefused(said, kafka_error="POLICY_VIOLATION")
        return performing(changes, passwords)

    monkeypatch.setattr(run.cluster, "perform", perform)
    planned = run("plan", str(manifest), "--cluster", "dev")
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(planned.document))
    ran = run("apply", str(plan), "--yes", "--confirm", "from-program", "--cluster", "dev")
    assert sent == {canaries[place] for place in ("ENV", "FILE", "PROGRAM", "REFUSED")}, ran.told
    assert len(run.cluster.performed) == 3
    assert not canaries.found_in(f"{planned.document}{planned.err}{ran.document}{ran.err}")
    for words in (("plan", "status", planned.data["id"]), ("plan", "audit")):
        assert not canaries.found_in(run.text(*words, "--cluster", "dev"))
    rows = assert_none_kept(canaries, tmp_path / "state", url)
    assert any("POLICY_VIOLATION: ***" in row for row in rows["plan_journal"])
    assert rows["plans"]
    assert rows["audit_log"]


def _asked_for(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Let somebody sit at the terminal who agrees and types a password."""
    people = {"ask": lambda _: True, "ask_secret": lambda _: secret}
    monkeypatch.setattr(cli_run, "_prompts", lambda *_: people)


def _refuse_with(run: Changing, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Let the broker refuse a credential once it has its password, and repeat that."""
    performing = run.cluster.perform

    def perform(changes: Any, passwords: Any) -> tuple[StewardError | None, ...]:
        said = f"POLICY_VIOLATION: bob with {secret}, '{secret}'"
        run.cluster.refuses["bob"] = BrokerRefused(said, kafka_error="POLICY_VIOLATION")
        return performing(changes, passwords)

    monkeypatch.setattr(run.cluster, "perform", perform)


SOURCES = ("env", "file", "command", "prompt")


def _source(kind: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put a password in a place, and return the options that name it."""
    if kind == "prompt":
        _asked_for(monkeypatch, secret)
        return []
    if kind == "env":
        monkeypatch.setenv("CANARY_SOURCE", secret)
        return ["--password-env", "CANARY_SOURCE"]
    if kind == "file":
        (tmp_path / "secret").write_text(secret)
        return ["--password-file", str(tmp_path / "secret")]
    return ["--password-command", str(_program(tmp_path / "print", secret))]


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("length", ["long", "short"])
def test_no_kind_of_place_lets_a_password_through(
    kind: str, length: str, changing: Callable[[dict[str, Any]], Changing], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, store: tuple[Canaries, str],
) -> None:  # fmt: skip
    canaries, url = store
    secret = canaries[kind] if length == "long" else f"{uuid.uuid4().hex[:4]}-Q7"
    run = changing(
        {"identity": {"version": "4.3", "controller": 1}, "brokers": "1 2 3", "users": {}}
    )
    given = _source(kind, secret, tmp_path, monkeypatch)
    _refuse_with(run, monkeypatch, secret)
    shown = ""
    for words in (["--dry-run"], ["--yes", "--confirm", "bob"]):
        ran = run("user", "create", "bob", *given, *words, "--cluster", "dev")
        shown += f"{ran.document}{ran.err}"
    assert ran.code != 0
    assert "POLICY_VIOLATION: bob with ***, '***'" in ran.told
    plans = [row["id"] for row in run("plan", "list").data["plans"]]
    assert plans
    for words in (
        ["plan", "status", plans[0]],
        ["plan", "audit"],
        ["plan", "show", plans[0], "--cluster", "dev"],
    ):
        for form in ("text", "json", "wide", "csv"):
            shown += run.text(*words, "-o", form)
    rows = assert_none_kept(canaries, tmp_path / "state", url)
    assert any("POLICY_VIOLATION" in row for row in rows["plan_journal"])
    kept = " ".join(row for table in rows.values() for row in table)
    assert secret not in shown
    assert secret not in kept


@pytest.mark.parametrize("kind", ["command", "file", "env"])
def test_a_password_that_cannot_be_fetched_is_not_in_the_reason(
    kind: str, changing: Callable[[dict[str, Any]], Changing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    canaries = Canaries()
    run = changing(
        {"identity": {"version": "4.3", "controller": 1}, "brokers": "1 2 3", "users": {}}
    )
    given = _source(kind, canaries[kind], tmp_path, monkeypatch)
    if kind == "command":
        _program(tmp_path / "print", canaries[kind], code=3)
    elif kind == "file":
        (tmp_path / "secret").write_bytes(canaries[kind].encode() + b"\xff\xfe")
    else:
        monkeypatch.delenv("CANARY_SOURCE")
    ran = run(
        "user",
        "create",
        "bob",
        *given,
        "--yes",
        "--confirm",
        "bob",
        "--verbose",
        "--cluster",
        "dev",
    )
    assert ran.code == 2, ran.told
    assert len(ran.document["errors"]) == 1
    assert ran.document["errors"][0]["remedy"]
    assert not canaries.found_in(f"{ran.document}{ran.err}")
