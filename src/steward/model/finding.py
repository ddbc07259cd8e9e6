"""Findings: what a check has to say of one object, with its evidence."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from steward.model.command import Command


class Severity(IntEnum):
    """How bad it is; higher is worse. UNKNOWN stands apart: it never passes and never ranks."""

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
    """STATE: trouble now, as bad in any environment. POSTURE: a weakness, which weighs less outside production."""

    STATE = "state"
    POSTURE = "posture"


class Confidence(StrEnum):
    """How the finding is known: a broker said so; it follows under a stated assumption; only a file says so."""

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
    """A fact and where it came from: ``source`` is the request, such as ``DescribeConfigs topic orders``."""

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
    """An accepted finding: why, who accepted it, until when (ISO date, the finding counts again after it)."""

    reason: str
    expires: str
    accepted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One bad state of one object. ``check`` is the rule's name, which users type and waivers carry."""

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
        """Whether it is trouble that has to be dealt with before any weakness."""
        return self.nature is Nature.STATE and self.severity >= Severity.HIGH


def urgency(finding: Finding) -> tuple[bool, int, bool, bool]:
    """Return where a finding stands, the most urgent first.

    What is broken now comes before any weakness, a broken broker before what follows from it; then by severity, and
    trouble before weaknesses of the same severity. What could not be judged comes last.
    """
    broken = finding.is_broken_now
    is_broker = broken and finding.object.kind == "broker"
    return not broken, -finding.severity, not is_broker, finding.nature is not Nature.STATE
