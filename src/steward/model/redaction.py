"""Redaction of secrets in everything printed: one way to show a URL, and a filter for texts of faults."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, unquote, urlsplit

HIDDEN = "***"
_LEAST_LENGTH = 8
"""Shorter values are not replaced everywhere in a text: they would mask parts of other words."""
_LEAST_WORD = 4
"""Values of at least this length are replaced as whole words, unless they are plain words or numbers."""
_NAMED = r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|authorization|credentials?|api[-_]?key|bearer|basic|login)"
_ASSIGNED = re.compile(rf"(?i)(?<![\w$.-])([\w.-]*{_NAMED}=)(\"[^\"]*\"|'[^']*'|[^\s&;,'\")\]]+)")
"""A secret field with its value: ``password=...`` in a connection string or a broker's answer."""
_PATH_WORDS = frozenset(
    ("metrics", "connect", "connectors", "api", "apis", "registry", "schema-registry", "schemas", "subjects", "ccompat",
     "prometheus", "actuator", "federate", "kafka", "rest", "stats", "health", "healthz", "readyz", "alerts",
     "v1", "v2", "v3", "v4", "v5", "v6", "v7")
)  # fmt: skip
"""Path segments that are no secret; any other segment may be a token."""
_QUERY_WORDS = frozenset(
    ("sslmode", "connect_timeout", "application_name", "target_session_attrs", "host", "port", "dbname", "mode",
     "cache", "timeout", "expand", "format")
)  # fmt: skip
"""Query parameters whose values are no secret."""
_DATABASES = ("postgresql", "sqlite", "mysql")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]*[^\s'\"<>.,:;()\[\]]")
_HOST = re.compile(
    r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]@]*)(:\d{0,5})?(,(\[[0-9A-Fa-f:.%]+\]|[^:\[\]@]*)(:\d{0,5})?)*"
)
_known: set[str] = set()
_known_short: set[str] = set()
"""Secrets shorter than the minimum length, and their encoded forms."""


def shown_url(text: str) -> str:
    """Return a URL, or a malformed one, in a form that may be printed.

    Login, fragment and query values are hidden, and each path segment except well-known words and database names. The
    result is stable when redacted again.
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
    ):  # the text in the port's position may be the password of an incomplete login
        host = f"{host.partition(':')[0]}:{HIDDEN}"
    return f"{scheme}://{_login(parts)}{host}{_path(parts)}{_query(parts)}{'#' + HIDDEN if parts.fragment else ''}"


def _without_scheme(text: str) -> str:
    """Show a text meant as an address, such as user:password@host:port?key=value."""
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
    """Return the hidden parts of a URL: login, query values, unusual path segments."""
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
    """Redact a value, and the forms in which others may repeat it, in every fault from now on."""
    if "://" in value and shown_url(value) == value:
        return  # an address without secrets, wrapped because others of its kind hold one
    for line in (value, *value.splitlines()):
        for part in _parts(line.strip()):
            for form in filter(None, _forms(part)):
                (_known if len(form) >= _LEAST_LENGTH else _known_short).add(form)
    forget_shown()


def forget_shown() -> None:
    """Forget texts as they were shown before the known secrets changed."""
    _short_places.cache_clear()
    sieved.cache_clear()
    without_secrets.cache_clear()


def _parts(secret: str) -> Iterator[str]:
    """Return a secret and the secrets within it: ``Bearer TOKEN``, and the password in ``Basic BASE64``."""
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
    """Return a secret as it is, and as URLs, JSON and Python exceptions write it."""
    yield secret
    if not secret.isascii() or not secret.isalnum():
        yield quote(secret, safe="", errors="replace")
        yield quote(secret, errors="replace")
        yield quote_plus(secret, errors="replace")
        yield json.dumps(secret)[1:-1]
        yield json.dumps(secret, ensure_ascii=False)[1:-1]
        yield repr(secret)[1:-1]


def remember_url(url: str) -> None:
    """Redact the secret parts of a URL in every fault from now on."""
    for value in secrets_in(url):
        remember_secret(value)


@lru_cache(4096)
def without_secrets(text: str) -> str:
    """Return a text without known secrets; URLs stay unchanged, for example in remedies.

    A secret of eight or more characters is hidden everywhere. A shorter one is hidden where a secret is expected (after
    the name of a secret field and ``=`` or ``:``, as a query value, as the password of a login), and as a whole word if
    it has four or more characters and is no plain word or number.
    """
    for value in sorted(_known, key=len, reverse=True):
        if value in text:
            text = text.replace(value, HIDDEN)
    for place in _short_places():
        text = place.sub(rf"\g<before>{HIDDEN}", text)
    return text


@lru_cache(1)
def _short_places() -> tuple[re.Pattern[str], ...]:
    """Return patterns of the places where short secrets are hidden; the text before them is unchanged."""
    if not _known_short:
        return ()
    words = [v for v in _known_short if len(v) >= _LEAST_WORD and not _is_plain(v)]
    value = _one_of(_known_short)
    places = [
        rf"(?i:(?P<before>{_NAMED}[\"']?\s*(?:=>|[=:])\s*[\"']?)){value}",
        rf"(?P<before>[?&;][\w.%-]+=){value}",
        rf"(?P<before>://[^\s/@:]*:){value}(?=@)",
        rf"(?P<before>(?<![^\s'\"=(])[^\s/@:'\"=(]+:){value}(?=@)",
    ]
    if words:
        places.append(rf"(?P<before>){_one_of(words)}")
    return tuple(re.compile(place) for place in places)


def _one_of(values: Iterable[str]) -> str:
    """Return a pattern of any of the values, longest first, never as part of a longer word."""
    longest = sorted(values, key=len, reverse=True)
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)"


def _is_plain(value: str) -> bool:
    """Return whether a value may also occur as an ordinary word or number."""
    return value.isdigit() or (
        value.isalpha() and value in (value.lower(), value.title(), value.upper())
    )


@lru_cache(4096)
def sieved(text: str) -> str:
    """Return a fault's text without secrets: known secrets, secret parts of URLs, and secret fields are hidden."""
    if "=" in text:
        text = _ASSIGNED.sub(rf"\g<1>{HIDDEN}", text)
    text = without_secrets(text)
    return _URL.sub(lambda found: shown_url(found[0]), text) if "://" in text else text
