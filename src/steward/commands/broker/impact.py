"""Impact of losing brokers: by id, rack, host or pair, or for every one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Outcome, capability
from steward.commands.check.audit import policy_of
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound, UsageError
from steward.model.impact import Impact, PairTotals, TopicTolerance
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Unknown, Why
from steward.settings.connecting import criticality_setting

if TYPE_CHECKING:  # column storage needs numpy: imported only when the command runs
    from steward.analysis.impact.assess import Assessment
    from steward.analysis.impact.layout import Flags, PartitionColumns

_PARTS = (
    Part.BROKERS, Part.TOPICS, Part.TOPIC_CONFIGS, Part.LOG_DIRS, Part.GROUPS, Part.GROUP_OFFSETS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactParams:
    """Which losses to evaluate, and how much to report."""

    brokers: Annotated[
        tuple[int, ...],
        Doc("ids of brokers, each lost alone; default: every broker", positional=True, metavar="[BROKER]...",
            completes=Candidates.BROKERS),
    ] = ()  # fmt: skip
    rack: Annotated[tuple[str, ...], Doc("all brokers of a rack together", metavar="RACK")] = ()
    host: Annotated[tuple[str, ...], Doc("all brokers on a host together", metavar="HOST")] = ()
    pair: Annotated[
        str,
        Doc(
            "these brokers together, such as 1,2 (two or more)",
            metavar="ID,ID",
            completes=Candidates.BROKERS,
        ),
    ] = ""
    all: Annotated[bool, Doc("every broker, every rack, every host of several brokers")] = False
    pairs: Annotated[
        bool, Doc("every pair of brokers that shares a partition, the worst first")
    ] = False
    limit: Annotated[int, Doc("how many pairs to show with --pairs", unit="pairs")] = 20
    topics: Annotated[
        bool, Doc("how many brokers and racks each topic can lose, with or without a loss")
    ] = False
    producers: Annotated[
        bool, Doc("include active producers (READ on topics): one request per partition")
    ] = False
    wait: Annotated[
        float, Doc("take a second sample after this time, to measure rates", metavar="DURATION")
    ] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactReport:
    """Losses, the worst first, and how many failures topics tolerate."""

    impacts: tuple[Impact, ...]
    asked: Annotated[
        int, Doc("the first of these were requested by name: text output shows them in full")
    ]
    pairs: Annotated[PairTotals | None, Doc("all pairs, with --pairs only")] = None
    topics: Annotated[tuple[TopicTolerance, ...], Doc("with --topics only")] = ()


@capability(
    "broker.impact",
    parts=(*_PARTS, Part.OFFSETS, Part.PRODUCERS),
    long=True,
    examples=(
        "steward broker impact",
        "steward broker impact 2 --wait 10s",
        "steward broker impact --rack r1 --producers",
        "steward broker impact --pair 1,2 -o json",
        "steward broker impact --all --pairs --topics",
    ),
)
def broker_impact(params: ImpactParams, context: Context) -> Answer[ImpactReport]:
    """Report what the loss of a broker, rack, host or pair would do, before it happens.

    Partitions offline, below min.insync.replicas or at risk; where leaders move, by the controller's own rule; the load
    of the survivors; bytes to rebuild; the groups and producers affected. Counts include only new impact: what would
    hold after the loss and does not hold now. --topics reports how many brokers and racks each topic can lose before
    writes stop, and before acknowledged records are lost.
    """
    if params.limit < 1 or params.wait < 0:
        raise UsageError(
            "--limit must be 1 or more, --wait 0 or more",
            remedy=Hint(steward("broker impact", help=True)),
        )
    thresholds, _ = policy_of(context)
    parts, earlier, snapshot = _observe(params, context)
    from steward.analysis.impact.layout import layout_of

    layout = layout_of(
        snapshot,
        earlier=earlier,
        criticality=criticality_setting(context.profile),
        environment=context.connection.environment,
    )
    if isinstance(layout, Unknown):
        empty = ImpactReport(impacts=(), asked=0)
        return answer(empty, snapshot, context, parts, outcome=unread_outcome(layout))
    from steward.analysis.impact.assess import Assessment

    assessment = Assessment(layout, snapshot, thresholds.broker_capacity_bytes_per_second)
    report = _report(params, layout, assessment)
    return answer(report, snapshot, context, parts)


def unread_outcome(why: Unknown) -> Outcome:
    """End with an error where brokers or topics could not be read, because nothing can be reported then."""
    match why.why:
        case Why.DENIED:
            return Outcome.NOT_PERMITTED
        case Why.UNREACHABLE | Why.TIMED_OUT:
            return Outcome.UNREACHABLE
        case _:
            return Outcome.FAILED


def _observe(
    params: ImpactParams, context: Context
) -> tuple[tuple[Part, ...], ClusterSnapshot | None, ClusterSnapshot]:
    parts = (*_PARTS, *([Part.PRODUCERS] if params.producers else []))
    if not params.wait:
        return parts, None, context.observe(frozenset(parts))
    parts = (*parts, Part.OFFSETS)
    with context.connect(context.connection) as observer:
        earlier = observer.observe(frozenset({Part.IDENTITY, Part.TOPICS, Part.OFFSETS}))
        context.wait(params.wait, "measuring rates")
        parts_read = frozenset({*parts, Part.IDENTITY})
        return parts, earlier, observer.observe(parts_read, progress=context.progress)


def _report(
    params: ImpactParams, layout: "PartitionColumns", assessment: "Assessment"
) -> ImpactReport:
    impacts = list(_asked(params, layout, assessment))
    asked, totals = len(impacts), None
    if params.pairs:
        worst, totals = assessment.pairs(params.limit)
        impacts += worst
    if params.all:
        impacts += (*assessment.brokers(), *assessment.racks(), *assessment.hosts())
    elif not impacts and not params.pairs and not params.topics:
        impacts += assessment.brokers()
    topics: tuple[TopicTolerance, ...] = ()
    if params.topics:
        from steward.analysis.impact.tolerance import tolerances

        topics = tolerances(layout)
    return ImpactReport(impacts=tuple(impacts), asked=asked, pairs=totals, topics=topics)


def _asked(
    params: ImpactParams, layout: "PartitionColumns", assessment: "Assessment"
) -> Iterable[Impact]:
    for id in dict.fromkeys(params.brokers):
        yield assessment.of_set("broker", str(id), lost_brokers(layout, (id,)))
    for rack in dict.fromkeys(params.rack):
        yield assessment.of_set("rack", rack, _all_of(layout, "rack", rack))
    for host in dict.fromkeys(params.host):
        yield assessment.of_set("host", host, _all_of(layout, "host", host))
    if params.pair:
        ids = _ids(params.pair)
        kind = "pair" if len(ids) == 2 else "brokers"
        yield assessment.of_set(kind, ",".join(map(str, ids)), lost_brokers(layout, ids))


def _ids(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")]
    if len(set(words)) < 2 or not all(w.isascii() and w.isdigit() and len(w) < 10 for w in words):
        raise UsageError(
            f"--pair {text} does not name two brokers", remedy="pass their ids: --pair 1,2"
        )
    return tuple(sorted({int(word) for word in words}))


def lost_brokers(layout: "PartitionColumns", ids: Iterable[int]) -> "Flags":
    """Return the brokers with these ids.

    Errors: ObjectNotFound for an id that neither registers nor holds a replica.
    """
    import numpy as np

    lost = np.zeros(len(layout.brokers), bool)
    for id in ids:
        if id not in layout.brokers:
            known = ", ".join(str(b) for b in layout.brokers[:20])
            raise ObjectNotFound(
                f"broker {id} does not exist", remedy=f"known brokers: {known}", object_name=str(id)
            )
        lost[layout.brokers.index(id)] = True
    return lost


def _all_of(layout: "PartitionColumns", kind: str, name: str) -> "Flags":
    known, of = (layout.racks, layout.rack) if kind == "rack" else (layout.hosts, layout.host)
    if name not in known:
        some = ", ".join(known[:20]) or f"no broker has a {kind}"
        raise ObjectNotFound(
            f"{kind} {name} does not exist", remedy=f"known: {some}", object_name=name
        )
    return of == known.index(name)


CAPABILITIES: tuple[Capability, ...] = (broker_impact,)
