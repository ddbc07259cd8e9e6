"""Evidence that a diagnosis lacks, why, and how to get it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from steward.analysis.diagnosis.broker_metrics import has_metrics
from steward.analysis.diagnosis.input import LIKELY_AFTER_SECONDS, DiagnosisInput
from steward.model.command import Hint, Phrase, steward
from steward.model.doc import Doc
from steward.model.unknown import Unknown
from steward.model.wording import duration

_TELEMETRY_KEYS = (71, 72)
"""GetTelemetrySubscriptions and PushTelemetry: only brokers with a client telemetry reporter offer them (KIP-714)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingEvidence:
    """Evidence that was not available."""

    evidence: Annotated[str, Doc("the evidence")]
    why: Annotated[str, Doc("why it is missing")]
    remedy: Annotated[Phrase, Doc("how to get it")]
    settles: Annotated[str, Doc("what it would show")] = ""


def missing_evidence(case: DiagnosisInput) -> Iterator[MissingEvidence]:
    """Yield the missing evidence, the most useful first."""
    if case.seconds < LIKELY_AFTER_SECONDS:
        yield MissingEvidence(
            evidence="rates and commit intervals over five minutes",
            why=f"observed for {duration(case.seconds)}",
            remedy=Hint(steward("diagnose", case.lag.group, wait="5m")),
            settles="whether rates and stopped commits persist: possible becomes likely",
        )
    if not case.clients and case.members:
        yield MissingEvidence(
            evidence="the consumers' own metrics (last poll, idle ratio, throttling, CPU)",
            why=_telemetry(case),
            remedy="--client-metrics URL, or --client-stats FILE (librdkafka)",
            settles="whether a consumer is stuck, paused or slow, and how much one member can process",
        )
    for failed in case.unread_clients:
        yield MissingEvidence(
            evidence="a consumer's own metrics", why=failed, remedy="correct the URL or file"
        )
    yield from _brokers(case)
    yield from _transactions(case)
    yield from _keys(case)
    if isinstance(case.quotas, Unknown):
        yield MissingEvidence(
            evidence="client quotas",
            why=str(case.quotas),
            remedy=_grant(case.quotas),
            settles="whether a quota slows the consumers down",
        )


def _telemetry(case: DiagnosisInput) -> str:
    """Return why there are no consumer metrics, and whether brokers collect them (KIP-714)."""
    if isinstance(case.brokers, Unknown):
        return "no endpoint or file given"
    offered = [
        not isinstance(b.api_versions, Unknown)
        and all(k in b.api_versions for k in _TELEMETRY_KEYS)
        for b in case.brokers
    ]
    if any(offered):
        return (
            "no endpoint or file given; brokers collect client telemetry (KIP-714): "
            "read it where their reporter plugin sends it"
        )
    return "no endpoint or file given, and no broker collects client telemetry (KIP-714 needs a reporter plugin)"


def _brokers(case: DiagnosisInput) -> Iterator[MissingEvidence]:
    leaders = sorted({r.leader for r in case.rows if r.leader >= 0})
    unseen = [b for b in leaders if not has_metrics(case, b)]
    if not unseen:
        return
    known = case.latest_metrics.get(unseen[0])
    why = str(known) if isinstance(known, Unknown) else "no metrics endpoint is configured"
    named = ", ".join(str(b) for b in unseen[:4]) + (" ..." if len(unseen) > 4 else "")
    yield MissingEvidence(
        evidence=f"metrics of broker {named} (threads, disk, network, throttling)",
        why=why,
        remedy="add the brokers' Prometheus endpoints to the profile's metrics table",
        settles="whether a slow broker is the cause: CPU, disk or network",
    )


def _transactions(case: DiagnosisInput) -> Iterator[MissingEvidence]:
    for row in case.blocked[:1]:
        found = case.producers.get(row.partition)
        if isinstance(found, Unknown):
            yield MissingEvidence(
                evidence=f"producers of {row.partition}",
                why=str(found),
                remedy=_grant(found),
                settles="whether the open transaction hangs",
            )
        elif isinstance(case.transactions, Unknown):
            yield MissingEvidence(
                evidence="transactions",
                why=str(case.transactions),
                remedy=_grant(case.transactions),
                settles="whether the open transaction hangs",
            )


def _keys(case: DiagnosisInput) -> Iterator[MissingEvidence]:
    for partition, found in sorted(case.keys.items()):
        if isinstance(found, Unknown):
            yield MissingEvidence(
                evidence=f"whether records of {partition} have keys, and which",
                why=str(found),
                remedy=_grant(found),
                settles="whether to split a key, change the partitioner, or neither",
            )


def _grant(why: Unknown) -> str:
    return f"grant {why.acl}" if why.acl else "run the diagnosis again"
