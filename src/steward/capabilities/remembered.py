"""The store as capabilities open it: at the place that the settings name."""

from typing import TYPE_CHECKING

from steward.capabilities.context import Context
from steward.capabilities.registry import Notice

if TYPE_CHECKING:  # SQLAlchemy is imported only by work that needs it
    from steward.store.open import Store


def remembered(context: Context) -> "Store":
    """Open the store.

    Errors: StoreUnavailable; ConfigurationError.
    """
    from steward.settings.store import retention_of, store_url
    from steward.store.open import open_store

    settings = context.settings
    return open_store(store_url(settings, context.environ), retention_of(settings))


def configuration_warnings(context: Context) -> tuple[Notice, ...]:
    """Return what the configuration holds that steward does not know."""
    return tuple(
        Notice(code="configuration", message=text, remedy="correct the key or remove it")
        for text in context.settings.warnings
    )
