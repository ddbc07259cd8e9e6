"""Keys and members that make the difference between right and wrong advice, on real brokers."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from faults.catalog import TRIAL_FAULTS, Fault
from faults.injection import injectors
from faults.results import Result, result_of
from faults.rounds import Judged, eyes_on
from faults.watching import READY_S, is_settled, watched
from steward.analysis.diagnosis.input import SHORTEST_SECONDS
from steward.model.verdict import Cause, Verdict

pytestmark = [pytest.mark.brokers, pytest.mark.faults, pytest.mark.timeout(900)]


@dataclass(frozen=True, kw_only=True)
class Trials:
    """What came of all trials, and every verdict on each, by the fault's name."""

    results: Mapping[str, Result]
    judged: Mapping[str, list[Judged]]


@pytest.fixture(scope="module")
def trials(faulty: str, results: dict[str, Result], story: list[str]) -> Iterator[Trials]:
    """Make the trouble, look at it, and judge it; it lasts as long as the tests."""
    with eyes_on(faulty) as observer, injectors(faulty) as making:
        names = [fault.injector for fault in TRIAL_FAULTS]
        for name in names:
            making.begin(name)
        making.until(
            lambda: all(is_settled(making, name) for name in names), "groups are at work", READY_S
        )
        rounds, since = watched(observer, making, TRIAL_FAULTS)
        story += making.story()
        judged = {fault.name: rounds.watches[fault.group].judged for fault in TRIAL_FAULTS}
        for fault in TRIAL_FAULTS:
            began = max(since, making.there.get(fault.injector, since))
            results[fault.name] = result_of(fault, judged[fault.name], began)
        yield Trials(results=results, judged=judged)


@pytest.mark.parametrize("fault", TRIAL_FAULTS, ids=lambda fault: fault.name)
def test_a_group_is_advised_rightly(trials: Trials, fault: Fault):
    result = trials.results[fault.name]
    assert result.verdict == fault.cause, result.summary
    assert result.right, f"the advice is not right: {result.summary}"


def test_members_that_left_are_named_from_the_first_verdict_on(trials: Trials):
    verdicts = _verdicts(trials, "members-gone")
    assert len(verdicts) > 1
    assert {verdict.cause for verdict in verdicts} == {Cause.NO_MEMBERS}, verdicts


def test_a_consumer_without_membership_never_alarms(trials: Trials):
    verdicts = _verdicts(trials, "healthy-simple-consumer")
    assert {verdict.cause for verdict in verdicts} == {Cause.HEALTHY}, verdicts


def test_the_commands_flag_a_consumer_without_membership(trials: Trials, faulty: str):
    (fault,) = (f for f in TRIAL_FAULTS if f.name == "healthy-simple-consumer")
    (group,) = _answer("lag", fault.group, faulty)["groups"]
    assert "simple_consumer" in group["flags"]
    assert group["status"] == "ok"
    found = _answer("diagnose", fault.group, faulty)
    assert found["verdict"]["cause"] == Cause.HEALTHY.value
    assert any("assign()" in note for note in found["notes"])


def _verdicts(trials: Trials, name: str) -> list[Verdict]:
    """Return every verdict on a group that had been looked at for long enough to have one."""
    found = [one.diagnosis for one in trials.judged[name]]
    return [d.verdict for d in found if d.watched_seconds >= SHORTEST_SECONDS]


def _answer(command: str, group: str, cluster: str) -> Any:
    words = [sys.executable, "-m", "steward", command, group, "--cluster", cluster, "-o", "json"]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    return json.loads(done.stdout)["data"]
