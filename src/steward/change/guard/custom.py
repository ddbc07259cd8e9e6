"""Custom policies: rules in CEL on what a plan leaves, or on what it changes."""

from collections.abc import Mapping
from typing import Any

from steward.change.guard.policy import CelFacts, CustomPolicy
from steward.change.guard.subject import GuardInput, Reasons, topic_of
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.model.change import ConfigTarget
from steward.model.config import ConfigSource
from steward.model.plan import GuardReason, Ruling, Step
from steward.model.policy import criticality_of

RULINGS: Mapping[str, Ruling] = {
    "warn": Ruling.ALLOW,
    "approve": Ruling.APPROVE,
    "refuse": Ruling.REFUSE,
}
KINDS: Mapping[str, str] = {
    "topic": "Topic",
    "partition": "Topic",
    "acl": "Acl",
    "quota": "Quota",
    "user": "User",
    "group": "Group",
    "broker": "Broker",
    "broker-logger": "BrokerLogger",
    "client-metrics": "ClientMetrics",
    "feature": "Feature",
}
"""The kind that a policy selects, by the kind of the step's object."""


def custom(subject: GuardInput) -> Reasons:
    """Evaluate every custom policy on every step; a policy that cannot be evaluated counts as violated."""
    for index, step in subject.steps:
        kind = KINDS.get(step.object.kind, step.object.kind)
        for policy in subject.policy.custom:
            if not policy.applies_to(kind):
                continue
            text = _judged(policy, step, kind, subject)
            if text:
                yield GuardReason(
                    rule=policy.name,
                    ruling=RULINGS[policy.effect],
                    object=step.object,
                    message=text,
                    remedy=f"see the policy at {policy.place}",
                    step=index,
                )


def _judged(policy: CustomPolicy, step: Step, kind: str, subject: GuardInput) -> str:
    """Return what is wrong; empty if the rule holds, or selects a resource that is deleted."""
    try:
        facts = facts_of(step, kind, policy.target, subject)
    except Unseen as unseen:
        return f"{policy.message} (cannot be evaluated: {unseen})"
    if facts is None:
        return ""
    holds = policy.rule(facts)
    if isinstance(holds, str):
        return f"{policy.message} (cannot be evaluated: {holds})"
    return "" if holds else policy.message


def facts_of(step: Step, kind: str, target: str, subject: GuardInput) -> CelFacts | None:
    """Return the variables of a rule for a step; None if it needs a resource and none is left."""
    after = _resource(step, kind, subject.after, step.after, subject)
    if target == "resource":
        return None if after is None else {"resource": after}
    before = _resource(step, kind, subject.before, step.before, subject)
    op = "create" if before is None else "delete" if after is None else "alter"
    return {
        "before": before,
        "after": after,
        "op": op,
        "request": step.kind,
        "risk": step.risk.value,
    }


def _resource(
    step: Step,
    kind: str,
    cluster: ClusterState,
    state: Mapping[str, str | None],
    subject: GuardInput,
) -> dict[str, Any] | None:
    topic = topic_of(step)
    if topic is not None:
        return _topic(topic, cluster, subject)
    if not state:
        return None
    return {"kind": kind, "name": step.object.name, "state": dict(state)}


def _topic(name: str, cluster: ClusterState, subject: GuardInput) -> dict[str, Any] | None:
    topic = cluster.topics.get(name)
    if topic is None:
        return None
    entries = cluster.configs(ConfigTarget.TOPIC, name)
    return {
        "kind": "Topic",
        "name": name,
        "partitions": len(topic.partitions),
        "replicas": topic.replication_factor,
        "config": {k: e.value for k, e in entries.items() if e.source is ConfigSource.TOPIC},
        "criticality": criticality_of(name, subject.declared, subject.policy.environment).value,
    }
