"""``steward topic restore``: recreate a topic that steward deleted."""

from dataclasses import dataclass
from typing import Annotated

from steward.change.planning.restore_record import RestoreRecord, restore_changes
from steward.cluster.ports import Scope
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, Notice, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.plan.restore_records import (
    RESTORE_RECORD,
    saved_restore_record,
)
from steward.model.change import CreateAcl, CreateTopic
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound
from steward.model.snapshot import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRestoreParams(ConsentParams):
    """Which topic."""

    name: Annotated[str, Doc("name of a topic that steward deleted", positional=True)]


@capability(
    "topic.restore",
    effect=Effect.EXECUTE,
    parts=(Part.TOPICS, Part.TOPIC_CONFIGS, Part.ACLS, Part.BROKERS, Part.BROKER_CONFIGS),
    changes=(CreateTopic, CreateAcl),
    examples=("steward topic restore old-orders --dry-run",),
)
def restore_topic(params: TopicRestoreParams, context: Context) -> Answer[ChangeReport]:
    """Recreate a topic that steward deleted: partitions, configuration and ACLs, without its records."""
    with context.connect(context.connection) as observer:
        seen = observer.observe(frozenset({Part.IDENTITY}), Scope(), context.progress)
    card = saved_restore_record(RESTORE_RECORD, RestoreRecord, params.name, seen, context)
    if card is None:
        raise ObjectNotFound(
            f"no restore record of topic {params.name} for this cluster",
            remedy="only topics that steward deleted have one",
            object_name=params.name,
        )
    wanted = PlanRequest(
        title=f"recreate topic {params.name}",
        source=source_of("topic", "restore", params.name),
        changes=restore_changes(card),
        warnings=(
            Notice(
                code="records_gone",
                message="its records are lost; groups start where auto.offset.reset points",
                object=params.name,
            ),
        ),
    )
    return planned_change(context, params, wanted)


CAPABILITIES: tuple[Capability, ...] = (restore_topic,)
