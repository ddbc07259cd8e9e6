"""The process of all injectors: a client library that crashes must not take the tests with it.

Reads a command a line (``begin NAME PREFIX``, ``seen``, ``end NAME``), tells a line for each event (``past NAME``,
``there NAME``, ``failed NAME why``, ``ended NAME``).
"""

import sys
import threading
from collections.abc import Callable

from faults.catalog import INJECTORS
from steward.sandbox.cluster import status
from steward.sandbox.scenarios.run import Lifetime, ScenarioRun, TroubleStages

_SEED = 1
_POLL_S = 0.2


def say(*words: str) -> None:
    """Tell the tests, whole lines at a time."""
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def inject(sandbox: str, name: str, prefix: str, seen: threading.Event) -> Lifetime:
    """Begin to make a fault, in threads of its own."""
    life, past = Lifetime(), TroubleStages(seen=seen)
    run = ScenarioRun(
        sandbox=status(sandbox), prefix=prefix, seed=_SEED, progress=_quiet, life=life, past=past
    )
    done = threading.Event()

    def work() -> None:
        INJECTORS[name](run)
        done.set()
        say("there", name)

    life.start(name, work)
    threading.Thread(target=lambda: _watch(life, past, done, name), daemon=True).start()
    return life


def _watch(life: Lifetime, past: TroubleStages, done: threading.Event, name: str) -> None:
    told = False
    while not life.over.wait(_POLL_S):
        if not told and past.there.is_set() and not done.is_set():
            told = True
            say("past", name)
    if life.failure is not None:
        say("failed", name, f"{type(life.failure).__name__}: {life.failure}".replace("\n", " "))


def _quiet(_line: str) -> None:
    return None


def main(sandbox: str) -> None:
    """Do as told until the input ends."""
    lives: dict[str, Lifetime] = {}
    seen = threading.Event()
    commands: dict[str, Callable[[list[str]], None]] = {
        "begin": lambda words: lives.update({words[0]: inject(sandbox, *words[:2], seen)}),
        "seen": lambda _words: seen.set(),
        "end": lambda words: _end(words[0], lives),
    }
    for line in sys.stdin:
        command, *words = line.split()
        commands[command](words)
    for name in list(lives):
        lives[name].over.set()
    for name in list(lives):
        _end(name, lives)


def _end(name: str, lives: dict[str, Lifetime]) -> None:
    try:
        lives.pop(name).end()
    except Exception as fault:  # noqa: BLE001 - told to whoever asked
        say("failed", name, f"{type(fault).__name__}: {fault}".replace("\n", " "))
    say("ended", name)


if __name__ == "__main__":
    main(sys.argv[1])
