"""Steward's command line as a process of its own, over a cluster in which a group falls behind at every poll."""

import signal
import sys

import steward.__main__ as entry
from steward.analysis.lag.offset_table import OffsetTable
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime


def _cluster() -> MovingCluster:
    time = VirtualTime()
    found = MovingCluster(time, arrivals=50.0, consumed={"slow": 5.0, "fast": 50.0})
    time.now += 400
    found.advance()
    return found


class _Polled(MovingObserver):
    """Lets ten seconds pass before each poll."""

    def __init__(self, cluster: MovingCluster) -> None:
        super().__init__(cluster)
        self._passing = cluster

    def offset_table(self, *, with_start: bool = True, with_stable: bool = True) -> OffsetTable:
        self._passing.time.now += 10
        return super().offset_table(with_start=with_start, with_stable=with_stable)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    cluster = _cluster()
    entry.connect = lambda _: _Polled(cluster)
    sys.exit(entry.run(sys.argv[1:]))
