"""The order of an audit: what is broken now before any weakness, a dead broker first, what is unknown last."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.runner import run_checks
from steward.interfaces.views.audit import by_rule
from steward.model.finding import (
    Confidence,
    Finding,
    Nature,
    ObjectRef,
    Remedy,
    Severity,
    urgency,
)
from support.cluster_text import NOW_MS, snapshot_of

AILING: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3!",
    "topics": {
        "orders": ["1* 2 3 isr 1 2", "3 1 2 isr 3"],
        "weak": ["1* 2 isr 1 2"],
        "__consumer_offsets": {"internal": True, "partitions": ["1* 2 3 isr 1 2"]},
    },
    "topic_configs": {
        "orders": {"min.insync.replicas": "1", "retention.ms": "-1"},
        "weak": {"min.insync.replicas": "1"},
        "__consumer_offsets": {"min.insync.replicas": "1"},
    },
    "quotas": [],
    "acls": "not_applicable: no authorizer",
}

findings = st.builds(
    Finding,
    check=st.sampled_from(("a", "b")),
    severity=st.sampled_from(Severity),
    confidence=st.just(Confidence.OBSERVED),
    object=st.builds(ObjectRef, kind=st.sampled_from(("broker", "topic")), name=st.just("x")),
    summary=st.just("it is"),
    evidence=st.just(()),
    remedy=st.just(Remedy("do")),
    nature=st.sampled_from(Nature),
)


def test_a_dead_broker_is_the_first_finding_among_everything_else_that_is_wrong() -> None:
    found = run_checks(CHECKS, Facts(snapshot_of(AILING), now_ms=NOW_MS)).findings
    assert (found[0].check, str(found[0].object)) == ("under_replicated", "broker 3")
    broken = [f.is_broken_now for f in found]
    assert broken == sorted(broken, reverse=True)
    assert {f.severity for f in found if not f.is_broken_now} >= {Severity.HIGH, Severity.LOW}


@given(st.lists(findings, max_size=12))
def test_no_weakness_stands_before_what_is_broken_nor_anything_after_what_is_unknown(
    several: list[Finding],
) -> None:
    ordered = sorted(several, key=urgency)
    shown = [f for rule in by_rule(several) for f in rule]
    assert [urgency(f) for f in shown] == [urgency(f) for f in ordered], "pages keep the order"
    for first, then in pairwise(ordered):
        assert first.is_broken_now or not then.is_broken_now
        if first.is_broken_now is then.is_broken_now:
            assert first.severity >= then.severity
        assert first.severity is not Severity.UNKNOWN or then.severity is Severity.UNKNOWN
