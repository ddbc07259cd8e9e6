"""Rules on brokers' configuration, applied to each inheriting topic as if the value were set on it."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from steward.change.guard.subject import GuardInput, Reasons, approve, effective, refuse
from steward.change.planning.cluster_state import Unseen
from steward.change.planning.config_effects import Consequence, consequence_of
from steward.change.planning.config_inheritance import inherited_keys
from steward.change.planning.config_keys import MIN_ISR
from steward.change.planning.configs import harms
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.command import SEE_RIGHTS
from steward.model.config import ConfigSource
from steward.model.config_definition import same_value
from steward.model.config_definitions import definition_of
from steward.model.plan import Risk, Step
from steward.model.policy import Criticality, criticality_of
from steward.model.snapshot import Part
from steward.model.wording import count, few

_NAMED = 5
"""How many topics a reason names."""


@dataclass(frozen=True, slots=True)
class InheritingTopic:
    """A topic whose effective value changes with its brokers' value; None is unknown."""

    topic: str
    old: str | None
    new: str | None


def inherited(subject: GuardInput) -> Reasons:
    """Check every change of brokers' configuration, of one broker or of the default, by the inheriting topics."""
    for index, step in subject.steps:
        change = step.change
        if not isinstance(change, AlterConfigs) or change.target is not ConfigTarget.BROKER:
            continue
        for key in inherited_keys(change.keys):
            try:
                topics = inheriting(subject, change, key)
            except Unseen as unseen:
                yield from _unseen(subject, index, step, change, unseen)
                break
            yield from _protected(subject, index, step, key, topics)
            if subject.policy.is_production and key == MIN_ISR:
                yield from _min_isr(subject, index, step, topics)
            elif subject.policy.is_production:
                yield from _hazards(index, step, key, topics)


def inheriting(subject: GuardInput, change: AlterConfigs, key: str) -> tuple[InheritingTopic, ...]:
    """Return the topics without a value of their own whose effective value the plan changes through a broker's.

    For a change on one broker these are the topics with replicas there.
    Errors: Unseen, where topics or the configuration of one are unknown.
    """
    subject.before.require_all(Part.TOPICS)
    found: list[InheritingTopic] = []
    broker = int(change.name) if change.name.isdigit() else None
    for name, topic in subject.after.topics.items():
        if broker is not None and not any(broker in p.replicas for p in topic.partitions):
            continue
        entry = subject.after.configs(ConfigTarget.TOPIC, name).get(key)
        if entry is not None and entry.source is ConfigSource.TOPIC:
            continue
        old, new = effective(subject.before, name, key), effective(subject.after, name, key)
        if not same_value(definition_of(ConfigTarget.TOPIC, key), old, new):
            found.append(InheritingTopic(name, old, new))
    return tuple(found)


def _unseen(
    subject: GuardInput, index: int, step: Step, change: AlterConfigs, unseen: Unseen
) -> Reasons:
    if not subject.policy.is_production:
        return
    try:
        is_safe = not any(hurts for _, hurts in harms(change, subject.before))
    except Unseen:
        is_safe = False
    if not is_safe:
        yield refuse(
            "inheriting_topics_unknown",
            step.object,
            f"the topics that inherit it are unknown: {unseen}",
            SEE_RIGHTS,
            index,
        )


def _protected(
    subject: GuardInput, index: int, step: Step, key: str, topics: tuple[InheritingTopic, ...]
) -> Reasons:
    patterns = subject.policy.protected
    hit = [
        t.topic
        for t in topics
        if _consequence(key, t).risk is not Risk.SAFE and any(_covers(p, t.topic) for p in patterns)
    ]
    if hit:
        yield refuse(
            "protected",
            step.object,
            f"{key} would change for {count(len(hit), 'protected topic')}: {few(sorted(hit), _NAMED)}",
            "set it on these topics first, or remove them from protected in the profile",
            index,
        )


def _covers(pattern: str, topic: str) -> bool:
    return fnmatchcase(topic, pattern) or fnmatchcase(f"topic {topic}", pattern)


def _min_isr(
    subject: GuardInput, index: int, step: Step, topics: tuple[InheritingTopic, ...]
) -> Reasons:
    policy = subject.policy
    weak: list[str] = []
    rigid: list[str] = []
    value = next((t.new for t in topics), None)
    for one in topics:
        number = int(one.new) if one.new is not None and one.new.strip().isdigit() else 0
        factor = subject.after.topics[one.topic].replication_factor
        level = criticality_of(one.topic, subject.declared, policy.environment)
        if number < 2 and level is Criticality.CRITICAL:
            weak.append(one.topic)
        elif number >= factor > 1:
            rigid.append(one.topic)
    if weak:
        yield refuse(
            "min_isr_below_two",
            step.object,
            f"{MIN_ISR} would be {value or 'unknown'} for {_those(weak)}: records are acknowledged with one copy",
            f"set {MIN_ISR}=2, or set it on these topics first",
            index,
        )
    if rigid:
        yield refuse(
            "min_isr_equals_replication_factor",
            step.object,
            f"{MIN_ISR} would be {value} for {_those(rigid)}, which is all their replicas: one failed broker stops "
            "every acks=all producer",
            "choose a lower value, or set it on these topics first",
            index,
        )


def _hazards(index: int, step: Step, key: str, topics: tuple[InheritingTopic, ...]) -> Reasons:
    """Require confirmation for inherited values that are not safe, once per pair of values."""
    by_effect: dict[Consequence, list[str]] = {}
    for one in topics:
        found = _consequence(key, one)
        if found.confirm:
            by_effect.setdefault(found, []).append(one.topic)
    for found, names in by_effect.items():
        message = f"{_those(names)}: {found.text}"
        yield approve("inherited_by_topics", step.object, message, _OWN, index)


_OWN = "set it on these topics first to preserve their values"


def _consequence(key: str, one: InheritingTopic) -> Consequence:
    return consequence_of(ConfigTarget.TOPIC, key, one.old, one.new)


def _those(names: list[str]) -> str:
    verb = "inherits" if len(names) == 1 else "inherit"
    return f"{count(len(names), 'topic')} that {verb} it ({few(sorted(names), _NAMED)})"
