"""Running commands that change a cluster, in this process, against a cluster on file."""

import json
from dataclasses import dataclass
from typing import Any

import jsonschema

import steward.__main__ as entry
from steward.capabilities.envelope import envelope_schema
from steward.capabilities.index import all_capabilities
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
    """Runs commands; ``cluster.performed`` are the changes that they asked for."""

    steward: CommandLine
    cluster: ClusterOnFile

    def __call__(self, *words: str) -> Changed:
        code, out, err = self._run(*words, "-o", "json")
        document = json.loads(out)
        name = ".".join(words[:2]) if f"{words[0]}.{words[1]}" in CAPABILITIES else words[0]
        if document["data"] is not None:
            jsonschema.validate(document, envelope_schema(CAPABILITIES[name]))
        return Changed(code, document, err)

    def text(self, *words: str) -> str:
        """Return what a person sees on stdout."""
        return self._run(*words)[1]

    def _run(self, *words: str) -> tuple[int, str, str]:
        self.steward.monkeypatch.setattr(entry, "connect", lambda _: self.cluster)
        self.steward.capsys.readouterr()
        code = entry.run(list(words))
        out, err = self.steward.capsys.readouterr()
        return code, out, err
