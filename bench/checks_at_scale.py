"""All checks over a synthetic cluster of 1,000 brokers, 200,000 partitions and 5,000 groups, on one core."""

import gc
import sys
import time
from argparse import ArgumentParser

from reporting import Figure, conclude, peak_mib
from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import Check
from steward.analysis.checks.runner import run_checks
from steward.model.snapshot import ClusterSnapshot
from synthetic import NOW_MS, Size, looks_of

BUDGET_SECONDS = 5.0
SLOWEST = 15


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", help="only this check")
    chosen = parser.parse_args()
    checks = tuple(c for c in CHECKS if chosen.check in (None, c.name))

    began = time.perf_counter()
    looks = looks_of(Size())
    built_mib = peak_mib()
    print(f"built the cluster in {time.perf_counter() - began:.1f} s")

    rounds = [_one_round(looks, checks) for _ in range(chosen.rounds)]
    seconds, costs, findings = sorted(rounds, key=lambda r: r[0])[len(rounds) // 2]
    print(
        f"{'check':<40} {'id':<5} {'seconds':>8} {'findings':>9}   (indexes count for their first user)"
    )
    for cost, name, id_, found in sorted(costs, reverse=True)[:SLOWEST]:
        print(f"{name:<40} {id_:<5} {cost:8.3f} {found:9,}")
    return conclude(
        f"{len(checks)} checks, {findings:,} findings, median of {len(rounds)} rounds",
        [
            Figure(
                name="all checks, CPU of one core", value=seconds, unit="s", budget=BUDGET_SECONDS
            ),
            Figure(name="the snapshot and two earlier looks", value=built_mib, unit="MiB"),
            Figure(name="peak added by the checks", value=peak_mib() - built_mib, unit="MiB"),
        ],
    )


Cost = tuple[float, str, str, int]


def _one_round(
    looks: tuple[ClusterSnapshot, ...], checks: tuple[Check, ...]
) -> tuple[float, list[Cost], int]:
    facts = _facts(looks)
    gc.collect()
    costs: list[Cost] = []
    for check in checks:
        began = time.process_time()
        report = run_checks([check], facts)
        spent = time.process_time() - began
        costs.append((spent, check.name, check.id, len(report.findings)))
    return sum(c[0] for c in costs), costs, sum(c[3] for c in costs)


def _facts(looks: tuple[ClusterSnapshot, ...]) -> Facts:
    *before, last = looks
    earlier: list[Facts] = []
    for snapshot in before:
        earlier.append(Facts(snapshot, now_ms=NOW_MS, earlier=tuple(earlier)))
    return Facts(last, now_ms=NOW_MS, earlier=tuple(earlier))


if __name__ == "__main__":
    sys.exit(main())
