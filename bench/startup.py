"""How soon the command answers: its help alone, and a list of topics beside Kafka's own tool."""

import statistics
import sys
from argparse import ArgumentParser

from lab import NAME, STEWARD, sandbox, seconds_of
from reporting import Figure, conclude
from steward.sandbox.tools import tool_command


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with sandbox():
        help_, ours = [STEWARD, "--help"], [STEWARD, "topic", "list", "--cluster", NAME]
        theirs = tool_command(NAME, "kafka-topics", ["--list"])
        for command in (help_, ours, theirs):
            seconds_of(command)  # bytecode and disk caches warm, for both sides
        took = [[seconds_of(command) for command in (help_, ours, theirs)] for _ in range(rounds)]
    help_s, ours_s, theirs_s = (statistics.median(column) for column in zip(*took, strict=True))
    return conclude(
        f"start-up, medians of {rounds} interleaved rounds",
        [
            Figure(name="steward --help", value=help_s * 1000, unit="ms", budget=150),
            Figure(name="steward topic list", value=ours_s, unit="s"),
            Figure(name="kafka-topics --list", value=theirs_s, unit="s"),
            Figure(name="ours / theirs", value=ours_s / theirs_s, unit="x", budget=0.5),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
