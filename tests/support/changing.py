"""Running commands that change a cluster, in this process, against a cluster on file."""

import json
from dataclasses import dataclass
from typing import Any

import jsonschema

import steward.__main__ as entry
from steward.commands.api.envelope import envelope_schema
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Capability
from steward.model.change import kind_of_change
from steward.model.snapshot import Part
from support.cluster_on_file import ClusterOnFile
from support.command_line import CommandLine

CAPABILITIES = {c.name: c for c in all_capabilities()}


@dataclass(frozen=True)
class Changed:
    """How a command ended: its envelope, which is valid by its published schema."""

    code: int
    document: Any
    err: str

    @property
    def data(self) -> Any:
        return self.document["data"]

    @property
    def told(self) -> str:
        """Every error in one text."""
        return " | ".join(f"{e['message']} ({e['remedy']})" for e in self.document["errors"])


@dataclass
class Changing:
    """Runs commands; ``cluster.performed`` are the changes that they asked for.

    A command looks at no more than it declares, and asks for no other kinds of change: its printed ACLs rest on that.
    """

    steward: CommandLine
    cluster: ClusterOnFile

    def __call__(self, *words: str) -> Changed:
        # other clusters that tests put in its place keep another account
        own = isinstance(self.cluster, ClusterOnFile)  # pyright: ignore[reportUnnecessaryIsInstance]
        before = len(self.cluster.performed) if own else 0
        if own:
            self.cluster.asked.clear()
        code, out, err = self._run(*words, "-o", "json")
        document = json.loads(out)
        names = (".".join(words[:count]) for count in (3, 2, 1))
        capability = next(CAPABILITIES[n] for n in names if n in CAPABILITIES)
        if own:
            self._hold(capability, before)
        if document["data"] is not None:
            jsonschema.validate(document, envelope_schema(capability))
        return Changed(code, document, err)

    def _hold(self, capability: Capability, before: int) -> None:
        """Hold a command to what it declares."""
        if capability.parts:  # a plan's own parts are those of its steps
            undeclared = self.cluster.asked - capability.parts - {Part.IDENTITY}
            assert not undeclared, (capability.name, sorted(undeclared))
        performed = {kind_of_change(c) for c in self.cluster.performed[before:]}
        assert performed <= capability.changes, capability.name

    def text(self, *words: str) -> str:
        """Return what a person sees on stdout."""
        return self._run(*words)[1]

    def _run(self, *words: str) -> tuple[int, str, str]:
        self.steward.monkeypatch.setattr(entry, "connect", lambda _: self.cluster)
        self.steward.capsys.readouterr()
        code = entry.run(list(words))
        out, err = self.steward.capsys.readouterr()
        return code, out, err
