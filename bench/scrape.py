"""A scrape of every group's lag, seconds included, metrics fetched, beside Kafka's own tool on the same cluster.

By default 100 topics of 100 partitions and 20 groups (200,000 pairs); with ``--large`` 300 topics of 100 and 100 groups
(3 million pairs), on larger heaps. The daemon is the real one: a look, its history in SQLite, /metrics over HTTP.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

import psutil

from filling import commit, create_topics, group_names, produce, topic_names
from lab import NAME, sandbox, seconds_of
from reporting import Figure, conclude, peak_mib
from steward.cluster.observer import connect
from steward.daemon.collection.collector import CollectorPlan
from steward.daemon.collection.loop import Watch
from steward.daemon.collection.store_writer import StoreWriter
from steward.daemon.http.listen import bind
from steward.daemon.malloc_tuning import give_large_blocks_back
from steward.daemon.server import Server
from steward.model.connection import Connection, Secret
from steward.sandbox.places import state_dir
from steward.sandbox.tools import tool_command
from steward.settings.connecting import connection_of
from steward.settings.profiles import sandbox_profiles
from steward.store.open import open_store

PARTITIONS = 100
WITH_RECORDS, RECORDS = 10, 50
"""Topics that hold records, and how many in each partition; groups stand at different ones of them."""
SETTLING_SECONDS = 10
GROUPS_A_REQUEST = 50
BUDGET = 2_000
FLAT_MIB = 15.0
_CHUNK = 1 << 20


def main() -> int:
    chosen = _arguments()
    if chosen.measure:
        return _measure(chosen.measure)
    topics, groups = (300, 100) if chosen.large else (100, 20)
    with sandbox(heap="2g" if chosen.large else None) as connection:
        _fill(connection, topics, groups)
        time.sleep(SETTLING_SECONDS)
        if chosen.large:
            return _large(topics, groups, chosen.scrapes)
        rounds = [_one_round() for _ in range(chosen.rounds)]
    return _small(topics, groups, rounds)


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="3 million pairs")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of both sides")
    parser.add_argument("--scrapes", type=int, default=100, help="of --large")
    parser.add_argument("--measure", type=int, help="be the process that is measured")
    return parser.parse_args()


def _fill(connection: Connection, topics: int, groups: int) -> None:
    names = topic_names(topics)
    create_topics(connection, names, PARTITIONS)
    produce(connection, names[:WITH_RECORDS], PARTITIONS, RECORDS)

    def offset_of(group: int, topic: int, _: int) -> int:
        return group * 2 % RECORDS if topic < WITH_RECORDS else 0

    commit(connection, group_names(groups), names, PARTITIONS, offset_of)


def _one_round() -> dict[str, float]:
    said = _measured(10)
    tool = tool_command(NAME, "kafka-consumer-groups", ["--describe", "--all-groups"])
    return {
        "first": said["seconds"][0],
        "scrape": statistics.median(said["seconds"][1:]),
        "cpu": statistics.median(said["cpu"][1:]),
        "mib": said["peak_mib"],
        "body_mib": said["body_mib"],
        "requests": max(said["plain_requests"]),
        "allowed": said["allowed_requests"],
        "about": said["about_requests"],
        "queries": max(said["queries"]),
        "time_requests": max(said["time_requests"]),
        "tool": seconds_of(tool),
    }


def _small(topics: int, groups: int, rounds: list[dict[str, float]]) -> int:
    side = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    return conclude(
        f"{topics} topics x {PARTITIONS} partitions, {groups} groups with commits on all; medians of {len(rounds)} "
        "interleaved rounds, the daemon's of 9 scrapes each: look, history, /metrics fetched",
        [
            Figure(name="steward, one scrape", value=side["scrape"], unit="s", budget=1.0),
            Figure(name="steward, the first scrape after the start", value=side["first"], unit="s"),
            Figure(name="steward, CPU of a scrape (fetching included)", value=side["cpu"], unit="s"),
            Figure(name="steward, peak memory", value=side["mib"], unit="MiB", budget=250),
            Figure(name="page of metrics", value=side["body_mib"], unit="MiB"),
            Figure(
                name="requests of a scrape, at most", value=side["requests"], unit="",
                budget=side["allowed"],
            ),
            Figure(name="and for times, at most", value=side["time_requests"], unit=""),
            Figure(
                name="partitions that they asked for a time", value=side["queries"], unit="",
                budget=BUDGET,
            ),
            Figure(name="and once a minute, for members (and configurations)", value=side["about"], unit=""),
            Figure(name="kafka-consumer-groups --describe --all-groups", value=side["tool"], unit="s"),
            Figure(
                name="the tool / steward", value=side["tool"] / side["scrape"], unit="x", budget=10,
                at_least=True,
            ),
        ],
    )  # fmt: skip


def _large(topics: int, groups: int, scrapes: int) -> int:
    said = _measured(scrapes)
    seconds, cpu = said["seconds"][1:], said["cpu"][1:]
    rss, ring = said["rss_mib"], said["ring_mib"]
    warm = len(rss) // 5
    # large arrays come and go, so that samples swing by tens of MiB from look to look; a leak raises the floor
    early, late = min(rss[warm : 2 * warm]), min(rss[-warm:])
    ring_grew = statistics.median(ring[-warm:]) - statistics.median(ring[warm : 2 * warm])
    return conclude(
        f"{topics} topics x {PARTITIONS} partitions, {groups} groups: {topics * PARTITIONS * groups:,} pairs; "
        f"{scrapes} scrapes in a row: look, history, /metrics fetched",
        [
            Figure(name="a scrape, median", value=statistics.median(seconds), unit="s", budget=10),
            Figure(name="a scrape, slowest", value=max(seconds), unit="s"),
            Figure(name="the look alone, median", value=statistics.median(said["looks"]), unit="s"),
            Figure(name="CPU of a scrape, median (fetching included)", value=statistics.median(cpu), unit="s"),
            Figure(name="page of metrics", value=said["body_mib"], unit="MiB"),
            Figure(name="memory early, floor", value=early, unit="MiB"),
            Figure(name="memory late, floor", value=late, unit="MiB"),
            Figure(name="peak memory", value=said["peak_mib"], unit="MiB"),
            Figure(name="of the growth, the ring (bounded)", value=ring_grew, unit="MiB"),
            Figure(name="growth beside the ring", value=late - early - ring_grew, unit="MiB", budget=FLAT_MIB),
            Figure(
                name="requests of a scrape, at most", value=max(said["plain_requests"]), unit="",
                budget=said["allowed_requests"],
            ),
        ],
    )  # fmt: skip


def _measured(scrapes: int) -> dict[str, Any]:
    """Run this file as the daemon that is measured."""
    command = [sys.executable, __file__, "--measure", str(scrapes)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.returncode)
    return json.loads(ran.stdout)


def _measure(scrapes: int) -> int:
    give_large_blocks_back()
    connection = connection_of(NAME, sandbox_profiles()[NAME], os.environ)
    url = Secret(f"sqlite:///{state_dir() / 'scrape.db'}")
    keeper = StoreWriter(lambda: open_store(url))
    plan = CollectorPlan(interval=10, budget=BUDGET)
    watch = Watch(NAME, lambda: connect(connection), plan, keeper)
    server = Server([watch], keeper, bind("127.0.0.1", 0), token=None, version="bench")
    server.start_answering()
    found = _Measures()
    for number in range(scrapes):
        found.take(watch, server.url)
        if scrapes > 20 and not number % 10:
            print(f"  scrape {number}: {found.seconds[-1]:.2f} s", file=sys.stderr, flush=True)
    print(json.dumps(found.said()))
    server.stop(5)
    return 0


class _Measures:
    """What scrapes cost, one by one."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.looks: list[float] = []
        self.cpu: list[float] = []
        self.rss: list[float] = []
        self.ring: list[float] = []
        self.plain: list[int] = []
        self.about: list[int] = []
        self.times: list[int] = []
        self.queries: list[int] = []
        self.body = 0
        self.allowed = 0
        self._process = psutil.Process()

    def take(self, watch: Watch, url: str) -> None:
        used, began = self._cpu(), time.perf_counter()
        watch.poll_once()
        self.looks.append(time.perf_counter() - began)
        self.body = _fetch(f"{url}/metrics")
        self.seconds.append(time.perf_counter() - began)
        self.cpu.append(self._cpu() - used)
        self.rss.append(self._process.memory_info().rss / 2**20)
        look = watch.state.poll
        if look is None:
            raise SystemExit(f"the look failed: {watch.state.fault}")
        self.ring.append(look.history_bytes / 2**20)
        self.queries.append(look.timestamp_queries)
        self._requests(look.requests, look.time_requests)
        brokers = len(set(look.table.leaders.tolist()))
        by_coordinator: dict[int, int] = {}
        for group in look.table.groups:
            by_coordinator[group.coordinator] = by_coordinator.get(group.coordinator, 0) + 1
        fetches = sum(-(-n // GROUPS_A_REQUEST) for n in by_coordinator.values())
        self.allowed = 4 * brokers + fetches

    def _requests(self, sent: Mapping[str, int], for_times: int) -> None:
        """Tell apart what every look asks, what searches asked, and what is asked once a minute."""
        every = ("Metadata", "ListGroups", "ListOffsets", "OffsetFetch")
        seldom = sum(n for name, n in sent.items() if name not in every)
        if seldom:
            self.about.append(seldom)
        else:
            self.plain.append(sum(sent.values()) - for_times)
        self.times.append(for_times)

    def _cpu(self) -> float:
        used = self._process.cpu_times()
        return used.user + used.system

    def said(self) -> dict[str, Any]:
        return {
            "seconds": self.seconds,
            "looks": self.looks,
            "cpu": self.cpu,
            "rss_mib": self.rss,
            "ring_mib": self.ring,
            "peak_mib": peak_mib(),
            "body_mib": self.body / 2**20,
            "plain_requests": self.plain,
            "about_requests": max(self.about, default=0),
            "time_requests": self.times,
            "queries": self.queries,
            "allowed_requests": self.allowed,
        }


def _fetch(url: str) -> int:
    size = 0
    with urllib.request.urlopen(url, timeout=120) as answer:
        while piece := answer.read(_CHUNK):
            size += len(piece)
    return size


if __name__ == "__main__":
    sys.exit(main())
