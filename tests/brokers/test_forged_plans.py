"""On real brokers: a forged plan is refused and changes nothing, and a plan is undone whose answers were lost."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest
from confluent_kafka import Producer

import steward.__main__ as entry
from steward.change.execution import step_performer as executing
from steward.change.planning.build import with_id
from steward.cluster.change import connect_changer
from steward.cluster.observer import connect
from steward.documents.plan import plan_to_plain
from steward.model.change import Change, CreateTopic, DeleteRecords, DeleteTopic
from steward.model.error import DeadlineExceeded, StewardError
from steward.model.finding import ObjectRef
from steward.model.names import TopicPartition
from steward.model.plan import Risk
from steward.model.snapshot import Part
from support.live_admin import client_settings
from support.live_execution import ALLOW, LiveExecution, store_in
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

ORDERS, CLICKS = "forged-payments.orders", "forged-tmp.clicks"


@pytest.fixture
def live(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[LiveExecution]:
    (tmp_path / "steward.toml").write_text(
        f'[store]\nurl = "sqlite:///{tmp_path}/steward.db"\n'
        f'[profiles.prod]\nbootstrap_servers = "{sandbox.bootstrap_servers}"\n'
        'environment = "production"\nprotected = ["*payments.*"]\n'
    )
    made = LiveExecution(sandbox.name, sandbox.connection, tmp_path, {})
    yield made
    left = tuple(t for t in topics(made) if t.name.startswith("forged-"))
    made.carry_out(*(DeleteTopic(name=t.name, topic_id=t.id) for t in left))


def topics(live: LiveExecution) -> tuple[Any, ...]:
    with connect(live.connection) as observer:
        return observer.observe(frozenset({Part.TOPICS})).topics.value


def topic(name: str, copies: int = 1) -> CreateTopic:
    return CreateTopic(name=name, partitions=1, replication_factor=copies)


@pytest.fixture
def run(live: LiveExecution, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        config = ("--config", str(live.folder / "steward.toml"), "--cluster", "prod", "-o", "json")
        code = entry.run([*words, *config])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_a_deletion_under_another_name_and_risk_deletes_nothing(
    live: LiveExecution, run: Callable[..., tuple[int, Any]]
) -> None:
    live.carry_out(topic(ORDERS), topic(CLICKS))
    producer = Producer(client_settings(live.connection))
    for number in range(10):
        producer.produce(ORDERS, str(number).encode(), partition=0)
    producer.flush(30)
    partition = TopicPartition(ORDERS, 0)
    change = DeleteRecords(topic=ORDERS, before={partition: 10})
    (step,) = live.plan(change).steps
    lie = replace(step, risk=Risk.SAFE, object=ObjectRef("topic", CLICKS), effects=())
    forged = with_id(replace(live.plan(change), steps=(lie,)))
    file = live.folder / "forged.json"
    file.write_text(json.dumps(plan_to_plain(forged)))
    code, document = run("apply", str(file), "--yes")
    assert (code, document["errors"][0]["code"]) == (4, "plan_edited")
    assert f"topic {ORDERS}" in document["errors"][0]["message"]
    with connect(live.connection) as observer:
        seen = observer.observe(frozenset({Part.TOPICS, Part.OFFSETS})).offsets.value[partition]
    assert (seen.start, seen.end) == (0, 10)
    lines = [a for a in run("plan", "audit")[1]["data"]["lines"] if a["plan_id"] == forged.id]
    assert [(a["event"], a["cluster_id"]) for a in lines] == [("refused", forged.cluster_id)]
    assert "DeleteRecords states object" in lines[0]["detail"]


class Late:
    """A changer whose requests arrive after everybody has stopped waiting for them."""

    def __init__(self, changer: Any) -> None:
        self.changer = changer
        self.asked: list[Change] = []

    def denied(self, changes: Any) -> Any:
        return self.changer.denied(changes)

    def perform(self, changes: Any, passwords: Any) -> tuple[StewardError | None, ...]:
        self.asked += changes
        lost = DeadlineExceeded("no answer in time", may_have_happened=True)
        return (lost,) * len(changes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.changer.close()


@pytest.mark.parametrize("resumed", [True, False])
def test_what_arrived_after_it_was_given_up_is_undone(
    live: LiveExecution,
    run: Callable[..., tuple[int, Any]],
    monkeypatch: pytest.MonkeyPatch,
    resumed: bool,
) -> None:
    monkeypatch.setattr(executing, "SETTLING_SECONDS", 0.5)
    monkeypatch.setattr(executing, "SETTLING_SECONDS_EACH", 0.0)
    live.carry_out(topic("forged-theirs"))
    plan = live.plan(*(topic(f"forged-late-{n:02}", 3) for n in range(20)))
    late: list[Late] = []
    with live.executor(plan) as executor:
        opened = executor.changer

        def changer() -> Any:
            late.append(Late(opened()))
            return late[-1]

        executor.changer = changer
        ended = executor.run(plan, lambda *_: ALLOW, approved=True).execution
    assert [r.status.value for r in ended.results] == ["unsure"] * 20
    with connect_changer(live.connection) as changer:
        assert set(changer.perform(late[0].asked, {})) == {None}
    _until(lambda: sum(t.name.startswith("forged-late-") for t in topics(live)) == 20)
    if resumed:
        assert [r.status.value for r in live.run(plan).results] == ["done"] * 20
    with store_in(live.folder) as store:
        assert store.plans.attempted(plan.id) == (frozenset() if resumed else frozenset(range(20)))
    names = [step.object.name for step in plan.steps]
    code, document = run("plan", "undo", plan.id, *(w for n in names for w in ("--confirm", n)))
    assert [s["kind"] for s in document["data"]["steps"]] == ["DeleteTopics"] * 20
    assert code == 0, document["errors"]
    left = {t.name for t in topics(live) if t.name.startswith("forged-")}
    assert left == {"forged-theirs"}


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
