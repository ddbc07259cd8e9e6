"""``steward help``: the text of ``--help``, found by the words of a command."""

import click

from steward.interfaces.cli.unknown_word import unknown_word


def help_command() -> click.Command:
    """Return ``steward help [COMMAND]...``."""

    def show(words: tuple[str, ...]) -> None:
        click.echo(_context_of(words).get_help())

    return click.Command(
        "help",
        callback=show,
        params=[click.Argument(["words"], nargs=-1, metavar="[COMMAND]...", shell_complete=_next_words)],
        help="Print the help of a command, or of steward.\n\n\b\nExamples:\n"
        "  steward help\n  steward help topic delete",
        context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip


def _context_of(words: tuple[str, ...]) -> click.Context:
    """Return the context of the command that the words name.

    Errors: UsageError for a word that names no command, with the nearest that does.
    """
    found = click.get_current_context().find_root()
    for word in words:
        command = found.command
        known = command.list_commands(found) if isinstance(command, click.Group) else []
        if not isinstance(command, click.Group) or word not in known:
            unknown_word(found, word, known)
        inner = command.get_command(found, word)
        if inner is not None:
            found = inner.make_context(word, [], parent=found, resilient_parsing=True)
    return found


def _next_words(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the verbs of the words before; nothing where these name no command."""
    words: tuple[str, ...] = ctx.params.get("words") or ()
    try:
        with ctx.scope(cleanup=False):
            found = _context_of(words)
    except click.UsageError:
        return []
    command = found.command
    known = command.list_commands(found) if isinstance(command, click.Group) else []
    return [word for word in known if word.startswith(incomplete)]
