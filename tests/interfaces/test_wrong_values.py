"""Every setting and option with values of the wrong kind: one clear line and exit code 2."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest

import steward.__main__ as entry
from steward.analysis.checks.thresholds import Thresholds
from steward.commands.api.context import Context
from steward.commands.check.audit import policy_of
from steward.interfaces.cli.root import root_command
from steward.model.error import StewardError
from steward.settings.alerts import alert_rules, receivers_of
from steward.settings.connecting import connection_of, criticality_setting
from steward.settings.drift import drift_settings
from steward.settings.reading import load_settings
from steward.settings.shapes import (
    AlertOverride,
    AlertReceiver,
    AlertSettings,
    BackupSettings,
    DriftSetting,
    Profile,
    ServeSettings,
    StoreSettings,
    WaiverSetting,
)  # fmt: skip
from steward.settings.store import retention_of, store_url
from support.example_cluster import example
from support.fake_observer import FakeObserver

VALUES = (
    "true", "5", "-1", "0", "1.5", "nan", "inf", "-inf", "1e308", "9223372036854775807", "9223372036854775808",
    "'text'",     "''", "'a\\u0000b'", '"a\\u0000b"', '"\\u001b[31m"', "[]", "[1]", "['a']", "[[]]", "{}", "{ a = 1 }",
    "2026-11-30", "'²'", "'   '", '"a\\nb"', "'/'", "['/']", "'/dev/null/x'", "'~nobody-at-all/x'", f"'{'/y' * 3000}'",
    "['']", '["a\\nb"]',
)  # fmt: skip
TABLES: dict[str, tuple[type[Any], str]] = {
    "[profiles.p]": (Profile, "bootstrap_servers = 'h:1'"),
    "[serve]": (ServeSettings, ""),
    "[store]": (StoreSettings, ""),
    "[backup]": (BackupSettings, ""),
    "[alerts]": (AlertSettings, ""),
    "[[waivers]]": (
        WaiverSetting,
        "check='min_isr_one'\nobject='*'\nreason='r'\nexpires='2030-01-01'",
    ),
    "[[drift]]": (DriftSetting, "cluster='p'\nmanifests=['m']"),
    "[[alerts.override]]": (AlertOverride, "group='g'"),
    "[[alerts.receiver]]": (AlertReceiver, "name='n'\nkind='slack'\nurl='https://h'"),
    "[checks.thresholds]": (Thresholds, ""),
}
PROFILE = "[profiles.p]\nbootstrap_servers = 'h:1'\n"
COMMANDS = frozenset(
    {"sasl_password_command", "sasl_oauth_token_command", "url_command", "authorization_command"}
)


def settings_written() -> Iterator[tuple[str, str, str]]:
    for table, (cls, needed) in TABLES.items():
        for field in fields(cls):
            if field.name not in COMMANDS | {"severities"}:
                rest = "\n".join(
                    line for line in needed.split("\n") if not line.startswith(field.name)
                )
                yield table, field.name, rest
    for key in (
        "profiles",
        "default_profile",
        "checks",
        "waivers",
        "store",
        "serve",
        "alerts",
        "drift",
    ):
        yield "", key, ""


def used(path: Path) -> None:
    """Read settings, and make of them whatever is made of them."""
    context = Context(
        connect=lambda _: FakeObserver(example()),
        config=str(path),
        environ={},
        directory=path.parent,
    )
    settings = load_settings(path)
    policy_of(context)
    for make in (alert_rules, drift_settings, retention_of):
        make(settings)
    receivers_of(settings, {})
    store_url(settings, {})
    for name, profile in settings.profiles.items():
        criticality_setting(profile)
        connection_of(name, profile, {})


@pytest.mark.parametrize(("table", "key", "rest"), settings_written(), ids=lambda v: str(v)[:30])
def test_a_setting_of_another_kind_is_one_line_that_names_it(
    table: str, key: str, rest: str, tmp_path: Path
) -> None:
    path = tmp_path / "steward.toml"
    for value in VALUES:
        before = "" if table in ("[profiles.p]", "") else PROFILE
        path.write_text(f"{before}{table}\n{rest}\n{key} = {value}\n")
        try:
            used(path)
        except StewardError as fault:
            said, code, remedy = str(fault), fault.code, fault.remedy
        else:
            continue
        assert "\n" not in said, (value, said)
        assert len(said) < (400 if len(value) < 400 else 2_500), (value, said)
        assert remedy, (value, said)
        assert code in ("configuration", "document", "manifest_invalid", "usage"), (value, said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("waivers = 5", "waivers is 5, not a list of tables"),
        ("default_profile = 5", "default_profile is 5"),
        ("[serve]\ninterval_seconds = nan", "serve.interval_seconds is nan"),
        ("[profiles.p]\nbootstrap_servers = 'h:1'\nrequest_timeout_seconds = nan", "request_timeout_seconds is nan"),
        ("[profiles.p]\nbootstrap_servers = 'h:1'\nrequest_timeout_seconds = -1", "request_timeout_seconds is -1"),
        ("[profiles.p]\nbootstrap_servers = 'h:1'\nconnect_timeout_seconds = 1e300", "_seconds is 1e+300"),
        ("[profiles.p]\nbootstrap_servers = 'h:1'\nmax_moved_bytes = -5", "max_moved_bytes is -5"),
        ("[profiles.p]\nbootstrap_servers = 'h:1'\nconnect = []", "connect is an empty list"),
        ("[store]\nkeep_days = inf", "store.keep_days is inf"),
    ],
)  # fmt: skip
def test_what_was_found_and_expected_is_said(
    written: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    path = tmp_path / "steward.toml"
    path.write_text(written)
    monkeypatch.chdir(tmp_path)
    assert entry.run(["profile", "explain"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {path}: ")
    assert said in err
    assert "try: " in err


def options() -> Iterator[tuple[tuple[str, ...], str]]:
    root = root_command()
    ctx = click.Context(root)
    for noun in root.list_commands(ctx):
        command = root.get_command(ctx, noun)
        nested: dict[str, click.Command] = getattr(command, "commands", None) or {"": command}  # pyright: ignore
        for verb, one in nested.items():
            if noun in ("sandbox", "serve", "demo", "completion", "help"):
                continue
            for param in one.params:
                is_number = isinstance(param, click.Option) and not param.is_flag and param.type.name in (
                    "integer", "number", "duration",
                )  # fmt: skip
                if is_number:
                    words = tuple(w for w in (noun, verb) if w)
                    needed = tuple(
                        "x" for p in one.params if isinstance(p, click.Argument) and p.required
                    )
                    yield (*words, *needed), param.opts[0]


@pytest.mark.parametrize(
    ("words", "option"), options(), ids=lambda v: " ".join(v) if isinstance(v, tuple) else v
)
def test_a_number_of_an_option_that_is_none_is_one_line(
    words: tuple[str, ...], option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    for value in (
        "nan",
        "inf",
        "-inf",
        "",
        "x",
        "²",
        "[]",
        "9" * 400,
        "9223372036854775808",
        "1e999",
        "\x00",
        "0x10",
    ):
        capsys.readouterr()
        code = entry.run([*words, f"{option}={value}", "-o", "json", "-B", "h:1"])
        out, err = capsys.readouterr()
        assert code == 2, (value, out, err)
        assert json.loads(out)["errors"][0]["code"] in ("usage", "configuration"), (value, err)
        assert len(err.splitlines()) <= 2, (value, err)
