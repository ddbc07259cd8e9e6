"""Run the benchmarks, all or by name; exit with 1 if a budget is not kept."""

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

BENCHMARKS = (
    "startup",
    "checks_at_scale",
    "snapshot",
    "scrape",
    "lag_truth",
    "apply",
    "impact",
    "declared_state",
    "rebalance",
    "reassign_generate",
    "moves",
    "small_moves",
    "backup",
    "log_reading",
    "sandbox_up",
)


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    names = parser.parse_args().names or BENCHMARKS
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    return max([_run(name) for name in names])


def _run(name: str) -> int:
    print(f"--- {name}", flush=True)
    script = Path(__file__).with_name(f"{name}.py")
    return subprocess.run([sys.executable, str(script)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
