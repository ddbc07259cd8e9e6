"""A consumer in its own process, made to be killed: it never leaves its group."""

import os
import sys
import time

from steward.sandbox.cluster import status
from steward.sandbox.jars import ignore_progress
from steward.sandbox.scenarios.consuming import ConsumerMember, join
from steward.sandbox.scenarios.rebalance_storm import EAGER
from steward.sandbox.scenarios.run import ScenarioRun

_LONGEST_S = 30
"""If it is not killed."""


def main(arguments: list[str]) -> None:
    """Join the group and consume until killed, orphaned, or old."""
    sandbox_name, prefix, group, topic = arguments[-4:]
    run = ScenarioRun(sandbox=status(sandbox_name), prefix=prefix, seed=0, progress=ignore_progress)
    member = ConsumerMember(client_id=f"{prefix}.worker-passing", group=group, topics=[topic])
    parent, end = os.getppid(), time.monotonic() + _LONGEST_S
    client = join(run, member, EAGER)
    while time.monotonic() < end and os.getppid() == parent:
        client.poll(0.2)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv)
