"""``steward profile explain``: every setting of a profile with its value and source, without secrets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, cast

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.profile.profiles import profile_warnings, setting_sources
from steward.model.doc import Candidates, Doc
from steward.model.redaction import shown_url
from steward.settings.address_policy import POLICY_FIELDS
from steward.settings.reading import read_toml
from steward.settings.shapes import Profile

_ADDRESSES = ("bootstrap_servers", "proxy_url", "metrics", "connect", "schema_registry")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileExplainParams:
    """Which profile; default: the active one."""

    name: Annotated[
        str | None,
        Doc("profile to explain", positional=True, metavar="[NAME]", completes=Candidates.PROFILES),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One setting, its value and source."""

    setting: str
    value: Annotated[str | None, Doc("null where it is not set; secrets are never shown")]
    source: Annotated[str, Doc("option, environment variable, file, or default")]
    meaning: Annotated[str, Doc("meaning of the setting", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileExplanation:
    """Every setting of a profile."""

    profile: str
    settings: tuple[SettingRow, ...]


@capability(
    "profile.explain",
    needs_cluster=False,
    examples=("steward profile explain", "steward profile explain prod -o json"),
)
def explain_profile(params: ProfileExplainParams, context: Context) -> Answer[ProfileExplanation]:
    """Show every setting of a profile with its value and source, without secrets."""
    if params.name is not None:
        context.cluster = params.name
    name, profile = context.named_profile
    rows = (
        _file_row(context),
        _choice(name, params, context),
        *_settings(name, profile, context),
    )
    return Answer(
        data=ProfileExplanation(profile=name, settings=rows), warnings=profile_warnings(context)
    )


def _file_row(context: Context) -> SettingRow:
    """Return which configuration file is used."""
    named = context.config or context.environ.get("STEWARD_CONFIG")
    source = "--config" if context.config else "$STEWARD_CONFIG" if named else "found"
    return SettingRow(
        setting="configuration",
        value=context.settings.source or None,
        source=source if context.settings.source else "no configuration file found",
        meaning="which configuration file is used",
    )


def _choice(name: str, params: ProfileExplainParams, context: Context) -> SettingRow:
    """Return why this profile was chosen."""
    if params.name is not None:
        source = "given on the command line"
    elif context.cluster:
        source = "--cluster"
    elif context.bootstrap:
        source = "--bootstrap-server"
    elif context.environ.get("STEWARD_CLUSTER"):
        source = "$STEWARD_CLUSTER"
    elif context.environ.get("STEWARD_BOOTSTRAP_SERVERS"):
        source = "$STEWARD_BOOTSTRAP_SERVERS"
    elif context.settings.default_profile:
        source = f"{context.settings.source}: default_profile"
    elif context.settings.profiles:
        source = f"{context.settings.source}: its only profile"
    else:
        source = "the sandbox, because no profile is configured"
    return SettingRow(setting="profile", value=name, source=source, meaning="which cluster")


def _settings(name: str, profile: Profile, context: Context) -> Iterator[SettingRow]:
    _, path = setting_sources(context).get(name, (profile, None))
    written: Mapping[str, Any] = read_toml(path)["profiles"][name] if path else {}
    overruled = _overruled(context)
    for field in fields(Profile):
        value = overruled.get(field.name, (getattr(profile, field.name), ""))[0]
        source = f"{path}" if field.name in written else "default"
        doc = next(d for d in Profile.__annotations__[field.name].__metadata__)
        yield SettingRow(
            setting=field.name,
            value=_shown(field.name, value),
            source=overruled.get(field.name, (None, source))[1],
            meaning=doc.text,
        )


def _overruled(context: Context) -> Mapping[str, tuple[object, str]]:
    """Return settings overridden by the command line or the environment, with their source."""
    found: dict[str, tuple[object, str]] = {}
    from_environment = context.environ.get("STEWARD_BOOTSTRAP_SERVERS")
    if context.bootstrap:
        found["bootstrap_servers"] = (context.bootstrap, "--bootstrap-server")
    elif from_environment and not context.cluster:
        found["bootstrap_servers"] = (from_environment, "$STEWARD_BOOTSTRAP_SERVERS")
    name, profile = context.named_profile
    own = context.settings.profiles.get(name)
    for policy in POLICY_FIELDS if own is not None else ():
        if getattr(own, policy) != getattr(profile, policy):
            found[policy] = (getattr(profile, policy), "settings for these addresses")
    if context.timeout_seconds is not None:
        found["request_timeout_seconds"] = (context.timeout_seconds, "--timeout")
    return found


def _shown(name: str, value: object) -> str | None:
    """Format a value; of a command only its program, and of a URL no login, because those may hold secrets."""
    if not value and not isinstance(value, bool):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        words = cast("tuple[str, ...]", value)
        if name.endswith("_command"):
            return " ".join([*words[:1], *("..." for _ in words[1:2])])
        return ", ".join(_safe(name, word) for word in words)
    if isinstance(value, dict):
        pairs = cast("dict[str, str]", value).items()
        return ", ".join(f"{k}={_safe(name, v)}" for k, v in pairs)
    return _safe(name, str(value))


def _safe(name: str, text: str) -> str:
    return shown_url(text) if name in _ADDRESSES or "://" in text else text


CAPABILITIES: tuple[Capability, ...] = (explain_profile,)
