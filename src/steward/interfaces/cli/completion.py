"""Shell completion: the script that a shell loads, and the values it offers."""

import shlex
from collections.abc import Callable

import click
from click.shell_completion import get_completion_class

from steward.interfaces.cli.options import globals_of
from steward.model.doc import Candidates

Completer = Callable[[click.Context, click.Parameter, str], list[str]]
"""From a parameter and what is typed of it to what a shell offers."""


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


def completer(names: Candidates) -> Completer:
    """Return what completes a parameter; of a list with commas its last name."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
        known = _known(names, ctx)
        if found := [name for name in known if name.startswith(incomplete)]:
            return found
        before, comma, last = incomplete.rpartition(",")
        listed = before.split(",")
        return [
            f"{before},{name}"
            for name in known
            if comma and name.startswith(last) and name not in listed
        ]

    return complete


def _known(names: Candidates, ctx: click.Context) -> list[str]:
    """Return the names on the chosen cluster that a shell takes as they are: it inserts them without quotes."""
    from steward.commands.api.candidates import DEADLINE_SECONDS, candidates
    from steward.commands.api.context import Context
    from steward.model.printable import is_printable

    options = globals_of(ctx)
    context = Context(
        connect=options.connect,
        cluster=options.cluster,
        clusters=options.clusters,
        bootstrap=options.bootstrap_server,
        config=options.config,
        timeout_seconds=DEADLINE_SECONDS,
    )
    return [
        name
        for name in candidates(names, context)
        if is_printable(name) and shlex.quote(name) == name
    ]
