"""Changes of client quotas: set and remove limits of one entity."""

from typing import LiteralString

from steward.analysis.checks.quota.wording import entity_name
from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import LOOSEN, TIGHTEN, Hazard, Kind
from steward.change.planning.quota_effects import effects_of, hazard_of, lowered
from steward.model.change import AlterQuota, Change
from steward.model.command import Command, OptionValue, kafka
from steward.model.config_definition import wrong_value
from steward.model.config_definitions import QUOTA
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.quota import QUOTA_KEYS
from steward.model.quota_resolution import IP_KEY
from steward.model.snapshot import Part

_WHOLE = ("producer_byte_rate", "consumer_byte_rate", IP_KEY)

_ENTITIES = {"user": "users", "client-id": "clients", "ip": "ips"}
"""Names of entity types in kafka-configs."""


class AlterQuotaHandler(Kind[AlterQuota]):
    """Set and remove limits of one entity."""

    def object(self, change: AlterQuota) -> ObjectRef:
        """Return the entity's name."""
        return ObjectRef("quota", entity_name(change.entity))

    def parts(self, change: AlterQuota) -> frozenset[Part]:
        """All quotas."""
        return frozenset({Part.QUOTAS})

    def state(self, change: AlterQuota, cluster: ClusterState) -> State:
        """Return each limit, None if it is not set."""
        limits = cluster.quotas.get(change.entity, {})
        keys = sorted({*change.set, *change.remove})
        return {k: number_text(limits[k]) if k in limits else None for k in keys}

    def apply(self, change: AlterQuota, cluster: ClusterState) -> None:
        """Set and remove limits; an entity without limits is removed."""
        limits = dict(cluster.quotas.get(change.entity, {})) | dict(change.set)
        for key in change.remove:
            limits.pop(key, None)
        if limits:
            cluster.quotas[change.entity] = dict(sorted(limits.items()))
        else:
            cluster.quotas.pop(change.entity, None)

    def inverse(self, change: AlterQuota, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Restore the old limits."""
        limits = cluster.quotas.get(change.entity, {})
        keys = sorted({*change.set, *change.remove})
        return (
            AlterQuota(
                entity=change.entity,
                set={k: limits[k] for k in keys if k in limits},
                remove=tuple(k for k in keys if k not in limits),
            ),
        )

    def risk(self, change: AlterQuota, cluster: ClusterState) -> Risk:
        """Disruptive: a new or lower limit slows clients down, a removed one lets some slow others down."""
        harms = lowered(change, cluster) or hazard_of(change, cluster)
        return Risk.DISRUPTIVE if harms else Risk.SAFE

    def hazard(self, change: AlterQuota, cluster: ClusterState) -> Hazard | None:
        """Return limits that nearly stop clients, or that apply to all."""
        text = hazard_of(change, cluster)
        return Hazard("harsh_quota", text) if text else None

    def phase(self, change: AlterQuota, cluster: ClusterState) -> int:
        """Loosen early, tighten late."""
        return LOOSEN if self.risk(change, cluster) is Risk.SAFE else TIGHTEN

    def impossible(self, change: AlterQuota, cluster: ClusterState) -> str:
        """Return what Kafka would reject."""
        kinds = {kind for kind, _ in change.entity}
        if not kinds or not kinds <= {"user", "client-id", "ip"}:
            return "a quota is for a user, a client-id, both, or an ip"
        if "ip" in kinds and len(kinds) > 1:
            return "a quota for an ip cannot be combined with a user or client-id"
        for key in sorted({*change.set, *change.remove}):
            if key not in QUOTA_KEYS:
                return f"{key} is not a quota; use {', '.join(QUOTA_KEYS)}"
            if (key == IP_KEY) != ("ip" in kinds):
                return f"{key} is {'for addresses only' if key == IP_KEY else 'not for addresses'}"
        for key, value in sorted(change.set.items()):
            if not 0 < value < float("inf"):
                return f"{key} must be above 0; to stop a client, remove its ACLs"
            if key in _WHOLE and value != int(value):
                return f"{key} must be a whole number"
            wrong = wrong_value(key, QUOTA[key], number_text(value))
            if wrong is not None:
                return str(wrong)
        return ""

    def effects(self, change: AlterQuota, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the limits, with their units."""
        return effects_of(change, cluster)

    def command(self, change: AlterQuota) -> Command:
        """Return kafka-configs --alter."""
        entity: list[tuple[LiteralString, OptionValue]] = []
        for kind, name in sorted(change.entity, reverse=True):
            entity.append(("--entity-type", _ENTITIES[kind]))
            entity.append(("--entity-default", True) if name is None else ("--entity-name", name))
        pairs = ",".join(f"{k}={number_text(v)}" for k, v in sorted(change.set.items()))
        return kafka(
            "configs",
            "--alter",
            *entity,
            add_config=pairs or None,
            delete_config=",".join(sorted(change.remove)) or None,
        )


def number_text(value: float) -> str:
    """Format a limit exactly, whole numbers without a decimal point."""
    return str(int(value)) if value == int(value) else repr(value)
