"""Noisy neighbour: two clients far above their quota, beside one that needs little."""

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from steward.sandbox.scenarios.clients import Login, consumer
from steward.sandbox.scenarios.consuming import ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.limits import limited, when_throttled
from steward.sandbox.scenarios.producing import GOOD, Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create

LIMIT_BYTES_PER_S = 64 * 1_024
"""Per broker, like all byte quotas."""
WANTED_PER_S = 400.0
VALUE_BYTES = 1_024
QUIET_PER_S = 20.0
PAST = 3_000
_LIMITS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "loader": {"producer_byte_rate": LIMIT_BYTES_PER_S},
        "scraper": {"consumer_byte_rate": LIMIT_BYTES_PER_S},
    }
)
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def run(run: ScenarioRun) -> None:
    """Limit the noisy clients, then start all of them."""
    bulk, orders = run.name("bulk"), run.name("orders")
    create(run, ScenarioTopic(name=bulk), ScenarioTopic(name=orders))
    preload(run, _bulky(run, "past", bulk), PAST, span_s=60)
    logins = {who: limited(run, run.name(who), limits) for who, limits in _LIMITS.items()}
    _start_quiet(run, orders)
    loading, scraping = threading.Event(), threading.Event()
    noisy = {"throttle_cb": when_throttled(loading), "queue.buffering.max.messages": 2_000}
    start_flow(run, _bulky(run, "loader", bulk, noisy, logins["loader"]))
    run.start(run.name("scraper"), lambda: _scrape(run, bulk, scraping, logins["scraper"]))
    run.until(lambda: loading.is_set() and scraping.is_set(), "both noisy clients are throttled")


def _bulky(
    run: ScenarioRun,
    who: str,
    topic: str,
    further: Mapping[str, Any] = _NOTHING,
    login: Login | None = None,
) -> Flow:
    return Flow(
        client_id=run.name(who),
        topic=topic,
        keys=even_keys(run.random(who), 500),
        rate_per_s=WANTED_PER_S,
        value_bytes=VALUE_BYTES,
        settings={**GOOD, "compression.type": "none", **further},
        login=login,
    )


def _start_quiet(run: ScenarioRun, topic: str) -> None:
    keys = even_keys(run.random("quiet"), 200)
    start_flow(
        run, Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=QUIET_PER_S)
    )
    group = run.name("billing")
    start_members(run, 1, ConsumerMember(client_id=group, group=group, topics=[topic]))


def _scrape(run: ScenarioRun, topic: str, throttled: threading.Event, login: Login | None) -> None:
    """Read a topic from its beginning repeatedly."""
    from confluent_kafka import OFFSET_BEGINNING, TopicPartition

    settings: dict[str, Any] = {
        "group.id": run.name("scraper"),
        "client.id": run.name("scraper"),
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "throttle_cb": when_throttled(throttled),
    }
    client = consumer(run.sandbox, settings, login)
    partitions = [TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(3)]
    client.assign(partitions)
    try:
        while run.going:
            for message in client.consume(500, 0.5):
                if message.error() is not None:  # the end of a partition
                    where = TopicPartition(topic, message.partition() or 0, OFFSET_BEGINNING)
                    client.seek(where)
            run.pause(0.1)
    finally:
        client.close()


SCENARIO = Scenario(
    name="noisy-neighbour",
    summary="clients far above their quota, beside a quiet one",
    injects=(
        f"Client noisy-neighbour.loader tries to write {WANTED_PER_S * VALUE_BYTES / 1024:.0f} "
        "KiB/s to noisy-neighbour.bulk, noisy-neighbour.scraper reads it from the beginning "
        f"repeatedly; each has a quota of {LIMIT_BYTES_PER_S // 1024} KiB/s per broker, so "
        "both are throttled. noisy-neighbour.shop and group noisy-neighbour.billing do "
        f"{QUIET_PER_S:.0f} records a second on noisy-neighbour.orders. Quotas are set on client "
        "ids, on a secured sandbox on SCRAM users created for it. At the end quotas and users are "
        "removed. Left behind: topics and group."
    ),
    finds=("client_throttled_heavily", "quota_below_batch_size"),
    default_seconds=120,
    run=run,
)
