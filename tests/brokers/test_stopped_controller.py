"""A controller that stops in the middle of a plan: what arrives later is found and undone, and nothing else is."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import pytest

from steward.change.execution import step_performer as settling
from steward.change.planning import batches
from steward.cluster.observer import connect
from steward.model.change import Change, CreateTopic, DeleteTopic
from steward.model.error import StewardError
from steward.model.plan import Plan
from steward.model.snapshot import Part
from steward.sandbox.cluster import down, up
from steward.sandbox.status import SandboxSpec
from support.live_command import Command, command_on
from support.live_execution import ALLOW, LiveExecution, store_in
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPICS, IN_ONE_REQUEST = 20, 5
THEIRS = "stopped-theirs"


@dataclass
class Controller:
    """The process of the only controller, which is stopped and continued, never ended."""

    pid: int

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def small(state_dir: Path) -> Iterator[tuple[RunningSandbox, Controller]]:
    """Two brokers; the first alone is the controller, too."""
    status = up(SandboxSpec(name="stopping", brokers=2))
    controllers = [b for b in status.brokers if "controller" in b.roles]
    assert [b.id for b in controllers] == [1]
    assert controllers[0].pid is not None
    controller = Controller(controllers[0].pid)
    try:
        yield RunningSandbox("stopping", status), controller
    finally:
        controller.go_on()
        down("stopping", purge=True)


@pytest.fixture
def live(
    small: tuple[RunningSandbox, Controller], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveExecution]:
    monkeypatch.setattr(settling, "SETTLING_SECONDS", 1.0)
    monkeypatch.setattr(settling, "SETTLING_SECONDS_EACH", 0.0)
    monkeypatch.setattr(batches, "MAX_OBJECTS", IN_ONE_REQUEST)
    sandbox, controller = small
    hurried = replace(sandbox.connection, request_timeout_seconds=2.0, connect_timeout_seconds=2.0)
    made = LiveExecution(sandbox.name, hurried, tmp_path, {})
    yield made
    controller.go_on()
    patient = replace(made, connection=sandbox.connection)
    patient.carry_out(
        *(DeleteTopic(name=n, topic_id=i) for n, i in topics(patient).items() if is_ours(n))
    )


@pytest.fixture
def run(live: LiveExecution, capsys: pytest.CaptureFixture[str]) -> Command:
    return command_on(live, capsys)


def is_ours(name: str) -> bool:
    return name.startswith("stopped-")


def topics(live: LiveExecution) -> dict[str, str]:
    with connect(live.connection) as observer:
        return {t.name: t.id for t in observer.observe(frozenset({Part.TOPICS})).topics.value}


class Stopping:
    """A changer during whose n-th request the controller is stopped: before it is sent, or so many seconds after."""

    def __init__(self, changer: Any, controller: Controller, at: int, after: float | None) -> None:
        self._changer = changer
        self._controller = controller
        self._left = at
        self._after = after
        self.timer: threading.Timer | None = None

    def denied(self, changes: Any) -> Any:
        return self._changer.denied(changes)

    def perform(self, changes: Any, passwords: Any) -> tuple[StewardError | None, ...]:
        self._left -= 1
        if self._left == 0 and self._after is None:
            self._controller.stop()
        elif self._left == 0 and self._after is not None:
            self.timer = threading.Timer(self._after, self._controller.stop)
            self.timer.start()
        return self._changer.perform(changes, passwords)

    def close(self) -> None:
        self._changer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def interrupted(
    live: LiveExecution, controller: Controller, plan: Plan, at: int, after: float | None
) -> list[str]:
    """Carry a plan out until the controller stops; return how its steps ended, nothing where the run broke off."""
    with live.executor(plan) as executor:
        opened = executor.changer
        stopping: list[Stopping] = []

        def changer() -> Any:
            stopping.append(Stopping(opened(), controller, at, after))
            return stopping[-1]

        executor.changer = changer
        try:
            ended = executor.run(plan, lambda *_: ALLOW, approved=True).execution
        except StewardError:
            return []
        finally:
            for one in stopping:
                if one.timer is not None:
                    one.timer.join()
    return [r.status.value for r in ended.results]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(live: LiveExecution) -> bool:
    """Tell whether the cluster answers and makes a topic and takes it away again: what waited before is through."""
    try:
        probe: Change = CreateTopic(name="stopped-probe", partitions=1, replication_factor=2)
        live.carry_out(probe)
        live.carry_out(DeleteTopic(name="stopped-probe", topic_id=topics(live)["stopped-probe"]))
    except (StewardError, AssertionError):
        return False
    return True


@pytest.mark.parametrize(
    ("at", "after", "resumed"),
    [(2, None, True), (3, None, False), (1, 0.0, True), (2, 0.005, True), (4, 0.02, False)],
)
def test_what_a_stopped_controller_made_later_is_undone_and_nothing_else(
    small: tuple[RunningSandbox, Controller],
    live: LiveExecution,
    run: Command,
    at: int,
    after: float | None,
    resumed: bool,
) -> None:
    _, controller = small
    live.carry_out(CreateTopic(name=THEIRS, partitions=1, replication_factor=1))
    names = [f"stopped-{n:02}" for n in range(TOPICS)]
    changes = (CreateTopic(name=n, partitions=2, replication_factor=1) for n in names)
    plan = live.plan(*changes)
    with store_in(live.folder) as store:
        store.plans.save(plan)
    ended = interrupted(live, controller, plan, at, after)
    if after is None and ended:  # a request that was under way may have been through before
        assert ended.count("done") == (at - 1) * IN_ONE_REQUEST
        assert "unsure" in ended
    controller.go_on()
    until(lambda: answers(live))
    came = {n for n in topics(live) if n in names}
    if resumed:
        code, document = run("plan", "resume", plan.id, "--yes")
        assert code == 0, (ended, document["errors"])
        assert {n for n in topics(live) if n in names} == set(names)
        came = set(names)
    code, document = run("plan", "undo", plan.id, *(w for n in names for w in ("--confirm", n)))
    assert code == 0, (ended, document["errors"])
    deleted = {s["object"]["name"] for s in document["data"]["steps"]}
    assert deleted == came, ended
    left = {n for n in topics(live) if is_ours(n)}
    assert left == {THEIRS}, ended
