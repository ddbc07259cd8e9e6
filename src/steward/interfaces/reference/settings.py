"""The page of settings: files, profiles, thresholds, waivers, environment variables, and a worked example."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from importlib.resources import files
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin

from steward.analysis.checks.thresholds import Thresholds
from steward.interfaces.reference.markdown import (
    code,
    codes,
    fenced,
    page,
    plain,
    prose,
    sentence,
    table,
)
from steward.model.doc import field_docs
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
    environment_variables,
)

TOP_LEVEL = (
    ("default_profile", "the default profile"),
    (
        "local_time",
        "`true`: text shows times in the zone of the machine, as `--local-time` does; JSON, CSV and YAML stay in UTC",
    ),
    ("profiles.NAME", "one cluster: connection and environment"),
    ("checks.thresholds", "limits of the checks"),
    ("checks.severities", "severity of a check by its name, or `off`"),
    ("waivers", "accepted findings, each with a reason and an expiry"),
    ("serve", "what `steward serve` polls, how often, and where it listens"),
    (
        "alerts",
        "alert limits; alerts.override for some groups, alerts.receiver for notifications",
    ),
    (
        "drift",
        "manifests that `steward serve` compares with a cluster, and how it handles drift",
    ),
    ("store", "where history, alerts and silences are stored, and for how long"),
    ("backup", "where backups of topics are stored, and the keys that sign them"),
)

_KINDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    tuple[str, ...]: "list of strings",
    dict[str, str]: "table of strings",
}


def example_toml() -> str:
    """Return the worked example as shipped."""
    return (
        files("steward.interfaces.reference").joinpath("example.toml").read_text(encoding="utf-8")
    )


def settings_page() -> str:
    """Return the page of settings."""
    return page(
        "Settings",
        prose("steward needs no configuration: `--bootstrap-server HOST:PORT` names a cluster, and without it the "
              "running sandbox is used. A `steward.toml` defines clusters, limits and waivers."),
        "## Which file",
        "1. `--config FILE`\n2. `$STEWARD_CONFIG`\n3. `steward.toml` in this directory or the nearest above, up to the "
        "root of the repository\n4. the user's: `~/.config/steward/steward.toml` on Linux\n5. the system's: "
        "`/etc/xdg/steward/steward.toml` on Linux",
        prose("Only the first that exists is read. An option on the command line takes precedence over an "
              "environment variable, which takes precedence over the file. An unknown key is a warning, a value of "
              "the wrong type an error that names file and key."),
        "## Keys",
        table(("Key", "Holds"), ((code(k), text) for k, text in TOP_LEVEL)),
        "## Profiles",
        prose("`[profiles.NAME]`; a cluster without `environment` counts as production. Secrets are not written into "
              "the file: they come from an environment variable, a file, or a program that prints them."),
        _keys(Profile),
        "## Thresholds",
        prose("`[checks.thresholds]`; the page of each check lists the ones it uses."),
        _keys(Thresholds, without=("severities",)),
        "## Severities",
        prose("`[checks.severities]` changes a check's severity: `min_isr_one = \"critical\"`; `off` disables it."),
        "## Waivers",
        prose("`[[waivers]]` accepts a finding until a date. A waived finding is shown as such and never fails a run; "
              "after that date it counts again."),
        _keys(WaiverSetting),
        "## Serve",
        prose("`[serve]`, all optional. On an address other than loopback it requires "
              "a token, which comes from the environment, a file or a command, like other secrets."),
        _keys(ServeSettings),
        "## Alerts",
        prose("`[alerts]`; the limits that `steward serve` evaluates at each poll. The rules are those of "
              "[Alerts](alerts.md)."),
        _keys(AlertSettings),
        prose("`[[alerts.override]]` sets other limits for some groups."),
        _keys(AlertOverride),
        prose("`[[alerts.receiver]]` defines receivers. A URL that contains a token is a secret, such as Slack's: let "
              "it come from the environment, a file or a command."),
        _keys(AlertReceiver),
        "## Drift",
        prose("`[[drift]]`; manifests that `steward serve` compares with a cluster on a schedule, and how it handles "
              "differences. See [Topics, ACLs, quotas and users as code](../declared-state.md#drift)."),
        _keys(DriftSetting),
        "## Store",
        prose("`[store]`; history, alerts, silences and deliveries. A SQLite file needs no setting; PostgreSQL is for "
              "daemons that share data, and needs `pip install 'kafka-steward[postgresql]'`. A URL with a "
              "password comes from the environment, a file or a command, like other secrets."),
        _keys(StoreSettings),
        "## Backup",
        prose("`[backup]`, all optional. Object stores need `pip install 'kafka-steward[objects]'`; their credentials "
              "come from the environment, as each cloud's own tools read them, such as `AWS_ACCESS_KEY_ID`."),
        _keys(BackupSettings),
        "## Environment variables",
        table(("Variable", "Holds"), ((code(n), plain(text)) for n, text in environment_variables())),
        "## Example",
        fenced(example_toml(), "toml"),
    )  # fmt: skip


def _keys(cls: Any, without: tuple[str, ...] = ()) -> str:
    defaults = {f.name: _default(f) for f in fields(cls)}
    return table(("Key", "Type", "Default", "Meaning"), (
        (code(name), _kind(hint), defaults[name], plain(sentence(doc.text)) + _choices(doc.choices))
        for name, (hint, doc) in field_docs(cls).items() if name not in without
    ))  # fmt: skip


def _kind(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        hint = next(a for a in get_args(hint) if a is not type(None))
    return _KINDS[hint]


def _choices(choices: Iterable[str]) -> str:
    return f" One of {codes(choices)}." if choices else ""


def _default(field: Any) -> str:
    if field.default is MISSING and field.default_factory is MISSING:
        return "required"
    value = field.default
    match value:
        case None | "" | ():
            return ""
        case bool():
            return code(str(value).lower())
        case tuple():
            return codes(cast("tuple[str, ...]", value))
        case float() if value.is_integer():
            return code(int(value))
        case str() | int() | float():
            return code(value)
        case _:
            return ""
