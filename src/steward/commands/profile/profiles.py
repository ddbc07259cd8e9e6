"""Configured clusters, and the source of each of their settings, without secrets."""

from collections.abc import Mapping
from pathlib import Path

from steward.commands.api.context import Context
from steward.commands.api.registry import Notice
from steward.sandbox.places import sandboxes_dir
from steward.settings.profiles import sandbox_profiles
from steward.settings.shapes import Profile


def profile_warnings(context: Context) -> tuple[Notice, ...]:
    """Return warnings about invalid or ignored configuration."""
    return tuple(
        Notice(code="configuration_ignored", message=text) for text in context.settings.ignored
    ) + tuple(
        Notice(code="configuration", message=text, remedy="correct the key or remove it")
        for text in context.settings.warnings
    )


def setting_sources(context: Context) -> Mapping[str, tuple[Profile, Path]]:
    """Return every profile with its file; configured profiles take precedence over sandboxes of the same name."""
    sandboxes = {
        name: (profile, sandboxes_dir() / name / "profile.toml")
        for name, profile in sandbox_profiles().items()
    }
    source = Path(context.settings.source)
    return {**sandboxes, **{n: (p, source) for n, p in context.settings.profiles.items()}}
