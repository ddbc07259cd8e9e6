"""Finds timestamps of records on a cluster: reads the records, and looks up timestamps where that fails."""

from collections.abc import Callable

from steward.analysis.lag.search_pool import SearchPool
from steward.cluster.ports import Observer, Progress, quiet


def _always() -> bool:
    return True


def search_timestamps(
    pool: SearchPool,
    observer: Observer,
    progress: Progress = quiet,
    may_go_on: Callable[[], bool] = _always,
) -> None:
    """Answer the pool's searches as far as its budget, and ``may_go_on``, allow.

    Errors: StewardError where no broker answers.
    """
    while may_go_on() and (reads := pool.reads()):
        progress(f"reading the oldest unread records ({pool.asked} so far)")
        pool.take_reads(reads, observer.first_records(reads))
    while may_go_on() and (times := pool.round()):
        progress(f"looking up timestamps ({pool.asked} so far)")
        pool.absorb(times, observer.timestamps(times))
