"""From facts to receivers: alerts survive restarts, kills and a store that fails."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from steward.analysis.alerting.alert import AlertCondition, AlertState
from steward.analysis.alerting.rules import AlertRules
from steward.analysis.alerting.silence import Silence, matcher_of
from steward.daemon.alerting.alerter import Alerter
from steward.daemon.alerting.delivery import ReceiverWorker, ReceiverWorkers
from steward.model.connection import Secret
from steward.store.open import Store, open_store, store_at
from support.http_receiver import HttpReceiver, http_receiver
from support.notes import receiver
from support.ticks import NOON_MS, group, tick

RULES = AlertRules(off=frozenset({AlertCondition.LAG_BURN_FAST, AlertCondition.LAG_BURN_SLOW}))


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with http_receiver() as running:
        yield running


@pytest.fixture
def url(tmp_path: Path) -> Secret:
    return Secret(f"sqlite:///{tmp_path}/s.db")


@contextmanager
def daemon(store: Store, http: HttpReceiver, **known) -> Iterator[Alerter]:
    """One process's alerting: judging, and a thread that tells."""
    ops = receiver(http.url, **known)
    dispatcher = ReceiverWorkers([ReceiverWorker(store, ops, now_ms=lambda: NOON_MS + 10**9)])
    alerter = Alerter(store, RULES, [ops], dispatcher)
    dispatcher.start()
    try:
        yield alerter
    finally:
        dispatcher.stop(5)


def heard(http: HttpReceiver, count: int) -> list[str]:
    """Wait for so many notifications, and say what they were."""
    documents = [http.requests.get(timeout=20).json for _ in range(count)]
    return [f"{d['reason']} {d['rule']} {len(d['alerts'])}" for d in documents]


def test_a_lag_is_told_within_two_seconds(url, http) -> None:
    with open_store(url) as store, daemon(store, http) as alerter:
        begun = monotonic()
        assert alerter.tick(tick(0, group(lag=61.0))) is None
        assert heard(http, 1) == ["fired lag_over_objective 1"]
        assert monotonic() - begun < 2


def test_a_restart_tells_nothing_twice_and_ends_what_it_did_not_begin(url, http) -> None:
    with open_store(url) as store, daemon(store, http) as alerter:
        alerter.tick(tick(0, group(lag=70.0)))
        assert heard(http, 1) == ["fired lag_over_objective 1"]
    with open_store(url) as store, daemon(store, http) as alerter:
        for number in range(1, 4):
            alerter.tick(tick(number, group(lag=70.0)))
        alerter.tick(tick(4, group("other", 70.0), group(lag=70.0)))
        assert heard(http, 1) == ["fired lag_over_objective 2"]
        for number in range(5, 8):
            alerter.tick(tick(number, group("other", 70.0), group(lag=1.0)))
        assert heard(http, 1) == ["resolved lag_over_objective 2"]
        assert alerter.counts() == {("prod", AlertCondition.LAG_OVER_OBJECTIVE, "firing"): 1}
        ended = store.alerts.list(states=[AlertState.RESOLVED])
        assert [a.object.name for a in ended] == ["payments"]


def test_bad_minutes_last_over_a_restart(url, http) -> None:
    for minute in range(9):
        with open_store(url) as store:
            alerter = Alerter(store, AlertRules(), [], ReceiverWorkers([]))
            alerter.tick(tick(minute * 6, group(lag=70.0)))
            rules = {rule for _, rule, _ in alerter.counts()}
            assert (AlertCondition.LAG_BURN_FAST in rules) is (minute == 8)


def test_a_silence_of_another_process_holds_with_the_next_look(url, http) -> None:
    with open_store(url) as store, open_store(url) as cli, daemon(store, http) as alerter:
        cli.silences.put(
            Silence(id="1", matchers=(matcher_of("group=a"),), starts_ms=NOON_MS,
                    ends_ms=NOON_MS + 10**6, author="me", reason="deploy")
        )  # fmt: skip
        alerter.tick(tick(0, group("a", 70.0)))
        alerter.tick(tick(1, group("a", 70.0), group("b", 70.0)))
        assert heard(http, 1) == ["fired lag_over_objective 1"]
        assert alerter.counts() == {
            ("prod", AlertCondition.LAG_OVER_OBJECTIVE, "silenced"): 1,
            ("prod", AlertCondition.LAG_OVER_OBJECTIVE, "firing"): 1,
        }
        assert [n.alerts[0].object.name for n in alerter.firing(NOON_MS)] == ["b"]


def test_without_a_store_alerts_are_told_and_written_when_it_is_back(tmp_path, http) -> None:
    (tmp_path / "away").touch()  # a file where the folder should be
    with (
        store_at(Secret(f"sqlite:///{tmp_path}/away/s.db")) as store,
        daemon(store, http) as alerter,
    ):
        assert alerter.tick(tick(0, group(lag=70.0))) is not None
        assert heard(http, 1) == ["fired lag_over_objective 1"]
        assert alerter.tick(tick(1, group(lag=70.0))) is not None
        (tmp_path / "away").unlink()
        assert alerter.tick(tick(2, group(lag=70.0))) is None
        assert [a.state for a in store.alerts.list(states=list(AlertState))] == [AlertState.FIRING]
        for number in range(3, 6):
            alerter.tick(tick(number, group(lag=1.0)))
        assert heard(http, 1) == ["resolved lag_over_objective 1"]
    assert http.taken() == []


def test_a_store_that_comes_late_ends_what_was_left_firing_in_it(tmp_path, http) -> None:
    with open_store(Secret(f"sqlite:///{tmp_path}/s.db")) as store:
        Alerter(store, RULES, [], ReceiverWorkers([])).tick(tick(0, group("old", 70.0)))
    (tmp_path / "s.db").rename(tmp_path / "away.db")
    (tmp_path / "folder").mkdir()
    (tmp_path / "s.db").symlink_to("folder")
    with store_at(Secret(f"sqlite:///{tmp_path}/s.db")) as store, daemon(store, http) as alerter:
        alerter.tick(tick(1, group("old", 1.0), group("new", 70.0)))
        assert heard(http, 1) == ["fired lag_over_objective 1"]
        # at once: whoever finds no file there begins an empty store, and goes on with that
        (tmp_path / "back").symlink_to("away.db")
        (tmp_path / "back").replace(tmp_path / "s.db")
        for number in range(2, 6):
            alerter.tick(tick(number, group("old", 1.0), group("new", 70.0)))
        assert heard(http, 1) == ["resolved lag_over_objective 2"]
        found = {a.object.name: a.state for a in store.alerts.list(states=list(AlertState))}
        assert found == {"old": AlertState.RESOLVED, "new": AlertState.FIRING}


_KILLED = """
import os, signal, sys
from steward.analysis.alerting.rules import AlertRules
from steward.daemon.alerting.alerter import Alerter
from steward.daemon.alerting.delivery import ReceiverWorker, ReceiverWorkers
from steward.model.connection import Secret
from steward.store.open import open_store
from support.notes import receiver
from support.ticks import NOON_MS, group, tick
from test_alerter import RULES

store, where = open_store(Secret(sys.argv[1])), sys.argv[3]
ops = receiver(sys.argv[2], timeout_seconds=1.0)

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def told_then_die(receiver, note):
    from steward.daemon.receivers.send import send
    send(receiver, note)
    die()

lane = ReceiverWorker(store, ops, now_ms=lambda: NOON_MS, sender=told_then_die if where == "after" else die)
if where == "uncommitted":
    store.alerts.commit = die
Alerter(store, RULES, [ops], ReceiverWorkers([])).tick(tick(0, group(lag=70.0)))
lane.attempt()
"""


@pytest.mark.parametrize(
    ("where", "before", "after"), [("uncommitted", 0, 1), ("between", 0, 1), ("after", 1, 1)]
)
def test_killed_with_sigkill_loses_nothing(url, http, where: str, before: int, after: int) -> None:
    """Between the answer and writing it down nobody can know: it is told again, with the same id."""
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, url.reveal(), http.url, where],
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{Path(__file__).parent}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    first = http.taken()
    assert len(first) == before
    with open_store(url) as store, daemon(store, http) as alerter:
        alerter.tick(tick(1, group(lag=70.0)))
        assert heard(http, after) == ["fired lag_over_objective 1"] * after
        alerter.tick(tick(2, group(lag=70.0)))
        for number in range(3, 6):
            alerter.tick(tick(number, group(lag=1.0)))
        assert heard(http, 1) == ["resolved lag_over_objective 1"]
    assert http.taken() == []
