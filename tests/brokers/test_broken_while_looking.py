"""What breaks in the middle of a look: answers that are corrupt, a broker that dies, a user who has had enough."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psutil
import pytest

from steward.cluster.adapters import connections as adapter
from steward.cluster.observer import connect
from steward.model.connection import Connection
from steward.model.error import StewardError
from steward.model.snapshot import ALL_PARTS, ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown
from steward.sandbox.cluster import broker_kill, broker_start
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers


def look(connection: Connection) -> ClusterSnapshot | StewardError:
    try:
        with connect(connection) as observer:
            return observer.observe(ALL_PARTS)
    except StewardError as fault:
        return fault


@pytest.mark.parametrize("seed", range(12))
def test_corrupt_answers_end_in_facts_or_in_one_clear_fault(
    seed: int, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bits flip and bytes are lost on their way in: no hang, no other exception, no half fact."""
    chance = random.Random(seed)
    rate, loses = (0.3, 0.6, 1.0)[seed % 3], seed % 4 == 3
    whole = adapter._DrainOnClose._sock_recv

    def broken(self: Any) -> tuple[bytes, Any]:
        received, error = whole(self)
        if not received or chance.random() >= rate:
            return received, error
        altered = bytearray(received)
        if loses:
            del altered[chance.randrange(len(altered)) :]
        else:
            altered[chance.randrange(len(altered))] ^= 1 << chance.randrange(8)
        return bytes(altered), error

    monkeypatch.setattr(adapter._DrainOnClose, "_sock_recv", broken)
    hasty = replace(
        sandbox.connection, request_timeout_seconds=2.0, connect_timeout_seconds=3.0, metrics={}
    )
    began = time.monotonic()
    seen = look(hasty)
    if isinstance(seen, StewardError):
        assert seen.summary
        assert "\n" not in seen.summary
    else:
        for part in ALL_PARTS:
            assert isinstance(seen.part(part), Observed | Unknown | NotApplicable)
    assert time.monotonic() - began < 60


@pytest.fixture
def victim(sandbox: RunningSandbox) -> Iterator[int]:
    """A broker that may die; it is back afterwards."""
    broker = sandbox.status.brokers[-1].id
    yield broker
    broker_start(sandbox.name, broker)


def test_a_broker_killed_while_it_is_asked_takes_only_its_own_facts(
    sandbox: RunningSandbox, victim: int
) -> None:
    killed: list[int] = []

    def on_progress(_: str) -> None:
        if not killed:
            killed.append(victim)
            broker_kill(sandbox.name, victim)

    quick = replace(sandbox.connection, request_timeout_seconds=10.0, connect_timeout_seconds=5.0)
    with connect(quick) as observer:
        seen = observer.observe(ALL_PARTS, progress=on_progress)
        assert killed
        again = observer.observe(frozenset({Part.LOG_DIRS, Part.BROKERS, Part.TOPICS}))
    for part in ALL_PARTS:
        assert isinstance(seen.part(part), Observed | Unknown | NotApplicable)
    assert isinstance(again.log_dirs, Observed)
    dead = again.log_dirs.value.get(victim)
    assert dead is None or isinstance(dead, Unknown)
    living = [b.id for b in sandbox.status.brokers if b.id != victim]
    assert all(not isinstance(again.log_dirs.value[id], Unknown) for id in living)


def test_an_interrupt_leaves_no_trace(sandbox: RunningSandbox) -> None:
    command = [sys.executable, "-m", "steward", "check", "--window", "60s", "-o", "json"]
    process = subprocess.Popen(
        [*command, "--cluster", sandbox.name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    _await_connection(process)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert process.returncode == 130
    assert "Traceback" not in err
    assert json.loads(out)["errors"][0]["code"] == "interrupted"


def _await_connection(process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 30
    while not psutil.Process(process.pid).net_connections("tcp"):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
