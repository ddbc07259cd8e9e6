"""``steward backup prune``: delete old backups whole, and leftovers of interrupted runs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.backup_location import FROM, open_backups
from steward.commands.api.context import Context
from steward.commands.api.matching import selected_names
from steward.commands.api.open_store import configuration_warnings
from steward.commands.api.registry import Answer, Capability, Effect, Notice, Outcome, capability
from steward.commands.backup.selection import chosen_lineages, given_cluster_id
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.wording import count, size

if TYPE_CHECKING:
    from steward.backup.pruning import Prunable

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPruneParams:
    """Which backups, and from which age on."""

    topics: Annotated[tuple[str, ...], selected_names("[TOPIC]...", Candidates.TOPICS)] = ()
    from_: Annotated[str, FROM] = ""
    older_than: Annotated[
        float,
        Doc(
            "delete earlier lives of topics whose last run is older; the newest backup of a topic always stays",
            metavar="DURATION",
        ),
    ] = 90 * _DAY_SECONDS
    dry_run: Annotated[bool, Doc("show what would be deleted, and delete nothing")] = False
    yes: Annotated[bool, Doc("delete without asking")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedBackup:
    """What may be deleted of one lineage."""

    topic: str
    topic_id: str
    fork: Annotated[int, Doc("1; one more after each truncation of the topic's log", wide=True)]
    what: Annotated[str, Doc("backup: all of it; leftovers: objects that no manifest lists")]
    last_run: Annotated[str, Doc("when its newest run ended")]
    objects: Annotated[int, Doc("objects to delete")]
    bytes: Annotated[int, Doc("their size")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPruned:
    """What may be deleted, and whether it was."""

    location: Annotated[str, Doc("directory or URL of the backups")]
    deleted: Annotated[bool, Doc("whether it was deleted")]
    bytes: Annotated[int, Doc("bytes freed, or to be freed")]
    pruned: tuple[PrunedBackup, ...]


@capability(
    "backup.prune",
    effect=Effect.LOCAL,
    needs_cluster=False,
    examples=(
        "steward backup prune --dry-run",
        "steward backup prune --older-than 180d --yes --from s3://backups/prod",
    ),
)
def prune_backups(params: BackupPruneParams, context: Context) -> Answer[BackupPruned]:
    """Delete old backups of earlier lives of topics, and leftovers of interrupted runs.

    A topic begins a new life when it is deleted and created again, or when its log is truncated. A backup is deleted
    whole, because every run rests on those before it; the newest backup of each topic always stays. Leftovers are
    objects of interrupted runs that no manifest lists. Without --yes nothing is deleted.
    """
    if params.older_than <= 0:
        raise UsageError("--older-than must be above 0", remedy="for example --older-than 90d")
    from steward.backup.pruning import delete, prunable

    store = open_backups(context, params.from_)
    lineages = chosen_lineages(store, params.topics, given_cluster_id(context))
    before = Instant(context.now_ms() - round(params.older_than * 1000))
    found, unreadable = prunable(store, lineages, str(before))
    is_to_delete = params.yes and not params.dry_run
    for one in found if is_to_delete else ():
        context.progress(f"deleting {one.lineage.topic}")
        delete(store, one)
    rows = tuple(_row(one) for one in found)
    freed = sum(row.bytes for row in rows)
    damaged = tuple(
        Notice(
            code="backup_damaged",
            message=f"nothing of topic {one.topic} is deleted: {why}",
            object=one.topic,
            remedy=Hint(
                "find out more: ", steward("backup verify", one.topic, from_=params.from_ or None)
            ),
        )
        for one, why in sorted(unreadable.items())
    )
    is_refused = bool(rows) and not params.yes and not params.dry_run
    errors = (_not_confirmed(rows, freed),) if is_refused else ()
    return Answer(
        data=BackupPruned(location=store.location, deleted=is_to_delete, bytes=freed, pruned=rows),
        observed_at=Instant(context.now_ms()),
        warnings=(*configuration_warnings(context), *damaged),
        errors=errors,
        outcome=Outcome.REFUSED if is_refused else Outcome.DONE,
    )


def _row(one: "Prunable") -> PrunedBackup:
    return PrunedBackup(
        topic=one.lineage.topic,
        topic_id=one.lineage.topic_id,
        fork=one.lineage.fork,
        what="backup" if one.is_whole else "leftovers",
        last_run=one.ended_at,
        objects=len(one.keys),
        bytes=one.bytes,
    )


def _not_confirmed(rows: tuple[PrunedBackup, ...], freed: int) -> Notice:
    objects = count(sum(row.objects for row in rows), "object")
    return Notice(
        code="not_confirmed",
        message=f"nothing was deleted: {objects} of {size(freed)} need --yes",
        remedy="pass --yes to delete them",
    )


CAPABILITIES: tuple[Capability, ...] = (prune_backups,)
