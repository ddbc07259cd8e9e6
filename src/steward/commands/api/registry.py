"""A capability: a name, typed parameters, a typed result, its effect, and the parts it reads."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from steward.codec import UnknownFact
from steward.model.change import ChangeKind
from steward.model.doc import field_docs
from steward.model.instant import Instant
from steward.model.notice import Notice as Notice
from steward.model.snapshot import Part

R = TypeVar("R")


class Effect(StrEnum):
    """What a capability may change."""

    OBSERVE = "observe"
    """nothing: it reads the cluster"""
    LOCAL = "local"
    """this machine only, such as a sandbox"""
    PLAN = "plan"
    """the store: it saves a plan, and changes no cluster"""
    EXECUTE = "execute"
    """the cluster, by a confirmed plan"""


class Outcome(StrEnum):
    """How a command ended; surfaces map it to an exit code or a status."""

    DONE = "done"
    FINDINGS = "findings"
    FAILED = "failed"
    REFUSED = "refused"
    PARTLY = "partly"
    STALE = "stale"
    """the state that a plan requires has changed, or the plan has expired"""
    NOT_PERMITTED = "not_permitted"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    """the input cannot be used, such as a manifest that cannot be read"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterName:
    """The cluster of an answer."""

    id: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[R]):
    """A capability's result with its circumstances: the envelope of the JSON, before encoding.

    ``declined``: a person saw the plan, was asked and said no. Formats for people then say only that it was cancelled.
    """

    data: R
    cluster: ClusterName | None = None
    observed_at: Instant | None = None
    unknown: tuple[UnknownFact, ...] = ()
    warnings: tuple[Notice, ...] = ()
    errors: tuple[Notice, ...] = ()
    outcome: Outcome = Outcome.DONE
    declined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One command of steward.

    ``changes``: the kinds of change that it makes once confirmed. ``stream``: the handler may return an iterator of
    Answers that runs until stopped (watching). ``replaces``: each of its Answers replaces the one before.
    ``long``: it reports progress through its context.
    ``several_clusters``: --cluster may be repeated. ``is_list``: it answers with rows, which --sort orders.
    ``formats``: report formats besides text, wide, json, yaml, csv.
    """

    name: str
    effect: Effect
    params: type[Any]
    result: Any
    handler: Callable[[Any, Any], Any]
    summary: str
    doc: str
    parts: frozenset[Part] = frozenset()
    changes: frozenset[ChangeKind] = frozenset()
    needs_cluster: bool = True
    stream: bool = False
    replaces: bool = False
    long: bool = False
    several_clusters: bool = False
    is_list: bool = False
    formats: tuple[str, ...] = ()
    examples: tuple[str, ...] = field(default=())

    @property
    def noun(self) -> str:
        """The part before the dot; a short command is its own noun."""
        return self.name.partition(".")[0]

    @property
    def verb(self) -> str:
        """The part after the first dot, empty for a short command; ``throttle.sweep`` is a verb of two words."""
        return self.name.partition(".")[2]

    @property
    def schema(self) -> str:
        """The name of its JSON, such as ``steward/topic.list/v1``."""
        return f"steward/{self.name}/v1"


def capability(
    name: str,
    *,
    effect: Effect = Effect.OBSERVE,
    parts: Iterable[Part] = (),
    changes: Iterable[ChangeKind] = (),
    needs_cluster: bool = True,
    replaces: bool = False,
    long: bool = False,
    several_clusters: bool = False,
    is_list: bool = False,
    formats: tuple[str, ...] = (),
    examples: tuple[str, ...] = (),
) -> Callable[[Callable[[Any, Any], Any]], Capability]:
    """Create a capability from a handler ``(params, context) -> Answer[Result]``.

    A handler annotated to return ``Iterator[Answer[Result]]``, alone or together with ``Answer[Result]``, may stream.

    Errors: TypeError, at import, for a handler without docstring, parameters that are not a dataclass or lack a Doc,
            or an undeclared result.
    """

    def make(handler: Callable[[Any, Any], Any]) -> Capability:
        doc = handler.__doc__
        if not doc:
            raise TypeError(f"{name} has no docstring")
        hints: dict[str, Any] = get_type_hints(handler)
        params, returns = hints["params"], hints["return"]
        if not isinstance(params, type) or not is_dataclass(params):
            raise TypeError(f"{name}: parameters are not a dataclass")
        field_docs(params)
        choices = get_args(returns) if get_origin(returns) in (Union, UnionType) else (returns,)
        streams = [get_args(c)[0] for c in choices if get_origin(c) is _ITERATOR]
        stream = bool(streams)
        answer = streams[0] if streams else returns
        if get_origin(answer) is not Answer:
            raise TypeError(f"{name} does not return Answer[...]")
        return Capability(
            name=name,
            effect=effect,
            params=params,
            result=get_args(answer)[0],
            handler=handler,
            summary=doc.split("\n", 1)[0].rstrip("."),
            doc=doc,
            parts=frozenset(parts),
            changes=frozenset(changes),
            needs_cluster=needs_cluster,
            stream=stream,
            replaces=replaces,
            long=long,
            several_clusters=several_clusters,
            is_list=is_list,
            formats=formats,
            examples=examples,
        )

    return make


_ITERATOR = get_origin(Iterator[Any])
