"""Bytes that a live cluster of five brokers has to copy: steward's plans beside `kafka-reassign-partitions --generate`.

Both sides see the same cluster and the same topics-to-move file. The stock tool's proposal is judged by steward, with
the sizes that the brokers tell; it spreads replicas anew from a random start, so that the median of several counts.
"""

import json
import statistics
import subprocess
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from lab import NAME, STEWARD, sandbox
from reporting import Figure, conclude
from steward.sandbox.places import state_dir
from steward.sandbox.processes import java_environment
from steward.sandbox.tools import tool_command

RECORD = b"x" * 10_000


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, default=8)
    parser.add_argument("--partitions", type=int, default=12, help="of each topic")
    parser.add_argument("--megabytes", type=int, default=240, help="of one copy of all of it")
    parser.add_argument("--runs", type=int, default=3, help="of the stock tool")
    chosen = parser.parse_args()
    with sandbox() as connection:
        names = [f"bench-{n}" for n in range(chosen.topics)]
        _fill(names, chosen.partitions, chosen.megabytes, ",".join(connection.bootstrap_servers))
        for _ in range(2):
            _steward("sandbox", "broker", "add", "--name", NAME)
        listed = state_dir() / "topics.json"
        listed.write_text(json.dumps({"version": 1, "topics": [{"topic": n} for n in names]}))
        grown = _figures(listed, chosen.runs)
        _carry_out(listed)
        even = _figures(listed, chosen.runs)
    shape = f"{chosen.topics} topics of {chosen.partitions} partitions, RF 3, {chosen.megabytes} MB a copy"
    codes = [
        conclude(f"3 -> 5 brokers, {shape}", grown),
        conclude("the same cluster when it is even: what is planned anew", even),
    ]
    return max(codes)


def _figures(listed: Path, runs: int) -> list[Figure]:
    theirs = [_plan("balance", listed, _generated(listed)) for _ in range(runs)]
    stock = statistics.median(p["bytes_moved"] for p in theirs)
    found = [
        Figure(name="--generate: copied (median)", value=stock / 1e6, unit="MB"),
        Figure(name=_UNEVEN, value=statistics.median(p["topic_spread"]["misplaced"] for p in theirs), unit=""),
    ]  # fmt: skip
    for intent in ("partition-placement", "balance"):
        plan = _plan(intent, listed)
        least = plan["lower_bound_bytes"]
        found += [
            Figure(name=f"steward, {intent}: copied", value=plan["bytes_moved"] / 1e6, unit="MB",
                   budget=least * 1.001 / 1e6),
            Figure(name="  the least possible", value=least / 1e6, unit="MB"),
            Figure(name=_UNEVEN, value=plan["topic_spread"]["misplaced"], unit=""),
        ]  # fmt: skip
    return found


_UNEVEN = "  replicas beyond an even spread of their topics"


def _carry_out(listed: Path) -> None:
    """Let the stock tool move what steward planned, and wait until it has arrived."""
    file = state_dir() / "placed.json"
    _steward(
        "reassignment",
        "plan",
        "partition-placement",
        "--topics-file",
        str(listed),
        "--out",
        str(file),
    )
    _kafka("kafka-reassign-partitions", "--execute", "--reassignment-json-file", str(file))
    while _steward("reassignment", "list")["data"]["reassignments"]:
        time.sleep(1)


def _fill(names: list[str], partitions: int, megabytes: int, bootstrap: str) -> None:
    for name in names:
        _kafka("kafka-topics", "--create", "--topic", name, "--partitions", str(partitions),
               "--replication-factor", "3")  # fmt: skip
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": "none"})
    count = megabytes * 1_000_000 // len(RECORD)
    for number in range(count):
        name = names[number % len(names)]
        producer.produce(name, RECORD, partition=number // len(names) % partitions)
        producer.poll(0) if number % 1_000 else producer.flush(60)
    if producer.flush(60):
        raise SystemExit("not everything was written")


def _plan(intent: str, topics: Path, theirs: Path | None = None) -> Any:
    words = ["--json", str(theirs)] if theirs else ["--topics-file", str(topics)]
    return _steward("reassignment", "plan", intent, *words)["data"]


def _generated(topics: Path) -> Path:
    said = _kafka(
        "kafka-reassign-partitions", "--generate", "--topics-to-move-json-file", str(topics),
        "--broker-list", "1,2,3,4,5",
    )  # fmt: skip
    found = state_dir() / "generated.json"
    found.write_text(next(x for x in reversed(said.splitlines()) if x.startswith("{")))
    return found


def _steward(*words: str) -> Any:
    command = [STEWARD, "--cluster", NAME, *words, "-o", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"steward {' '.join(words[:3])} failed: {ran.stdout}{ran.stderr}")
    return json.loads(ran.stdout)


def _kafka(tool: str, *words: str) -> str:
    command = tool_command(NAME, tool, words)
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, env=java_environment()
    )
    if ran.returncode:
        raise SystemExit(f"{tool} failed: {ran.stdout}{ran.stderr}")
    return ran.stdout


if __name__ == "__main__":
    raise SystemExit(main())
