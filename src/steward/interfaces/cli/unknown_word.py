"""The refusal of a word that names no command."""

from difflib import get_close_matches
from typing import NoReturn

import click


def unknown_word(ctx: click.Context, word: str, known: list[str]) -> NoReturn:
    """Fail with the nearest existing word."""
    close = get_close_matches(word, known, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise click.UsageError(f"No command {ctx.command_path} {word}.{hint}", ctx)


def unknown_noun(ctx: click.Context, words: list[str], known: list[str]) -> NoReturn:
    """Fail with the command that has the word as its verb, or the nearest noun."""
    from steward.commands.api.index import all_capabilities

    verb, following = words[0], words[1:2]
    nouns = [c.noun for c in all_capabilities() if c.verb == verb]
    if not nouns:
        unknown_word(ctx, verb, known)
    meant = [noun for noun in nouns if [noun] == following] or nouns
    commands = " or ".join(f"'{ctx.command_path} {noun} {verb}'" for noun in meant[:_MOST])
    raise click.UsageError(
        f"No command {ctx.command_path} {verb}: the noun comes first. Did you mean {commands}?", ctx
    )


_MOST = 4
