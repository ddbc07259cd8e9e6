"""What a right first aid is: words of which one must stand in the actions of a verdict, as a person would check it."""

import re

from steward.analysis.diagnosis.decide import GroupDiagnosis
from steward.model.verdict import Cause

_ACTIONS = {
    Cause.HEALTHY: r"^$",
    Cause.UNDER_CAPACITY: r"\b10 members|members.*\b10\b",
    Cause.SLOW_MEMBER: r"host|replace that instance",
    Cause.SKEWED_ASSIGNMENT: r"cooperative-sticky|uniform|assignor",
    Cause.HOT_PARTITION: r"\bkeys?\b",
    Cause.STUCK_CONSUMER: r"thread dump|jstack|stack|restart",
    Cause.POISON_RECORD: r"\bskip|dead.letter|record at offset|offset \d+",
    Cause.HANGING_TRANSACTION: r"steward transaction abort \S+-\d+ --producer-id \d+",
    Cause.OPEN_TRANSACTION: r"\bwait",
    Cause.REBALANCE_LOOP: r"static|group\.instance\.id|cooperative",
    Cause.CONSUMER_QUOTA: r"quota|consumer_byte_rate",
    Cause.RETENTION_OVERRUN: r"retention",
    Cause.NO_MEMBERS: r"start the application",
    Cause.ABANDONED: r"group delete-offsets",
    Cause.REWOUND: r"replay|reset",
    Cause.PARTITION_PAUSED: r"resume|pause",
    Cause.COMMIT_RHYTHM: r"max\.poll\.records|commit more often|commit",
    Cause.CATCHING_UP: r"none|nothing|wait|caught up",
    Cause.MARKER_ONLY: r"none",
    Cause.BROKER_DOWN: r"start|broker",
    Cause.BROKER_CPU: r"load|num\.io\.threads",
    Cause.BROKER_DISK: r"disk",
    Cause.BROKER_NETWORK: r"network",
    Cause.UNDER_REPLICATION: r"replica",
}


def is_right(diagnosis: GroupDiagnosis, cause: Cause, says: str = "", withholds: str = "") -> bool:
    """Tell whether cause and action are what the fault calls for, and what it says is what it must, and no more."""
    verdict = diagnosis.verdict
    told = "\n".join(f"{a.summary} {a.command or ''}" for a in verdict.actions)
    if verdict.cause is not cause or re.search(_ACTIONS[cause], told, re.IGNORECASE) is None:
        return False
    if withholds and re.search(withholds, told, re.IGNORECASE):
        return False
    proof = (f"{e.fact} {e.value}" for e in verdict.evidence)
    said = "\n".join((verdict.summary, told, *diagnosis.notes, *proof))
    return re.search(says, said, re.IGNORECASE | re.DOTALL) is not None
