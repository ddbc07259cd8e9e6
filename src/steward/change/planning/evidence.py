"""Evidence of a topic's use: one question with its answer, its source, and whether it blocks deletion."""

from dataclasses import dataclass
from enum import StrEnum


class UseAnswer(StrEnum):
    """The answer to a question about a topic's use."""

    CLEAR = "clear"
    """in use"""
    IN_USE = "in_use"
    """no sign of use"""
    UNKNOWN = "unknown"
    """unknown, which counts as in use"""
    NOTE = "note"
    """for information; does not block deletion"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseEvidence:
    """One question about a topic's use, and its answer."""

    question: str
    answer: UseAnswer
    fact: str
    source: str

    @property
    def blocks(self) -> bool:
        """Whether it blocks deletion."""
        return self.answer in (UseAnswer.IN_USE, UseAnswer.UNKNOWN)


def use_evidence(question: str, answer: UseAnswer, fact: str, source: str) -> UseEvidence:
    """Return an answer."""
    return UseEvidence(question=question, answer=answer, fact=fact, source=source)
