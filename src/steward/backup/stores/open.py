"""Open the location of backups: a directory or a URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from steward.backup.stores.local import LocalStore
from steward.backup.stores.port import ObjectStore
from steward.documents.files import path_of
from steward.model.error import ConfigurationError

REMOTE_SCHEMES = ("s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss")


def open_object_store(location: str, folder: Path) -> ObjectStore:
    """Return the store at a location; a relative path is relative to ``folder``.

    Errors: ConfigurationError for another kind of URL, or one with a secret; ExtraMissing; DocumentError for an
            invalid path.
    """
    parts = urlsplit(location)
    if parts.scheme and parts.password:
        raise ConfigurationError(
            "the location of the backup contains a secret",
            remedy="give credentials by environment variables, such as AWS_ACCESS_KEY_ID",
        )
    scheme, separator, _ = location.partition("://")
    if not separator:
        return LocalStore(path_of(location, folder).absolute())
    if scheme == "file":
        return LocalStore(path_of(unquote(urlsplit(location).path)).absolute())
    if scheme in REMOTE_SCHEMES:
        from steward.backup.stores.remote import RemoteStore

        return RemoteStore(location)
    raise ConfigurationError(
        f"{location} is not a location of backups",
        remedy="use a directory, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://ACCOUNT/CONTAINER/PREFIX",
    )
