"""A thousand new topics: `steward plan` and `steward apply`, against a loop of Kafka's own `kafka-topics --create`.

Every process counts from its start. The loop is measured on a few topics and scaled: it costs the same for each.
"""

import json
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from lab import NAME, STEWARD, sandbox, seconds_of
from reporting import Figure, conclude
from steward.sandbox.places import state_dir
from steward.sandbox.processes import java_environment
from steward.sandbox.tools import tool_command

TOPIC = """\
---
apiVersion: steward/v1
kind: Topic
metadata: {{name: {name}}}
spec: {{partitions: {partitions}, replicas: 1, retention: 7d}}
"""


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, default=1_000)
    parser.add_argument("--partitions", type=int, default=4, help="of each topic")
    parser.add_argument("--loop", type=int, default=20, help="topics that the loop creates")
    chosen = parser.parse_args()
    with sandbox():
        file = state_dir() / "topics.yaml"
        file.write_text("".join(_topics("bench", chosen.topics, chosen.partitions)))
        plan_id, planning = _plan(file)
        applying = seconds_of([STEWARD, "--cluster", NAME, "apply", plan_id, "--yes", "-q"])
        again = seconds_of([STEWARD, "--cluster", NAME, "apply", plan_id, "--yes", "-q"])
        left = len(_document(["plan", str(file)])["data"]["steps"])
        loop = sum(_create(f"loop-{n}", chosen.partitions) for n in range(chosen.loop))
    scaled = loop / chosen.loop * chosen.topics
    return conclude(
        f"{chosen.topics:,} new topics of {chosen.partitions} partitions, replication factor 1",
        [
            Figure(name="steward plan", value=planning, unit="s"),
            Figure(name="steward apply", value=applying, unit="s", budget=60),
            Figure(name="steward apply again, which changes nothing", value=again, unit="s"),
            Figure(name="steps of a plan made afterwards", value=left, unit="", budget=0),
            Figure(name=f"kafka-topics --create, {chosen.loop} times", value=loop, unit="s"),
            Figure(name="kafka-topics --create, scaled to all", value=scaled, unit="s"),
            Figure(
                name="times faster than the loop, plan included",
                value=scaled / (planning + applying),
                unit="x",
                budget=5,
                at_least=True,
            ),
        ],
    )


def _topics(prefix: str, count: int, partitions: int) -> list[str]:
    return [
        TOPIC.format(name=f"{prefix}-{number:04}", partitions=partitions) for number in range(count)
    ]


def _plan(file: Path) -> tuple[str, float]:
    """Plan, and return the plan's id with the seconds that it took."""
    command = [STEWARD, "--cluster", NAME, "plan", str(file), "-o", "json"]
    seconds = seconds_of(command)
    return _document(["plan", str(file)])["data"]["id"], seconds


def _document(words: list[str]) -> Any:
    command = [STEWARD, "--cluster", NAME, *words, "-o", "json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _create(name: str, partitions: int) -> float:
    words = ["--create", "--topic", name, "--partitions", str(partitions)]
    words += ["--replication-factor", "1", "--config", "retention.ms=604800000"]
    return seconds_of(tool_command(NAME, "kafka-topics", words), env=java_environment())


if __name__ == "__main__":
    raise SystemExit(main())
