"""Build an Answer from a snapshot: cluster, time, and what could not be read."""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import TypeVar

from steward.codec import UnknownFact
from steward.commands.api.context import Context
from steward.commands.api.matching import LISTS
from steward.commands.api.registry import Answer, ClusterName, Notice, Outcome
from steward.model.addressing import addressed
from steward.model.command import ClusterTarget, Hint
from steward.model.error import ObjectNotFound
from steward.model.instant import Instant
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

R = TypeVar("R")
T = TypeVar("T")


def cluster_name(snapshot: ClusterSnapshot, context: Context) -> ClusterName:
    """Name the cluster as observed and as configured."""
    return ClusterName(id=snapshot.cluster_id, name=context.named_profile[0])


ONE_OPTION_SINCE = (4, 2)
"""From this version on, every tool of Apache Kafka takes the client configuration by the same option (KIP-1147)."""


def _target(snapshot: ClusterSnapshot, context: Context) -> ClusterTarget:
    """Return what completes printed commands; Kafka's tools are assumed to have the cluster's version."""
    identity = snapshot.identity
    version = identity.value.version if isinstance(identity, Observed) else None
    return replace(context.target, one_option=version is None or version >= ONE_OPTION_SINCE)


def answer(
    data: R,
    snapshot: ClusterSnapshot,
    context: Context,
    parts: Iterable[Part] = (),
    *,
    decisive: Iterable[Part] = (),
    outcome: Outcome = Outcome.DONE,
    warnings: tuple[Notice, ...] = (),
    errors: tuple[Notice, ...] = (),
) -> Answer[R]:
    """Wrap a result with the circumstances of its snapshot.

    ``parts`` are those the result is based on: Unknown parts, and the gaps of the others, are listed in ``unknown``.
    When none of the ``decisive`` ones could be read (default: of all), the outcome is not permitted or unreachable.
    """
    asked = sorted(set(parts))
    seen = [snapshot.part(part) for part in asked]
    times = [p.at_ms for p in seen if isinstance(p, Observed)]
    unknown = tuple(fact for part in asked for fact in _missing(part, snapshot))
    needed = [snapshot.part(part) for part in sorted(set(decisive))] or seen
    if outcome is Outcome.DONE and needed and not any(_learned(p) for p in needed):
        outcome = _nothing_learned(needed)
    return Answer(
        data=addressed(data, _target(snapshot, context)),
        cluster=cluster_name(snapshot, context),
        observed_at=Instant(max(times)) if times else Instant(context.now_ms()),
        unknown=unknown,
        warnings=tuple(
            Notice(code="configuration", message=w, remedy="correct the key or remove it")
            for w in context.settings.warnings
        )
        + warnings,
        errors=errors,
        outcome=outcome,
    )


def _learned(part: Observed[object] | Unknown | NotApplicable) -> bool:
    return not isinstance(part, Unknown)


def _missing(part: Part, snapshot: ClusterSnapshot) -> Iterable[UnknownFact]:
    value = snapshot.part(part)
    if isinstance(value, Unknown):
        yield UnknownFact(part.value, "cluster", str(value))
    elif isinstance(value, Observed):
        for gap in value.gaps:
            yield UnknownFact(part.value, "cluster", str(gap))


def _nothing_learned(seen: list[Observed[object] | Unknown | NotApplicable]) -> Outcome:
    reasons = {p.why for p in seen if isinstance(p, Unknown)}
    if Why.DENIED in reasons:
        return Outcome.NOT_PERMITTED
    if reasons & {Why.UNREACHABLE, Why.TIMED_OUT}:
        return Outcome.UNREACHABLE
    return Outcome.FAILED


def wanted(names: tuple[str, ...], known: Iterable[str], kind: str, *, complete: bool) -> None:
    """Require that every requested object exists.

    Errors: ObjectNotFound, with the nearest existing name; it mentions an incomplete list.
    """
    existing = set(known)
    for name in names:
        if name not in existing:
            close = get_close_matches(name, existing, 1)
            hint = f"did you mean {close[0]}?" if close else Hint("list them: ", LISTS[kind])
            if not complete:
                hint = Hint(hint, f" It may exist but be hidden without DESCRIBE on the {kind}.")
            raise ObjectNotFound(f"{kind} {name} does not exist", remedy=hint, object_name=name)
