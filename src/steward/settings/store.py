"""The store's URL with its secrets, and how long data is kept."""

from collections.abc import Mapping

from steward.model.connection import Secret
from steward.model.error import ConfigurationError
from steward.model.redaction import secrets_in
from steward.sandbox.places import state_dir
from steward.settings.secrets import secret_from
from steward.settings.shapes import Settings
from steward.store.retention import DAY_S, HOUR_S, Retention

FILE_NAME = "steward.db"


def store_url(settings: Settings, environ: Mapping[str, str]) -> Secret:
    """Return the store's URL: as configured, or a SQLite file in the state directory.

    Errors: ConfigurationError for a password in the configuration file, or a missing secret.
    """
    store = settings.store
    if secrets_in(store.url):
        raise ConfigurationError(
            f"{settings.source}: store.url would put a secret into the file",
            remedy="use url_env, url_file or url_command, or a ~/.pgpass",
        )
    found = secret_from(
        f"{settings.source}: store.url",
        store.url_env,
        store.url_file,
        store.url_command,
        environ,
    )
    return found or Secret(store.url or f"sqlite:///{state_dir() / FILE_NAME}")


def retention_of(settings: Settings) -> Retention:
    """Return how long each resolution is kept.

    Errors: ConfigurationError where a coarser resolution is kept shorter than a finer one, or nothing is kept.
    """
    store = settings.store
    looks_s = round(store.keep_looks_hours * HOUR_S)
    minutes_s, coarse_s = (round(d * DAY_S) for d in (store.keep_minutes_days, store.keep_days))
    if not 0 < looks_s <= minutes_s <= coarse_s:
        raise ConfigurationError(
            f"{settings.source}: store keeps samples {looks_s} s, minutes {minutes_s} s, the rest {coarse_s} s",
            remedy="set keep_looks_hours, keep_minutes_days and keep_days above 0 and in ascending order",
        )
    if store.max_megabytes < 10:
        raise ConfigurationError(
            f"{settings.source}: store.max_megabytes is {store.max_megabytes}",
            remedy="set 10 or more",
        )
    return Retention(
        looks_s=looks_s,
        minutes_s=minutes_s,
        coarse_s=coarse_s,
        events_s=coarse_s,
        max_bytes=store.max_megabytes * 1_000_000,
    )
