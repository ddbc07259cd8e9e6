"""Principals whose rights are incomplete for what they do."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from steward.analysis.checks.acl.wording import acl_evidence, is_app, on_principal
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few
from steward.model.acl import AclBinding
from steward.model.authorization import EVERYONE
from steward.model.command import OptionValue, steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part

NEEDED_TOGETHER: tuple[
    tuple[tuple[str, str], tuple[str, str], str, Mapping[str, OptionValue]], ...
] = (
    (
        ("READ", "TOPIC"),
        ("READ", "GROUP"),
        "can read topics but cannot join any consumer group",
        {"operation": "READ", "group": "NAME"},
    ),
    (
        ("READ", "GROUP"),
        ("READ", "TOPIC"),
        "can join consumer groups but cannot read any topic",
        {"operation": "READ", "topic": "NAME"},
    ),
    (
        ("WRITE", "TRANSACTIONAL_ID"),
        ("WRITE", "TOPIC"),
        "can run transactions but cannot write to any topic",
        {"operation": "WRITE", "topic": "NAME"},
    ),
)
"""A granted right, the right it also needs, and the summary and remedy if that is missing."""

STREAMS_SUFFIXES = ("-changelog", "-repartition")


@check("A09", Severity.MEDIUM, over=CLUSTER, parts=(Part.ACLS, Part.LOG_DIRS))
def acl_set_incomplete(facts: Facts, _: None) -> Iterator[FoundState]:
    """A principal lacks a right without which its other rights are useless.

    What it means: it can read topics but join no group, join groups but read no topic, run transactions but write to
        no topic, or use the group of a Kafka Streams application but not write to its internal topics.
    Why it matters: the application fails at start or later with an authorization error.
    What to do: add the missing right. A program that reads partitions without a group, such as a backup, needs no group
        right: declare it in checks.thresholds.internal_principals, or waive this finding.
    """
    apps = [p for p in facts.authorizer.principals if is_app(facts, p)]
    for principal in apps:
        for has, lacks, summary, missing in NEEDED_TOGETHER:
            granted = _granted(facts, principal, *has)
            if granted and not _granted(facts, principal, *lacks, shared=True):
                yield _incomplete(principal, granted[0], summary, missing)
    # from log directories: Metadata omits topics that steward has no DESCRIBE right for
    internal = sorted(t for t in facts.hosted_topics if t.endswith(STREAMS_SUFFIXES))
    for principal in apps if internal else ():
        yield from _streams(facts, principal, internal)


def _granted(
    facts: Facts, principal: str, operation: str, resource_type: str, *, shared: bool = False
) -> list[AclBinding]:
    """Return a principal's ALLOW bindings; with ``shared`` also those for User:*."""
    own = facts.authorizer.of(principal)
    public = facts.authorizer.of(EVERYONE) if shared else ()
    return [
        acl
        for acl in (*own, *public)
        if acl.resource_type == resource_type
        and acl.permission == "ALLOW"
        and acl.operation in (operation, "ALL")
    ]


def _incomplete(
    principal: str, granted: AclBinding, summary: str, missing: Mapping[str, OptionValue]
) -> FoundState:
    return FoundState(
        object=on_principal(principal),
        confidence=Confidence.INFERRED,
        summary=f"{principal} {summary}",
        evidence=(
            acl_evidence(granted),
            Evidence("DescribeAcls", "missing bindings", "none"),
        ),
        remedy=Remedy(
            "add the missing right, or remove the useless one",
            steward("acl create", principal=principal, **missing),
        ),
    )


def _streams(facts: Facts, principal: str, internal: list[str]) -> Iterator[FoundState]:
    groups = {
        acl.resource_name
        for acl in _granted(facts, principal, "READ", "GROUP")
        if acl.pattern_type == "LITERAL"
    }
    for group in sorted(groups):
        prefix = f"{group}-"
        denied: list[str] = []
        for name in internal[bisect_left(internal, prefix) :]:
            if not name.startswith(prefix):
                break
            if not _may_write(facts, principal, name):
                denied.append(name)
        if denied:
            yield _streams_found(principal, group, denied)


def _may_write(facts: Facts, principal: str, topic: str) -> bool:
    return any(
        acl.permission == "ALLOW"
        and acl.principal in (principal, EVERYONE)
        and acl.operation in ("WRITE", "ALL")
        for acl in facts.authorizer.matching("TOPIC", topic)
    )


def _streams_found(principal: str, group: str, topics: list[str]) -> FoundState:
    return FoundState(
        object=on_principal(principal),
        confidence=Confidence.INFERRED,
        summary=f"{principal} can use group {group} but cannot write to {count(len(topics), 'internal topic')} of it",
        evidence=(Evidence("DescribeAcls", "topics without WRITE", few(topics)),),
        remedy=Remedy(
            "grant all operations on the prefix of the application's internal topics",
            steward(
                "acl create",
                principal=principal,
                operation="ALL",
                topic=f"{group}-",
                prefixed=True,
            ),
        ),
    )
