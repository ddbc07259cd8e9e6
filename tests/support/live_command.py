"""The command line on a live sandbox, with the store of the executor beside it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import steward.__main__ as entry
from support.live_execution import LiveExecution

Command = Callable[..., tuple[int, Any]]
"""Takes words; returns the exit code and the document."""


def command_on(live: LiveExecution, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return the command line of a sandbox."""
    config = live.folder / "steward.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{live.folder}/steward.db"\n')

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        options = ("--cluster", live.sandbox, "--config", str(config), "-o", "json")
        code = entry.run([*words, *options])
        return code, json.loads(capsys.readouterr().out)

    return run
