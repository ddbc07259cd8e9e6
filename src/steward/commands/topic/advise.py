"""Advice on partition counts: too many, too few for the measured throughput, or skewed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen, selected_names
from steward.commands.api.registry import Answer, Capability, Notice, capability
from steward.model.doc import Candidates, Doc
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, Unknown

if TYPE_CHECKING:  # loads every check: imported only when advice runs
    from steward.change.planning.partition_advice import PartitionAdvice, TopicMeasurements

_PARTS = frozenset({Part.TOPICS, Part.LOG_DIRS, Part.OFFSETS, Part.GROUPS})
_MOVING = frozenset({Part.TOPICS, Part.LOG_DIRS, Part.OFFSETS})


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAdviseParams:
    """Which topics, and how long to measure."""

    names: Annotated[tuple[str, ...], selected_names("[NAME]...", Candidates.TOPICS)] = ()
    window: Annotated[
        float,
        Doc("how long to measure producers' write rates; 0: do not measure", metavar="DURATION"),
    ] = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAdviceRow:
    """One piece of advice with its evidence."""

    kind: Annotated[
        str,
        Doc(
            "monster, above_limit, needs_acknowledgement, too_few_partitions, more_partitions_than_needed, "
            "skewed_by_size or skewed_by_rate"
        ),
    ]
    object: ObjectRef
    summary: str
    evidence: tuple[Evidence, ...]
    remedy: Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFigures:
    """The figures measured for one topic."""

    topic: str
    partitions: int
    partitions_needed: Annotated[
        int | Unknown,
        Doc("partitions needed for the measured rate at 1 MiB/s each, and for the largest group"),
    ]
    bytes_per_second: Annotated[
        float | Unknown, Doc("bytes written per second, averaged over the window")
    ]
    size_bytes: Annotated[int | Unknown, Doc("bytes of one replica of the whole topic")]
    largest_bytes: Annotated[int | Unknown, Doc("bytes of its largest partition")]
    fastest_bytes_per_second: Annotated[
        float | Unknown, Doc("bytes written per second to its busiest partition")
    ]
    members: Annotated[int, Doc("members of its largest group")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAdvices:
    """The advice, and the figures of every topic examined, the busiest first."""

    advice: tuple[TopicAdviceRow, ...]
    topics: tuple[TopicFigures, ...]


@capability(
    "topic.advise",
    parts=_PARTS,
    long=True,
    examples=(
        "steward topic advise",
        "steward topic advise 'orders.*' --window 2m",
        "steward topic advise orders --window 0 -o json",
    ),
)
def advise_topics(params: TopicAdviseParams, context: Context) -> Answer[TopicAdvices]:
    """Advise on partition counts: too many, too few for the measured throughput, or skewed.

    Rates are the records added between two reads, times the average size of the stored records. Without a window,
    rates are unknown and advice that depends on them is left out. Limits are those of the checks:
    [checks.thresholds] in steward.toml.
    """
    from steward.change.planning.partition_advice import advise, figures_of
    from steward.commands.check.audit import judged_facts, policy_of

    snapshots = _observe(params, context)
    thresholds, _ = policy_of(context)
    facts = judged_facts(snapshots, thresholds, context)
    topics = facts.topics if isinstance(snapshots[-1].topics, Observed) else ()
    wanted = _wanted(params.names, snapshots[-1])
    figures = [figures_of(t, facts) for t in topics if t.name in wanted and t.partitions]
    each = thresholds.busy_partition_bytes_per_second
    data = TopicAdvices(
        advice=tuple(_row(a) for f in figures for a in advise(f, facts)),
        topics=tuple(_figures(f, each) for f in sorted(figures, key=_busiest)),
    )
    return answer(data, snapshots[-1], context, _PARTS, warnings=_warnings(params))


def _observe(params: TopicAdviseParams, context: Context) -> tuple[ClusterSnapshot, ...]:
    """Read the cluster once; with a window, first measure rates.

    Errors: UsageError, ObjectNotFound for names that match no topic, before any waiting.
    """
    snapshots: list[ClusterSnapshot] = []
    with context.connect(context.connection) as observer:
        if params.window > 0:
            snapshots.append(observer.observe(_MOVING | {Part.IDENTITY}, progress=context.progress))
            _wanted(params.names, snapshots[0])
            context.wait(params.window, "measuring write rates")
        snapshots.append(observer.observe(_PARTS | {Part.IDENTITY}, progress=context.progress))
    return tuple(snapshots)


def _wanted(names: tuple[str, ...], seen: ClusterSnapshot) -> frozenset[str]:
    """Return the topics that the names match; without names, all topics except internal ones.

    Errors: UsageError, ObjectNotFound. Where topics cannot be read, nothing is judged.
    """
    if not isinstance(seen.topics, Observed):
        return frozenset()
    topics = seen.topics.value
    hidden = frozenset(t.name for t in topics if t.is_internal)
    known = frozenset(t.name for t in topics)
    return chosen(names, known, "topic", hidden=hidden) if names else known - hidden


def _warnings(params: TopicAdviseParams) -> tuple[Notice, ...]:
    if params.window > 0:
        return ()
    return (
        Notice(
            code="rates_unknown",
            message="rates were not measured, so partition counts are not compared with them",
            remedy="add --window 30s",
        ),
    )


def _row(advice: "PartitionAdvice") -> TopicAdviceRow:
    return TopicAdviceRow(
        kind=advice.kind,
        object=advice.object,
        summary=advice.summary,
        evidence=advice.evidence,
        remedy=advice.remedy,
    )


def _figures(figures: "TopicMeasurements", each: float) -> TopicFigures:
    sizes, rates = figures.sizes, figures.rates
    return TopicFigures(
        topic=figures.topic.name,
        partitions=len(figures.topic.partitions),
        partitions_needed=figures.needed(each),
        bytes_per_second=figures.bytes_per_second,
        size_bytes=sizes if isinstance(sizes, Unknown) else round(sum(sizes)),
        largest_bytes=sizes if isinstance(sizes, Unknown) else round(max(sizes)),
        fastest_bytes_per_second=rates if isinstance(rates, Unknown) else float(max(rates)),
        members=figures.members,
    )


def _busiest(figures: "TopicMeasurements") -> tuple[float, str]:
    rate = figures.bytes_per_second
    return (0.0 if isinstance(rate, Unknown) else -rate, figures.topic.name)


CAPABILITIES: tuple[Capability, ...] = (advise_topics,)
