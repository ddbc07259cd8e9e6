"""Topics created and altered: each a plan, judged by the guard, shown and agreed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.capabilities.answering import value_of, wanted
from steward.capabilities.changing import planned_change, source_of
from steward.capabilities.config_words import configs_of, keys_known, retention_configs
from steward.capabilities.consent import ConsentParams
from steward.capabilities.context import Context
from steward.capabilities.execution_report import ChangeReport
from steward.capabilities.group_position import seen_or_fault
from steward.capabilities.planned import Wanted
from steward.capabilities.registry import Answer, Capability, Effect, capability
from steward.capabilities.retention_steps import PAUSE, PAUSE_SECONDS, STEPS, cut_of, cut_words
from steward.cluster.ports import Observer, Scope
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    CutRetention,
)
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound, UsageError
from steward.model.snapshot import Part
from steward.model.topic import Topic
from steward.model.unknown import Unknown

_RETENTION = "how long records are kept, 7d or unlimited: retention.ms"
_RETENTION_BYTES = "bytes that each partition keeps, 10GiB or unlimited: retention.bytes"
_CONFIG = "KEY=VALUE by Kafka's keys, with units: max.message.bytes=2MiB"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCreateParams(ConsentParams):
    """What the topic is like."""

    name: Annotated[str, Doc("name of the topic", positional=True)]
    partitions: Annotated[int, Doc("number of partitions")]
    replication_factor: Annotated[
        int | None, Doc("copies of each partition; the brokers' default.replication.factor if not given")
    ] = None  # fmt: skip
    retention: Annotated[str | None, Doc(_RETENTION, metavar="TIME")] = None
    retention_bytes: Annotated[str | None, Doc(_RETENTION_BYTES, metavar="SIZE")] = None
    min_insync_replicas: Annotated[int | None, Doc("copies that acks=all waits for")] = None
    set_: Annotated[tuple[str, ...], Doc(_CONFIG, metavar="KEY=VALUE")] = ()


@capability(
    "topic.create",
    effect=Effect.EXECUTE,
    parts=(Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS, Part.BROKER_CONFIGS),
    changes=(CreateTopic,),
    examples=(
        "steward topic create orders --partitions 12 --retention 7d --min-insync-replicas 2",
        "steward topic create users --partitions 6 --set cleanup.policy=compact --dry-run",
    ),
)
def create_topic(params: TopicCreateParams, context: Context) -> Answer[ChangeReport]:
    """Create a topic.

    In production the guard wants a retention of its own, min.insync.replicas of 2 and below the replication factor, and
    no more partitions than the policy allows.
    """
    configs = configs_of(params.set_) | retention_configs(
        params.set_, params.retention, params.retention_bytes
    )
    if params.min_insync_replicas is not None:
        configs["min.insync.replicas"] = str(params.min_insync_replicas)
    with context.connect(context.connection) as observer:
        factor = params.replication_factor or _default_factor(observer, context)
        keys_known(configs, observer, context)
    created = CreateTopic(
        name=params.name,
        partitions=params.partitions,
        replication_factor=factor,
        configs=dict(sorted(configs.items())),
    )
    return planned_change(
        context,
        params,
        Wanted(
            title=f"create topic {params.name}",
            source=_source_of_creation(created),
            changes=(created,),
        ),
    )


def _default_factor(observer: Observer, context: Context) -> int:
    """Return what the brokers' default is.

    Errors: UsageError, where it cannot be seen.
    """
    parts = frozenset({Part.BROKERS, Part.BROKER_CONFIGS})
    seen = observer.observe(parts, Scope(config_synonyms=False), context.progress)
    for configs in value_of(seen.broker_configs, {}).values():
        entry = None if isinstance(configs, Unknown) else configs.get("default.replication.factor")
        if entry is not None and entry.value and entry.value.isdigit():
            return int(entry.value)
    raise UsageError(
        "the brokers' default.replication.factor could not be seen",
        remedy="give --replication-factor",
    )


def _source_of_creation(created: CreateTopic) -> str:
    words = ["topic", "create", created.name, "--partitions", str(created.partitions)]
    words += ["--replication-factor", str(created.replication_factor)]
    for key, value in created.configs.items():
        words += ["--set", f"{key}={value}"]
    return source_of(*words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAlterParams(ConsentParams):
    """What is to be different."""

    name: Annotated[str, Doc("name of the topic", positional=True)]
    partitions: Annotated[int | None, Doc("raise the number of partitions to this")] = None
    retention: Annotated[str | None, Doc(_RETENTION, metavar="TIME")] = None
    retention_bytes: Annotated[str | None, Doc(_RETENTION_BYTES, metavar="SIZE")] = None
    set_: Annotated[tuple[str, ...], Doc(_CONFIG, metavar="KEY=VALUE")] = ()
    unset: Annotated[
        tuple[str, ...],
        Doc("let this key fall back to the brokers' default", metavar="KEY", commas=True),
    ] = ()
    retention_steps: Annotated[int | None, STEPS] = None
    retention_pause: Annotated[float, PAUSE] = PAUSE_SECONDS


@capability(
    "topic.alter",
    effect=Effect.EXECUTE,
    parts=(Part.TOPICS, Part.TOPIC_CONFIGS, Part.LOG_DIRS, Part.BROKERS, Part.BROKER_CONFIGS),
    changes=(CreatePartitions, ConfigTarget.TOPIC, CutRetention),
    examples=(
        "steward topic alter orders --retention 3d --dry-run",
        "steward topic alter orders --retention 1d --retention-steps 6 --retention-pause 10m",
        "steward topic alter orders --partitions 24 --yes",
        "steward topic alter orders --set max.message.bytes=2MiB --unset segment.ms",
    ),
)
def alter_topic(params: TopicAlterParams, context: Context) -> Answer[ChangeReport]:
    """Alter a topic's configuration or raise its number of partitions.

    A shorter retention says first how many bytes go; with --retention-steps it goes in steps. More partitions move
    keys: production wants that acknowledged, and of a compacted topic the old values of moved keys stay for ever. Fewer
    partitions are impossible in Kafka.
    """
    set_ = configs_of(params.set_) | retention_configs(
        params.set_, params.retention, params.retention_bytes
    )
    if not set_ and not params.unset and params.partitions is None:
        raise UsageError(
            "nothing is to be altered",
            remedy=Hint(steward("topic alter", params.name, retention="7d", dry_run=True)),
        )
    with context.connect(context.connection) as observer:
        seen = topic_or_fault(observer, context, params.name)
        keys_known((*set_, *params.unset), observer, context, topic=params.name)
    changes: list[Change] = []
    if params.partitions is not None:
        changes.append(CreatePartitions(topic=params.name, partitions=params.partitions))
    if set_ or params.unset:
        changes.append(
            AlterConfigs(
                target=ConfigTarget.TOPIC,
                name=seen.name,
                set=dict(sorted(set_.items())),
                remove=tuple(sorted(set(params.unset))),
            )
        )
    return planned_change(
        context,
        params,
        Wanted(
            title=f"alter topic {params.name}",
            source=_source_of_alteration(params, set_),
            changes=tuple(changes),
            cut=cut_of(params.retention_steps, params.retention_pause),
        ),
    )


def _source_of_alteration(params: TopicAlterParams, set_: Mapping[str, str]) -> str:
    words = ["topic", "alter", params.name]
    if params.partitions is not None:
        words += ["--partitions", str(params.partitions)]
    for key, value in sorted(set_.items()):
        words += ["--set", f"{key}={value}"]
    for key in params.unset:
        words += ["--unset", key]
    words += cut_words(params.retention_steps)
    return source_of(*words)


def topic_or_fault(observer: Observer, context: Context, name: str) -> Topic:
    """Return a topic by its exact name.

    Errors: ObjectNotFound with the nearest name; a fault where topics cannot be seen.
    """
    asked = Scope(topics=frozenset({name}))
    seen = observer.observe(frozenset({Part.TOPICS}), asked, context.progress)
    found = next((t for t in seen_or_fault(seen.topics) if t.name == name), None)
    if found is None:
        every = observer.observe(frozenset({Part.TOPICS}), Scope(), context.progress)
        names = [t.name for t in seen_or_fault(every.topics)]
        wanted((name,), names, "topic", complete=True)
        raise ObjectNotFound(f"topic {name} does not exist", object_name=name)
    return found


CAPABILITIES: tuple[Capability, ...] = (create_topic, alter_topic)
