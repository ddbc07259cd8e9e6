"""What goes wrong while real brokers are changed: a bad object, a quota, lost answers, a broker or store that goes."""

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import event

from steward.change.execution import step_performer as executing
from steward.change.execution.executor import Executor, ExecutorRun
from steward.cluster.observer import connect
from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    Change,
    ConfigTarget,
    CreateTopic,
    DeleteTopic,
)
from steward.model.error import DeadlineExceeded, StewardError, StoreTrouble, StoreUnavailable
from steward.model.instant import Instant
from steward.model.plan import Execution, Plan, PlanOutcome
from steward.model.snapshot import Part
from steward.sandbox.cluster import broker_kill, broker_start
from steward.store.plans import JournalEntry, JournalEvent
from support.live_execution import ALLOW, LiveExecution
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

OURS = (("client-id", "steward"),)


@pytest.fixture
def live(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[LiveExecution]:
    made = LiveExecution(sandbox.name, sandbox.connection, tmp_path, {})
    yield made
    with connect(sandbox.connection) as observer:
        topics = observer.observe(frozenset({Part.TOPICS})).topics.value
    left = (t for t in topics if t.name.startswith("fault-"))
    made.carry_out(*(DeleteTopic(name=t.name, topic_id=t.id) for t in left))


def topic(name: str, partitions: int = 1, copies: int = 1, **configs: str) -> CreateTopic:
    return CreateTopic(
        name=f"fault-{name}", partitions=partitions, replication_factor=copies, configs=configs
    )


def statuses(execution: Execution) -> list[str]:
    return [r.status.value for r in execution.results]


@dataclass
class Disturbed:
    """A changer to which something happens before or after a request, or in place of its answer."""

    changer: Any
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    loses_answers: bool = False
    loses_requests: bool = False

    def denied(self, changes: Sequence[Change]) -> Any:
        return self.changer.denied(changes)

    def perform(self, changes: Sequence[Change], passwords: Any) -> tuple[StewardError | None, ...]:
        self.before()
        fates = () if self.loses_requests else self.changer.perform(changes, passwords)
        self.after()
        if self.loses_answers or self.loses_requests:
            return (DeadlineExceeded("no answer in time", may_have_happened=True),) * len(changes)
        return fates

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.changer.close()


def disturbed(executor: Executor, **how: Any) -> Executor:
    opened = executor.changer
    executor.changer = lambda: Disturbed(opened(), **how)
    return executor


def run(executor: Executor, plan: Plan) -> ExecutorRun:
    return executor.run(plan, lambda *_: ALLOW, approved=True)


def test_one_bad_object_of_a_request_does_not_hold_up_the_others(live: LiveExecution) -> None:
    plan = live.plan(
        topic("good"), topic("odd", **{"remote.storage.enable": "true"}), topic("other")
    )
    execution = live.run(plan)
    by_name = {plan.steps[r.index].object.name: r for r in execution.results}
    assert execution.outcome is PlanOutcome.PARTLY
    assert by_name["fault-odd"].status.value == "failed"
    assert "INVALID_CONFIG" in by_name["fault-odd"].detail
    assert {by_name["fault-good"].status.value, by_name["fault-other"].status.value} == {"done"}
    listed = live.tool("kafka-topics", "--list").split()
    assert {"fault-good", "fault-other"} <= set(listed)
    assert "fault-odd" not in listed


def test_what_somebody_else_made_meanwhile_is_already_there(live: LiveExecution) -> None:
    plan = live.plan(topic("raced"), topic("mine"))
    words = ("--partitions", "1", "--replication-factor", "1")
    live.tool("kafka-topics", "--create", "--topic", "fault-raced", *words)
    by_name = {plan.steps[r.index].object.name: r for r in live.run(plan).results}
    assert by_name["fault-raced"].status.value == "already"
    assert by_name["fault-mine"].status.value == "done"


def test_more_records_than_one_request_may_write_are_cut_into_several(live: LiveExecution) -> None:
    keys = ("segment.bytes", "segment.ms", "flush.ms", "flush.messages", "index.interval.bytes")
    more = ("retention.ms", "retention.bytes", "max.message.bytes", "delete.retention.ms")
    configs = dict.fromkeys((*keys, *more, "min.compaction.lag.ms"), "1048576")
    configs |= {"file.delete.delay.ms": "60000", "segment.jitter.ms": "0"}
    wished = tuple(topic(f"many-{n:03}", **configs) for n in range(800))  # 14 records each
    execution = live.run(live.plan(*wished))
    assert execution.outcome is PlanOutcome.DONE, set(statuses(execution))
    listed = live.tool("kafka-topics", "--list").split()
    assert sum(name.startswith("fault-many-") for name in listed) == len(wished)


def test_a_quota_on_changes_is_waited_out(live: LiveExecution) -> None:
    live.carry_out(AlterQuota(entity=OURS, set={"controller_mutation_rate": 4.0}))
    try:
        began = time.monotonic()
        execution = live.run(live.plan(*(topic(f"slow-{n}", 10) for n in range(8))))
        took = time.monotonic() - began
    finally:
        live.carry_out(AlterQuota(entity=OURS, remove=("controller_mutation_rate",)))
    assert statuses(execution) == ["done"] * 8
    assert took > 4  # 80 partitions, of which 44 and the last topic's go at once


def test_a_lost_answer_is_decided_by_a_look(
    live: LiveExecution, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = live.plan(topic("answer-lost"))
    with live.executor(plan) as executor:
        found = run(disturbed(executor, loses_answers=True), plan).execution
    assert statuses(found) == ["done"]
    monkeypatch.setattr(executing, "SETTLING_SECONDS", 1.0)
    plan = live.plan(topic("request-lost"))
    with live.executor(plan) as executor:
        found = run(disturbed(executor, loses_requests=True), plan).execution
    assert (found.outcome, statuses(found)) == (PlanOutcome.PARTLY, ["unsure"])
    assert statuses(live.run(plan)) == ["done"]


def test_of_two_executors_the_second_changes_nothing(live: LiveExecution) -> None:
    first, second = live.plan(topic("first")), live.plan(topic("second"))
    at_work, over = threading.Event(), threading.Event()
    ends: list[ExecutorRun] = []

    def wait() -> None:
        at_work.set()
        assert over.wait(60)

    def work() -> None:
        with live.executor(first) as executor:
            ends.append(run(disturbed(executor, before=wait), first))

    worker = threading.Thread(target=work)
    worker.start()
    assert at_work.wait(60)
    with live.executor(second) as executor:
        refused = run(executor, second)
    over.set()
    worker.join(60)
    assert refused.execution.outcome is PlanOutcome.REFUSED
    assert refused.busy
    assert ends[0].execution.outcome is PlanOutcome.DONE
    assert "fault-second" not in live.tool("kafka-topics", "--list").split()
    assert live.run(second).outcome is PlanOutcome.DONE  # its turn now


def test_a_broker_that_dies_in_the_middle_leaves_nothing_half_reported(
    live: LiveExecution, sandbox: RunningSandbox
) -> None:
    live.carry_out(topic("kept", 3, 3))
    longer = AlterConfigs(
        target=ConfigTarget.TOPIC, name="fault-kept", set={"retention.ms": "999000000"}
    )
    plan = live.plan(topic("one", 1, 2), longer)
    killed: list[int] = []

    def kill() -> None:
        if not killed:
            killed.append(3)
            broker_kill(sandbox.name, 3)

    try:
        with live.executor(plan) as executor:
            execution = run(disturbed(executor, before=kill), plan).execution
    finally:
        broker_start(sandbox.name, 3)
    told = {r.status.value for r in execution.results}
    assert told <= {"done", "failed", "skipped", "unsure"}
    if told != {"done"}:
        assert live.run(plan).outcome is PlanOutcome.DONE
    text = live.tool("kafka-topics", "--describe", "--topic", "fault-kept")
    assert "retention.ms=999000000" in text
    assert re.search("fault-one", live.tool("kafka-topics", "--list"))


def test_a_store_that_is_locked_or_full_stops_before_the_next_change(live: LiveExecution) -> None:
    plan = live.plan(topic("locked-1"), topic("locked-2", 1, 3))
    held: list[sqlite3.Connection] = []

    def lock() -> None:
        other = sqlite3.connect(live.folder / "steward.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        held.append(other)

    with live.executor(plan) as executor:
        with pytest.raises(StoreUnavailable) as fault:
            run(disturbed(executor, after=lock), plan)
        held[0].rollback()
        held[0].close()
        executor.lease.give_back()  # as the end of its process would
    assert fault.value.why is StoreTrouble.LOCKED
    assert set(statuses(live.run(plan))) == {"done"}
    full = live.plan(topic("full"))
    with live.executor(full) as executor:
        plans = executor.journal._plans
        filler = JournalEntry(JournalEvent.STARTED, Instant(0), {"x": "y" * 3_900})
        executor.lease.take()
        plans.write("other", [filler], executor.lease.fence)
        executor.lease.give_back()  # its last page has no room for another line
        engine = plans._database._opened()
        event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=1"))
        engine.dispose()
        with pytest.raises(StoreUnavailable) as fault:
            run(executor, full)
    assert fault.value.why is StoreTrouble.FULL
    executor.lease.give_back()
    assert set(statuses(live.run(full))) == {"done"}  # with room again, it goes on
