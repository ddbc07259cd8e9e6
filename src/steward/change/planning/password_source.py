"""The source of a SCRAM credential's password: what executing a plan reads or runs on this machine."""

import shlex
from dataclasses import dataclass
from enum import StrEnum


class PasswordKind(StrEnum):
    """The kinds of password sources."""

    ENV = "env"
    FILE = "file"
    COMMAND = "command"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """One source; ``words`` are the variable, the path, or the program and its arguments."""

    kind: PasswordKind
    words: tuple[str, ...]

    @property
    def effect(self) -> str:
        """What fetching it does on the executing machine, as a sentence; never the password."""
        match self.kind:
            case PasswordKind.ENV:
                return f"reads the password from environment variable {self.words[0]}"
            case PasswordKind.FILE:
                return f"reads the password from local file {self.words[0]}"
            case PasswordKind.COMMAND:
                return f"runs a local program to get the password: {shlex.join(self.words)}"
            case PasswordKind.PROMPT:
                return "asks for the password at the terminal"


def password_source(text: str) -> PasswordSource | str:
    """Parse ``env:NAME``, ``file:PATH``, ``command:PROGRAM WORDS`` or ``prompt``; on error return what is wrong."""
    word, _, rest = text.partition(":")
    wrong = "give the password as env:NAME, file:PATH, command:PROGRAM or prompt, never literally"
    if word not in tuple(PasswordKind):
        return wrong
    kind = PasswordKind(word)
    if kind is PasswordKind.PROMPT:
        return wrong if rest else PasswordSource(kind, ())
    try:
        words = tuple(shlex.split(rest)) if kind is PasswordKind.COMMAND else (rest,)
    except ValueError as fault:
        return f"the password command cannot be parsed: {fault}"
    return PasswordSource(kind, words) if words and words[0] else wrong
