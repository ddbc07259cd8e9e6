"""``steward profile list``: list configured clusters and sandboxes."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.profile.profiles import profile_warnings, setting_sources
from steward.model.doc import Doc
from steward.model.error import ConfigurationError
from steward.model.redaction import shown_url


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileListParams:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """One profile."""

    name: str
    bootstrap_servers: str
    environment: Annotated[str, Doc("production, staging or development")]
    security: Annotated[str, Doc("protocol, and SASL mechanism where it has one")]
    source: Annotated[str, Doc("the file that defines it")]
    is_chosen: Annotated[bool, Doc("whether commands without --cluster use it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileList:
    """Profiles by name."""

    profiles: tuple[ProfileRow, ...]


@capability("profile.list", is_list=True, needs_cluster=False, examples=("steward profile list",))
def list_profiles(params: ProfileListParams, context: Context) -> Answer[ProfileList]:
    """List configured clusters and sandboxes."""
    try:
        chosen = context.named_profile[0]
    except ConfigurationError:
        chosen = None
    known = setting_sources(context)
    rows = tuple(
        ProfileRow(
            name=name,
            bootstrap_servers=shown_url(profile.bootstrap_servers),
            environment=profile.environment,
            security=f"{profile.security_protocol} {profile.sasl_mechanism}".rstrip(),
            source=str(path),
            is_chosen=name == chosen,
        )
        for name, (profile, path) in sorted(known.items())
    )
    return Answer(data=ProfileList(profiles=rows), warnings=profile_warnings(context))


CAPABILITIES: tuple[Capability, ...] = (list_profiles,)
