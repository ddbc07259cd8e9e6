"""The store as capabilities open it: at the place that the settings name."""

from typing import TYPE_CHECKING

from steward.commands.api.context import Context
from steward.commands.api.registry import ClusterName, Notice

if TYPE_CHECKING:  # SQLAlchemy is imported only by work that needs it
    from steward.store.open import Store


def open_store(context: Context) -> "Store":
    """Open the store.

    Errors: StoreUnavailable; ConfigurationError.
    """
    from steward.settings.store import retention_of, store_url
    from steward.store.open import open_store

    settings = context.settings
    return open_store(store_url(settings, context.environ), retention_of(settings))


def stored_cluster(context: Context, store: "Store", cluster_id: str = "") -> ClusterName:
    """Return the cluster whose history is meant.

    Shape: the one with the id that its brokers state, else the one that a daemon saw last under the profile's name. The
           id is None where all that is kept is kept under the name, by a daemon that knew no ids.
    Errors: StoreUnavailable.
    """
    name = context.named_profile[0]
    return ClusterName(id=store.clusters.kept(name, cluster_id) or None, name=name)


def key_of(cluster: ClusterName) -> str:
    """Return what the store keeps a cluster's history under: its id; its name while no id is known."""
    return cluster.id or cluster.name


def configuration_warnings(context: Context) -> tuple[Notice, ...]:
    """Return what the configuration holds that steward does not know."""
    return tuple(
        Notice(code="configuration", message=text, remedy="correct the key or remove it")
        for text in context.settings.warnings
    )
