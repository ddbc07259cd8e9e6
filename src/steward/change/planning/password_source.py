"""Where the password of a SCRAM credential comes from: what running a plan reads or runs on this machine."""

import shlex
from dataclasses import dataclass
from enum import StrEnum


class PasswordKind(StrEnum):
    """The kinds of places that a password is fetched from."""

    ENV = "env"
    FILE = "file"
    COMMAND = "command"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """One place; ``words`` are the variable, the path, or the program and its arguments."""

    kind: PasswordKind
    words: tuple[str, ...]

    @property
    def effect(self) -> str:
        """What fetching it does on the machine that executes the plan, as a sentence; never the password."""
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
    """Read ``env:NAME``, ``file:PATH``, ``command:PROGRAM WORDS`` or ``prompt``, or return what is wrong with it."""
    word, _, rest = text.partition(":")
    wrong = (
        "the password comes from env:NAME, file:PATH, command:PROGRAM or prompt, never literally"
    )
    if word not in tuple(PasswordKind):
        return wrong
    kind = PasswordKind(word)
    if kind is PasswordKind.PROMPT:
        return wrong if rest else PasswordSource(kind, ())
    try:
        words = tuple(shlex.split(rest)) if kind is PasswordKind.COMMAND else (rest,)
    except ValueError as fault:
        return f"the command that prints the password cannot be read: {fault}"
    return PasswordSource(kind, words) if words and words[0] else wrong
