"""A cluster that outlives a process: its snapshot in a file, changed by the simulation, killing who asks on demand."""

import os
import pickle
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kinds import kind_of
from steward.cluster.ports import EVERYTHING, Progress, Scope
from steward.model.change import Change, CreateTopic
from steward.model.error import BrokerRefused, DeadlineExceeded, NotAuthorized, StewardError
from steward.model.snapshot import ClusterSnapshot, Part
from support.fake_observer import FakeObserver, Stamps


class KillSwitch:
    """Ends this process with SIGKILL at the n-th point that it passes; 0: never."""

    def __init__(self, at: int = 0) -> None:
        self._at = at
        self.passed = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


class ClusterOnFile:
    """Observer and changer of one file; ``fails`` makes changes of an object end so, after or before they happen."""

    def __init__(self, path: Path, switch: KillSwitch | None = None) -> None:
        self.path = path
        self.switch = switch or KillSwitch()
        self.performed: list[Change] = []
        self.asked: set[Part] = set()
        self.refuses: dict[str, StewardError] = {}
        self.denies: dict[str, NotAuthorized] = {}
        self.loses_answer_of: set[str] = set()
        self.stamps: Stamps = {}
        self.before_performing: Callable[[], None] = lambda: None

    @property
    def snapshot(self) -> ClusterSnapshot:
        return pickle.loads(self.path.read_bytes())

    @snapshot.setter
    def snapshot(self, value: ClusterSnapshot) -> None:
        part = self.path.with_suffix(".part")
        part.write_bytes(pickle.dumps(value))
        part.replace(self.path)

    def alter(self, *changes: Change) -> None:
        """Let somebody else change it."""
        cluster = ClusterState(self.snapshot)
        for change in changes:
            _apply(change, cluster)
        self.snapshot = cluster.to_snapshot()

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        self.asked |= parts
        return FakeObserver(self.snapshot).observe(parts, scope, progress)

    def timestamps(self, times: Mapping[Any, int]) -> Mapping[Any, Any]:
        return self._observer.timestamps(times)

    def first_records(self, wanted: Mapping[Any, range]) -> Mapping[Any, Any]:
        return self._observer.first_records(wanted)

    @property
    def _observer(self) -> FakeObserver:
        observer = FakeObserver(self.snapshot)
        observer.stamps = self.stamps
        return observer

    def denied(self, changes: Sequence[Change]) -> tuple[NotAuthorized | None, ...]:
        return tuple(self.denies.get(kind_of(c).object(c).name) for c in changes)

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[Any, Any]
    ) -> tuple[StewardError | None, ...]:
        self.before_performing()
        return tuple(self._one(change) for change in changes)

    def _one(self, change: Change) -> StewardError | None:
        name = kind_of(change).object(change).name
        self.switch.point()
        if name in self.refuses:
            return self.refuses[name]
        self.performed.append(change)
        if name not in self.loses_answer_of or len(self.performed) % 2:
            self.alter(change)
        self.switch.point()
        if name in self.loses_answer_of:
            return DeadlineExceeded("no answer in time", may_have_happened=True)
        return None

    def validate(self, changes: Sequence[Change]) -> tuple[BrokerRefused | None, ...]:
        """Refuse nothing."""
        return (None,) * len(changes)

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _apply(change: Change, cluster: ClusterState) -> None:
    kind = kind_of(change)
    kind.apply(change, cluster)
    if isinstance(change, CreateTopic):  # brokers give ids
        topic = cluster.topics[change.name]
        cluster.topics[change.name] = replace(topic, id=f"id-of-{change.name}")


REFUSED = BrokerRefused("POLICY_VIOLATION", kafka_error="POLICY_VIOLATION")
