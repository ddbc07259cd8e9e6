"""Converts alert settings to rules and receivers, with every value checked and secrets fetched."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches

from steward.analysis.alerting.alert import AlertCondition
from steward.analysis.alerting.rules import AlertRules, GroupRules, Override
from steward.daemon.receivers.receiver import Receiver, ReceiverKind
from steward.documents.files import path_of
from steward.model.error import ConfigurationError
from steward.model.finding import Severity
from steward.model.redaction import remember_secret
from steward.settings.secrets import secret_from
from steward.settings.shapes import AlertOverride, AlertReceiver, AlertSettings, Settings

_RATIOS = ("good_minutes_ratio", "clear_ratio", "ok_ratio")
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "x-api-key")
_SECRET_NAME = re.compile(r"(?i)auth|token|secret|key|pass|session|credential")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def alert_rules(settings: Settings) -> AlertRules:
    """Return the alert rules.

    Errors: ConfigurationError with key, value found and value expected.
    """
    own, where = settings.alerts, f"{settings.source}: alerts"
    _check_numbers(own, where)
    overrides = tuple(
        _override(entry, f"{where}.override[{number}]")
        for number, entry in enumerate(settings.alert_overrides)
    )
    return AlertRules(
        groups=GroupRules(
            objective_seconds=own.objective_seconds,
            allowed_catch_up_seconds=own.allowed_catch_up_seconds,
        ),
        overrides=overrides,
        off=_rules(own.off, f"{where}.off"),
        clear_ratio=own.clear_ratio,
        clear_ticks=own.clear_ticks,
        good_minutes_ratio=own.good_minutes_ratio,
        loss_within_seconds=own.loss_within_seconds,
        unknown_pending_seconds=own.unknown_pending_seconds,
        under_min_isr_pending_seconds=own.under_min_isr_pending_seconds,
        repeat_seconds=own.repeat_seconds,
    )


def receivers_of(settings: Settings, environ: Mapping[str, str]) -> tuple[Receiver, ...]:
    """Return the receivers with their secrets.

    Errors: ConfigurationError; its text contains no secret.
    """
    found: dict[str, Receiver] = {}
    for number, entry in enumerate(settings.alert_receivers):
        where = f"{settings.source}: alerts.receiver[{number}]"
        if entry.name in found or not entry.name:
            raise ConfigurationError(
                f"{where}.name is {entry.name!r}", remedy="give each receiver a unique name"
            )
        found[entry.name] = _receiver(entry, where, settings.alerts.link, environ)
    return tuple(found.values())


def _receiver(entry: AlertReceiver, where: str, link: str, environ: Mapping[str, str]) -> Receiver:
    if not 0 < entry.timeout_seconds <= 120:
        raise ConfigurationError(
            f"{where}.timeout_seconds is {entry.timeout_seconds:g}", remedy="set 1 to 120"
        )
    for name in entry.headers:
        if name.lower() in _SECRET_HEADERS or not _HEADER.fullmatch(name):
            raise ConfigurationError(
                f"{where}.headers contains {name}",
                remedy="put secrets into authorization_env, authorization_file or authorization_command",
            )
        if _SECRET_NAME.search(name):
            remember_secret(entry.headers[name])
    url = secret_from(
        f"{where}.url", entry.url_env, entry.url_file, entry.url_command, environ, plain=entry.url
    )
    if url is None or not url.reveal().startswith(("http://", "https://")):
        raise ConfigurationError(
            f"{where} has no URL starting with http:// or https://",
            remedy="set one of url, url_env, url_file, url_command",
        )
    authorization = secret_from(
        f"{where}.authorization",
        entry.authorization_env,
        entry.authorization_file,
        entry.authorization_command,
        environ,
    )
    if entry.ssl_ca_file and not path_of(entry.ssl_ca_file).is_file():
        raise ConfigurationError(
            f"{where}.ssl_ca_file {entry.ssl_ca_file} does not exist",
            remedy="set the path of a PEM file",
        )
    return Receiver(
        name=entry.name,
        kind=ReceiverKind(entry.kind),
        url=url,
        secret_headers={} if authorization is None else {"Authorization": authorization},
        headers=entry.headers,
        timeout_seconds=entry.timeout_seconds,
        ca_file=str(path_of(entry.ssl_ca_file)) if entry.ssl_ca_file else None,
        least_severity=Severity[entry.least_severity.upper()],
        clusters=frozenset(entry.clusters),
        rules=frozenset(r.value for r in _rules(entry.rules, f"{where}.rules")),
        link=link,
    )


def _override(entry: AlertOverride, where: str) -> Override:
    try:
        re.compile(entry.group)
    except re.error as e:
        raise ConfigurationError(
            f"{where}.group is {entry.group!r}: {e}",
            remedy="set a group name or a regular expression",
        ) from None
    _check_numbers(entry, where)
    return Override(
        group=entry.group,
        cluster=entry.cluster,
        objective_seconds=entry.objective_seconds,
        allowed_catch_up_seconds=entry.allowed_catch_up_seconds,
        off=_rules(entry.off, f"{where}.off") if entry.off else None,
    )


def _check_numbers(own: AlertSettings | AlertOverride, where: str) -> None:
    """Reject numbers that would suppress every alert or never end."""
    for name in (f.name for f in fields(own)):
        value = getattr(own, name)
        if not isinstance(value, float | int):
            continue
        least = 0.0 if "pending" in name or "allowed" in name or "within" in name else 1e-9
        if name == "clear_ticks":
            least = 1
        most = 1.0 if name == "clear_ratio" else 0.9999 if name in _RATIOS else math.inf
        if not least <= value <= most or math.isinf(value):
            bound = "above 0" if most == math.inf else f"above 0, up to {most:g}"
            raise ConfigurationError(f"{where}.{name} is {value:g}", remedy=f"set a number {bound}")


def _rules(names: Iterable[str], where: str) -> frozenset[AlertCondition]:
    known = [r.value for r in AlertCondition]
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}? " if close else ""
            raise ConfigurationError(
                f"{where} has {name!r}", remedy=f"{hint}rules are {', '.join(known)}"
            )
    return frozenset(AlertCondition(name) for name in names)
