"""Shell completion: the script that a shell loads, and the values it offers."""

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class


def completion_command() -> click.Command:
    """Return ``steward completion SHELL``."""

    def script(shell: str) -> None:
        cls = get_completion_class(shell)
        if cls is None:
            raise click.UsageError(f"no completion for {shell}")
        root = click.get_current_context().find_root().command
        click.echo(cls(root, {}, "steward", "_STEWARD_COMPLETE").source())

    return click.Command(
        "completion",
        callback=script,
        params=[click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"]))],
        help="Print the completion script of a shell.\n\n\b\nExamples:\n"
        '  eval "$(steward completion bash)"\n  steward completion fish | source',
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def profile_names(config: str | None) -> list[str]:
    """Return the names of profiles and sandboxes; none when the configuration cannot be read."""
    from steward.commands.profile.profiles import known_profiles
    from steward.model.error import StewardError
    from steward.model.printable import is_printable

    try:
        names = list(known_profiles(config, os.environ, Path.cwd()))
    except StewardError:
        return []
    return [name for name in names if is_printable(name)]  # shells read them line by line
