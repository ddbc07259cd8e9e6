"""How long `steward sandbox up` takes until three brokers answer, jars cached."""

import sys
from argparse import ArgumentParser

from lab import STEWARD, own_state, seconds_of
from reporting import Figure, conclude, median_of


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with own_state():
        _down(after=_up())  # the first one may have to fetch jars
        figure = Figure(
            name=f"steward sandbox up, three brokers, median of {rounds}",
            value=median_of(rounds, _up_then_down),
            unit="s",
            budget=15.0,
        )
    return conclude("sandbox up", [figure])


def _up_then_down() -> float:
    seconds = _up()
    return _down(after=seconds)


def _up() -> float:
    return seconds_of([STEWARD, "sandbox", "up", "--name", "bench"])


def _down(*, after: float) -> float:
    seconds_of([STEWARD, "sandbox", "down", "--name", "bench", "--purge"])
    return after


if __name__ == "__main__":
    sys.exit(main())
