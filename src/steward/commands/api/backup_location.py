"""Where backups are, and the keys that sign them: options over settings."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from steward.commands.api.context import Context
from steward.documents.files import path_of, read_file
from steward.model.doc import Doc
from steward.sandbox.places import state_dir

if TYPE_CHECKING:
    from steward.backup.stores.port import ObjectStore

FOLDER = "backups"
FROM = Doc("where the backups are: a directory or URL; default: [backup] location", metavar="URL")


def location_of(context: Context, given: str) -> str:
    """Return the location of backups: as given, as configured, or the directory in the state directory.

    Errors: ConfigurationError.
    """
    return given or context.settings.backup.location or str(state_dir() / FOLDER)


def open_backups(context: Context, given: str) -> "ObjectStore":
    """Open the location of backups.

    Errors: ConfigurationError, ExtraMissing, DocumentError.
    """
    from steward.backup.stores.open import open_object_store

    return open_object_store(location_of(context, given), context.directory)


def signer(context: Context, given: str) -> Callable[[bytes], bytes] | None:
    """Return what signs manifests; None where no key is given or configured.

    Errors: DocumentError; ConfigurationError for another kind of key.
    """
    from steward.records.backup.signature import sign

    name = given or context.settings.backup.signing_key_file
    if not name:
        return None
    key = read_file(path_of(name, context.directory), name)
    sign(key, b"")
    return lambda content: sign(key, content)


def signature_check(context: Context, given: str) -> Callable[[bytes, bytes], bool] | None:
    """Return what checks signatures; None where no public key is given or configured.

    Errors: as `signer`.
    """
    from steward.records.backup.signature import is_signed

    name = given or context.settings.backup.public_key_file
    if not name:
        return None
    key = read_file(path_of(name, context.directory), name)
    is_signed(key, b"", b"")
    return lambda content, signature: is_signed(key, content, signature)
