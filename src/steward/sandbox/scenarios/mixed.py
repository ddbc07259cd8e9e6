"""The tour: three healthy flows and most kinds of problems at once."""

import threading
from collections.abc import Callable

from steward.sandbox.scenarios import (
    abandoned_group,
    hanging_transaction,
    hot_key,
    lag_spike,
    min_isr_one,
    no_retention,
    rebalance_storm,
    weak_producer,
)
from steward.sandbox.scenarios.consuming import CLASSIC, KIP_848, ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create
from steward.sandbox.scenarios.watching import committed_all

RATE_PER_S = 20.0
MEMBERS = 2
TROUBLES: tuple[Scenario, ...] = (
    lag_spike.SCENARIO,
    hot_key.SCENARIO,
    weak_producer.SCENARIO,
    hanging_transaction.SCENARIO,
    abandoned_group.SCENARIO,
    rebalance_storm.SCENARIO,
    no_retention.SCENARIO,
    min_isr_one.SCENARIO,
)
_NAMES = ", ".join(trouble.name for trouble in TROUBLES)
_READY_S = 240


def run(run: ScenarioRun) -> None:
    """Start the healthy flows and all problems at once, and wait for the last of them."""
    parts = {"healthy": _healthy, **{trouble.name: trouble.run for trouble in TROUBLES}}
    begun = [_begin(run.part(name), begin) for name, begin in parts.items()]
    run.until(
        lambda: all(done.is_set() for done in begun),
        "all its problems exist",
        timeout_s=_READY_S,
    )


def _begin(part: ScenarioRun, begin: Callable[[ScenarioRun], None]) -> threading.Event:
    done = threading.Event()

    def work() -> None:
        begin(part)
        part.progress(f"ready: {part.prefix}")
        done.set()

    part.start(part.prefix, work)
    return done


def _healthy(run: ScenarioRun) -> None:
    groups = {"payments": CLASSIC, "shipments": CLASSIC, "invoices": KIP_848}
    if run.kafka_line < (4, 0):
        groups["invoices"] = CLASSIC
    create(run, *(ScenarioTopic(name=run.name(topic)) for topic in groups))
    for topic, settings in groups.items():
        name, group = run.name(topic), run.name(f"{topic}-readers")
        keys = even_keys(run.random(topic), 300)
        start_flow(
            run,
            Flow(
                client_id=run.name(f"{topic}-writer"), topic=name, keys=keys, rate_per_s=RATE_PER_S
            ),
        )
        member = ConsumerMember(client_id=group, group=group, topics=[name], settings=settings)
        start_members(run, MEMBERS, member, static=True)
    for topic in groups:
        committed_all(run, run.name(f"{topic}-readers"), run.name(topic))


SCENARIO = Scenario(
    name="mixed",
    summary="the tour: a healthy baseline and most kinds of problems at once",
    injects=(
        "Three healthy flows, mixed.healthy.payments, .shipments and .invoices, of "
        f"{RATE_PER_S:.0f} records a second with groups of {MEMBERS} static members (two classic, "
        "one of the consumer protocol), without findings. In addition the scenarios "
        f"{_NAMES}, with the same numbers as alone and names that begin with mixed: group "
        "mixed.lag-spike.billing, topic mixed.hot-key.orders. Left behind: what each of them "
        "leaves."
    ),
    finds=tuple(sorted({check for trouble in TROUBLES for check in trouble.finds})),
    default_seconds=300,
    run=run,
)
