"""Reads steward.toml; every value is checked with its position."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from steward.documents import toml_text
from steward.documents.fault import LARGEST_INTEGER, SETTINGS
from steward.documents.files import read_file
from steward.documents.walk import addresses_in
from steward.model.doc import Doc, field_docs
from steward.model.error import ConfigurationError
from steward.model.redaction import remember_url, shown_url
from steward.settings.shapes import (
    AlertOverride,
    AlertReceiver,
    AlertSettings,
    BackupSettings,
    DriftSetting,
    Profile,
    ServeSettings,
    Settings,
    StoreSettings,
    WaiverSetting,
)

T = TypeVar("T")
_SECRETS = ("sasl_password", "ssl_key_password", "sasl_oauth_token", "token")
_TOP = (
    "profiles", "default_profile", "checks", "waivers", "store", "serve", "alerts", "drift", "trusted_directories",
    "local_time", "backup",
)  # fmt: skip
_HELD_BACK = ("password", "token", "authorization", "headers", "_command")
_LEAST_SECONDS = 0.001
_ABOVE_NOTHING = ("request_timeout_seconds", "connect_timeout_seconds", "timeout_seconds")
_CENTURY_SECONDS = 3_155_760_000
_MOST = {
    "timeout_seconds": 86_400,
    "_seconds": _CENTURY_SECONDS,
    "_hours": _CENTURY_SECONDS // 3600,
    "_days": _CENTURY_SECONDS // 86_400,
    "_megabytes": 10**9,
    "_ratio": 10**9,
}
"""The maximum of a setting, by the suffix of its name."""
_ADDRESS = re.compile(r"://|@|\?")
_LONGEST_SHOWN = 120


def load_settings(path: Path | None, content: bytes | None = None) -> Settings:
    """Parse a configuration file or its content; without one, everything has its default.

    Errors: ConfigurationError with file, key, value found and value expected.
    """
    if path is None:
        return Settings(profiles={}, default_profile="", thresholds={}, waivers=(), source="")
    data = read_toml(path) if content is None else toml_text.read_toml(content, str(path))
    for text in addresses_in(data):
        remember_url(text)
    warnings = _unknown_keys(
        data,
        _TOP,
        str(path),
        "",
    )
    profiles: dict[str, Profile] = {}
    for name, table in table_of(data, "profiles", path).items():
        profiles[name] = typed(Profile, table, f"{path}: profiles.{name}", warnings)
    checks = table_of(data, "checks", path)
    warnings += _unknown_keys(checks, ("thresholds", "severities"), str(path), "checks.")
    thresholds = dict(table_of(checks, "thresholds", path))
    if "severities" in checks:
        thresholds["severities"] = table_of(checks, "severities", path)
    waivers = _listed(WaiverSetting, data, "waivers", path, warnings)
    alerts = table_of(data, "alerts", path)
    own = {k: v for k, v in alerts.items() if k not in ("override", "receiver")}
    return Settings(
        profiles=profiles,
        default_profile=_text(data, "default_profile", path),
        local_time=_flag(data, "local_time", path),
        thresholds=thresholds,
        waivers=waivers,
        source=str(path),
        serve=typed(ServeSettings, table_of(data, "serve", path), f"{path}: serve", warnings),
        backup=typed(BackupSettings, table_of(data, "backup", path), f"{path}: backup", warnings),
        store=typed(StoreSettings, table_of(data, "store", path), f"{path}: store", warnings),
        alerts=typed(AlertSettings, own, f"{path}: alerts", warnings),
        alert_overrides=_entries(AlertOverride, alerts, "override", path, warnings),
        drifts=_listed(DriftSetting, data, "drift", path, warnings),
        alert_receivers=_entries(AlertReceiver, alerts, "receiver", path, warnings),
        warnings=tuple(warnings),
    )


def _entries(
    cls: type[T], alerts: Mapping[str, Any], key: str, path: Path, warnings: list[str]
) -> tuple[T, ...]:
    """Return the checked entries of ``[[alerts.KEY]]``."""
    return _listed(cls, alerts, key, path, warnings, "alerts.")


def _listed(
    cls: type[T],
    table: Mapping[str, Any],
    key: str,
    path: Path,
    warnings: list[str],
    prefix: str = "",
) -> tuple[T, ...]:
    """Return the checked entries of ``[[PREFIX KEY]]``."""
    found: Any = table.get(key, [])
    if not isinstance(found, list):
        raise ConfigurationError(
            f"{path}: {prefix}{key} is {_shown(found, key)}, not a list of tables",
            remedy=f"write [[{prefix}{key}]]",
        )
    entries: list[Any] = found  # pyright: ignore[reportUnknownVariableType]
    return tuple(
        typed(cls, entry, f"{path}: {prefix}{key}[{number}]", warnings)
        for number, entry in enumerate(entries)
    )


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file's content; ConfigurationError names the wrong line."""
    return toml_text.read_toml(read_file(path, str(path), SETTINGS), str(path))


def _text(data: Mapping[str, Any], key: str, path: Path) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise ConfigurationError(
            f"{path}: {key} is {_shown(value, key)}", remedy="write a string in quotes"
        )
    return value


def _flag(data: Mapping[str, Any], key: str, path: Path) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise ConfigurationError(
            f"{path}: {key} is {_shown(value, key)}", remedy="write true or false"
        )
    return value


def table_of(data: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    """Return the table under a key, empty where it is absent."""
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise ConfigurationError(
            f"{path}: {key} is {_shown(value, key)}, not a table", remedy=f"write [{key}]"
        )
    return value  # pyright: ignore[reportUnknownVariableType]


def _unknown_keys(
    data: Mapping[str, Any], known: tuple[str, ...], where: str, prefix: str
) -> list[str]:
    warnings: list[str] = []
    for key in data:
        if key not in known:
            close = get_close_matches(key, known, 1)
            hint = f"; did you mean {prefix}{close[0]}?" if close else ""
            warnings.append(f"{where}: unknown key {prefix}{key}{hint}")
    return warnings


def typed(cls: Any, table: object, where: str, warnings: list[str]) -> Any:
    """Create a settings dataclass from a table, checking every value's type and choice."""
    docs = field_docs(cls)
    if not isinstance(table, dict):
        raise ConfigurationError(
            f"{where} is {_shown(table, where)}, not a table",
            remedy="write key = value lines in it",
        )
    data: dict[str, Any] = table  # pyright: ignore[reportUnknownVariableType]
    secret = next((k for k in data if k in _SECRETS), None)
    if secret:
        raise ConfigurationError(
            f"{where}: {secret} would put a secret into the file",
            remedy=f"use {secret}_file or {secret}_env"
            + ("" if "key" in secret else f" or {secret}_command"),
        )
    warnings += _unknown_keys(data, tuple(docs), where, "")
    values: dict[str, Any] = {}
    for key, (hint, doc) in docs.items():
        if key in data:
            values[key] = _checked(data[key], hint, doc, f"{where}.{key}")
    try:
        return cls(**values)
    except TypeError:
        missing = [k for k in docs if k not in values and k in _required(cls)]
        raise ConfigurationError(
            f"{where}: missing {', '.join(missing)}", remedy=f"add {missing[0]} = ..."
        ) from None


def _required(cls: Any) -> set[str]:
    return {f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING}


def _checked(value: Any, hint: Any, doc: Doc, where: str) -> Any:
    shown = _shown(value, where)
    hint = float if hint == float | None else hint
    if isinstance(value, (int, float)) and not isinstance(value, bool) and hint in (int, float):
        _check_range(value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint == tuple[str, ...]:
        items: list[Any] = list(value) if isinstance(value, list) else []  # pyright: ignore[reportUnknownArgumentType]
        if not items or not all(isinstance(v, str) for v in items):
            raise ConfigurationError(
                f"{where} is {shown}", remedy='write a list of strings: ["a", "b"]'
            )
        return tuple(items)
    expected: Any = dict if hint == dict[str, str] else hint
    if not isinstance(value, expected) or (expected is not bool and isinstance(value, bool)):
        raise ConfigurationError(f"{where} is {shown}", remedy=f"write {_called(expected)}")
    if isinstance(value, str) and not value.isprintable():
        raise ConfigurationError(
            f"{where} holds a control character",
            remedy="remove it; line breaks are control characters",
        )
    if doc.choices and value not in doc.choices:
        close = get_close_matches(str(value), doc.choices, 1, 0.4)
        hint_text = f"did you mean {close[0]}? " if close else ""
        raise ConfigurationError(
            f"{where} is {shown}", remedy=f"{hint_text}set one of {', '.join(doc.choices)}"
        )
    return value


def _check_range(value: float, where: str) -> None:
    """Reject numbers outside any sensible range: below 0, a zero timeout, more seconds than a century."""
    key = where.rpartition(".")[2]
    least = _LEAST_SECONDS if key in _ABOVE_NOTHING else 0
    most = next((m for unit, m in _MOST.items() if key.endswith(unit)), LARGEST_INTEGER)
    if not least <= value <= most:
        raise ConfigurationError(
            f"{where} is {value:g}", remedy=f"set a number from {least:g} to {most:.15g}"
        )


def _shown(value: object, where: str) -> str:
    """Describe the value found, without possible secrets."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if any(word in where for word in _HELD_BACK):
        return "(not shown)"
    text = shown_url(value) if isinstance(value, str) and _ADDRESS.search(value) else value
    shown = repr(text)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "..."


def _called(kind: Any) -> str:
    names = {
        str: "a string in quotes",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
    }
    return names.get(kind, "a table of strings")
