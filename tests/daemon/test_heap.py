"""Freed arrays of the daemon do not stay with the process."""

import subprocess
import sys

SWELL = """
import sys
import numpy as np
import psutil
from steward.daemon.malloc_tuning import give_large_blocks_back

works = give_large_blocks_back() if sys.argv[1] == "apart" else True
before = psutil.Process().memory_info().rss
stay = []
for _ in range(3):
    # large ones between small ones that stay: in one heap, those above hold what is freed below
    go = []
    for _ in range(40):
        go.append(np.ones(1 << 19))
        stay.append(np.ones(1 << 10))
    del go
grown = (psutil.Process().memory_info().rss - before) >> 20
print(grown if works else -1)
"""


def grown_mib(how: str) -> int:
    told = subprocess.run(
        [sys.executable, "-c", SWELL, how], capture_output=True, text=True, check=True
    )
    return int(told.stdout)


def test_what_was_freed_is_given_back() -> None:
    apart = grown_mib("apart")
    assert apart < 16, "40 arrays of 4 MiB were freed"
    if apart >= 0:  # the C library is glibc
        assert grown_mib("as it is") > 2 * apart
