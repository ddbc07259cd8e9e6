"""Results of the connection checks, step by step."""

from dataclasses import dataclass
from enum import StrEnum

from steward.model.command import Phrase


class CheckStatus(StrEnum):
    """Result of a step; steps after a failed one are skipped."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class DoctorStep:
    """One step.

    ``name``: dns, tcp, tls, kafka, sasl, metadata, authorization; ``target`` is ``host:port``, or
    ``broker 2 (host:port)`` for an advertised listener; ``remedy`` is empty where the step succeeded.
    """

    name: str
    target: str
    status: CheckStatus
    detail: str
    remedy: Phrase = ""
