"""Commands as documents show them: read out of the text, and parsed without being run."""

import re
import shlex

import pytest
from click.testing import CliRunner

from steward.interfaces.cli import commands
from steward.interfaces.cli.root import root_command

_FENCE = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ENDS = {"|", ">", ">>", "&&", "||", ";", "<", "&"}


def shown_commands(text: str) -> list[str]:
    """Return the lines of shell blocks that call steward, prompts taken off."""
    lines = (
        line.strip().removeprefix("$ ")
        for block in _FENCE.findall(text)
        for line in block.splitlines()
    )
    return [line for line in lines if line.startswith(("steward ", ".venv/bin/steward "))]


def words_of(line: str) -> list[str]:
    """Return what steward is given: no comment, nothing from a pipe or a redirection on."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)[1:]
    end = next((i for i, word in enumerate(words) if word in _ENDS), len(words))
    return words[:end]


def refusal_of(line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return why the command line does not parse; empty when it does. Nothing is run."""
    reached: list[str] = []

    def note(capability: object, *_: object) -> int:
        reached.append(str(capability))
        return 0

    monkeypatch.setattr(commands, "run", note)
    result = CliRunner().invoke(root_command(), words_of(line), prog_name="steward")
    if result.exit_code != 0:
        return result.output or repr(result.exception)
    return "" if reached or result.output else "nothing was called"
