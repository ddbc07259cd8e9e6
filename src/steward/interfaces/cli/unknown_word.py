"""The refusal of a word that names no command."""

from difflib import get_close_matches
from typing import NoReturn

import click


def unknown_word(ctx: click.Context, word: str, known: list[str]) -> NoReturn:
    """Fail with the nearest existing word."""
    close = get_close_matches(word, known, 1)
    hint = f"Did you mean {close[0]!r}?" if close else f"Try '{ctx.command_path} --help'."
    raise click.UsageError(f"No command {ctx.command_path} {word}. {hint}", ctx)
