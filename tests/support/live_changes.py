"""Commands that change a live sandbox, run in this process; and what Kafka's own tools say of it afterwards."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

import steward.__main__ as entry
from steward.sandbox.tools import run_tool
from support.running_sandbox import RunningSandbox


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    document: Any

    @property
    def data(self) -> Any:
        return self.document["data"]

    @property
    def told(self) -> str:
        return " | ".join(f"{e['message']} ({e['remedy']})" for e in self.document["errors"])


@dataclass(frozen=True)
class Live:
    """One sandbox, asked by steward and by Kafka's tools."""

    sandbox: RunningSandbox
    capsys: pytest.CaptureFixture[str]

    def steward(self, *words: str) -> Ended:
        """Run a command; its JSON is read."""
        self.capsys.readouterr()
        code = entry.run([*words, "--cluster", self.sandbox.name, "-o", "json"])
        out = self.capsys.readouterr().out
        return Ended(code, json.loads(out))

    def done(self, *words: str) -> Any:
        """Run a command that has to succeed; return its data."""
        ended = self.steward(*words)
        assert ended.code == 0, ended.document
        return ended.data

    def kafka(self, tool: str, *arguments: str) -> str:
        """Run one of Kafka's tools that has to succeed; return what it says."""
        ran = run_tool(self.sandbox.name, tool, arguments)
        assert ran.returncode == 0, (tool, arguments, ran.stdout, ran.stderr)
        return ran.stdout

    def table(self, tool: str, *arguments: str) -> list[dict[str, str]]:
        """Run one of Kafka's tools and read the table that it prints."""
        return rows_of(self.kafka(tool, *arguments))


def rows_of(text: str) -> list[dict[str, str]]:
    """Read a table with heads in capitals."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    at = next((i for i, words in enumerate(lines) if is_head(words)), len(lines))
    return [dict(zip(lines[at], words, strict=False)) for words in lines[at + 1 :]]


def is_head(words: Sequence[str]) -> bool:
    """Tell whether words are the heads of a table."""
    return len(words) > 2 and all(w.isupper() for w in words)
