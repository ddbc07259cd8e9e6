"""Topics shut for a while to see whether anybody misses them, and topics made again that were deleted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from steward.capabilities.answering import value_of
from steward.capabilities.changing import planned_change, source_of
from steward.capabilities.consent import ConsentParams
from steward.capabilities.context import Context
from steward.capabilities.execution_report import ChangeReport
from steward.capabilities.planned import Wanted
from steward.capabilities.registry import Answer, Capability, Effect, Notice, Outcome, capability
from steward.capabilities.topic_cards import (
    DAY_SECONDS,
    LEAST_QUARANTINE_MS,
    QUARANTINED,
    RESTORE_CARD,
    keep_card,
    kept_card,
)
from steward.capabilities.topic_changes import topic_or_fault
from steward.cluster.ports import Scope
from steward.model.change import CreateAcl, CreateTopic, DeleteAcl
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound, UsageError
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.plan import Impossible
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Unknown
from steward.model.wording import few
from steward.planning.disuse import quarantine_acls
from steward.planning.restoring import RestoreCard, quarantine_of, restoring


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicQuarantineParams(ConsentParams):
    """Which topic, and for how long."""

    name: Annotated[str, Doc("exact name of the topic", positional=True)]
    for_: Annotated[
        float, Doc("when the quarantine counts as over, at least 1d", metavar="DURATION")
    ] = 7 * DAY_SECONDS
    lift: Annotated[bool, Doc("open the topic again")] = False


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
    """Shut a topic for a while: DENY READ and WRITE for everybody, to see whether anybody misses it.

    After a day `steward topic delete` takes it as proof, if nothing was written. When its time is over it proves
    nothing any more; `--lift` opens the topic. Super users pass a DENY: they are listed. Needs an authorizer.
    """
    if params.for_ * 1000 < LEAST_QUARANTINE_MS:
        raise UsageError("a quarantine lasts a day at least", remedy="write --for 7d")
    with context.connect(context.connection) as observer:
        topic = topic_or_fault(observer, context, params.name)
        own = Scope(topics=frozenset({topic.name}), config_synonyms=False)
        parts = frozenset({Part.TOPICS, Part.OFFSETS, Part.BROKERS, Part.BROKER_CONFIGS, Part.ACLS})
        seen = observer.observe(parts | {Part.IDENTITY}, own, context.progress)
    kind = DeleteAcl if params.lift else CreateAcl
    no_authorizer = isinstance(seen.acls, NotApplicable)
    wanted = Wanted(
        title=f"{'open' if params.lift else 'shut'} topic {topic.name}",
        source=source_of("topic", "quarantine", topic.name, "--lift" if params.lift else ""),
        changes=()
        if no_authorizer
        else tuple(kind(acl=acl) for acl in quarantine_acls(topic.name)),
        impossible=(_cannot_be_shut(topic.name),) if no_authorizer else (),
        warnings=() if params.lift else tuple(_super_users(seen)),
    )
    answered = planned_change(context, params, wanted)
    done = answered.outcome is Outcome.DONE and not params.dry_run
    if done and not params.lift:
        now = Instant(context.now_ms())
        shut = quarantine_of(topic, seen, now, round(params.for_ * 1000))
        keep_card(QUARANTINED, shut, seen, context)
    return answered


def _cannot_be_shut(topic: str) -> Impossible:
    return Impossible(
        object=ObjectRef("topic", topic),
        reason="the cluster has no authorizer, so nobody can be shut out",
        remedy=Hint("judge by its use alone: ", steward("topic delete", topic, dry_run=True)),
    )


def _super_users(seen: ClusterSnapshot) -> Iterator[Notice]:
    configs = value_of(seen.broker_configs, {})
    for entries in configs.values():
        entry = None if isinstance(entries, Unknown) else entries.get("super.users")
        if entry is not None and entry.value:
            users = few(sorted(u for u in entry.value.split(";") if u), 5)
            yield Notice(
                code="super_users_pass",
                message=f"a DENY does not stop super users: {users}",
                remedy="ask them whether they use the topic",
            )
            return


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
    """Make a topic again that steward deleted: partitions, configuration and ACLs, without its records."""
    with context.connect(context.connection) as observer:
        seen = observer.observe(frozenset({Part.IDENTITY}), Scope(), context.progress)
    card = kept_card(RESTORE_CARD, RestoreCard, params.name, seen, context)
    if card is None:
        raise ObjectNotFound(
            f"no card of topic {params.name} is kept for this cluster",
            remedy="only topics that steward has deleted have one",
            object_name=params.name,
        )
    wanted = Wanted(
        title=f"make topic {params.name} again",
        source=source_of("topic", "restore", params.name),
        changes=restoring(card),
        warnings=(
            Notice(
                code="records_gone",
                message="its records do not come back; groups begin where auto.offset.reset says",
                object=params.name,
            ),
        ),
    )
    return planned_change(context, params, wanted)


CAPABILITIES: tuple[Capability, ...] = (quarantine_topic, restore_topic)
