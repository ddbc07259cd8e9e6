"""Watching groups round for round until what troubles each was seen for long enough."""

import time
from collections.abc import Sequence

from faults.catalog import Fault
from faults.injection import Injectors
from faults.rounds import Rounds
from steward.cluster.ports import Observer

ROUND_S = 5.0
PAST_ROUNDS = 5
JUDGED_EACH = 6
"""Rounds; in each a sixth of the groups is judged, so that no round takes long."""
LEAST_S = 150.0
"""Of looks: more than the time between commits that come once in two minutes."""
LEAST_AFTER_S = 75.0
"""Of looks at the trouble that came last."""
READY_S = 240.0


def is_settled(making: Injectors, name: str) -> bool:
    """Tell whether a fault is there, waits for its past to be seen, or failed."""
    return name in making.there or name in making.past or name in making.failed


def watched(observer: Observer, making: Injectors, faults: Sequence[Fault]) -> tuple[Rounds, float]:
    """Look at groups until the trouble of each was there for long enough; return since when it was watched."""
    names = sorted({fault.injector for fault in faults})
    kept = [fault.group for fault in faults if fault.beside_daemon]
    rounds = Rounds(observer, [fault.group for fault in faults], beside_daemon=kept)
    began = due = time.monotonic()
    while not _enough(making, names, began):
        turn = faults[rounds.count % JUDGED_EACH :: JUDGED_EACH]
        rounds.look(judging=[fault.group for fault in turn if fault.injector in making.there])
        if rounds.count == PAST_ROUNDS:
            making.seen()
        due = max(due + ROUND_S, time.monotonic())
        while (left := due - time.monotonic()) > 0:
            making.take_in(left)
    rounds.look(judging=[fault.group for fault in faults])
    return rounds, began


def _enough(making: Injectors, names: list[str], began: float) -> bool:
    if not all(name in making.there or name in making.failed for name in names):
        assert time.monotonic() - began < READY_S, "trouble did not begin"
        return False
    now, last = time.monotonic(), max(making.there.values(), default=began)
    return now - began >= LEAST_S and now - last >= LEAST_AFTER_S
