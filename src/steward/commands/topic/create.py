"""``steward topic create``: create a topic."""

from dataclasses import dataclass
from typing import Annotated

from steward.cluster.ports import Observer, Scope
from steward.commands.api.config_words import configs_of, keys_known, retention_configs
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.topic.changes import CONFIG_OPTION, RETENTION, RETENTION_BYTES
from steward.model.change import (
    CreateTopic,
)
from steward.model.config import config_entry
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.snapshot import Part
from steward.model.unknown import value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCreateParams(ConsentParams):
    """The new topic."""

    name: Annotated[str, Doc("name of the topic", positional=True)]
    partitions: Annotated[int, Doc("number of partitions")]
    replication_factor: Annotated[
        int | None, Doc("replicas per partition; default: the brokers' default.replication.factor")
    ] = None  # fmt: skip
    retention: Annotated[str | None, Doc(RETENTION, metavar="TIME")] = None
    retention_bytes: Annotated[str | None, Doc(RETENTION_BYTES, metavar="SIZE")] = None
    min_insync_replicas: Annotated[
        int | None, Doc("replicas that must be in sync for acks=all writes")
    ] = None
    set_: Annotated[
        tuple[str, ...],
        Doc(CONFIG_OPTION, metavar="KEY=VALUE", completes=Candidates.TOPIC_SETTINGS),
    ] = ()


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

    In production, policy requires an explicit retention, min.insync.replicas of 2 and below the replication factor,
    and no more partitions than its limit.
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
        PlanRequest(
            title=f"create topic {params.name}",
            source=_source_of_creation(created),
            changes=(created,),
        ),
    )


def _default_factor(observer: Observer, context: Context) -> int:
    """Return the brokers' default replication factor.

    Errors: UsageError where it cannot be read.
    """
    parts = frozenset({Part.BROKERS, Part.BROKER_CONFIGS})
    seen = observer.observe(parts, Scope(config_synonyms=False), context.progress)
    for configs in value_or(seen.broker_configs, {}).values():
        entry = config_entry(configs, "default.replication.factor")
        if entry is not None and entry.value and entry.value.isdigit():
            return int(entry.value)
    raise UsageError(
        "the brokers' default.replication.factor could not be read",
        remedy="pass --replication-factor",
    )


def _source_of_creation(created: CreateTopic) -> str:
    words = ["topic", "create", created.name, "--partitions", str(created.partitions)]
    words += ["--replication-factor", str(created.replication_factor)]
    for key, value in created.configs.items():
        words += ["--set", f"{key}={value}"]
    return source_of(*words)


CAPABILITIES: tuple[Capability, ...] = (create_topic,)
