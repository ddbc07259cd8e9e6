"""When brokers run out of disk, partitions or network, from samples saved by `steward serve`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from steward.analysis.checks.thresholds import Thresholds
from steward.commands.api.context import Context
from steward.commands.api.history_owner import answering_cluster, history_owner
from steward.commands.api.open_store import configuration_warnings, open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Notice,
    Outcome,
    capability,
)
from steward.commands.check.audit import policy_of
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.load import BrokerLoadSample
from steward.model.unknown import NotApplicable, Unknown, Why

if TYPE_CHECKING:  # trend estimation needs numpy: imported only when the command runs
    from steward.analysis.impact.forecast import TrendLine

_DAY = 86_400


class ForecastResource(StrEnum):
    """A resource of a broker that can run out."""

    DISK = "disk"
    PARTITIONS = "partitions"
    NETWORK_IN = "network_in"
    NETWORK_OUT = "network_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastParams:
    """Which brokers, and the deadline that counts as too soon."""

    brokers: Annotated[
        tuple[int, ...],
        Doc(
            "broker ids; default: all",
            positional=True,
            metavar="[BROKER]...",
            completes=Candidates.BROKERS,
        ),
    ] = ()
    since: Annotated[
        float, Doc("use samples of this long", metavar="DURATION")
    ] = 30.0 * _DAY  # fmt: skip
    fail_within: Annotated[
        float | None,
        Doc(
            "exit with 3 when anything may run out within this time, at the earliest estimate",
            metavar="DURATION",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceForecast:
    """One resource of one broker: current value, growth, and when it runs out."""

    broker: int
    resource: Annotated[
        ForecastResource, Doc("disk is the fullest volume; partitions are replicas")
    ]
    current: Annotated[
        float | Unknown, Doc("bytes, replicas or bytes per second, as estimated by the trend")
    ]
    limit: Annotated[
        float | NotApplicable,
        Doc("the volume's size, or the limit of checks.thresholds; null where none is declared"),
    ]
    growth_per_day: Annotated[float | Unknown, Doc("slope of the Theil-Sen trend")]
    growth_low: Annotated[float | Unknown, Doc("lower bound, 95% interval", wide=True)]
    growth_high: Annotated[float | Unknown, Doc("upper bound, 95% interval", wide=True)]
    runs_out_at: Annotated[Instant | None, Doc("null: not within 30 times the sampled period")]
    earliest: Annotated[Instant | None, Doc("with the upper bound of growth")]
    latest: Annotated[Instant | None, Doc("with the lower bound of growth; null: possibly never")]
    samples: int
    span_seconds: Annotated[float, Doc("period that the samples cover")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityForecast:
    """Resources that run out, the soonest first."""

    forecasts: tuple[ResourceForecast, ...]


@capability(
    "capacity.forecast",
    needs_cluster=False,
    examples=(
        "steward capacity forecast",
        "steward capacity forecast 2 --since 14d",
        "steward capacity forecast --fail-within 30d -o json",
    ),
)
def forecast(params: ForecastParams, context: Context) -> Answer[CapacityForecast]:
    """Forecast when a disk, a partition count or a network link runs out.

    Reads the samples that `steward serve` saves, one per broker every ten minutes; the brokers themselves are only
    asked for the cluster id. A Theil-Sen trend (the median slope of all pairs of samples) with a 95% interval gives the
    time at which the limit is reached. It is extrapolated to 30 times the sampled period at most; fewer than 12
    samples, or less than an hour, give no forecast. Network forecasts need the brokers' metrics, and use
    checks.thresholds.broker_capacity_bytes_per_second as the limit.
    """
    if params.since <= 0 or (params.fail_within is not None and params.fail_within <= 0):
        raise UsageError(
            "--since and --fail-within must be above 0",
            remedy=Hint(steward("capacity forecast", help=True)),
        )
    thresholds, _ = policy_of(context)
    now_ms = context.now_ms()
    answering = answering_cluster(context)
    with open_store(context) as store:
        owner = history_owner(context, store, answering)
        kept = store.loads.read(owner.key, since_ms=now_ms - round(params.since * 1000))
    chosen = [load for load in kept if not params.brokers or load.broker in params.brokers]
    found = tuple(sorted(_forecasts(chosen, thresholds), key=_soonest))
    until = None if params.fail_within is None else now_ms + round(params.fail_within * 1000)
    soon = until is not None and any(f.earliest and f.earliest.ms <= until for f in found)
    return Answer(
        data=CapacityForecast(forecasts=found),
        cluster=owner.cluster,
        observed_at=Instant(max((load.at_ms for load in chosen), default=now_ms)),
        warnings=(
            *configuration_warnings(context),
            *owner.warnings,
            *(() if chosen else (_nothing(owner.cluster.name),)),
        ),
        outcome=Outcome.FINDINGS if soon else Outcome.DONE,
    )


def _nothing(cluster: str) -> Notice:
    return Notice(
        code="no_history",
        message=f"no samples of these brokers of {cluster} in this period",
        object=cluster,
        remedy="steward serve saves samples while it runs, the first after a minute",
    )


Figure = Callable[[BrokerLoadSample], float | None]
_FIGURES: tuple[tuple[ForecastResource, Figure], ...] = (
    (ForecastResource.DISK, lambda load: load.disk_used_bytes),
    (ForecastResource.PARTITIONS, lambda load: load.replicas),
    (ForecastResource.NETWORK_IN, lambda load: load.bytes_in_per_second),
    (ForecastResource.NETWORK_OUT, lambda load: load.bytes_out_per_second),
)


def _forecasts(loads: list[BrokerLoadSample], thresholds: Thresholds) -> Iterator[ResourceForecast]:
    by_broker: dict[int, list[BrokerLoadSample]] = {}
    for load in loads:
        by_broker.setdefault(load.broker, []).append(load)
    for broker, own in by_broker.items():
        for resource, figure in _FIGURES:
            points = [(s.at_ms, value) for s in own if (value := figure(s)) is not None]
            yield _forecast(broker, resource, points, _limit(resource, own[-1], thresholds))


def _limit(
    resource: ForecastResource, last: BrokerLoadSample, thresholds: Thresholds
) -> float | NotApplicable:
    undeclared = NotApplicable("no broker_capacity_bytes_per_second is declared")
    match resource:
        case ForecastResource.DISK:
            total = last.disk_total_bytes
            return (
                NotApplicable("the broker does not report its volumes") if total is None else total
            )
        case ForecastResource.PARTITIONS:
            return thresholds.max_replicas_per_broker
        case ForecastResource.NETWORK_IN | ForecastResource.NETWORK_OUT:
            capacity = thresholds.broker_capacity_bytes_per_second
            return undeclared if capacity is None else capacity


def _forecast(
    broker: int,
    resource: ForecastResource,
    points: list[tuple[int, float]],
    limit: float | NotApplicable,
) -> ResourceForecast:
    from steward.analysis.impact.forecast import growth

    times = [at_ms / 1000 for at_ms, _ in points]
    line = growth(times, [value for _, value in points])
    if not points:
        line = Unknown(
            Why.NOT_CONFIGURED, "no sample has it: the broker or its metrics do not report it"
        )
    last_ms = points[-1][0] if points else 0
    out: list[Instant | None] = [None] * 3
    if isinstance(line, Unknown):
        level = slope = low = high = line
    else:
        level, slope, low, high = line.level, line.slope * _DAY, line.low * _DAY, line.high * _DAY
        out = [_reached(line, s, limit, last_ms) for s in (line.slope, line.high, line.low)]
    return ResourceForecast(
        broker=broker,
        resource=resource,
        current=level,
        limit=limit,
        growth_per_day=slope,
        growth_low=low,
        growth_high=high,
        runs_out_at=out[0],
        earliest=out[1],
        latest=out[2],
        samples=len(points),
        span_seconds=times[-1] - times[0] if times else 0.0,
    )


def _reached(
    line: "TrendLine", slope: float, limit: float | NotApplicable, last_ms: int
) -> Instant | None:
    if isinstance(limit, NotApplicable):
        return None
    seconds = line.seconds_to(limit, slope)
    return None if seconds is None else Instant(last_ms + round(seconds * 1000))


def _soonest(found: ResourceForecast) -> tuple[float, float, int, str]:
    never = float("inf")
    times: Iterable[Instant | None] = (found.runs_out_at, found.earliest)
    first, earliest = (never if t is None else float(t.ms) for t in times)
    return first, earliest, found.broker, found.resource.value


CAPABILITIES: tuple[Capability, ...] = (forecast,)
