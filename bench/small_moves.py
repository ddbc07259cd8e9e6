"""Thousands of nearly empty partitions moved to other brokers: steward's execution beside the stock tool's.

The stock tool asks for all of them at once and knows no caps; it moves them back where they were. Tools that move in
waves of a few partitions take hours for as many (LinkedIn's Cruise Control, issue 1631: 7,000 moves in 5 to 8 hours).
"""

import json
import subprocess
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from filling import produce, settle
from lab import NAME, STEWARD, sandbox
from reporting import Figure, conclude
from steward.model.connection import Connection
from steward.sandbox.places import state_dir
from steward.sandbox.tools import run_tool

BROKERS = 8
OLD, NEW = (1, 2, 3, 4), (5, 6, 7, 8)
PARTITIONS_A_TOPIC = 100
MOST_TIMES_THEIRS = 2.5
"""How much longer than the stock tool steward may take: it records, checks and limits what is in progress."""


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=7_000)
    chosen = parser.parse_args()
    names = [f"bench-{n:03d}" for n in range(chosen.moves // PARTITIONS_A_TOPIC)]
    with sandbox(brokers=BROKERS, heap="1g") as connection:
        _create(connection, names)
        produce(connection, names, PARTITIONS_A_TOPIC, 1)
        figures = _moved()
    return conclude(
        f"{len(names) * PARTITIONS_A_TOPIC:,} partitions of one record, {BROKERS} brokers", figures
    )


def _create(connection: Connection, names: list[str]) -> None:
    admin: Any = AdminClient({"bootstrap.servers": ",".join(connection.bootstrap_servers)})
    placed = [[OLD[p % len(OLD)]] for p in range(PARTITIONS_A_TOPIC)]
    for start in range(0, len(names), 10):
        wanted = [
            NewTopic(n, PARTITIONS_A_TOPIC, replica_assignment=placed)
            for n in names[start : start + 10]
        ]
        for future in admin.create_topics(wanted).values():
            future.result(120)
    settle(5)


def _moved() -> list[Figure]:
    back = state_dir() / "back.json"
    listed = ",".join(map(str, OLD))
    words = ("--brokers", listed, "--topics", "bench-.*", "--rollback", str(back))
    began = time.monotonic()
    plan = _steward("reassignment", "plan", "drain", *words)
    planned = time.monotonic()
    ended = _steward("plan", "execute", plan["id"], "--yes")
    seconds = time.monotonic() - planned
    not_done = sum(s["status"] not in ("done", "already") for s in ended["steps"])
    theirs = _theirs(back)
    return [
        Figure(name="steward: planned", value=planned - began, unit="s"),
        Figure(name="steward: moved", value=seconds, unit="s"),
        Figure(name="  partitions not moved", value=not_done, unit="", budget=0),
        Figure(name="kafka-reassign-partitions: moved back", value=theirs, unit="s"),
        Figure(name="steward / kafka-reassign-partitions", value=seconds / theirs, unit="x", budget=MOST_TIMES_THEIRS),
        Figure(name="left in flight", value=len(_in_flight()), unit="", budget=0),
    ]  # fmt: skip


def _theirs(file: Path) -> float:
    began = time.monotonic()
    ran = run_tool(
        NAME, "kafka-reassign-partitions", ["--execute", "--reassignment-json-file", str(file)]
    )
    if ran.returncode:
        raise SystemExit(f"kafka-reassign-partitions: {ran.stderr[-500:]}")
    while _in_flight():
        time.sleep(1)
    return time.monotonic() - began


def _in_flight() -> list[Any]:
    return _steward("reassignment", "list")["reassignments"]


def _steward(*words: str) -> Any:
    command = [STEWARD, "--cluster", NAME, *words, "-o", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if not ran.stdout:
        raise SystemExit(f"steward {' '.join(words)}: {ran.stderr[-500:]}")
    document = json.loads(ran.stdout)
    if document["data"] is None:
        raise SystemExit(f"steward {' '.join(words)}: {document['errors']}")
    return document["data"]


if __name__ == "__main__":
    raise SystemExit(main())
