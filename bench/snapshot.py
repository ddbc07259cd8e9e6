"""A full snapshot of 10,000 partitions and 20 groups, beside Kafka's own tools on the same cluster."""

import json
import os
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace

from filling import commit, create_topics, group_names, topic_names
from lab import NAME, sandbox, seconds_of
from reporting import Figure, conclude, peak_mib
from steward.cluster.observer import connect
from steward.model.connection import Connection
from steward.model.snapshot import ALL_PARTS, Part
from steward.model.unknown import Unknown
from steward.sandbox.tools import tool_command
from steward.settings.connecting import connection_of
from steward.settings.profiles import sandbox_profiles

TOPICS, PARTITIONS, GROUPS = 100, 100, 20
SETTLING_SECONDS = 10
WHAT_THE_TOOLS_TELL = frozenset(
    {Part.TOPICS, Part.TOPIC_CONFIGS, Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS}
)


def main() -> int:
    chosen = _arguments()
    if chosen.observe:
        return _observe(chosen.observe)
    with sandbox() as connection:
        _fill(connection, chosen.replication_factor)
        time.sleep(SETTLING_SECONDS)
        rounds = [_one_round() for _ in range(chosen.rounds)]
    sides = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    ratio = (sides["topics"] + sides["groups"]) / sides["full"]
    return conclude(
        f"{TOPICS} topics x {PARTITIONS} partitions, replication factor {chosen.replication_factor}, "
        f"{GROUPS} groups with commits on all; medians of {chosen.rounds} interleaved rounds, fresh processes",
        [
            Figure(name="steward, every part", value=sides["full"], unit="s", budget=3.0),
            Figure(
                name="steward, every part: peak memory", value=sides["mib"], unit="MiB", budget=500
            ),
            Figure(name="steward, only what the tools tell", value=sides["same"], unit="s"),
            Figure(name="kafka-topics --describe", value=sides["topics"], unit="s"),
            Figure(
                name="kafka-consumer-groups --describe --all-groups",
                value=sides["groups"],
                unit="s",
            ),
            Figure(
                name="the tools / steward, every part",
                value=ratio,
                unit="x",
                budget=6,
                at_least=True,
            ),
        ],
    )


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--replication-factor", type=int, default=1, choices=(1, 3))
    parser.add_argument(
        "--observe", choices=("full", "same"), help="be the process that is measured"
    )
    return parser.parse_args()


def _one_round() -> dict[str, float]:
    full, same = _measured("full"), _measured("same")
    topics = tool_command(NAME, "kafka-topics", ["--describe"])
    groups = tool_command(NAME, "kafka-consumer-groups", ["--describe", "--all-groups"])
    return {
        "full": full["seconds"],
        "mib": full["mib"],
        "same": same["seconds"],
        "topics": seconds_of(topics),
        "groups": seconds_of(groups),
    }


def _measured(what: str) -> dict[str, float]:
    """Run this file as the process that observes, from its start to its end."""
    began = time.perf_counter()
    command = [sys.executable, __file__, "--observe", what]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ran.returncode:
        raise SystemExit(ran.stderr[-2000:])
    said = json.loads(ran.stdout)
    print(
        f"  {what}: {seconds:.2f} s, of it observing {said['observing']:.2f} s; {said['requests']}"
    )
    return {"seconds": seconds, "mib": said["mib"]}


def _observe(what: str) -> int:
    parts = ALL_PARTS if what == "full" else WHAT_THE_TOOLS_TELL
    connection = connection_of(NAME, sandbox_profiles()[NAME], os.environ)
    began = time.perf_counter()
    with connect(connection) as observer:
        snapshot = observer.observe(parts)
    observing = time.perf_counter() - began
    unknown = {
        part: str(found) for part in parts if isinstance(found := snapshot.part(part), Unknown)
    }
    if unknown:
        raise SystemExit(f"not observed: {unknown}")
    cost = snapshot.cost
    requests = f"{sum(cost.requests.values())} requests, {cost.bytes_received / 2**20:.1f} MiB"
    print(json.dumps({"observing": observing, "mib": peak_mib(), "requests": requests}))
    return 0


def _fill(connection: Connection, replication_factor: int) -> None:
    """Create the topics and let every group commit on every partition."""
    names = topic_names(TOPICS)
    create_topics(connection, names, PARTITIONS, replication_factor)
    commit(connection, group_names(GROUPS), names, PARTITIONS)


if __name__ == "__main__":
    sys.exit(main())
