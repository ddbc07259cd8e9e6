"""Restore the records of a backup into an empty topic."""

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import MOVE, Hazard, Kind
from steward.change.planning.quantities import records_text
from steward.model.batch import CODECS
from steward.model.change import Change, RestoreRecords
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.snapshot import Part


class RestoreRecordsHandler(Kind[RestoreRecords]):
    """Write a backup's committed records.

    The cluster does not show what a record was restored from: a run that stopped is continued until it reports the end.
    """

    def observable(self, change: RestoreRecords) -> bool:
        """Return False: offsets alone do not prove where records come from."""
        return False

    def object(self, change: RestoreRecords) -> ObjectRef:
        """Return the topic's name."""
        return ObjectRef("topic", change.topic)

    def parts(self, change: RestoreRecords) -> frozenset[Part]:
        """Topics, and the offsets that show whether one is empty."""
        return frozenset({Part.TOPICS, Part.OFFSETS})

    def topics(self, change: RestoreRecords) -> frozenset[str]:
        """The one topic."""
        return frozenset({change.topic})

    def state(self, change: RestoreRecords, cluster: ClusterState) -> State:
        """Return the number of partitions."""
        found = cluster.topics.get(change.topic)
        return {} if found is None else {"partitions": str(len(found.partitions))}

    def apply(self, change: RestoreRecords, cluster: ClusterState) -> None:
        """Change nothing that a plan relies on."""

    def inverse(self, change: RestoreRecords, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that only deleting the topic removes them."""
        return "restored records are deleted with the topic"

    def risk(self, change: RestoreRecords, cluster: ClusterState) -> Risk:
        """Disruptive: it writes as fast as the brokers accept."""
        return Risk.DISRUPTIVE

    def hazard(self, change: RestoreRecords, cluster: ClusterState) -> Hazard | None:
        """Return what is written: consumers cannot tell it from records of producers."""
        return Hazard(
            "records_restored", f"writes records from {change.location} that consumers will read"
        )

    def phase(self, change: RestoreRecords, cluster: ClusterState) -> int:
        """Return the middle phase: topics are created before."""
        return MOVE

    def impossible(self, change: RestoreRecords, cluster: ClusterState) -> str:
        """Check that the topic exists and is empty."""
        if change.codec and change.codec not in CODECS:
            return f"codec {change.codec} is unknown; use {', '.join(CODECS)}"
        found = cluster.topics.get(change.topic)
        if found is None:
            return "the topic does not exist"
        for partition in found.partitions:
            held = cluster.offsets(partition.key) if found.id else None
            if held is not None and held.end > held.start:
                return f"{partition.key} has {records_text(held.end - held.start)}; restore into an empty topic"
        return ""

    def effects(self, change: RestoreRecords, cluster: ClusterState) -> tuple[str, ...]:
        """Describe where the records come from, and what is compared."""
        return (
            f"writes the committed records of run {change.run} in {change.location}",
            "the digest of each partition is compared with that of the backup",
        )

    def command(self, change: RestoreRecords) -> None:
        """Return None: Kafka has no such tool."""
        return
