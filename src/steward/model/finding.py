"""Findings: the result of a check for one object, with its evidence."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from steward.model.command import Command


class Severity(IntEnum):
    """Severity; higher is worse. UNKNOWN has no rank: it never passes."""

    UNKNOWN = -1
    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The name as interfaces spell it."""
        return self.name.lower()


class Nature(StrEnum):
    """STATE: trouble now, equally bad in every environment. POSTURE: a weakness, less severe outside production."""

    STATE = "state"
    POSTURE = "posture"


class Confidence(StrEnum):
    """How the finding is known: a broker reported it; it follows from a stated assumption; only a file says so."""

    OBSERVED = "observed"
    INFERRED = "inferred"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """What a finding is about: ``kind`` is Kafka's noun (topic, partition, broker, group, acl, quota ...)."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Write it as ``topic orders``."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact and its source; ``source`` is the request, such as ``DescribeConfigs topic orders``."""

    source: str
    fact: str
    value: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do: one sentence, and one command or None where Kafka has no request for it."""

    summary: str
    command: Command | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver of a finding: why, accepted by whom, until when (ISO date; the finding counts again after it)."""

    reason: str
    expires: str
    accepted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One bad state of one object. ``check`` is the rule's name, as users type it and waivers name it."""

    check: str
    severity: Severity
    confidence: Confidence
    object: ObjectRef
    summary: str
    evidence: tuple[Evidence, ...]
    remedy: Remedy
    nature: Nature = Nature.POSTURE
    waiver: Waiver | None = None

    @property
    def is_broken_now(self) -> bool:
        """Whether it is trouble to fix before any weakness."""
        return self.nature is Nature.STATE and self.severity >= Severity.HIGH


def urgency(finding: Finding) -> tuple[bool, int, bool, bool]:
    """Return the sort key of a finding, most urgent first.

    Broken states come before weaknesses, and a broken broker before its consequences; then by severity. Findings that
    could not be judged come last.
    """
    broken = finding.is_broken_now
    is_broker = broken and finding.object.kind == "broker"
    return not broken, -finding.severity, not is_broker, finding.nature is not Nature.STATE
