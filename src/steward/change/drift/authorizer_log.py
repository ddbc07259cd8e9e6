"""The brokers' authorizer log: who requested a change of which object, and when."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from steward.documents.files import path_of
from steward.model.error import ConfigurationError
from steward.model.finding import ObjectRef
from steward.model.instant import Instant

MOST_BYTES = 64 * 1024 * 1024
"""Bytes read from the end of a file at most: a day of a busy cluster, read in a second."""

_LINE = re.compile(
    r"\[(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d{3})\].*?Principal = (?P<principal>.+?) is Allowed "
    r"operation = \S+ from host = (?P<host>\S+) "
    r"on resource = (?P<type>\w+):\w+:(?P<name>.+?) for request = (?P<request>\w+)"
)
"""StandardAuthorizerData.buildAuditMessage, after the time that the default layout puts in brackets."""

_LONGEST_LINE = 2048
"""Longer lines are not the authorizer's; matching them could take long."""
_REQUESTS: Mapping[str, frozenset[str]] = {
    "topic": frozenset(
        {"incrementalalterconfigs", "alterconfigs", "createpartitions", "deletetopics", "createtopics"}
    ),
    "acl": frozenset({"createacls", "deleteacls"}),
    "quota": frozenset({"alterclientquotas"}),
    "user": frozenset({"alteruserscramcredentials"}),
}  # fmt: skip
"""Requests that change each kind of object, without the underscores of the constants' names."""


@dataclass(frozen=True, slots=True)
class AuthorizedRequest:
    """One allowed request for a change; ``resource`` is ``Topic orders`` or the cluster."""

    at: Instant
    principal: str
    host: str
    resource_type: str
    resource: str
    request: str


def requests_in(lines: Iterable[str]) -> Iterator[AuthorizedRequest]:
    """Parse the lines about changes; all others are ignored.

    Times are in this machine's zone, because brokers log them without one.
    Source: logger kafka.authorizer.logger, which logs allowed requests at level DEBUG.
    """
    changing = {name for names in _REQUESTS.values() for name in names}
    for line in lines:
        found = _LINE.search(line) if len(line) <= _LONGEST_LINE else None
        if found is None:
            continue
        request = found["request"].replace("_", "").lower()
        at = _time_of(found["at"]) if request in changing else None
        if at is not None:
            yield AuthorizedRequest(
                at=Instant(int(at.timestamp() * 1000)),
                principal=found["principal"],
                host=found["host"],
                resource_type=found["type"].lower(),
                resource=found["name"],
                request=request,
            )


def _time_of(text: str) -> datetime | None:
    """Return the time of a line; None for an invalid date."""
    try:
        return datetime.fromisoformat(text.replace(",", ".")).astimezone()
    except (ValueError, OverflowError):
        return None


def authors(
    about: ObjectRef, found: Iterable[AuthorizedRequest], after: Instant, until: Instant
) -> tuple[str, ...]:
    """Return the principals that requested a change of an object in a time, each with its host, sorted.

    Requests about ACLs, quotas and users name only the cluster, so everyone who sent one is returned.
    """
    requests = _REQUESTS.get(about.kind, frozenset())
    return tuple(
        sorted(
            {
                f"{one.principal} from {one.host}"
                for one in found
                if after <= one.at <= until and one.request in requests and _is_about(one, about)
            }
        )
    )


def _is_about(one: AuthorizedRequest, about: ObjectRef) -> bool:
    if one.resource_type == "topic":
        return about.kind == "topic" and one.resource == about.name
    return about.kind != "topic" or one.request == "createtopics"


def read_requests(logs: Iterable[str], folder: Path) -> Iterator[AuthorizedRequest]:
    """Read the ends of the authorizer's logs, with paths relative to a folder.

    Errors: ConfigurationError, if one cannot be read.
    """
    for log in logs:
        path = path_of(log, folder)
        try:
            lines = _tail(path)
        except OSError as fault:
            raise ConfigurationError(
                f"the authorizer log {path} cannot be read: {fault.strerror or fault}",
                remedy="correct its path or permissions",
            ) from None
        yield from requests_in(lines)


def _tail(path: Path) -> list[str]:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_BYTES))
        return file.read(MOST_BYTES).decode(errors="replace").splitlines()
