"""Converts drift settings to modes, with every value checked."""

from steward.model.drift import DRIFT_KINDS, DriftMode, DriftModes
from steward.model.error import ConfigurationError
from steward.settings.profiles import sandbox_profiles
from steward.settings.shapes import DriftSetting, Settings

LEAST_SECONDS = 5.0


def drift_settings(settings: Settings) -> tuple[tuple[DriftSetting, DriftModes], ...]:
    """Return the entries of ``[[drift]]`` with their modes.

    Errors: ConfigurationError with key, value found and value expected.
    """
    return tuple(
        (entry, _modes(entry, settings, f"{settings.source}: drift[{number}]"))
        for number, entry in enumerate(settings.drifts)
    )


def _modes(entry: DriftSetting, settings: Settings, where: str) -> DriftModes:
    known = {*settings.profiles, *sandbox_profiles()}
    if entry.cluster not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ConfigurationError(
            f"{where}.cluster is {entry.cluster!r}, but there is no such profile",
            remedy=f"profiles: {names}",
        )
    if not LEAST_SECONDS <= entry.interval_seconds < float("inf"):
        raise ConfigurationError(
            f"{where}.interval_seconds is {entry.interval_seconds:g}",
            remedy=f"set {LEAST_SECONDS:g} or more",
        )
    if "-" in entry.manifests:
        raise ConfigurationError(
            f"{where}.manifests contains '-', but the daemon does not read standard input",
            remedy="name files or folders",
        )
    if entry.users == DriftMode.ENFORCE:
        raise ConfigurationError(
            f"{where}.users is 'enforce', but credentials are never changed without confirmation",
            remedy="set report or propose",
        )
    own = {kind: getattr(entry, kind) for kind in DRIFT_KINDS if getattr(entry, kind)}
    return DriftModes(
        every=DriftMode(entry.mode), own={kind: DriftMode(mode) for kind, mode in own.items()}
    )
