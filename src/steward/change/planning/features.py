"""Changes of the cluster's features: finalize a level."""

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import MOVE, Hazard, Kind
from steward.model.change import Change, UpdateFeature
from steward.model.command import Command, kafka
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.snapshot import Part


class UpdateFeatureHandler(Kind[UpdateFeature]):
    """Set a feature's finalized level."""

    def object(self, change: UpdateFeature) -> ObjectRef:
        """Return the feature's name."""
        return ObjectRef("feature", change.name)

    def parts(self, change: UpdateFeature) -> frozenset[Part]:
        """The cluster's identity."""
        return frozenset({Part.IDENTITY})

    def state(self, change: UpdateFeature, cluster: ClusterState) -> State:
        """Return the finalized level."""
        level = cluster.features.get(change.name)
        return {} if level is None else {"level": str(level)}

    def apply(self, change: UpdateFeature, cluster: ClusterState) -> None:
        """Finalize it."""
        cluster.features[change.name] = change.level

    def inverse(self, change: UpdateFeature, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that no safe undo exists."""
        return "a feature's level must not be lowered after use"

    def risk(self, change: UpdateFeature, cluster: ClusterState) -> Risk:
        """Destructive if lower, which may lose metadata; disruptive if higher, which locks out old brokers."""
        lowered = change.level < cluster.features.get(change.name, 0)
        return Risk.DESTRUCTIVE if lowered else Risk.DISRUPTIVE

    def hazard(self, change: UpdateFeature, cluster: ClusterState) -> Hazard | None:
        """Return the effect as a hazard: it cannot be undone."""
        return Hazard("feature_level", "; ".join(self.effects(change, cluster)))

    def effects(self, change: UpdateFeature, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the effect of the new level."""
        now = cluster.features.get(change.name, 0)
        levels = f"{change.name} {now} -> {change.level}"
        if change.level < now:
            return (f"{levels}: metadata that the lower level does not support is lost",)
        return (
            f"{levels}: older brokers can no longer join, and the level must not be lowered again",
        )

    def phase(self, change: UpdateFeature, cluster: ClusterState) -> int:
        """Return the middle phase."""
        return MOVE

    def impossible(self, change: UpdateFeature, cluster: ClusterState) -> str:
        """Check that every broker supports the level."""
        found = next((f for f in cluster.identity.features if f.name == change.name), None)
        if found is None:
            return "the brokers do not support this feature"
        lowest = 0 if found.name != "metadata.version" else found.supported_min
        if not lowest <= change.level <= found.supported_max:
            return f"the brokers support levels {found.supported_min} to {found.supported_max}"
        return ""

    def command(self, change: UpdateFeature) -> Command:
        """Return the kafka-features command."""
        return kafka("features", "upgrade", feature=f"{change.name}={change.level}")
