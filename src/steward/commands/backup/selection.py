"""The backups that a command means: by topic, by cluster, all or the newest of a topic."""

from typing import TYPE_CHECKING

from steward.commands.api.backup_location import open_backups
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen
from steward.model.command import Hint, steward
from steward.model.error import ObjectNotFound

if TYPE_CHECKING:
    from steward.backup.lineages import Lineage, LineageStore, Tip
    from steward.backup.stores.port import ObjectStore


def chosen_lineages(
    store: "ObjectStore", topics: tuple[str, ...], cluster_id: str
) -> "tuple[Lineage, ...]":
    """Return the lineages of some topics, or all. ``cluster_id``: of this cluster alone; empty: of every cluster.

    Errors: ObjectNotFound, for a topic without a backup.
    """
    from steward.backup.lineages import all_lineages

    found = tuple(
        one for one in all_lineages(store) if not cluster_id or one.cluster_id == cluster_id
    )
    if not topics:
        return found
    try:
        names = chosen(topics, {one.topic for one in found}, "topic")
    except ObjectNotFound as fault:
        raise ObjectNotFound(
            f"no backup of topic {fault.object_name} in {store.location}",
            remedy=Hint("list what there is: ", steward("backup list", from_=store.location)),
            object_name=fault.object_name,
        ) from None
    return tuple(one for one in found if one.topic in names)


def given_cluster_id(context: Context) -> str:
    """Return the id in the profile given by ``--cluster``; empty where none is given, or it has none.

    Errors: ConfigurationError, for a profile that does not exist.
    """
    return context.profile.cluster_id if context.cluster else ""


def chosen_run(
    context: Context, topic: str, *, location: str, topic_id: str, run: str
) -> "tuple[LineageStore, Tip]":
    """Return one backup of a topic, and one of its runs; by default the newest of both.

    Errors: ObjectNotFound; those of reading manifests.
    """
    from steward.backup.lineages import LineageStore, Tip

    store = open_backups(context, location)
    found = [
        (tip, folder)
        for one in chosen_lineages(store, (topic,), "")
        if topic_id in ("", one.topic_id)
        and (tip := (folder := LineageStore(store, one)).tip()) is not None
    ]
    if not found:
        raise ObjectNotFound(
            f"no backup of topic {topic} has topic id {topic_id}",
            remedy=Hint("list them: ", steward("backup list", from_=store.location)),
            object_name=topic_id,
        )
    tip, folder = max(found, key=lambda one: (one[0].manifest.began_at, one[0].manifest.fork))
    sha256 = tip.sha256
    for manifest in folder.history(tip):
        if run in ("", manifest.run):
            return folder, Tip(manifest, sha256, "")
        sha256 = manifest.previous
    raise ObjectNotFound(
        f"the backup of topic {topic} has no run {run}",
        remedy=Hint("list its runs: ", steward("backup show", topic, from_=store.location)),
        object_name=run,
    )
