"""Open the store at its configured location."""

from typing import TYPE_CHECKING

from steward.commands.api.context import Context
from steward.commands.api.registry import ClusterName, Notice

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
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

    It is the one with the id that its brokers report, else the one that a daemon last saw under the profile's name. The
    id is None where all history is stored under the name, by a daemon that knew no ids.

    Errors: StoreUnavailable.
    """
    name = context.named_profile[0]
    return ClusterName(id=store.clusters.kept(name, cluster_id) or None, name=name)


def key_of(cluster: ClusterName) -> str:
    """Return the store's key of a cluster's history: its id; its name while no id is known."""
    return cluster.id or cluster.name


def profile_name(context: Context) -> str:
    """Return the name of the chosen profile; empty where only addresses were given."""
    name, profile = context.named_profile
    return "" if name == profile.bootstrap_servers else name


def named_clusters(context: Context, store: "Store") -> frozenset[str] | None:
    """Return the ids of the cluster that ``--cluster`` names, in the store; None: it was not given.

    Errors: ConfigurationError, for a name that neither the store nor the configuration knows; StoreUnavailable.
    """
    if context.cluster is None:
        return None
    ids = store.clusters.named(context.cluster)
    if not ids:
        _ = context.named_profile
    return ids


def configuration_warnings(context: Context) -> tuple[Notice, ...]:
    """Return warnings about unknown keys of the configuration."""
    return tuple(
        Notice(code="configuration", message=text, remedy="correct the key or remove it")
        for text in context.settings.warnings
    )
