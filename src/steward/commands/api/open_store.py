"""Open the store at its configured location."""

from dataclasses import dataclass
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
    return ClusterName(id=store.clusters.stored_id(name, cluster_id) or None, name=name)


def key_of(cluster: ClusterName) -> str:
    """Return the store's key of a cluster's history: its id; its name while no id is known."""
    return cluster.id or cluster.name


def profile_name(context: Context) -> str:
    """Return the name of the chosen profile; empty where only addresses were given."""
    name, profile = context.named_profile
    return "" if name == profile.bootstrap_servers else name


@dataclass(frozen=True, slots=True)
class ClusterFilter:
    """Ids of clusters to show, None for all but ``others``; ``warnings`` say what is not known."""

    ids: frozenset[str] | None = None
    others: frozenset[str] = frozenset()
    warnings: tuple[Notice, ...] = ()


def named_clusters(context: Context, store: "Store") -> ClusterFilter:
    """Return which clusters ``--cluster`` stands for, all where it is not given.

    If no id is known for a profile, clusters without a known name are shown: entries about it must not be hidden.
    Errors: ConfigurationError, for a name that neither the store nor the configuration knows; StoreUnavailable.
    """
    if context.cluster is None:
        return ClusterFilter()
    ids = store.clusters.named(context.cluster)
    if not ids and (expected := context.named_profile[1].cluster_id):
        ids = frozenset({expected})
    if ids:
        return ClusterFilter(ids)
    unknown = Notice(
        code="cluster_id_unknown",
        message=f"the cluster id of {context.cluster} is not known: clusters without a known name are shown",
        object=context.cluster,
        remedy="set cluster_id in the profile, or pass the id itself to --cluster",
    )
    return ClusterFilter(None, frozenset(store.clusters.names()), (unknown,))


def configuration_warnings(context: Context) -> tuple[Notice, ...]:
    """Return warnings about unknown keys of the configuration."""
    return tuple(
        Notice(code="configuration", message=text, remedy="correct the key or remove it")
        for text in context.settings.warnings
    )
