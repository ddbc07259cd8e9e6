"""Selects the profile of the cluster."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from steward.documents import toml_text
from steward.model.command import Hint, steward
from steward.model.error import ConfigurationError
from steward.sandbox.places import DEFAULT_NAME, sandboxes_dir
from steward.sandbox.ports import accepts
from steward.settings.address_policy import at_addresses, with_policy_of
from steward.settings.reading import table_of, typed
from steward.settings.shapes import Profile, Settings
from steward.settings.trust import Untrusted, trusted_content


def choose_profile(
    settings: Settings,
    *,
    cluster: str | None,
    bootstrap: str | None,
    environ: Mapping[str, str],
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[str, Profile]:
    """Return the selected profile, by name.

    Precedence: ``--bootstrap-server``, ``--cluster``, ``$STEWARD_BOOTSTRAP_SERVERS``, ``$STEWARD_CLUSTER``, the file's
    default, its only profile, the running sandbox. With both of the first two, the profile says how to connect, and the
    addresses decide the policy; ``tell`` receives a message if the two differ.
    Errors: ConfigurationError when the name is unknown, the choice is ambiguous, or no profile exists.
    """
    cluster = cluster or (None if bootstrap else environ.get("STEWARD_CLUSTER"))
    bootstrap = bootstrap or (None if cluster else environ.get("STEWARD_BOOTSTRAP_SERVERS"))
    if bootstrap and not cluster:
        return bootstrap, at_addresses(bootstrap, _known(settings))
    if cluster:
        name, profile = cluster, _named(settings, cluster)
    elif settings.default_profile:
        name, profile = settings.default_profile, _named(settings, settings.default_profile)
    elif len(settings.profiles) == 1:
        name, profile = next(iter(settings.profiles.items()))
    elif settings.profiles:
        raise ConfigurationError(
            f"{settings.source} has several profiles and none is selected",
            remedy=f"{_HOW_TO_CHOOSE}. {_existing(settings.profiles)}",
        )
    else:
        name, profile = DEFAULT_NAME, _default_sandbox()
    if bootstrap:
        profile, why = with_policy_of(name, profile, bootstrap, _known(settings))
        if why:
            tell(why)
    return name, profile


def _known(settings: Settings) -> Mapping[str, Profile]:
    """Return every profile; configured ones hide sandboxes of the same name."""
    return {**sandbox_profiles(), **settings.profiles}


def _named(settings: Settings, name: str) -> Profile:
    if name in settings.profiles:
        return settings.profiles[name]
    sandboxes = sandbox_profiles()
    if name in sandboxes:
        return sandboxes[name]
    known = {*settings.profiles, *sandboxes}
    close = get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}? " if close else "choose one that exists. " if known else ""
    raise ConfigurationError(
        f"unknown profile {name!r}",
        remedy=f"{hint}{_existing(settings.profiles)} {_OTHERWISE}",
    )


_HOW_TO_CHOOSE = "choose one with --cluster NAME, STEWARD_CLUSTER=NAME or -B HOST:PORT"
_OTHERWISE = "Any other cluster: -B HOST:PORT."


def _existing(profiles: Mapping[str, Profile]) -> str:
    """Name the clusters that can be chosen: profiles, and sandboxes that run."""
    kinds = (("Profiles", sorted(profiles)), ("Running sandboxes", _running_sandboxes()))
    named = [f"{kind}: {', '.join(names)}." for kind, names in kinds if names]
    return " ".join(named) or "No profile is configured and no sandbox runs."


def _running_sandboxes() -> list[str]:
    return [name for name, profile in sandbox_profiles().items() if _listens(profile)]


def _listens(profile: Profile) -> bool:
    """Return whether any broker of a sandbox accepts connections; all are on this machine."""
    ports = (address.rpartition(":")[2] for address in profile.bootstrap_servers.split(","))
    return any(accepts(int(port)) for port in ports if port.isdigit())


def _default_sandbox() -> Profile:
    profile = sandbox_profiles().get(DEFAULT_NAME)
    if profile is not None:
        return profile
    if _running_sandboxes():
        raise ConfigurationError(
            "no cluster selected: no profile is configured",
            remedy=f"{_HOW_TO_CHOOSE}. {_existing({})}",
        )
    raise ConfigurationError(
        "no cluster selected: no profile is configured and no sandbox is running",
        remedy=Hint(f"{_HOW_TO_CHOOSE}; or start a sandbox: ", steward("sandbox up")),
    )


def sandbox_profiles() -> Mapping[str, Profile]:
    """Return the profiles of the sandboxes on this machine, by name."""
    found: dict[str, Profile] = {}
    for path in sorted(sandboxes_dir().glob("*/profile.toml")):
        try:
            content = trusted_content(path)
        except Untrusted:
            continue  # a profile can name commands to run
        table = table_of(toml_text.read_toml(content, str(path)), "profiles", path)
        for name, profile in table.items():
            found[name] = typed(Profile, profile, f"{path}: profiles.{name}", [])
    return found
