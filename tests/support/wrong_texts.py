"""Command lines that hold one hostile value: every option and operand of every command, with what the command needs."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Capability
from steward.model.doc import Doc, field_docs

VALID: Mapping[str, str] = {
    "name": "orders", "names": "orders", "group": "billing", "id": "0123456789abcdef", "ids": "1", "broker": "1",
    "partition": "orders-0", "principal": "User:app", "paths": "manifest.yaml", "plan": "plan.json", "partitions": "3",
    "members": "b1", "matchers": "rule=group_lagging", "reason": "work", "before": "latest", "for_": "2d",
    "file": "snapshot.json", "set_": "retention.ms=1000", "to": "earliest", "operation": "READ", "topic": "orders",
    "intent": "rebalance", "action": "list", "mechanism": "SCRAM-SHA-512", "password_env": "PASSWORD",
    "from_": "topicctl", "topics": "orders", "left": "left-0", "right": "right-0",
}  # fmt: skip
"""What a parameter is given where another one is tried."""
OF: Mapping[str, Mapping[str, str]] = {
    "check.explain": {"name": "rf_one"}, "check.list": {"names": "rf_one"}, "broker.describe": {"ids": "1"},
    "transaction.describe": {"ids": "tx"}, "user.describe": {"name": "app"}, "group.describe": {"names": "billing"},
    "group.delete": {"names": "shipping"}, "acl.create": {"operation": "READ", "topic": "orders"},
    "acl.delete": {"operation": "READ", "topic": "orders"}, "topic.create": {"name": "new", "partitions": "3"},
    "topic.alter": {"set_": "retention.ms=1000"}, "broker.alter": {"set_": "num.io.threads=9"},
    "quota.alter": {"user": "app", "set_": "request_percentage=50"}, "quota.delete": {"user": "app"},
    "user.create": {"name": "app", "password_env": "PASSWORD"},
    "user.alter": {"name": "app", "password_env": "PASSWORD"},
    "user.delete": {"name": "app"}, "group.reset-offsets": {"to": "earliest"}, "schema-of": {"name": "topic.list"},
    "quota.describe": {"user": "app"}, "sandbox.scenario": {"action": "list"},
    "sandbox.broker": {"action": "stop", "broker": "1"},
    "group.delete-offsets": {"topics": "orders"}, "quota.advise": {"network": "100MB", "disk": "100MB"},
    "reassignment.plan": {"intent": "rebalance"},
}  # fmt: skip
"""The same for one command; and options that it needs beside those that are required."""


@dataclass(frozen=True, slots=True)
class Place:
    """One parameter of one command: where a value is put."""

    capability: Capability
    field: str
    hint: Any
    doc: Doc

    def __str__(self) -> str:
        return f"{self.capability.name} {self.field}"

    @property
    def is_number(self) -> bool:
        return self.doc.metavar == "DURATION" or bare(self.hint) in (int, float)

    def line(self, value: str, *more: str) -> list[str]:
        """Return the words of a command line in which the value stands here, with further options."""
        words, operands = [*self.capability.name.split("."), *more], list[str]()
        given = {**self._needed(), self.field: value}
        for name, (_, doc) in field_docs(self.capability.params).items():
            if name not in given:
                continue
            if doc.positional:
                operands.append(given[name])
            else:
                words.append(f"--{name.rstrip('_').replace('_', '-')}={given[name]}")
        return [*words, "--", *operands] if operands else words

    def _needed(self) -> dict[str, str]:
        own = OF.get(self.capability.name, {})
        required = {
            f.name: VALID[f.name]
            for f in fields(self.capability.params)
            if f.default is MISSING and f.default_factory is MISSING and f.name not in own
        }
        return {**required, **own}


def bare(hint: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return bare(next(a for a in args if a is not NoneType))
    return bare(args[0]) if origin is tuple else hint


def places() -> Iterator[Place]:
    for capability in all_capabilities():
        for name, (hint, doc) in field_docs(capability.params).items():
            if bare(hint) is not bool:
                yield Place(capability, name, hint, doc)


def hostile(folder: Path) -> dict[str, str]:
    """Make the files that values name, and return the values by what they are."""
    (folder / "binary").write_bytes(bytes(range(256)) * 4)
    (folder / "folder").mkdir()
    return {
        "empty": "", "blank": "   ", "newline": "a\nb", "folder": str(folder / "folder"),
        "missing": str(folder / "missing" / "x"), "binary": str(folder / "binary"), "unknown": "no-such-value",
        "huge": "9" * 400, "negative": "-1", "nan": "nan", "inf": "inf", "surrogate": "a\udcffb",
        "escape": "\x1b[31m", "punctuation": ",=:", "home": "~nobody-at-all/x", "long": "/" + "y/" * 3000,
    }  # fmt: skip


NO_NUMBER = frozenset(
    {"empty", "blank", "newline", "folder", "missing", "binary", "unknown", "huge", "nan", "inf", "surrogate", "escape",
     "punctuation", "home", "long"}
)  # fmt: skip
"""Values that are no number of any kind."""
