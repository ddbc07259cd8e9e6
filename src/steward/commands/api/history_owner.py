"""Which cluster's history to show: the one that responds now, or the last one seen, with a warning."""

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

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from steward.store.open import Store

ASK_SECONDS = 5.0
"""Timeout for reading the cluster id: history must be readable while a cluster is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOwner:
    """The cluster whose history is shown, its key in the store, and warnings."""

    cluster: ClusterName
    key: str
    warnings: tuple[Notice, ...] = ()


def answering_cluster(context: Context) -> str | StewardError:
    """Read the cluster id from the brokers; return it (empty: they have none), or why none responded."""
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
    """Return whose history to show: of the cluster that is ``answering``, else of the last one with this name.

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
        else f"the name {cluster.name}: no cluster id is recorded for it"
    )
    return Notice(
        code="cluster_not_asked",
        message=f"the current cluster id is unknown ({fault.summary}). This history belongs to {kept}",
        object=cluster.name,
        remedy=Hint("compare the id once the brokers respond: ", steward("cluster describe")),
    )


def _replaced(name: str, answering: str, last: str) -> Notice:
    return Notice(
        code="cluster_replaced",
        message=f"{name} is now cluster id {answering}. steward serve last saw cluster id {last} under this name: "
        "its history is not shown",
        object=name,
        remedy="run steward serve to collect history of the current cluster",
    )
