"""One execution as a process of its own that stops itself (SIGSTOP) at a point, and says how it ended.

Called as ``python -m support.stopped_execution DIRECTORY STORE-URL STOP_AT``.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from steward.documents.plan import plan_from_plain
from steward.model.change import AlterConfigs, ConfigTarget, CreateTopic
from steward.model.connection import Secret
from steward.model.instant import Instant
from steward.store.open import open_store
from support.cluster_on_file import ClusterOnFile, KillSwitch
from support.execution import ALLOW, NOW_MS, KilledPlans, executor

NOW = Instant(NOW_MS)
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "3x"},
    "topic_configs": {"orders": {"retention.ms": "9000"}},
}
CHANGES = (
    CreateTopic(name="t0", partitions=1, replication_factor=1),
    AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "1000"}),
)


class StopSwitch(KillSwitch):
    """Stops this process at the n-th point, once."""

    def point(self) -> None:
        self.passed += 1
        if self.passed == self._at:
            os.kill(os.getpid(), signal.SIGSTOP)


def main(directory: Path, url: str, stop_at: int) -> None:
    plan = plan_from_plain(json.loads((directory / "plan.json").read_text()), "plan.json")
    switch = StopSwitch(stop_at)
    cluster = ClusterOnFile(directory / "cluster", switch)
    with open_store(Secret(url)) as store:
        plans: Any = store.plans
        plans.__class__ = KilledPlans
        plans.switch = switch
        run = executor(cluster, store, plan).run(plan, lambda *_: ALLOW, approved=False)
    sys.stdout.write(run.lost or run.execution.outcome.value)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
