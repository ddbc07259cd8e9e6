"""Reads files from outside: limited, and every fault is one line."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from steward.documents.fault import DOCUMENT, Bounds, DocumentError
from steward.documents.text import text_of

STDIN = "<stdin>"


def path_of(text: str, folder: Path | None = None) -> Path:
    """Return a path given by a person, ``~`` expanded, relative to a folder; it need not exist.

    Errors: DocumentError for an invalid path, such as one too long or with a NUL, or an unreachable one.
    """
    path = Path(text)
    with suppress(RuntimeError):  # without such a user, ~NAME is an ordinary name
        path = path.expanduser()
    path = (folder or Path()) / path
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return path
    except (OSError, ValueError) as fault:
        raise unreadable(text, fault) from None
    return path


def read_file(path: Path, name: str, bounds: Bounds = DOCUMENT) -> bytes:
    """Return a file's content.

    Errors: DocumentError, if it is unreadable or too large.
    """
    try:
        with path.open("rb") as file:
            return _bounded(file.read(bounds.most_bytes + 1), name, bounds)
    except (OSError, ValueError) as fault:  # a path with a NUL is a ValueError
        raise unreadable(name, fault) from None


def read_text(path: Path, name: str, bounds: Bounds = DOCUMENT) -> str:
    """Return a file's text, strictly UTF-8.

    Errors: DocumentError, if it is unreadable, no text or too large.
    """
    return text_of(read_file(path, name, bounds), name, bounds)


def read_stdin(bounds: Bounds = DOCUMENT) -> bytes:
    """Return the content of standard input.

    Errors: DocumentError, if it is too large.
    """
    return _bounded(sys.stdin.buffer.read(bounds.most_bytes + 1), STDIN, bounds)


def read_descriptor(descriptor: int, name: str, bounds: Bounds) -> bytes:
    """Return the content of an open file, and close it.

    Errors: DocumentError.
    """
    try:
        with os.fdopen(descriptor, "rb") as file:
            return _bounded(file.read(bounds.most_bytes + 1), name, bounds)
    except OSError as fault:
        raise unreadable(name, fault) from None


def unreadable(name: str, fault: OSError | ValueError) -> DocumentError:
    """Report an unreadable file with the reason."""
    reason = (fault.strerror or str(fault)) if isinstance(fault, OSError) else str(fault)
    return DocumentError(
        name, f"cannot be read: {reason}", remedy="check the path and its permissions", joint=" "
    )


def _bounded(content: bytes, name: str, bounds: Bounds) -> bytes:
    if len(content) > bounds.most_bytes:
        raise DocumentError(
            name, f"it is larger than {bounds.most_bytes:,} bytes", remedy="split it"
        )
    return content
