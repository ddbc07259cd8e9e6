import threading

import pytest

from steward.sandbox import cluster
from steward.sandbox.creation import _planned
from steward.sandbox.error import SandboxError
from steward.sandbox.jars import KafkaJars
from steward.sandbox.lock import sandbox_lock
from steward.sandbox.state import kept_ports, load_state, new_uuid, sandbox_names, save_state
from steward.sandbox.status import SandboxSpec

JARS = KafkaJars(version="4.3.1", classpath=(), agent=None)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    return tmp_path / "sandboxes"


def saved(name="unit"):
    state = _planned(SandboxSpec(name=name, brokers=2), JARS)
    save_state(state)
    return state


def test_a_state_is_read_as_it_was_written():
    state = saved()
    assert load_state("unit") == state
    assert load_state("other") is None


def test_another_sandbox_leaves_the_ports_of_a_stopped_one_alone():
    state = saved()
    assert set(state.brokers[0].ports.values()) <= kept_ports()


@pytest.mark.parametrize("content", ["", "{", '{"name": 1}', "[]"])
def test_a_damaged_state_is_told_and_can_be_purged(folder, content):
    saved()
    (folder / "unit" / "state.json").write_text(content)
    with pytest.raises(SandboxError) as fault:
        cluster.status("unit")
    assert "down --purge --name unit" in fault.value.remedy
    assert kept_ports() == set()
    assert cluster.list_sandboxes() == ()
    assert cluster.down("unit", purge=True).purged
    assert list(folder.iterdir()) == []


def test_down_without_a_sandbox_does_nothing(folder):
    stopped = cluster.down("nothing")
    assert (stopped.existed, stopped.processes_stopped) == (False, 0)
    assert list(folder.iterdir()) == []


def test_down_remembers_that_brokers_were_stopped_on_purpose():
    saved()
    cluster.down("unit")
    assert {one.state for one in cluster.status("unit").brokers} == {"stopped"}


def test_an_existing_sandbox_is_not_silently_another_one():
    from dataclasses import replace

    save_state(replace(saved(), was_ready=True))
    with pytest.raises(SandboxError, match="brokers 2, not 3"):
        cluster.up(SandboxSpec(name="unit", brokers=3))
    with pytest.raises(SandboxError, match=r"kafka-version 4\.3\.1, not 3\.9\.2"):
        cluster.up(SandboxSpec(name="unit", kafka_version="3.9.2"))
    with pytest.raises(SandboxError, match="log-dirs 1, not 2"):
        cluster.up(SandboxSpec(name="unit", log_dirs=2))


def test_an_unknown_sandbox_or_broker_is_named_with_those_there_are():
    saved("one")
    with pytest.raises(SandboxError, match="no sandbox two") as fault:
        cluster.status("two")
    assert "one" in fault.value.remedy
    with pytest.raises(SandboxError, match="no broker 9"):
        cluster.broker_kill("one", 9)


def test_one_steward_at_a_time_works_on_a_sandbox(folder):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with sandbox_lock("unit", lambda _: None):
            entered.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(10)
    told = []
    with (
        pytest.raises(SandboxError, match="another steward"),
        sandbox_lock("unit", told.append, timeout_s=0.2),
    ):
        pass
    assert told
    with sandbox_lock("other", told.append, timeout_s=0.2):
        pass
    leave.set()
    holder.join(10)
    with sandbox_lock("unit", told.append, timeout_s=5):
        pass
    assert list(folder.iterdir()) == []


def test_ids_are_as_kafka_writes_them():
    ids = {new_uuid() for _ in range(300)}
    assert len(ids) == 300
    assert all(len(one) == 22 and not one.startswith("-") for one in ids)
    assert sandbox_names() == ()
