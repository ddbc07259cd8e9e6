"""Rounds of looks at many groups at once: each round asks the cluster once, and every group's casework shares it."""

import os
import pickle
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from steward.analysis.diagnosis.decide import GroupDiagnosis, diagnose
from steward.analysis.diagnosis.samples import GroupSample
from steward.analysis.diagnosis.time_window import relevant_samples
from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.cluster.diagnosis_collector import INPUT_PARTS, DiagnosisCollector
from steward.cluster.observer import connect
from steward.cluster.ports import EVERYTHING, Observer, Progress, Scope
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Unknown
from steward.settings.connecting import connection_of
from steward.settings.profiles import sandbox_profiles

OBJECTIVE_S = 60.0
_ON_DEMAND = frozenset(
    {Part.PRODUCERS, Part.TRANSACTIONS, Part.BROKER_CONFIGS, Part.SAMPLES, Part.KEYS}
)
_RARELY = frozenset({Part.METRICS, Part.REASSIGNMENTS})
_ALWAYS = INPUT_PARTS - _ON_DEMAND - _RARELY


@contextmanager
def eyes_on(sandbox: str) -> Iterator[Observer]:
    """Have the product's own eyes on a sandbox."""
    with connect(connection_of(sandbox, sandbox_profiles()[sandbox], os.environ)) as observer:
        yield observer


class SharedObserver:
    """Answers what every case asks from one look at the whole cluster; only the rare rest costs requests."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._seen = ClusterSnapshot()

    def refresh(self, *, everything: bool) -> None:
        """Look again; brokers' metrics only where everything is wanted."""
        parts = _ALWAYS | (_RARELY if everything else frozenset()) | {Part.IDENTITY}
        self._seen = self._observer.observe(parts, Scope(config_synonyms=False))

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        if parts & _ON_DEMAND:
            return self._observer.observe(parts, scope, progress)
        return self._seen

    def timestamps(
        self, times: Mapping[TopicPartition, int]
    ) -> Mapping[TopicPartition, TimestampAtOffset | Unknown | None]:
        return self._observer.timestamps(times)

    def first_records(
        self, wanted: Mapping[TopicPartition, range]
    ) -> Mapping[TopicPartition, TimestampAtOffset | Unknown | None]:
        return self._observer.first_records(wanted)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A diagnosis, and when it was made (monotonic seconds)."""

    at: float
    diagnosis: GroupDiagnosis


@dataclass
class Watch:
    """One group, looked at round for round."""

    work: DiagnosisCollector
    looks: list[GroupSample] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)


class Rounds:
    """Looks at groups in rounds, and judges them now and then."""

    def __init__(
        self, observer: Observer, groups: Iterable[str], *, beside_daemon: Iterable[str] = ()
    ) -> None:
        self._beside_daemon = frozenset(beside_daemon)
        self._shared = SharedObserver(observer)
        self.watches = {group: Watch(DiagnosisCollector(self._shared, group)) for group in groups}
        self.count = 0

    def look(self, *, judging: Iterable[str] = ()) -> None:
        """Take one round, and judge some groups on all their rounds so far."""
        judging = tuple(judging)
        self._shared.refresh(everything=self.count == 0 or bool(judging))
        for group, watch in self.watches.items():
            watch.looks.append(watch.work.sample(last=group in judging))
        self.count += 1
        for group in judging:
            watch = self.watches[group]
            case = watch.work.diagnosis_input(
                self._looks_of(group),
                objective_seconds=OBJECTIVE_S,
                now_ms=lambda: time.time_ns() // 1_000_000,
            )
            if folder := os.environ.get("FAULTS_CASES"):
                (Path(folder) / f"{group}.pkl").write_bytes(pickle.dumps(case))
            watch.judged.append(Judged(at=time.monotonic(), diagnosis=diagnose(case)))

    def _looks_of(self, group: str) -> Sequence[GroupSample]:
        """Return all looks at a group, or what a diagnosis takes of those that a daemon kept."""
        looks = self.watches[group].looks
        return relevant_samples(looks) if group in self._beside_daemon else looks
