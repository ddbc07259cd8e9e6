"""``steward topic alter``: alter a topic's configuration or raise its number of partitions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.config_words import configs_of, keys_known, retention_configs
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.plan.retention_steps import (
    PAUSE,
    PAUSE_SECONDS,
    STEPS,
    retention_cut,
    retention_options,
)
from steward.commands.topic.changes import CONFIG_OPTION, RETENTION, RETENTION_BYTES, topic_or_fault
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreatePartitions,
    CutRetention,
)
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.snapshot import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAlterParams(ConsentParams):
    """What to alter."""

    name: Annotated[str, Doc("name of the topic", positional=True, completes=Candidates.TOPICS)]
    partitions: Annotated[int | None, Doc("raise the number of partitions to this")] = None
    retention: Annotated[str | None, Doc(RETENTION, metavar="TIME")] = None
    retention_bytes: Annotated[str | None, Doc(RETENTION_BYTES, metavar="SIZE")] = None
    set_: Annotated[
        tuple[str, ...],
        Doc(CONFIG_OPTION, metavar="KEY=VALUE", completes=Candidates.TOPIC_SETTINGS),
    ] = ()
    unset: Annotated[
        tuple[str, ...],
        Doc(
            "remove this override; the brokers' default applies",
            metavar="KEY",
            commas=True,
            completes=Candidates.TOPIC_KEYS,
        ),
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

    A shorter retention first shows how many bytes are deleted; with --retention-steps it is applied in steps. More
    partitions change the partition of keys: production requires confirmation, and in a compacted topic the old values
    of moved keys stay forever. Kafka cannot reduce the number of partitions.
    """
    set_ = configs_of(params.set_) | retention_configs(
        params.set_, params.retention, params.retention_bytes
    )
    if not set_ and not params.unset and params.partitions is None:
        raise UsageError(
            "nothing to alter",
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
        PlanRequest(
            title=f"alter topic {params.name}",
            source=_source_of_alteration(params, set_),
            changes=tuple(changes),
            cut=retention_cut(params.retention_steps, params.retention_pause),
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
    words += retention_options(params.retention_steps)
    return source_of(*words)


CAPABILITIES: tuple[Capability, ...] = (alter_topic,)
