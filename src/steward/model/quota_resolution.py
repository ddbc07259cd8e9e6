"""The quota entry that limits a client: Kafka's eight levels, most specific first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from steward.model.quota import QuotaEntry

Entity = tuple[tuple[str, str | None], ...]
"""Sorted pairs as in `QuotaEntry`; a name of None is the default entity."""

IP_KEY = "connection_creation_rate"


@dataclass(frozen=True, slots=True)
class ResolvedQuota:
    """The effective limit, the entity it is set on, and its level: 1 is the most specific."""

    limit: float
    entity: Entity
    level: int

    @property
    def is_default(self) -> bool:
        """Whether an entity with a default name won: no entry names this client."""
        return any(name is None for _, name in self.entity)

    @property
    def shared_by(self) -> tuple[str, ...]:
        """Entity types with one shared allowance: a user's clients share it at levels 3 and 6."""
        return tuple(kind for kind, _ in self.entity)


class QuotaResolver:
    """Quota entries, indexed to find the one that limits a client.

    Each key is resolved separately: the byte rates of one client may come from different entries.
    Source: ClientQuotaManager and its DefaultQuotaCallback; ConnectionQuotas (KIP-612) for addresses.
            A ``client.quota.callback.class`` may decide otherwise.
    """

    def __init__(self, entries: Iterable[QuotaEntry]) -> None:
        self._limits: dict[Entity, Mapping[str, float]] = {e.entity: e.limits for e in entries}

    def resolve(self, key: str, user: str, client_id: str) -> ResolvedQuota | None:
        """Return the quota of a client, None where it is unlimited.

        ``user`` is the principal's name, ``ANONYMOUS`` without authentication. Entries with a client id never match a
        client that sends an empty one.
        """
        for level, entity in enumerate(levels(user, client_id), start=1):
            if not client_id and level not in (3, 6):
                continue
            limit = self._limits.get(entity, {}).get(key)
            if limit is not None:
                return ResolvedQuota(limit, entity, level)
        return None

    def resolve_ip(self, address: str) -> ResolvedQuota | None:
        """Return the connection rate of an address, None where it is unlimited."""
        for level, name in enumerate((address, None), start=1):
            entity: Entity = (("ip", name),)
            limit = self._limits.get(entity, {}).get(IP_KEY)
            if limit is not None:
                return ResolvedQuota(limit, entity, level)
        return None

    def shadowing(self, key: str, entity: Entity) -> ResolvedQuota | None:
        """Return an entry that wins wherever this one matches, None where this one can win.

        Clients that send an empty client id are ignored.
        """
        for level, before in _always_before(dict(entity)):
            limit = self._limits.get(before, {}).get(key)
            if limit is not None:
                return ResolvedQuota(limit, before, level)
        return None

    def beneath(self, key: str, entity: Entity) -> ResolvedQuota | None:
        """Return the limit that would apply to a client of this entity if its entry were removed.

        It is computed for a client that no other entry names.
        """
        own = level_of(entity)
        names = dict(entity)
        for level, candidate in enumerate(
            levels(names.get("user") or "", names.get("client-id") or ""), 1
        ):
            if own is None or level <= own:
                continue
            limit = self._limits.get(candidate, {}).get(key)
            if limit is not None:
                return ResolvedQuota(limit, candidate, level)
        return None


def levels(user: str | None, client_id: str | None) -> tuple[Entity, ...]:
    """List the entities that may limit a client, in Kafka's order of precedence."""
    return (
        (("client-id", client_id), ("user", user)),
        (("client-id", None), ("user", user)),
        (("user", user),),
        (("client-id", client_id), ("user", None)),
        (("client-id", None), ("user", None)),
        (("user", None),),
        (("client-id", client_id),),
        (("client-id", None),),
    )


def level_of(entity: Entity) -> int | None:
    """Return an entity's level of precedence, 1 to 8; None for an address."""
    names = dict(entity)
    if "ip" in names:
        return None
    has_user, has_client = "user" in names, "client-id" in names
    if not has_user:
        return 8 if names["client-id"] is None else 7
    base = 3 if names["user"] is None else 0
    if not has_client:
        return base + 3
    return base + (2 if names["client-id"] is None else 1)


def _always_before(names: Mapping[str, str | None]) -> tuple[tuple[int, Entity], ...]:
    """List the entities, with their levels, that match wherever this one matches and take precedence."""
    if "ip" in names or {"user", "client-id"} <= names.keys():
        return ()
    if "user" in names:
        user = names["user"]
        return ((5 if user is None else 2, (("client-id", None), ("user", user))),)
    client_id = names["client-id"]
    order = levels(None, client_id)
    return tuple((level, order[level - 1]) for level in ((4, 5, 6) if client_id else (5, 6)))
