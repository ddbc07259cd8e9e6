"""The process of a background scenario: its record says when it is ready; it ends by itself."""

import argparse
import os
import signal
import sys
import threading
import time
from dataclasses import replace

import psutil

from steward.model.error import StewardError
from steward.model.printable import printable
from steward.sandbox.scenarios.foreground import run_scenario_here
from steward.sandbox.scenarios.records import ScenarioRecord, remove_record, save_record
from steward.sandbox.scenarios.registry import scenario_named

_HARD_END_S = 420
"""Extra time: setup and teardown take less, or hang."""


def main(arguments: list[str]) -> int:
    """Run one scenario; its log is this process's output."""
    asked = _parser().parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: over.set())
    _end_in_any_case(asked.seconds + _HARD_END_S)
    record = ScenarioRecord(
        scenario=asked.scenario,
        pid=os.getpid(),
        create_time=psutil.Process().create_time(),
        seconds=asked.seconds,
        seed=asked.seed,
    )
    save_record(asked.sandbox, record)
    try:
        run_scenario_here(
            asked.sandbox,
            scenario_named(asked.scenario),
            seconds=asked.seconds,
            seed=asked.seed,
            progress=_say,
            leave=True,
            over=over,
            ready=lambda: save_record(asked.sandbox, _begun(record)),
        )
    except StewardError as fault:
        _say(fault.summary)
        return 1
    finally:
        remove_record(asked.sandbox, asked.scenario)
    _say("over")
    return 0


def _begun(record: ScenarioRecord) -> ScenarioRecord:
    """Return the record of a scenario whose trouble is there, with its end."""
    ends_at_ms = time.time_ns() // 1_000_000 + round(record.seconds * 1000)
    return replace(record, ready=True, ends_at_ms=ends_at_ms)


def _end_in_any_case(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, args=(1,))
    timer.daemon = True
    timer.start()


def _say(line: str) -> None:
    sys.stdout.write(f"{printable(line)}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m steward.sandbox.scenarios")
    parser.add_argument("-D", dest="marker", help="marks the process as the sandbox's")
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--scenario", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
