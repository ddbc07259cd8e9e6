"""Keeping secrets out of whatever is printed: one way to show a URL, and a last sieve for texts of faults."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, unquote, urlsplit

HIDDEN = "***"
_LEAST_LENGTH = 8
"""Shorter values are not sieved out of texts: they would blank out words that mean something else."""
_PATH_WORDS = frozenset(
    ("metrics", "connect", "connectors", "api", "apis", "registry", "schema-registry", "schemas", "subjects", "ccompat",
     "prometheus", "actuator", "federate", "kafka", "rest", "stats", "health", "healthz", "readyz", "alerts",
     "v1", "v2", "v3", "v4", "v5", "v6", "v7")
)  # fmt: skip
"""Steps of a path that are no secret; any other step may be a token."""
_QUERY_WORDS = frozenset(
    ("sslmode", "connect_timeout", "application_name", "target_session_attrs", "host", "port", "dbname", "mode",
     "cache", "timeout", "expand", "format")
)  # fmt: skip
"""Parameters of a query whose values are no secret."""
_DATABASES = ("postgresql", "sqlite", "mysql")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]*[^\s'\"<>.,:;()\[\]]")
_HOST = re.compile(
    r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]@]*)(:\d{0,5})?(,(\[[0-9A-Fa-f:.%]+\]|[^:\[\]@]*)(:\d{0,5})?)*"
)
_known: set[str] = set()


def shown_url(text: str) -> str:
    """Return a URL, or what stands in place of one, as it may be printed.

    Shape: login, fragment, and values of the query are hidden; so is each step of the path that is none of the usual
           words, but for databases. Showing twice changes nothing more.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _without_scheme(text)
    try:
        parts = urlsplit(text)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return f"{scheme}://{HIDDEN}"
    if any(c.isspace() or not c.isprintable() for c in rest):
        return f"{scheme}://{HIDDEN}"
    if not _HOST.fullmatch(
        host
    ):  # what stands for a port may be the password of a login without its end
        host = f"{host.partition(':')[0]}:{HIDDEN}"
    return f"{scheme}://{_login(parts)}{host}{_path(parts)}{_query(parts)}{'#' + HIDDEN if parts.fragment else ''}"


def _without_scheme(text: str) -> str:
    """Show what was meant as an address, such as user:password@host:port?key=value."""
    bare = re.split(r"[?#]", text, maxsplit=1)
    host = bare[0].rpartition("@")
    shown = f"{HIDDEN}@{host[2]}" if host[1] else host[2]
    return f"{shown}?{HIDDEN}" if len(bare) > 1 else shown


def _login(parts: SplitResult) -> str:
    login, at, _ = parts.netloc.rpartition("@")
    if not at:
        return ""
    user, colon, _ = login.partition(":")
    if parts.scheme.startswith(_DATABASES):
        return f"{user}:{HIDDEN}@" if colon else f"{user}@"
    return f"{HIDDEN}@"


def _path(parts: SplitResult) -> str:
    if parts.scheme.startswith(_DATABASES):
        return parts.path
    return "/".join(
        step if not step or step == HIDDEN or step.lower() in _PATH_WORDS else HIDDEN
        for step in parts.path.split("/")
    )


def _query(parts: SplitResult) -> str:
    if not parts.query:
        return ""
    shown: list[str] = []
    for pair in parts.query.split("&"):
        key, equals, _ = pair.partition("=")
        if key.lower() in _QUERY_WORDS:
            shown.append(pair)
        else:
            shown.append(f"{key}={HIDDEN}" if equals else HIDDEN)
    return "?" + "&".join(shown)


def secrets_in(url: str) -> tuple[str, ...]:
    """Return what a URL holds that is not shown: the login, values of its query, odd steps of its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    login, _, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    is_database = parts.scheme.startswith(_DATABASES)
    found = [password] if is_database else [login, user, password, parts.fragment]
    found += [] if _HOST.fullmatch(host) else [host.partition(":")[2]]
    found += [v for k, v in parse_qsl(parts.query) if k.lower() not in _QUERY_WORDS]
    if not is_database:
        found += [s for s in parts.path.split("/") if s.lower() not in _PATH_WORDS]
    return tuple(dict.fromkeys(v for one in found for v in (one, unquote(one)) if v))


def remember_secret(value: str) -> None:
    """Let a value be sieved out of every text of a fault from now on, also as others write it when they repeat it."""
    if "://" in value and shown_url(value) == value:
        return  # an address with nothing to hide, kept as a secret because others of its kind hold one
    for line in (value, *value.splitlines()):
        for part in _parts(line.strip()):
            _known.update(form for form in _forms(part) if len(form) >= _LEAST_LENGTH)
    sieved.cache_clear()
    without_secrets.cache_clear()


def _parts(secret: str) -> Iterator[str]:
    """Return a secret, and what is a secret within it: ``Bearer TOKEN``, and the password in ``Basic BASE64``."""
    yield secret
    scheme, _, rest = secret.partition(" ")
    if not rest.strip():
        return
    yield rest.strip()
    if scheme.lower() == "basic":
        try:
            login = base64.b64decode(rest, validate=True).decode()
        except (binascii.Error, ValueError):
            return
        yield login
        yield login.partition(":")[2]


def _forms(secret: str) -> Iterator[str]:
    """Return a secret as it is, and as URLs, JSON and Python's faults write it."""
    yield secret
    if not secret.isascii() or not secret.isalnum():
        yield quote(secret, safe="", errors="replace")
        yield quote(secret, errors="replace")
        yield quote_plus(secret, errors="replace")
        yield json.dumps(secret)[1:-1]
        yield json.dumps(secret, ensure_ascii=False)[1:-1]
        yield repr(secret)[1:-1]


def remember_url(url: str) -> None:
    """Let what is secret in a URL be sieved out of every text of a fault from now on."""
    for value in secrets_in(url):
        remember_secret(value)


@lru_cache(4096)
def without_secrets(text: str) -> str:
    """Return a text without the secrets that are known; URLs stay as they are, such as in what to do next."""
    for value in sorted(_known, key=len, reverse=True):
        if value in text:
            text = text.replace(value, HIDDEN)
    return text


@lru_cache(4096)
def sieved(text: str) -> str:
    """Return a text of a fault without secrets: known ones hidden, URLs as they may be shown."""
    text = without_secrets(text)
    return _URL.sub(lambda found: shown_url(found[0]), text) if "://" in text else text
