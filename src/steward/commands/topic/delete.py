"""Delete topics safely: show signs of use first, and save a restore record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from steward.change.guard.plan_evidence import backup_text
from steward.change.manifests.kinds import AclSpec, ApplicationSpec, TopicSpec
from steward.change.manifests.reading import Manifests, read
from steward.change.planning.disuse import (
    TopicUse,
    evidence_of,
    named_acls,
    quarantine_acls,
)
from steward.change.planning.evidence import UseEvidence
from steward.change.planning.restore_record import (
    Quarantine,
    restore_record_of,
)
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.manifest_files import sources
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer, Capability, Effect, Notice, capability
from steward.commands.plan.change_command import plan_fields, source_of
from steward.commands.plan.create import PlanRequest, create_plan
from steward.commands.plan.disuse import IDLE_SECONDS, USE_PARTS, read_topic_use, why_unused
from steward.commands.plan.execution import confirm_and_report
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.plan.restore_records import (
    RESTORE_RECORD,
    quarantine_in_force,
    save_restore_record,
)
from steward.commands.plan.topic_backup import verified_backup
from steward.commands.topic.changes import topic_or_fault
from steward.model.change import Change, DeleteAcl, DeleteTopic, TopicBackup
from steward.model.command import Hint, Phrase, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Topic
from steward.model.unknown import Observed, value_or
from steward.model.wording import few

_PARTS = (*sorted(USE_PARTS - {Part.IDENTITY}), Part.GROUPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDeleteParams(ConsentParams):
    """Which topic, and what else to check."""

    name: Annotated[
        str, Doc("exact name of the topic", positional=True, completes=Candidates.TOPICS)
    ]
    idle: Annotated[
        float,
        Doc(
            "minimum age of the newest record for the topic to count as unused", metavar="DURATION"
        ),
    ] = IDLE_SECONDS
    manifests: Annotated[
        tuple[str, ...],
        Doc("files or folders of manifests to search for references to it", metavar="PATH"),
    ] = ()
    with_acls: Annotated[bool, Doc("also delete the ACLs that name it")] = False
    backup: Annotated[
        bool,
        Doc(
            "accept a backup that holds all its records instead of disuse; it is read back and verified first"
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDeletion(ChangeReport):
    """A plan that deletes a topic, the signs of use found, and how to recreate the topic."""

    topic: str
    evidence: Annotated[tuple[UseEvidence, ...], Doc("each check for use, with its result")]
    disuse: Annotated[str, Doc("what confirms that the topic is unused; empty where nothing does")]
    backup: Annotated[
        str, Doc("the verified backup that holds all its records; empty where none was accepted")
    ]
    quarantined_since: Annotated[
        Instant | None, Doc("when the quarantine began; null: not quarantined")
    ]
    restore: Annotated[Phrase, Doc("the command that recreates it without its records")]


@capability(
    "topic.delete",
    effect=Effect.EXECUTE,
    parts=_PARTS,
    changes=(DeleteTopic, DeleteAcl),
    long=True,
    examples=(
        "steward topic delete old-orders --dry-run",
        "steward topic delete old-orders --manifests topics/ --with-acls --confirm old-orders",
        "steward topic delete old-orders --backup --confirm old-orders",
    ),
)
def delete_topic(params: TopicDeleteParams, context: Context) -> Answer[TopicDeletion]:
    """Delete a topic after checking who uses it: groups, producers, connectors, manifests, the log.

    Connect and a schema registry are checked where the profile names them (connect, schema_registry).
    In production the topic must be confirmed unused: no sign of use found, and a day in quarantine
    (`steward topic quarantine`) without writes; or, with --backup, a verified backup at the configured location must
    hold every record of it, and a record written after that makes the plan stale. The topic is deleted by its id, so
    a new topic of the same name is never deleted by mistake. A restore record is saved: `steward topic restore`
    recreates the topic without its records.
    """
    if params.idle <= 0:
        raise UsageError("--idle must be above 0", remedy="for example --idle 7d")
    mentions = _mentions(params, context)
    with context.connect(context.connection) as observer:
        topic = topic_or_fault(observer, context, params.name)
        use = read_topic_use(topic, round(params.idle * 1000), observer, context, mentions)
    evidence = evidence_of(use)
    shut = quarantine_in_force(topic, use.snapshot, context)
    disuse = why_unused(evidence, shut, use)
    backup = verified_backup(topic, use.snapshot, context) if params.backup else None
    if not params.dry_run:
        save_restore_record(
            RESTORE_RECORD, restore_record_of(topic, use.snapshot), use.snapshot, context
        )

    def extended(report: PlanReport) -> TopicDeletion:
        return TopicDeletion(
            **plan_fields(report),
            topic=topic.name,
            evidence=evidence,
            disuse=disuse,
            backup=backup_text(backup) if isinstance(backup, TopicBackup) else "",
            quarantined_since=shut.since if shut else None,
            restore=Hint(steward("topic restore", topic.name)),
        )

    wanted = PlanRequest(
        title=f"delete topic {topic.name}",
        source=source_of(
            "topic",
            "delete",
            topic.name,
            "--with-acls" if params.with_acls else "",
            "--backup" if params.backup else "",
        ),
        changes=tuple(_deletion(topic, disuse, backup, use.snapshot, with_acls=params.with_acls)),
        warnings=(*_warnings(evidence, use, shut), *_backup_warnings(topic, backup)),
        ordered=True,
    )
    made = create_plan(context, lambda _: wanted, dry_run=params.dry_run)
    return confirm_and_report(made, context, params, extended)


def _deletion(
    topic: Topic,
    disuse: str,
    backup: TopicBackup | str | None,
    seen: ClusterSnapshot,
    *,
    with_acls: bool,
) -> Iterator[Change]:
    """Delete the topic, then the ACL bindings that a new topic of this name would inherit."""
    yield DeleteTopic(
        name=topic.name,
        topic_id=topic.id,
        disuse=disuse,
        backup=backup if isinstance(backup, TopicBackup) else None,
    )
    acls = value_or(seen.acls, ())
    for acl in quarantine_acls(topic.name):
        if acl in acls:
            yield DeleteAcl(acl=acl)
    if with_acls:
        for acl in named_acls(topic.name, acls):
            yield DeleteAcl(acl=acl)


def _mentions(params: TopicDeleteParams, context: Context) -> tuple[tuple[str, ...] | None, str]:
    """Return the manifests that refer to the topic, and the one that declares it.

    Errors: UsageError, ManifestsInvalid.
    """
    if not params.manifests:
        return None, ""
    manifests = read(sources(params.manifests, context.directory))
    declared = next(
        (str(m.place) for m, _ in manifests.of(TopicSpec) if m.metadata.name == params.name), ""
    )
    return tuple(_places(manifests, params.name)), declared


def _places(manifests: Manifests, name: str) -> Iterator[str]:
    for manifest, app in manifests.of(ApplicationSpec):
        if any(_means(t.topic, t.pattern, name) for t in (*app.produces, *app.consumes)):
            yield f"application {manifest.metadata.name} ({manifest.place})"
    for manifest, acl in manifests.of(AclSpec):
        resource = acl.resource
        if resource.type == "topic" and _means(resource.name, resource.pattern, name):
            yield f"acl {manifest.metadata.name} ({manifest.place})"


def _means(written: str, pattern: str, name: str) -> bool:
    """Return whether a literal name or a prefix in a manifest covers a topic."""
    return name.startswith(written) if pattern == "prefixed" else name == written


def _warnings(
    evidence: tuple[UseEvidence, ...], use: TopicUse, shut: Quarantine | None
) -> Iterator[Notice]:
    blocking = [f"{e.question}: {e.fact}" for e in evidence if e.blocks]
    if blocking:
        yield Notice(
            code="disuse_not_confirmed",
            message=f"signs of use found: {few(blocking, 3)}",
            object=use.topic.name,
            remedy="stop the clients that use it, or keep the topic",
        )
    elif shut is None and isinstance(use.snapshot.acls, Observed):
        yield Notice(
            code="not_quarantined",
            message="the topic was not quarantined before; infrequent use may be missed",
            object=use.topic.name,
            remedy=Hint(
                "quarantine it first and delete it a day later: ",
                steward("topic quarantine", use.topic.name, for_="7d"),
            ),
        )
    elif shut is not None and use.now > shut.until:
        yield Notice(
            code="quarantine_over",
            message=f"the quarantine ended at {shut.until}; its DENY is still in place",
            object=use.topic.name,
            remedy=Hint(
                "quarantine it again, or lift it: ",
                steward("topic quarantine", use.topic.name, lift=True),
            ),
        )


def _backup_warnings(topic: Topic, backup: TopicBackup | str | None) -> Iterator[Notice]:
    """Say why a backup is not accepted, or that a record written now would be lost."""
    if isinstance(backup, str):
        yield Notice(
            code="backup_not_accepted",
            message=f"the backup of topic {topic.name} is not enough: {backup}",
            object=topic.name,
            remedy=Hint("back it up, then delete it: ", steward("backup create", topic.name)),
        )
    elif backup is not None:
        yield Notice(
            code="writers_not_blocked",
            message="a record written between the last check and the deletion is lost: Kafka has no conditional delete",
            object=topic.name,
            remedy=Hint(
                "block writers first: ", steward("topic quarantine", topic.name, for_="1d")
            ),
        )


CAPABILITIES: tuple[Capability, ...] = (delete_topic,)
