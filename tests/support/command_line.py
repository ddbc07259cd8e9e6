"""Running steward's command line in this process, against a snapshot instead of a cluster."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import steward.__main__ as entry
from steward.model.connection import Connection
from steward.model.snapshot import ClusterSnapshot
from support.fake_observer import FakeObserver


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    code: int
    out: str
    err: str
    observer: FakeObserver

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class CommandLine:
    """Runs commands; ``fault`` is raised instead of connecting."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    snapshot: ClusterSnapshot
    fault: BaseException | None = None

    def __call__(self, *words: str) -> Ran:
        observer = FakeObserver(self.snapshot)

        def connect(_: Connection) -> FakeObserver:
            if self.fault is not None:
                raise self.fault
            return observer

        self.monkeypatch.setattr(entry, "connect", connect)
        self.capsys.readouterr()
        code = entry.run(list(words))
        out, err = self.capsys.readouterr()
        return Ran(code, out, err, observer)


Run = Callable[..., Ran]
