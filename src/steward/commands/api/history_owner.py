"""Which cluster's history is shown: the one that answers now, or the last one seen, which is then said."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from steward.commands.api.context import Context
from steward.commands.api.open_store import key_of, stored_cluster
from steward.commands.api.registry import ClusterName, Notice
from steward.model.command import Hint, steward
from steward.model.connection import Connection
from steward.model.error import StewardError
from steward.model.snapshot import Part
from steward.model.unknown import Observed

if TYPE_CHECKING:  # SQLAlchemy is imported only by work that needs it
    from steward.store.open import Store

ASK_SECONDS = 5.0
"""How long brokers may take to say which cluster they are: history is read when a cluster is down, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOwner:
    """The cluster whose history is shown, the key it is kept under, and what to know of it."""

    cluster: ClusterName
    key: str
    warnings: tuple[Notice, ...] = ()


def answering_cluster(context: Context) -> str | StewardError:
    """Ask the brokers which cluster they are; return its id (empty: they have none), or why none answered."""
    try:
        with context.connect(_hurried(context.connection)) as observer:
            identity = observer.observe(
                frozenset({Part.IDENTITY}), progress=context.progress
            ).identity
    except StewardError as fault:
        return fault
    if isinstance(identity, Observed):
        return identity.value.cluster_id or ""
    return StewardError(str(identity))


def history_owner(context: Context, store: "Store", answering: str | StewardError) -> HistoryOwner:
    """Return whose history is meant: of the cluster that is ``answering``, else of the last one under the name.

    Errors: StoreUnavailable.
    """
    name = context.named_profile[0]
    last = store.clusters.last(name)
    if isinstance(answering, StewardError):
        cluster = stored_cluster(context, store)
        return HistoryOwner(
            cluster=cluster, key=key_of(cluster), warnings=(_not_asked(cluster, answering),)
        )
    cluster = stored_cluster(context, store, answering)
    was_replaced = bool(answering and last) and answering != last
    return HistoryOwner(
        cluster=cluster,
        key=key_of(cluster),
        warnings=(_replaced(name, answering, last),) if was_replaced else (),
    )


def _hurried(connection: Connection) -> Connection:
    return replace(
        connection,
        request_timeout_seconds=min(connection.request_timeout_seconds, ASK_SECONDS),
        connect_timeout_seconds=min(connection.connect_timeout_seconds, ASK_SECONDS),
    )


def _not_asked(cluster: ClusterName, fault: StewardError) -> Notice:
    kept = (
        f"cluster id {cluster.id}, the last that steward serve saw as {cluster.name}"
        if cluster.id
        else f"the name {cluster.name}: no cluster id was seen under it"
    )
    return Notice(
        code="cluster_not_asked",
        message=f"which cluster answers now is not known ({fault.summary}). This history belongs to {kept}",
        object=cluster.name,
        remedy=Hint("compare the id once the brokers answer: ", steward("cluster describe")),
    )


def _replaced(name: str, answering: str, last: str) -> Notice:
    return Notice(
        code="cluster_replaced",
        message=f"{name} is cluster id {answering} now. steward serve last saw cluster id {last} under this name: "
        "its history is not shown",
        object=name,
        remedy="let steward serve run to keep history of the cluster that answers now",
    )
