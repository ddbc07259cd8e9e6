"""A quota that throttles the group's consumers."""

from collections.abc import Iterator
from urllib.parse import unquote_plus

from steward.analysis.diagnosis.broker_metrics import (
    FETCH_THROTTLE_MS,
    REQUEST_THROTTLE_MS,
    samples_of,
)
from steward.analysis.diagnosis.causes.wording import age_evidence, few, per_second, rates_evidence
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.model.batch import BatchSample
from steward.model.command import Command, quota_command, steward
from steward.model.finding import Evidence
from steward.model.quota import QuotaEntry, name_text
from steward.model.quota_resolution import QuotaResolver
from steward.model.unknown import Unknown
from steward.model.verdict import Action, Cause, Certainty, Verdict
from steward.model.wording import duration

_NEAR = 0.25
"""Share of a limit from which consumption counts as throttled: windows and sampling leave it 11% to 18% below."""
_SETTLES = (
    "fetch-throttle-time of the consumers (--client-metrics URL, --client-stats FILE): "
    "the consumers' principal is unknown"
)
_KEYS = {FETCH_THROTTLE_MS: "consumer_byte_rate", REQUEST_THROTTLE_MS: "request_percentage"}


def consumer_quota(case: DiagnosisInput) -> Verdict | None:
    """Brokers throttle the group's consumers, or consumption stays at a limit."""
    if not case.has_excess_lag:
        return None
    by_clients, by_brokers, at_limit = (
        list(_by_clients(case)),
        list(_by_brokers(case)),
        list(_at_limit(case)),
    )
    if not by_clients and not by_brokers and not at_limit:
        return None
    named = [e for e, is_named in by_brokers if is_named]
    certainty = (
        Certainty.KNOWN
        if by_clients or named
        else Certainty.LIKELY
        if by_brokers and at_limit
        else Certainty.POSSIBLE
    )
    evidence = (*by_clients, *(e for e, _ in by_brokers[:3]), *at_limit[:2])
    clients = sorted({m.client_id for m in case.members})
    return Verdict(
        cause=Cause.CONSUMER_QUOTA,
        confidence=certainty,
        summary=f"A quota limits the group's consumers to {per_second(case.consumed)} while "
        f"{per_second(case.arrivals)} "
        f"arrive: {evidence[0].fact} {evidence[0].value}.",
        evidence=(*evidence, *rates_evidence(case), age_evidence(case)),
        actions=(
            Action(
                summary="find the quota that applies",
                command=steward("quota describe", client_id=clients[0])
                if clients
                else steward("quota list"),
            ),
            Action(
                summary="raise it, if the group's use is legitimate",
                command=_raise(case, clients[0] if clients else "CLIENT_ID"),
                caution="quotas apply on every broker; neither more members nor more partitions help",
            ),
        ),
        settles=() if certainty is Certainty.KNOWN else (_SETTLES,),
    )


def _by_clients(case: DiagnosisInput) -> Iterator[Evidence]:
    for report in case.clients:
        if report.throttle_seconds:
            yield Evidence(report.source, "fetch throttle time", duration(report.throttle_seconds))


def _by_brokers(case: DiagnosisInput) -> Iterator[tuple[Evidence, bool]]:
    """Return brokers' throttle times as evidence, and whether one names a client of this group."""
    ids = {m.client_id for m in case.members}
    for broker, found in sorted(case.latest_metrics.items()):
        for metric, key in _KEYS.items():
            for sample in samples_of(found, metric):
                client, user = (
                    unquote_plus(sample.label("client_id") or ""),
                    sample.label("user") or "",
                )
                is_ours = client in ids
                if sample.value <= 0 or (client and not is_ours):
                    continue
                who = f"client id {client}" if client else f"user {user}"
                yield (
                    Evidence(
                        f"metrics of broker {broker}",
                        f"throttle time of {who} ({key})",
                        duration(sample.value / 1000),
                    ),
                    is_ours,
                )


def _at_limit(case: DiagnosisInput) -> Iterator[Evidence]:
    """Compare consumption with the limits: rate x mean record size, over all brokers that the group reads from."""
    if (
        isinstance(case.quotas, Unknown)
        or not case.quotas
        or not case.backlogged
        or case.is_falling
    ):
        return
    size = record_size_of(case)
    if size is None:
        return
    leaders = len({r.leader for r in case.rows if r.consumed > 0}) or 1
    used = case.consumed * size
    for limit, name in sorted(_limits(case, case.quotas)):
        allowed = limit * leaders
        if (1 - _NEAR) * allowed <= used <= (1 + _NEAR) * allowed:
            yield Evidence(
                "DescribeClientQuotas, Fetch (batch headers)",
                f"consumption at the limit of {name}:",
                f"{used:,.0f} of {allowed:,.0f} bytes/s ({limit:,.0f} on each of {leaders} brokers)",
            )


def _limits(case: DiagnosisInput, quotas: tuple[QuotaEntry, ...]) -> Iterator[tuple[float, str]]:
    resolver = QuotaResolver(quotas)
    users = {dict(q.entity).get("user") or "" for q in quotas}
    seen: set[tuple[float, str]] = set()
    for client in sorted({m.client_id for m in case.members}):
        for user in sorted(users | {""}):
            found = resolver.resolve("consumer_byte_rate", user, client)
            if found is not None:
                seen.add((found.limit, few(f"{k} {name_text(v)}" for k, v in found.entity)))
    yield from seen


def record_size_of(case: DiagnosisInput) -> float | None:
    """Return the mean size of stored records in bytes, from sampled batch headers."""
    batches = [
        b
        for s in case.samples.values()
        if isinstance(s, BatchSample)
        for b in s.batches
        if not b.is_control
    ]
    records = sum(b.record_count for b in batches)
    return sum(b.size_bytes for b in batches) / records if records > 0 else None


def _raise(case: DiagnosisInput, client: str) -> Command:
    limits = (
        []
        if isinstance(case.quotas, Unknown)
        else [limit for limit, _ in _limits(case, case.quotas)]
    )
    more = 2 * max(limits) if limits else 10_485_760
    return quota_command((("client-id", client),), set=f"consumer_byte_rate={more:.0f}")
