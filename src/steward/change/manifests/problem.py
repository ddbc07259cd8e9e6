"""Problems of manifests: where, what, and what to do; many at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from steward.model.command import Phrase
from steward.model.error import ConfigurationError, StewardError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        """Format it as editors and compilers do."""
        return f"{self.file}:{self.line}"


NOWHERE = Place("", 0)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem in one place."""

    place: Place
    message: str
    remedy: Phrase = ""

    def __str__(self) -> str:
        """Format it on one line."""
        return f"{self.place}: {self.message}"


class ManifestsInvalid(ConfigurationError):
    """Manifests that cannot be used; ``problems`` are all of them, in order of place."""

    code = "manifest_invalid"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        first = self.problems[0]
        super().__init__(str(first), remedy=first.remedy, object_name=str(first.place))

    @property
    def each(self) -> tuple[StewardError, ...]:
        """Every problem as an error of its own."""
        return tuple(type(self)((problem,)) for problem in self.problems)


def nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return ``did you mean X?`` for the nearest known word, else another hint."""
    words = sorted(known)
    by_case = {w.lower(): w for w in words}
    close = get_close_matches(word.lower(), by_case, 1, 0.6)
    if close:
        return f"did you mean {by_case[close[0]]}?"
    return otherwise or (f"use one of: {', '.join(words)}" if words else "")
