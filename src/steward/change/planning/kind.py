"""What planning knows of each kind of change: one small class per kind, so that none is missing."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from steward.change.planning.cluster_state import ClusterState
from steward.model.change import Change
from steward.model.command import Command
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.snapshot import Part

C = TypeVar("C", bound=Change)


@dataclass(frozen=True, slots=True)
class Hazard:
    """Why a change requires confirmation in production: the guard rule, and the effect as a sentence."""

    rule: str
    effect: str


CREATE, GROW, LOOSEN, GRANT, MOVE, TIGHTEN, REVOKE, REMOVE = range(8)
"""Phases: loosen before tighten, grant before revoke, remove last. The state after every prefix is safe."""


class Kind(ABC, Generic[C]):
    """One kind of change.

    Errors: every method that takes a cluster raises Unseen where a fact that it needs is unknown.
    """

    def observable(self, change: C) -> bool:
        """Return whether the cluster shows that the change was made: it does not show a rotated password."""
        return True

    def spelled(self, change: C) -> C:
        """Return the change with each value in its canonical spelling, so that equal meanings compare equal."""
        return change

    @abstractmethod
    def object(self, change: C) -> ObjectRef:
        """Return the name of the changed object."""

    @abstractmethod
    def parts(self, change: C) -> frozenset[Part]:
        """Return the snapshot parts that `state` reads."""

    @abstractmethod
    def state(self, change: C, cluster: ClusterState) -> State:
        """Return the current state of what the change reads and writes."""

    @abstractmethod
    def apply(self, change: C, cluster: ClusterState) -> None:
        """Apply it to the simulated cluster."""

    @abstractmethod
    def inverse(self, change: C, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return the changes that undo it, or why none does; the cluster is in the state before the change."""

    @abstractmethod
    def risk(self, change: C, cluster: ClusterState) -> Risk:
        """Return the risk; the cluster is in the state before the change."""

    @abstractmethod
    def hazard(self, change: C, cluster: ClusterState) -> Hazard | None:
        """Return why a change that destroys nothing requires confirmation in production; None if it does not.

        The cluster is in the state before the change. Destructive changes always require confirmation.
        """

    @abstractmethod
    def phase(self, change: C, cluster: ClusterState) -> int:
        """Return its phase among other changes."""

    @abstractmethod
    def command(self, change: C) -> Command | None:
        """Return the command of Apache Kafka's tools for it; None if there is none."""

    def fulfilled(self, change: C, cluster: ClusterState) -> bool:
        """Return whether there is nothing to do, where a simulation would alter the existing object."""
        return False

    def impossible(self, change: C, cluster: ClusterState) -> str:
        """Return why Kafka cannot do it; empty if it can."""
        return ""

    def effects(self, change: C, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the effects in sentences; the cluster is in the state before the change."""
        return ()

    def topics(self, change: C) -> frozenset[str]:
        """Return the topics that `state` reads, so that no others are requested."""
        return frozenset()

    def groups(self, change: C) -> frozenset[str]:
        """Return the groups that `state` reads."""
        return frozenset()
