"""``steward topic quarantine``: block a topic temporarily."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from steward.change.planning.disuse import quarantine_acls
from steward.change.planning.restore_record import quarantine_of
from steward.cluster.ports import Scope
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, Notice, Outcome, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.plan.restore_records import (
    DAY_SECONDS,
    MIN_QUARANTINE_MS,
    QUARANTINED,
    save_restore_record,
)
from steward.commands.topic.changes import topic_or_fault
from steward.model.change import CreateAcl, DeleteAcl
from steward.model.command import Hint, steward
from steward.model.config import config_entry
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.plan import Impossible
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, value_or
from steward.model.wording import few


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicQuarantineParams(ConsentParams):
    """Which topic, and for how long."""

    name: Annotated[
        str, Doc("exact name of the topic", positional=True, completes=Candidates.TOPICS)
    ]
    for_: Annotated[
        float, Doc("when the quarantine ends, at least 1d from now", metavar="DURATION")
    ] = 7 * DAY_SECONDS
    lift: Annotated[bool, Doc("unblock the topic")] = False


@capability(
    "topic.quarantine",
    effect=Effect.EXECUTE,
    parts=(Part.TOPICS, Part.OFFSETS, Part.ACLS, Part.BROKERS, Part.BROKER_CONFIGS),
    changes=(CreateAcl, DeleteAcl),
    examples=(
        "steward topic quarantine old-orders --for 7d --dry-run",
        "steward topic quarantine old-orders --lift --yes",
    ),
)
def quarantine_topic(params: TopicQuarantineParams, context: Context) -> Answer[ChangeReport]:
    """Block a topic temporarily, to find out whether anything still uses it: DENY READ and WRITE.

    After a day without writes, `steward topic delete` accepts it as confirmation that the topic is unused. After its
    end it no longer counts; `--lift` unblocks the topic. Super users bypass a DENY: they are listed. Requires an
    authorizer.
    """
    if params.for_ * 1000 < MIN_QUARANTINE_MS:
        raise UsageError("a quarantine lasts at least a day", remedy="for example --for 7d")
    with context.connect(context.connection) as observer:
        topic = topic_or_fault(observer, context, params.name)
        own = Scope(topics=frozenset({topic.name}), config_synonyms=False)
        parts = frozenset({Part.TOPICS, Part.OFFSETS, Part.BROKERS, Part.BROKER_CONFIGS, Part.ACLS})
        seen = observer.observe(parts | {Part.IDENTITY}, own, context.progress)
    kind = DeleteAcl if params.lift else CreateAcl
    no_authorizer = isinstance(seen.acls, NotApplicable)
    wanted = PlanRequest(
        title=f"{'unblock' if params.lift else 'block'} topic {topic.name}",
        source=source_of("topic", "quarantine", topic.name, "--lift" if params.lift else ""),
        changes=()
        if no_authorizer
        else tuple(kind(acl=acl) for acl in quarantine_acls(topic.name)),
        impossible=(_cannot_be_blocked(topic.name),) if no_authorizer else (),
        warnings=() if params.lift else tuple(_super_users(seen)),
    )
    answered = planned_change(context, params, wanted)
    done = answered.outcome is Outcome.DONE and not params.dry_run
    if done and not params.lift:
        now = Instant(context.now_ms())
        shut = quarantine_of(topic, seen, now, round(params.for_ * 1000))
        save_restore_record(QUARANTINED, shut, seen, context)
    return answered


def _cannot_be_blocked(topic: str) -> Impossible:
    return Impossible(
        object=ObjectRef("topic", topic),
        reason="the cluster has no authorizer, so access cannot be denied",
        remedy=Hint(
            "delete on the signs of use alone: ", steward("topic delete", topic, dry_run=True)
        ),
    )


def _super_users(seen: ClusterSnapshot) -> Iterator[Notice]:
    configs = value_or(seen.broker_configs, {})
    for entries in configs.values():
        entry = config_entry(entries, "super.users")
        if entry is not None and entry.value:
            users = few(sorted(u for u in entry.value.split(";") if u), 5)
            yield Notice(
                code="super_users_pass",
                message=f"a DENY does not apply to super users: {users}",
                remedy="ask their owners whether they use the topic",
            )
            return


CAPABILITIES: tuple[Capability, ...] = (quarantine_topic,)
