"""The backups that a command means: by topic, by cluster, all or the newest of a topic."""

from typing import TYPE_CHECKING

from steward.commands.api.context import Context
from steward.commands.api.matching import chosen
from steward.model.command import Hint, steward
from steward.model.error import ObjectNotFound

if TYPE_CHECKING:
    from steward.backup.lineages import Lineage
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
