"""Drift as read from a plan that restores the declared state: differing objects, their values, an id for each."""

import hashlib
import json
from collections.abc import Iterator

from steward.change.plan_builder.builder import BuiltPlan
from steward.model.drift import Difference
from steward.model.finding import ObjectRef
from steward.model.plan import State, Step

_IDENTITY = frozenset({"topic_id"})
"""Key that distinguishes an object from a later one of the same name; never declared."""


def differences(proposal: BuiltPlan) -> tuple[Difference, ...]:
    """Return the objects that differ from their manifests, sorted, each with all its differences."""
    found: dict[ObjectRef, list[Difference]] = {}
    for place, step in enumerate(proposal.plan.steps):
        one = Difference(
            object=step.object,
            changes=tuple(difference_texts(step)),
            digests=tuple(digests(step.kind, step.object, step.before, step.after)),
            steps=(place,),
        )
        found.setdefault(step.object, []).append(one)
    for left in (*proposal.plan.impossible, *proposal.request.remaining):
        digest = _digest("stays", left.object, "", None, left.reason)
        one = Difference(object=left.object, changes=(left.reason,), digests=(digest,))
        found.setdefault(left.object, []).append(one)
    return tuple(_joined(about, parts) for about, parts in sorted(found.items()))


def _joined(about: ObjectRef, parts: list[Difference]) -> Difference:
    return Difference(
        object=about,
        changes=tuple(dict.fromkeys(c for p in parts for c in p.changes)),
        digests=tuple(dict.fromkeys(d for p in parts for d in p.digests)),
        steps=tuple(s for p in parts for s in p.steps),
    )


def digests(kind: str, about: ObjectRef, before: State, after: State) -> Iterator[str]:
    """Yield a digest for each differing value of an object: later ones get a time of their own."""
    for key in _changed(before, after) or [""]:
        yield _digest(kind, about, key, before.get(key), after.get(key))


def difference_texts(step: Step) -> Iterator[str]:
    """Describe the difference: actual and declared value."""
    if not step.before:
        yield "does not exist, but is declared"
        return
    if not step.after:
        yield "exists, but is not declared"
        return
    keys = [k for k in _changed(step.before, step.after) if k not in _IDENTITY]
    for key in keys:
        there, declared = _value(step.before.get(key)), _value(step.after.get(key))
        yield f"{key} is {there}, declared {declared}"
    if not keys:
        yield "differs"


def _value(text: str | None) -> str:
    return "not set" if text is None else text or '""'


def _changed(before: State, after: State) -> list[str]:
    return [k for k in sorted({*before, *after}) if before.get(k) != after.get(k)]


def _digest(kind: str, about: ObjectRef, key: str, before: str | None, after: str | None) -> str:
    texts = [kind, str(about), key, before, after]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()
