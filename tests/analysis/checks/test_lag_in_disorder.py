"""No check says that a group is further behind than it is, however the records are stamped."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.record_times import time_of
from steward.analysis.checks.runner import run_checks
from steward.analysis.checks.thresholds import Thresholds
from steward.model.finding import Severity
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed
from support.cluster_text import NOW_MS, snapshot_of
from support.stored_logs import KEY, Stored, logs, newest_of, records_of, sampled

BY_NAME = {check.name: check for check in CHECKS}
OBJECTIVE = 60.0
AGO_MS = 6_000


def looked(log: list[Stored], committed: int, from_offset: int, at_ms: int) -> ClusterSnapshot:
    """A look at a group that stands in a log, with a sample that begins anywhere."""
    text = {
        "topics": {"orders": "1x"},
        "topic_configs": {"orders": {"cleanup.policy": "delete", "retention.ms": "60000"}},
        "groups": {"app": {"members": [{"assignment": ["orders-0"]}]}},
        "group_offsets": {"app": {"orders-0": committed}},
    }
    seen = snapshot_of(text, at_ms)
    newest = newest_of(log)
    start, end = log[0][0].base_offset, log[-1][0].last_offset + 1
    return replace(
        seen,
        offsets=Observed({KEY: PartitionOffsets(start, end, end)}, at_ms),
        samples=Observed({KEY: sampled(log, from_offset, 4)}, at_ms),
        max_timestamps=Observed({KEY: newest} if newest else {}, at_ms),
    )


@pytest.mark.parametrize("name", ["lag_over_objective", "retention_shorter_than_lag"])
@given(log=logs(), data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_finding_is_true_of_the_record_at_the_commit(
    name: str, log: list[Stored], data: st.DataObject
) -> None:
    start, end = log[0][0].base_offset, log[-1][0].last_offset + 1
    committed = data.draw(st.integers(start, end - 1))
    from_offset = data.draw(st.integers(start, end - 1))
    then = Facts(
        looked(log, committed, from_offset, NOW_MS - AGO_MS), now_ms=NOW_MS - AGO_MS,
    )  # fmt: skip
    facts = Facts(
        looked(log, committed, from_offset, NOW_MS), now_ms=NOW_MS, earlier=(then,),
        thresholds=Thresholds(objective_lag_seconds=OBJECTIVE),
    )  # fmt: skip
    stamp = next((t for o, t in records_of(log) if o >= committed), None)
    for finding in run_checks([BY_NAME[name]], facts).findings:
        if finding.severity is not Severity.UNKNOWN:
            assert stamp is not None, finding.summary
            assert NOW_MS - stamp > OBJECTIVE * 1000, finding.summary


def test_one_record_ahead_and_late_records_behind_make_no_lag() -> None:
    """The record at the commit is a second old; those behind it were stamped two hours ago."""
    text = {
        "topics": {"orders": "1x"},
        "groups": {"app": {"members": [{"assignment": ["orders-0"]}]}},
        "offsets": {"orders-0": [0, 1000]},
        "group_offsets": {"app": {"orders-0": 1}},
        "samples": {"orders-0": [{"at": 900, "count": 100, "ahead": -7200}]},
        "max_timestamps": {"orders-0": {"offset": 1, "ahead": -1}},
    }
    then = Facts(snapshot_of(text, NOW_MS - AGO_MS), now_ms=NOW_MS - AGO_MS)
    facts = Facts(snapshot_of(text, NOW_MS), now_ms=NOW_MS, earlier=(then,))
    (finding,) = run_checks([BY_NAME["lag_over_objective"]], facts).findings
    assert finding.severity is Severity.UNKNOWN
    assert "measuring the lag of group app" in finding.summary
    assert time_of(facts, KEY, 1).at_least_seconds(NOW_MS) == 1
