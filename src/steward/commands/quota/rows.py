"""Rows of client quota entries, and which entry applies to a given client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.model.doc import Doc
from steward.model.quota import QUOTA_KEYS, QuotaEntry, entity_text
from steward.model.quota_resolution import IP_KEY, Entity, QuotaResolver, ResolvedQuota

Limit = Annotated[float | None, Doc("null where this entry sets no such limit")]

_MEANINGS = {
    "producer_byte_rate": "bytes per second per broker",
    "consumer_byte_rate": "bytes per second per broker",
    "request_percentage": "percent of one thread, per broker",
    "controller_mutation_rate": "partition mutations per second",
    "connection_creation_rate": "connections per second per broker",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaRow:
    """The limits of one entity; byte rates and percentages apply per broker."""

    entity: Annotated[
        str,
        Doc(
            "user=..., client-id=... or ip=...; <default> is the default entity, \\<default> a literal name"
        ),
    ]
    names: Annotated[
        Mapping[str, str],
        Doc("the entity's names without escaping, by user, client-id or ip", wide=True),
    ]
    defaults: Annotated[
        tuple[str, ...], Doc("which of user, client-id and ip are the default entity", wide=True)
    ]
    producer_byte_rate: Limit
    consumer_byte_rate: Limit
    request_percentage: Annotated[float | None, Doc("percent of one thread")]
    controller_mutation_rate: Annotated[float | None, Doc("partition mutations per second")]
    connection_creation_rate: Annotated[float | None, Doc("connections per second, for addresses")]


def quota_rows(entries: list[QuotaEntry]) -> tuple[QuotaRow, ...]:
    """Return entries as rows, by entity."""
    rows = [
        QuotaRow(
            entity=entity_name(entry.entity),
            names={kind: name for kind, name in entry.entity if name is not None},
            defaults=tuple(kind for kind, name in entry.entity if name is None),
            **{key: entry.limits.get(key) for key in QUOTA_KEYS},
        )
        for entry in entries
    ]
    return tuple(sorted(rows, key=lambda row: row.entity))


def entity_name(entity: Entity) -> str:
    """Format an entity, the user first: ``user=alice,client-id=<default>``."""
    pairs = sorted(entity, key=lambda pair: pair[0], reverse=True)
    return entity_text(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaDescribeParams:
    """Which client."""

    user: Annotated[
        str, Doc("principal name; ANONYMOUS without authentication", metavar="NAME")
    ] = ""
    client_id: Annotated[str, Doc("client id", metavar="ID")] = ""
    ip: Annotated[str, Doc("address it connects from", metavar="ADDRESS")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveQuota:
    """The limit that applies to one quota key."""

    quota: Annotated[str, Doc("Kafka's name of the limit")]
    status: Annotated[str, Doc("limited or unlimited")]
    limit: Annotated[float | None, Doc("null where the client is not limited")]
    unit: str
    entity: Annotated[str | None, Doc("the entry that applies")]
    level: Annotated[int | None, Doc("its rank in Kafka's order of precedence, 1 to 8")]
    shared: Annotated[
        str | None,
        Doc("which clients share the limit: all clients of the user, or of the client id"),
    ]


def effective(
    params: QuotaDescribeParams, entries: tuple[QuotaEntry, ...]
) -> tuple[EffectiveQuota, ...]:
    """Return the limit for each quota key that can apply to the client."""
    resolver = QuotaResolver(entries)
    found: list[EffectiveQuota] = []
    if params.user or params.client_id:
        user = params.user or "ANONYMOUS"
        found += [
            _effective(key, resolver.resolve(key, user, params.client_id))
            for key in QUOTA_KEYS
            if key != IP_KEY
        ]
    if params.ip:
        found.append(_effective(IP_KEY, resolver.resolve_ip(params.ip)))
    return tuple(found)


def _effective(key: str, resolved: ResolvedQuota | None) -> EffectiveQuota:
    if resolved is None:
        return EffectiveQuota(
            quota=key,
            status="unlimited",
            limit=None,
            unit=_MEANINGS[key],
            entity=None,
            level=None,
            shared=None,
        )
    return EffectiveQuota(
        quota=key,
        status="limited",
        limit=resolved.limit,
        unit=_MEANINGS[key],
        entity=entity_name(resolved.entity),
        level=resolved.level,
        shared=_sharing(resolved),
    )


def _sharing(resolved: ResolvedQuota) -> str | None:
    match resolved.shared_by:
        case ("user",):
            return "all clients of the user"
        case ("client-id",):
            return "all users of the client id"
        case _:
            return None
