"""Evidence of a topic's use: one question with its answer, its proof, and whether it stands against deletion."""

from dataclasses import dataclass
from enum import StrEnum


class UseAnswer(StrEnum):
    """What a question came to."""

    CLEAR = "clear"
    """nothing stands against it"""
    IN_USE = "in_use"
    """somebody uses it"""
    UNKNOWN = "unknown"
    """it could not be seen, and so counts as used"""
    NOTE = "note"
    """to be known; it does not stand against it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseEvidence:
    """One question about a topic's use, and its answer."""

    question: str
    answer: UseAnswer
    fact: str
    source: str

    @property
    def blocks(self) -> bool:
        """Whether it stands against deletion."""
        return self.answer in (UseAnswer.IN_USE, UseAnswer.UNKNOWN)


def said(question: str, answer: UseAnswer, fact: str, source: str) -> UseEvidence:
    """Return an answer."""
    return UseEvidence(question=question, answer=answer, fact=fact, source=source)
