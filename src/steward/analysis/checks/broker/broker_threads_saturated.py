"""Brokers whose threads are nearly always busy."""

from collections.abc import Iterator

from steward.analysis.checks.facts import FactMissing, Facts
from steward.analysis.checks.metric_names import NETWORK_PROCESSOR_IDLE, REQUEST_HANDLER_IDLE
from steward.analysis.checks.registry import BROKERS, FoundState, Nature, check
from steward.analysis.checks.say import on_broker
from steward.model.broker import Broker
from steward.model.command import steward
from steward.model.config import config_entry
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why, value_or

POOLS = (
    (REQUEST_HANDLER_IDLE, "request handler", "num.io.threads"),
    (NETWORK_PROCESSOR_IDLE, "network", "num.network.threads"),
)

PARTS = (Part.BROKERS, Part.METRICS, Part.BROKER_CONFIGS)


@check("B11", Severity.MEDIUM, over=BROKERS, parts=PARTS, nature=Nature.STATE)
def broker_threads_saturated(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """The broker's threads are busy nearly all the time.

    What it means: in every snapshot the request handler or network threads were idle less than 30% of the time.
    Why it matters: requests wait in queues, latency rises for every client of the broker, and followers drop out of
        the ISR.
    What to do: find the client that sends most requests (steward quota list, steward check) and set a quota for it.
        Then add threads if the CPU has capacity left, or add brokers.
    """
    if broker.fenced is True:
        return
    for metric, pool, key in POOLS:
        idle = max(earlier.metric(broker.id, metric) for earlier in (*facts.earlier, facts))
        if idle == 0:
            raise FactMissing(
                Unknown(Why.NEEDS_HISTORY, "some brokers have just started and have no average yet")
            )
        if idle >= facts.thresholds.idle_ratio:
            continue
        yield FoundState(
            object=on_broker(broker.id),
            summary=f"{pool} threads are idle only {100 * idle:.0f}% of the time",
            evidence=(Evidence(f"metrics of broker {broker.id}", metric, f"{idle:.2f}"),),
            remedy=Remedy(
                f"limit the busiest client by a quota, or raise {key} if the CPU has capacity left",
                steward("broker alter", broker.id, set=f"{key}={_more(facts, broker, key)}"),
            ),
        )


def _more(facts: Facts, broker: Broker, key: str) -> str:
    """Return the number of threads to try: 1.5 times the present number, if that is known."""
    configs = facts.snapshot.broker_configs
    entry = config_entry(value_or(configs, {}).get(broker.id), key)
    return str(int(entry.value) * 3 // 2) if entry and entry.value else "THREADS"
