"""Plans carried out by the command line on real brokers: agreed to at a terminal, interrupted by Ctrl-C, resumed."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from steward.cluster.observer import connect
from steward.model.change import Change, CreateTopic, DeleteTopic
from steward.model.plan import Plan
from steward.model.snapshot import Part
from support.live_execution import LiveExecution, store_in
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

STEWARD = str(Path(sys.executable).parent / "steward")


@pytest.fixture
def live(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[LiveExecution]:
    (tmp_path / "steward.toml").write_text(
        f'[store]\nurl = "sqlite:///{tmp_path}/steward.db"\n'
        f'[profiles.prod]\nbootstrap_servers = "{sandbox.bootstrap_servers}"\n'
    )
    made = LiveExecution(sandbox.name, sandbox.connection, tmp_path, {})
    yield made
    with connect(sandbox.connection) as observer:
        topics = observer.observe(frozenset({Part.TOPICS})).topics.value
    left = (t for t in topics if t.name.startswith("apply-"))
    made.carry_out(*(DeleteTopic(name=t.name, topic_id=t.id) for t in left))


def kept(live: LiveExecution, *changes: Change) -> Plan:
    plan = live.plan(*changes)
    with store_in(live.folder) as store:
        store.plans.save(plan)
    return plan


def topic(name: str, **configs: str) -> CreateTopic:
    good = {"retention.ms": "1000000", "min.insync.replicas": "2"}
    return CreateTopic(
        name=f"apply-{name}", partitions=1, replication_factor=3, configs=good | configs
    )


def command(live: LiveExecution, *words: str) -> list[str]:
    return [STEWARD, "--config", str(live.folder / "steward.toml"), *words]


def at_a_terminal(line: list[str], answer: str) -> tuple[int, str]:
    """Run a command whose every stream is a terminal, and answer its question."""
    pid, master = pty.fork()
    if pid == 0:
        os.execvp(line[0], line)
    said, answered, deadline = b"", False, time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.1)[0]:
            try:
                piece = os.read(master, 65_536)
            except OSError:  # the other side is gone
                break
            if not piece:
                break
            said += piece
        if not answered and (b"type apply-" in said or b"[y/N]" in said):
            os.write(master, f"{answer}\n".encode())
            answered = True
    _, status = os.waitpid(pid, 0)
    os.close(master)
    return os.waitstatus_to_exitcode(status), said.decode(errors="replace")


def names(live: LiveExecution) -> set[str]:
    with connect(live.connection) as observer:
        return {t.name for t in observer.observe(frozenset({Part.TOPICS})).topics.value}


@pytest.mark.parametrize(
    ("cluster", "answer", "code"),
    [
        ("plain", "n", 4),
        ("plain", "y", 0),
        ("prod", "y", 4),
        ("prod", "apply-asked", 0),
    ],
)
def test_a_person_is_asked_at_a_terminal_and_types_the_name_in_production(
    live: LiveExecution, cluster: str, answer: str, code: int
) -> None:
    plan = kept(live, topic("asked"))
    words = command(live, "--cluster", cluster, "apply", plan.id)
    ended, said = at_a_terminal(words, answer)
    assert (ended, "apply-asked" in names(live)) == (code, code == 0), said
    assert "topic apply-asked" in said
    assert ("type apply-asked" in said) is (cluster == "prod")


def test_ctrl_c_in_the_middle_says_how_to_go_on(
    live: LiveExecution,
) -> None:
    plan = kept(live, *(topic(f"many-{n:03}") for n in range(600)))  # two requests
    words = command(live, "--cluster", live.sandbox, "-o", "json", "apply", plan.id, "--yes")
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _until(lambda: len(_results(live, plan)) > 0)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, (out, err)
    assert f"plan resume {plan.id}" in json.loads(out)["errors"][0]["remedy"]
    assert f"plan resume {plan.id}" in err
    assert 0 < len(_results(live, plan)) < 600
    undo = command(live, "--cluster", live.sandbox, "-o", "json", "plan", "undo", plan.id)
    ran = subprocess.run([*undo, "--confirm", "x"], capture_output=True, text=True, check=False)
    assert ran.returncode == 4  # more destructive steps than a plan may hold, whoever agrees
    assert "too_many_destructive" in {e["code"] for e in json.loads(ran.stdout)["errors"]}
    resume = command(live, "--cluster", live.sandbox, "-o", "json", "plan", "resume", plan.id)
    ran = subprocess.run([*resume, "--yes"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert len([n for n in names(live) if n.startswith("apply-many-")]) == 600


def _results(live: LiveExecution, plan: Plan) -> dict[int, Any]:
    with store_in(live.folder) as store:
        return store.plans.results(plan.id)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
