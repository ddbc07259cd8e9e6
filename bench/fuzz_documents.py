"""Mutated documents of every kind that comes from outside: no traceback, no hang, memory bounded.

    python bench/fuzz_documents.py [TRIES] [KIND...] [--seed N]

Prints for each kind the tries, those refused and read, the slowest, and failures by their last line.
"""

import argparse
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from steward.model.error import StewardError
from support.document_kinds import EXPECTED, KINDS
from support.mutation import mutated

HANG_SECONDS = 10
MOST_MEMORY = 3 * 1024**3


def _hang(_number: int, _frame: object) -> None:
    raise TimeoutError(f"no end within {HANG_SECONDS} s")


def fuzz(kind: str, tries: int, seed: int, folder: Path) -> tuple[Counter[str], float]:
    """Try a kind; return what happened, failures by their place, and the slowest try in seconds."""
    samples, read = KINDS[kind]
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for number in range(tries):
        chance = Random(f"{seed}/{kind}/{number}")
        content = mutated(chance.choice(samples), chance)
        began = time.perf_counter()
        signal.alarm(HANG_SECONDS)
        try:
            read(content, folder)
            outcomes["read"] += 1
        except (StewardError, *EXPECTED) as fault:
            outcomes["refused"] += 1
            if "\n" in str(fault) or not str(fault).strip():
                outcomes[f"FAILURE {number}: not one line: {str(fault)[:200]!r}"] += 1
        except Exception as fault:  # noqa: BLE001  what the bench is for
            place = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            key = f"FAILURE {type(fault).__name__} {where}"
            if key not in outcomes:
                (Path(tempfile.gettempdir()) / f"fuzz-{kind}-{number}").write_bytes(content)
                print(
                    f"  {kind} {number}: {type(fault).__name__}: {str(fault)[:150]} at {where}",
                    flush=True,
                )
            outcomes[key] += 1
        finally:
            signal.alarm(0)
        slowest = max(slowest, time.perf_counter() - began)
    return outcomes, slowest


def main() -> int:
    """Fuzz the kinds asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tries", nargs="?", type=int, default=10_000)
    parser.add_argument("kinds", nargs="*", choices=[[], *KINDS])
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.signal(signal.SIGALRM, _hang)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for kind in asked.kinds or KINDS:
            outcomes, slowest = fuzz(kind, asked.tries, asked.seed, Path(folder))
            failures = {k: n for k, n in outcomes.items() if k.startswith("FAILURE")}
            failed = failed or bool(failures)
            print(
                f"{kind}: {asked.tries} tries, {outcomes['read']} read, {outcomes['refused']} refused, "
                f"slowest {slowest:.2f} s, {sum(failures.values())} failures {failures or ''}",
                flush=True,
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MiB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
