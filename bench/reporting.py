"""How benchmarks speak: the machine, medians of both sides, ratios, and whether a budget is kept."""

import os
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number; ``budget`` is the most that it may be, or the least with ``at_least``."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    at_least: bool = False

    @property
    def is_within(self) -> bool:
        """Whether the budget is kept; a figure without one always is."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.at_least else self.value <= self.budget

    def line(self) -> str:
        """Write the figure with its verdict."""
        said = f"  {self.name:<58} {self.value:>10.3f} {self.unit}"
        if self.budget is None:
            return said
        bound = "at least" if self.at_least else "at most"
        verdict = "within budget" if self.is_within else "OVER BUDGET"
        return f"{said:<82} {verdict} ({bound} {self.budget:g} {self.unit})"


def machine() -> str:
    """Describe the machine and how busy it is: a figure means little without it."""
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {gib:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, load {busy}"
    )


def conclude(title: str, figures: Sequence[Figure]) -> int:
    """Print the figures of one benchmark; return the exit code, 1 with a budget not kept."""
    print(f"{title}\n  {machine()}")
    for figure in figures:
        print(figure.line())
    sys.stdout.flush()
    return 0 if all(figure.is_within for figure in figures) else 1


def median_of(times: int, measure: Callable[[], float]) -> float:
    """Repeat a measurement and return its median."""
    return statistics.median(measure() for _ in range(times))


def peak_mib(pid: int | None = None) -> float:
    """Return the largest resident size that a process ever had (Linux: VmHWM)."""
    status = Path(f"/proc/{pid or 'self'}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
