"""Trust in a configuration file: it can name commands to run, so only its user may have written it."""

import grp
import os
import pwd
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from steward.documents.fault import SETTINGS, DocumentError
from steward.documents.files import path_of, read_descriptor, unreadable
from steward.model.error import ConfigurationError

VARIABLE = "STEWARD_TRUSTED_DIRECTORIES"
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH


class Untrusted(ConfigurationError):
    """A file that others could have written; ``reason`` says who."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} is not trusted: {reason}",
            remedy=f"change its owner or permissions, or add its directory to {VARIABLE} or to trusted_directories of "
            "your own configuration",
        )


def trusted_content(path: Path, trusted: Iterable[str] = ()) -> bytes:
    """Return a trusted file's content.

    The file and every directory above it must belong to the user or root and be writable by no other user; a sticky
    directory may be writable by all, because only owners can replace files in it. Links are resolved first, and the
    check covers the file that was opened. A read-only file system counts as not writable.
    Errors: Untrusted; DocumentError, for a file that cannot be read.
    """
    try:
        real = path.resolve(strict=True)
        descriptor = os.open(real, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError, RuntimeError) as fault:  # RuntimeError: circular links
        raise unreadable(
            str(path), ValueError(str(fault)) if isinstance(fault, RuntimeError) else fault
        ) from None
    try:
        if not _is_below(real, trusted):
            _check(path, real, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return read_descriptor(descriptor, str(path), SETTINGS)


def check_trusted(path: Path, trusted: Iterable[str] = ()) -> None:
    """Check a file or folder that other code reads.

    Errors: Untrusted. A path that does not exist passes.
    """
    try:
        real = path.resolve(strict=True)
        found = real.stat()
    except (OSError, ValueError, RuntimeError):
        return
    if not _is_below(real, trusted):
        _check(path, real, found)


def trusted_directories(environ: Mapping[str, str], own: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the directories trusted with any owner; ``own`` are those of the user's configuration."""
    named = environ.get(VARIABLE, "").split(os.pathsep)
    return tuple(one for one in (*named, *own) if one)


def _is_below(real: Path, trusted: Iterable[str]) -> bool:
    for one in trusted:
        try:
            folder = path_of(one)
        except DocumentError:
            continue
        if one == "*" or (folder.is_absolute() and real.is_relative_to(folder.resolve())):
            return True
    return False


def _check(path: Path, real: Path, found: os.stat_result) -> None:
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise Untrusted(path, "it is not a regular file")
    try:
        now = real.stat()
        above = [(folder, folder.stat()) for folder in real.parents]
    except OSError as fault:
        raise Untrusted(path, f"its directory cannot be read: {fault.strerror}") from None
    if (now.st_dev, now.st_ino) != (found.st_dev, found.st_ino):
        raise Untrusted(path, "it was replaced while being read")
    _check_one(path, real, found, sticky_is_fine=stat.S_ISDIR(found.st_mode))
    for folder, status in above:
        _check_one(path, folder, status, sticky_is_fine=True)


def _check_one(path: Path, place: Path, found: os.stat_result, *, sticky_is_fine: bool) -> None:
    if found.st_uid not in _owners():
        raise Untrusted(path, f"{place} belongs to {_name_of(found.st_uid)}")
    open_to = found.st_mode & _WRITABLE
    if open_to == stat.S_IWGRP and _is_private(found.st_gid):
        return
    if (
        open_to
        and not (sticky_is_fine and found.st_mode & stat.S_ISVTX)
        and not _is_read_only(place)
    ):
        whom = "everybody" if open_to & stat.S_IWOTH else "its group"
        raise Untrusted(path, f"{place} is writable by {whom}")


def _owners() -> frozenset[int]:
    """Return the trusted owners: the user, root, and under sudo the calling user."""
    uid = os.geteuid()
    caller = os.environ.get("SUDO_UID", "")
    is_sudo = uid == 0 and caller.isascii() and caller.isdigit() and len(caller) < 11
    return frozenset({0, uid, int(caller)} if is_sudo else {0, uid})


def _is_private(group: int) -> bool:
    """Return whether a group contains only the user."""
    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except (KeyError, OverflowError):
        return False
    return found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}


def _is_read_only(place: Path) -> bool:
    try:
        return bool(os.statvfs(place).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _name_of(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except (KeyError, OverflowError):
        return f"user {uid}"
