"""The part of a plan that brokers can validate before approval: each object as the plan would leave it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    Change,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    CutRetention,
    DeleteTopic,
)
from steward.model.plan import Step

Validation = tuple[Change, tuple[int, ...]]
"""A change to request with validate-only set, and the steps that its result is about."""


def validations(steps: Sequence[Step]) -> list[Validation]:
    """Return the changes to validate.

    Values of one resource are merged over all steps, because some are allowed only together. Objects that the plan
    creates or deletes are validated by that step alone: brokers know only the current cluster.
    """
    own = {s.change.name for s in steps if isinstance(s.change, CreateTopic | DeleteTopic)}
    found: list[Validation] = []
    merged: dict[tuple[ConfigTarget, str], tuple[AlterConfigs, tuple[int, ...]]] = {}
    for place, step in enumerate(steps):
        match step.change:
            case CreateTopic() | AlterQuota():
                found.append((step.change, (place,)))
            case CreatePartitions(topic=topic) if topic not in own:
                found.append((step.change, (place,)))
            case CutRetention(topic=topic) if topic not in own:
                _merge(merged, step.change.alteration, place)
            case AlterConfigs(target=target, name=name) if not (
                target is ConfigTarget.TOPIC and name in own
            ):
                _merge(merged, step.change, place)
            case _:
                pass
    return [*found, *_once(merged.values())]


def _merge(
    merged: dict[tuple[ConfigTarget, str], tuple[AlterConfigs, tuple[int, ...]]],
    change: AlterConfigs,
    place: int,
) -> None:
    """Merge a later alteration of a resource into the earlier ones."""
    key = (change.target, change.name)
    before, places = merged.get(key, (AlterConfigs(target=change.target, name=change.name), ()))
    touched = {*change.keys}
    after = replace(
        before,
        set={k: v for k, v in before.set.items() if k not in touched} | dict(change.set),
        remove=tuple(sorted({*before.remove} - touched | {*change.remove})),
        append={k: v for k, v in before.append.items() if k not in touched} | dict(change.append),
        subtract={k: v for k, v in before.subtract.items() if k not in touched}
        | dict(change.subtract),
    )
    merged[key] = (after, (*places, place))


def _once(merged: Iterable[tuple[AlterConfigs, tuple[int, ...]]]) -> list[Validation]:
    return [(change, places) for change, places in merged if change.keys]
