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
    DriftSetting,
    Profile,
    ServeSettings,
    StoreSettings,
    WaiverSetting,
    environment_variables,
)

TOP_LEVEL = (
    ("default_profile", "the profile that is meant when none is named"),
    ("profiles.NAME", "one cluster: how to reach it and what it is for"),
    ("checks.thresholds", "limits that checks compare with"),
    ("checks.severities", "severity of a check by its name, or `off`"),
    ("waivers", "accepted findings, each with a reason and an end"),
    ("serve", "what `steward serve` collects, how often, and where it answers"),
    (
        "alerts",
        "what counts as bad; alerts.override for some groups, alerts.receiver for whom to tell",
    ),
    (
        "drift",
        "manifests that `steward serve` compares with a cluster, and what it does about drift",
    ),
    ("store", "where history, alerts and silences are kept, and for how long"),
)

_KINDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    tuple[str, ...]: "list of texts",
    dict[str, str]: "table of texts",
}


def example_toml() -> str:
    """Return the worked example, as shipped."""
    return (
        files("steward.interfaces.reference").joinpath("example.toml").read_text(encoding="utf-8")
    )


def settings_page() -> str:
    """Return the page of settings."""
    return page(
        "Settings",
        prose("steward needs no configuration: `--bootstrap-server HOST:PORT` names a cluster, and without any the "
              "running sandbox is meant. A `steward.toml` keeps clusters, limits and waivers."),
        "## Which file",
        "1. `--config FILE`\n2. `$STEWARD_CONFIG`\n3. `steward.toml` in this directory or the nearest above, up to the "
        "root of the repository\n4. the user's: `~/.config/steward/steward.toml` on Linux\n5. the system's: "
        "`/etc/xdg/steward/steward.toml` on Linux",
        prose("The first that exists is the only one that is read. An option on the command line wins over an "
              "environment variable, which wins over the file. An unknown key is a warning, a value of the wrong kind "
              "an error that names file and key."),
        "## Keys",
        table(("Key", "Holds"), ((code(k), text) for k, text in TOP_LEVEL)),
        "## Profiles",
        prose("`[profiles.NAME]`; a cluster without `environment` counts as production. Secrets are never written into "
              "the file: they come from an environment variable, a file, or a program that prints them."),
        _keys(Profile),
        "## Thresholds",
        prose("`[checks.thresholds]`; the page of each check names those that it compares with."),
        _keys(Thresholds, without=("severities",)),
        "## Severities",
        prose("`[checks.severities]` gives a check another severity: `min_isr_one = \"critical\"`; `off` stops it."),
        "## Waivers",
        prose("`[[waivers]]` accepts a finding until a day. A waived finding is shown as such and never fails a run; "
              "after its last day it counts again."),
        _keys(WaiverSetting),
        "## Serve",
        prose("`[serve]`; `steward serve` needs none of it. On another address than this machine's own it answers only "
              "with a token, which comes from the environment, a file or a command, as other secrets do."),
        _keys(ServeSettings),
        "## Alerts",
        prose("`[alerts]`; what `steward serve` judges each look by. The rules are those of "
              "[Alerts](alerts.md)."),
        _keys(AlertSettings),
        prose("`[[alerts.override]]` gives some groups other numbers."),
        _keys(AlertOverride),
        prose("`[[alerts.receiver]]` names whom to tell. A URL with a token in it is a secret, as Slack's are: let it "
              "come from the environment, a file or a command."),
        _keys(AlertReceiver),
        "## Drift",
        prose("`[[drift]]`; manifests that `steward serve` compares with a cluster on a schedule, and what it does "
              "about what differs. See [Topics, ACLs, quotas and users as code](../declared-state.md#drift)."),
        _keys(DriftSetting),
        "## Store",
        prose("`[store]`; history, alerts, silences and deliveries. A SQLite file needs no setting; PostgreSQL serves "
              "daemons that share what they know, and needs `pip install 'kafka-steward[postgresql]'`. A URL with a "
              "password comes from the environment, a file or a command, as other secrets do."),
        _keys(StoreSettings),
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
