"""What the doctor found on the way to a cluster, step by step."""

from dataclasses import dataclass
from enum import StrEnum

from steward.model.command import Phrase


class CheckStatus(StrEnum):
    """How a step went; a step after a failed one is skipped."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class DoctorStep:
    """One step.

    ``name``: dns, tcp, tls, kafka, sasl, metadata, authorization; ``target`` is ``host:port``, or
    ``broker 2 (host:port)`` for a listener that the cluster advertises; ``remedy`` is empty where all is well.
    """

    name: str
    target: str
    status: CheckStatus
    detail: str
    remedy: Phrase = ""
