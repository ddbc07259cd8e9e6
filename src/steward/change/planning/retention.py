"""Lower retention in steps, so that disks and log cleaners are not overloaded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.config_values import spelled_all
from steward.change.planning.configs import AlterConfigsHandler, after_removal
from steward.change.planning.kind import TIGHTEN, Hazard, Kind
from steward.model.change import AlterConfigs, Change, ConfigTarget, CutRetention
from steward.model.command import Command
from steward.model.finding import ObjectRef
from steward.model.plan import Impossible, Risk, State
from steward.model.retention import bound_of, is_unlimited
from steward.model.snapshot import Part
from steward.model.wording import duration
from steward.model.wording import size as size_text

CUTTABLE = ("retention.ms", "retention.bytes")
MOST_STEPS = 100

_PLAIN = AlterConfigsHandler()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionCut:
    """How to lower retention: the number of steps, and the pause between two."""

    steps: int
    pause_seconds: float


def cut_values(old: int, new: int, steps: int) -> tuple[int, ...]:
    """Divide a reduction into equal steps, and return the value after each; fewer steps if there is less to divide.

    ``old`` is above ``new``; neither is unlimited.
    Shape: strictly falling, the last value is ``new``; steps differ by 1 at most.
    """
    size, count = old - new, min(steps, old - new)
    return tuple(old - size * number // count for number in range(1, count + 1))


def in_steps(
    changes: Iterable[Change], cluster: ClusterState, cut: RetentionCut
) -> tuple[tuple[Change, ...], tuple[Impossible, ...]]:
    """Replace each change that lowers a topic's retention by steps; all others stay.

    A change that cannot be divided, because retention is unlimited or unknown, is impossible and left out: it is never
    applied at once instead.
    """
    done: list[Change] = []
    impossible: list[Impossible] = []
    for change in changes:
        if not isinstance(change, AlterConfigs) or change.target is not ConfigTarget.TOPIC:
            done.append(change)
            continue
        try:
            done += _divided(change, cluster, cut)
        except (_Endless, Unseen) as why:
            about = ObjectRef("topic", change.name)
            impossible.append(Impossible(object=about, reason=str(why), remedy=_REMEDY))
    return tuple(done), tuple(impossible)


_REMEDY = (
    "first set it to about the age or size of the stored records, or plan without --retention-steps"
)


class _Endless(Exception):
    """Unlimited retention cannot be divided."""


def _divided(change: AlterConfigs, cluster: ClusterState, cut: RetentionCut) -> Iterator[Change]:
    first: dict[str, str] = {}
    values: dict[str, tuple[int, ...]] = {}
    for key in CUTTABLE:
        found = _lowered(change, key, cluster)
        if found is not None:
            old, new = found
            if is_unlimited(key, old):
                raise _Endless(f"{key} is unlimited now and cannot be divided into steps")
            first[key] = str(old)
            values[key] = cut_values(old, new, cut.steps)
    yield from _steps(change.name, first, values, cut)
    rest = {k: v for k, v in change.set.items() if k not in values}
    if rest or change.remove:
        yield AlterConfigs(
            target=change.target, name=change.name, set=rest, remove=change.remove
        )  # fmt: skip


def _lowered(change: AlterConfigs, key: str, cluster: ClusterState) -> tuple[int, int] | None:
    """Return a key's value before and after, if the change lowers it; unlimited before is infinite."""
    if key not in change.set and key not in change.remove:
        return None
    entry = cluster.configs(change.target, change.name).get(key)
    new = change.set.get(key) if key in change.set else after_removal(entry, change)
    old = entry.value if entry is not None else None
    if old is None or new is None or not _is_number(old) or not _is_number(new):
        return None
    before, after = int(old), int(new)
    kept, keeps = bound_of(key, old), bound_of(key, new)
    is_lower = kept is not None and keeps is not None and keeps < kept
    return (before, after) if is_lower else None


def _is_number(text: str) -> bool:
    return text.lstrip("-").isdigit()


def _steps(
    topic: str,
    first: Mapping[str, str],
    values: Mapping[str, Sequence[int]],
    cut: RetentionCut,
) -> Iterator[CutRetention]:
    """Combine the steps of both keys; the key with fewer steps finishes first."""
    count = max((len(v) for v in values.values()), default=0)
    for number in range(1, count + 1):
        yield CutRetention(
            topic=topic,
            set={k: str(v[number - 1]) for k, v in values.items() if number <= len(v)},
            first=first,
            number=number,
            of=count,
            pause_seconds=cut.pause_seconds if number < count else 0.0,
        )


class CutRetentionHandler(Kind[CutRetention]):
    """One step of a reduction: an alteration, described with its share of the whole."""

    def object(self, change: CutRetention) -> ObjectRef:
        """Return the topic's name."""
        return ObjectRef("topic", change.topic)

    def parts(self, change: CutRetention) -> frozenset[Part]:
        """Topics and their configurations."""
        return _PLAIN.parts(change.alteration)

    def topics(self, change: CutRetention) -> frozenset[str]:
        """The topic."""
        return frozenset({change.topic})

    def spelled(self, change: CutRetention) -> CutRetention:
        """Return the change with values spelled as brokers report them."""
        return replace(change, set=spelled_all(ConfigTarget.TOPIC, change.set))

    def state(self, change: CutRetention, cluster: ClusterState) -> State:
        """Return the topic's own values of the keys, and its id."""
        return _PLAIN.state(change.alteration, cluster)

    def apply(self, change: CutRetention, cluster: ClusterState) -> None:
        """Set the values."""
        _PLAIN.apply(change.alteration, cluster)

    def inverse(self, change: CutRetention, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Restore the values before this step; deleted records are not restored."""
        return _PLAIN.inverse(change.alteration, cluster)

    def risk(self, change: CutRetention, cluster: ClusterState) -> Risk:
        """Always destructive: records are deleted."""
        return _PLAIN.risk(change.alteration, cluster)

    def hazard(self, change: CutRetention, cluster: ClusterState) -> Hazard | None:
        """Return the hazard of a plain alteration."""
        return _PLAIN.hazard(change.alteration, cluster)

    def phase(self, change: CutRetention, cluster: ClusterState) -> int:
        """Return the late phase of tightening."""
        return TIGHTEN

    def impossible(self, change: CutRetention, cluster: ClusterState) -> str:
        """Refuse what a plain alteration would."""
        return _PLAIN.impossible(change.alteration, cluster)

    def effects(self, change: CutRetention, cluster: ClusterState) -> tuple[str, ...]:
        """Describe which step it is, how much it deletes, and the pause after it."""
        texts = [_share(change, key, cluster) for key in sorted(change.set)]
        rest = (
            f", then a pause of up to {duration(change.pause_seconds)}"
            if change.pause_seconds
            else ""
        )
        return (f"step {change.number} of {change.of}: {'; '.join(texts)}{rest}",)

    def command(self, change: CutRetention) -> Command | None:
        """Return kafka-configs --alter."""
        return _PLAIN.command(change.alteration)


def _share(change: CutRetention, key: str, cluster: ClusterState) -> str:
    entry = cluster.configs(ConfigTarget.TOPIC, change.topic).get(key)
    old, new = entry.value if entry is not None else None, change.set[key]
    sizes = cluster.replica_bytes_of(change.topic)
    if sizes is None or old is None or not _is_number(old) or not _is_number(change.first[key]):
        return f"{key} {old} -> {new}: deletes an unknown number of bytes"
    going = bytes_deleted(key, int(change.first[key]), int(old), int(new), sizes)
    whole = size_text(sum(sizes))
    if key == "retention.bytes":
        return f"{key} {old} -> {new}: deletes about {size_text(going)} of {whole} on disk"
    return f"{key} {old} -> {new}: deletes about {size_text(going)} of {whole} on disk (assumes a steady write rate)"


def bytes_deleted(key: str, first: int, old: int, new: int, sizes: Sequence[int]) -> float:
    """Estimate the bytes deleted when a value falls from ``old`` to ``new``; ``first`` is that before the first step.

    Units: bytes; ``sizes`` of replicas before the first step. Time: assumes a steady write rate that fills the first
           value. Bytes: each replica retains this many.
    """
    if key == "retention.bytes":
        return float(sum(min(size, old) - min(size, new) for size in sizes))
    return sum(sizes) * (old - new) / first if first > 0 else 0.0
