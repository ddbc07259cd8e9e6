"""What planning has to know of a kind of change: one small class for each, so that none is forgotten."""

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
    """Why a person has to agree to a change in production: the guard's rule, and what follows as a sentence."""

    rule: str
    effect: str


CREATE, GROW, LOOSEN, GRANT, MOVE, TIGHTEN, REVOKE, REMOVE = range(8)
"""Phases: loosen before tighten, grant before revoke, remove last; the state after every prefix is a safe one."""


class Kind(ABC, Generic[C]):
    """One kind of change.

    Errors: every method that takes a cluster raises Unseen where a fact that it needs is unknown.
    """

    def observable(self, change: C) -> bool:
        """Tell whether looking at the cluster shows if it was done: a rotated password looks as before."""
        return True

    def spelled(self, change: C) -> C:
        """Return the change with each value in its one spelling, so that texts compare as their meanings do."""
        return change

    @abstractmethod
    def object(self, change: C) -> ObjectRef:
        """Name what is changed."""

    @abstractmethod
    def parts(self, change: C) -> frozenset[Part]:
        """List the parts that `state` reads."""

    @abstractmethod
    def state(self, change: C, cluster: ClusterState) -> State:
        """Return what the change reads and writes, as it is now."""

    @abstractmethod
    def apply(self, change: C, cluster: ClusterState) -> None:
        """Do it to the simulated cluster."""

    @abstractmethod
    def inverse(self, change: C, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return what undoes it, or why nothing does; the cluster is as before the change."""

    @abstractmethod
    def risk(self, change: C, cluster: ClusterState) -> Risk:
        """Return what it may cost; the cluster is as before the change."""

    @abstractmethod
    def hazard(self, change: C, cluster: ClusterState) -> Hazard | None:
        """Return why a person has to agree to it in production, though it destroys nothing; None: nobody has to.

        The cluster is as before the change. What is destructive needs somebody's agreement in any case.
        """

    @abstractmethod
    def phase(self, change: C, cluster: ClusterState) -> int:
        """Return when it goes among other changes."""

    @abstractmethod
    def command(self, change: C) -> Command | None:
        """Return it as a command of Apache Kafka's tools; None where they have none."""

    def fulfilled(self, change: C, cluster: ClusterState) -> bool:
        """Tell whether there is nothing to do, where a simulation would spoil what is there."""
        return False

    def impossible(self, change: C, cluster: ClusterState) -> str:
        """Say why Kafka cannot do it; empty where it can."""
        return ""

    def effects(self, change: C, cluster: ClusterState) -> tuple[str, ...]:
        """Say what follows, in sentences; the cluster is as before the change."""
        return ()

    def topics(self, change: C) -> frozenset[str]:
        """Name the topics that `state` looks at, so that no others are asked for."""
        return frozenset()

    def groups(self, change: C) -> frozenset[str]:
        """Name the groups that `state` looks at."""
        return frozenset()
