"""Input of the guard's rules: a plan, the cluster now and as the plan would leave it, the policy, the time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from steward.change.guard.plan_evidence import NO_EVIDENCE, PlanEvidence
from steward.change.guard.policy import Policy
from steward.change.planning.build import simulate, try_step
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.config_inheritance import inherited_value
from steward.model.change import (
    AlterConfigs,
    CancelReassignment,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    CutRetention,
    DeleteTopic,
    ElectLeader,
    ReassignPartition,
    RestoreRecords,
)
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.plan import GuardReason, Plan, Ruling, Step
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot, Part

Reasons = Iterator[GuardReason]


@dataclass(frozen=True, kw_only=True)
class GuardInput:
    """A plan to be checked."""

    plan: Plan
    snapshot: ClusterSnapshot
    policy: Policy
    now: Instant
    evidence: PlanEvidence = NO_EVIDENCE

    @cached_property
    def before(self) -> ClusterState:
        """The cluster as just observed."""
        return ClusterState(self.snapshot)

    @cached_property
    def after(self) -> ClusterState:
        """The cluster as the plan would leave it."""
        return ClusterState(simulate(self.plan, self.snapshot))

    @cached_property
    def declared(self) -> Mapping[str, Criticality]:
        """Declared criticality of topics: by manifests read in this run; the policy takes precedence."""
        return {**self.evidence.criticality, **self.policy.criticality}

    @property
    def steps(self) -> Iterator[tuple[int, Step]]:
        """Each step with its index."""
        return iter(enumerate(self.plan.steps))

    def walk(self) -> Iterator[tuple[int, Step, ClusterState]]:
        """Yield each step with its index and the cluster as the previous steps leave it."""
        cluster = ClusterState(self.snapshot)
        for index, step in self.steps:
            yield index, step, cluster
            try_step(step, cluster)


def topic_of(step: Step) -> str | None:
    """Return the topic that a step changes, None if it changes something else."""
    match step.change:
        case CreateTopic(name=name) | DeleteTopic(name=name):
            return name
        case (
            CreatePartitions(topic=topic) | CutRetention(topic=topic) | RestoreRecords(topic=topic)
        ):
            return topic
        case AlterConfigs(target=ConfigTarget.TOPIC, name=name):
            return name
        case (
            ElectLeader(partition=partition)
            | ReassignPartition(partition=partition)
            | CancelReassignment(partition=partition)
        ):
            return partition.topic
        case _:
            return None


def effective(cluster: ClusterState, topic: str, key: str) -> str | None:
    """Return a topic's effective value of a key, or the broker default that a new topic would get; None if unknown."""
    try:
        entry = cluster.configs(ConfigTarget.TOPIC, topic).get(key)
    except Unseen:
        return None
    return entry.value if entry is not None else default_of(cluster, key)


def default_of(cluster: ClusterState, key: str) -> str | None:
    """Return a topic's value of a key by the brokers' configuration; None if unknown."""
    if not (cluster.knows(Part.BROKER_CONFIGS) and cluster.knows(Part.BROKERS)):
        return None
    for broker in cluster.live_brokers:
        try:
            value = inherited_value(key, cluster.configs(ConfigTarget.BROKER, str(broker)))
        except Unseen:
            continue
        if value is not None:
            return value
    return None


def refuse(
    rule: str, target: ObjectRef, message: str, remedy: str = "", step: int | None = None
) -> GuardReason:
    """Return a reason that blocks the plan."""
    return GuardReason(
        rule=rule,
        ruling=Ruling.REFUSE,
        object=target,
        message=message,
        remedy=remedy,
        step=step,
    )


def approve(
    rule: str, target: ObjectRef, message: str, remedy: str = "", step: int | None = None
) -> GuardReason:
    """Return a reason that requires confirmation."""
    return GuardReason(
        rule=rule,
        ruling=Ruling.APPROVE,
        object=target,
        message=message,
        remedy=remedy,
        step=step,
    )
