"""What evidence a case lacks, why, and how to get it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from steward.analysis.diagnosis.broker_metrics import has_metrics
from steward.analysis.diagnosis.input import LIKELY_AFTER_SECONDS, DiagnosisInput
from steward.model.command import Hint, Phrase, steward
from steward.model.doc import Doc
from steward.model.unknown import Unknown

_TELEMETRY_KEYS = (71, 72)
"""GetTelemetrySubscriptions and PushTelemetry: brokers offer them only where a reporter plugin takes them (KIP-714)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingEvidence:
    """Evidence that was not seen."""

    evidence: Annotated[str, Doc("what would have been looked at")]
    why: Annotated[str, Doc("why it was not")]
    remedy: Annotated[Phrase, Doc("how to get it")]
    settles: Annotated[str, Doc("what it would decide")] = ""


def missing_evidence(case: DiagnosisInput) -> Iterator[MissingEvidence]:
    """List what was not seen, the most telling first."""
    if case.seconds < LIKELY_AFTER_SECONDS:
        yield MissingEvidence(
            evidence="rates and rhythm over five minutes",
            why=f"observed for {case.seconds:.0f} s",
            remedy=Hint(steward("diagnose", case.lag.group, wait="5m")),
            settles="whether rates and a commit that stands last: possible becomes likely",
        )
    if not case.clients and case.members:
        yield MissingEvidence(
            evidence="the consumers' own metrics (last poll, idle share, throttling, processors)",
            why=_telemetry(case),
            remedy="--client-metrics URL, or --client-stats FILE (librdkafka)",
            settles="a stuck or paused consumer from a slow one, and what one member can handle",
        )
    for failed in case.unread_clients:
        yield MissingEvidence(
            evidence="what a consumer says of itself", why=failed, remedy="correct the URL or file"
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
    """Say whether the brokers would take consumers' metrics (KIP-714)."""
    if isinstance(case.brokers, Unknown):
        return "none named"
    offered = [
        not isinstance(b.api_versions, Unknown)
        and all(k in b.api_versions for k in _TELEMETRY_KEYS)
        for b in case.brokers
    ]
    if any(offered):
        return "none named; brokers take client telemetry (KIP-714), and their reporter plugin knows where it goes"
    return "none named, and no broker takes client telemetry (KIP-714 needs a reporter plugin)"


def _brokers(case: DiagnosisInput) -> Iterator[MissingEvidence]:
    leaders = sorted({r.leader for r in case.rows if r.leader >= 0})
    unseen = [b for b in leaders if not has_metrics(case, b)]
    if not unseen:
        return
    known = case.latest_metrics.get(unseen[0])
    why = str(known) if isinstance(known, Unknown) else "no metrics endpoint is known"
    named = ", ".join(str(b) for b in unseen[:4]) + (" ..." if len(unseen) > 4 else "")
    yield MissingEvidence(
        evidence=f"metrics of broker {named} (threads, disk, network, throttling)",
        why=why,
        remedy="name the brokers' Prometheus endpoints in the profile's metrics table",
        settles="whether a slow broker is the cause: processors, disk or network",
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
                settles="whether a key has to be split, the partitioner changed, or neither",
            )


def _grant(why: Unknown) -> str:
    return f"grant {why.acl}" if why.acl else "run it again"
