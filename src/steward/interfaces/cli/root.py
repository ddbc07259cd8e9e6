"""The command tree: sections, nouns and verbs, each noun imported only when it is named."""

from typing import TYPE_CHECKING, Any

import click

from steward import __version__
from steward.commands.api.index import AROUND, NOUNS, Noun, capabilities_of
from steward.interfaces.cli.options import global_options
from steward.interfaces.cli.unknown_word import unknown_noun, unknown_word

if TYPE_CHECKING:  # help must not import the model
    from steward.commands.api.registry import Capability


class Root(click.Group):
    """``steward``: lists the nouns by section without importing one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every noun, in help order."""
        return [*(noun.name for noun in NOUNS), "completion", "help"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one noun's commands."""
        if cmd_name == "completion":
            from steward.interfaces.cli.completion import completion_command

            return completion_command()
        if cmd_name == "help":
            from steward.interfaces.cli.help import help_command

            return help_command()
        noun = next((n for n in NOUNS if n.name == cmd_name), None)
        return noun_command(noun) if noun else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or suggest the nearest."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            unknown_noun(ctx, args, self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the nouns in their sections."""
        for section in dict.fromkeys(noun.section for noun in NOUNS):
            with formatter.section(section):
                rows = [(n.name, n.help) for n in NOUNS if n.section == section]
                if section == AROUND:
                    rows.append(("completion", "Completion for bash, zsh or fish"))
                    rows.append(("help", "Help on a command"))
                formatter.write_dl(rows, col_max=14)


_DEFAULT = "(default)"
"""Placeholder for the verb that click expects, when the words belong to the default command."""


class NounGroup(click.Group):
    """A noun with verbs; a short command is the noun's own default."""

    default: click.Command | None = None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a word that is a verb as the verb; everything else belongs to the default command."""
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        if self.default is not None:
            return "", self.default, args[1:]  # no word of its own in usage lines
        if not args[0].startswith("-"):
            unknown_word(ctx, args[0], list(self.commands))
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let the default command parse everything that is not a verb."""
        if self.default is not None and not (args and args[0] in self.commands):
            if args and args[0] in ("--help", "-h"):
                return super().parse_args(ctx, args)
            ctx._protected_args, ctx.args = [_DEFAULT], args  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            return [*ctx._protected_args, *ctx.args]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return super().parse_args(ctx, args)


def noun_command(noun: Noun) -> click.Command:
    """Build one noun's command: a group of its verbs, or the short command itself."""
    from steward.interfaces.cli.commands import command_of

    capabilities = capabilities_of(noun)
    default = next((c for c in capabilities if not c.verb), None)
    if default is not None and len(capabilities) == 1:
        return command_of(default)
    own = command_of(default) if default else None
    operands = [p for p in own.params if isinstance(p, click.Argument)] if own else []
    shown = "".join(f"{p.make_metavar(click.Context(own))} | " for p in operands) if own else ""
    group = NounGroup(
        noun.name,
        help=own.help if own else noun.help + ".",
        # a verb must not be taken for an operand of the default command
        params=[p for p in own.params if p not in operands] if own else [*global_options()],
        subcommand_metavar=f"{shown}COMMAND [ARGS]...",
        no_args_is_help=own is None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    group.default = own
    for capability in capabilities:
        if capability.verb:
            _add(group, capability)
    return group


def _add(group: click.Group, capability: "Capability") -> None:
    """Add a verb; one of two words, ``throttle.sweep``, to the group of its first word."""
    from steward.interfaces.cli.commands import command_of

    first, _, second = capability.verb.partition(".")
    if not second:
        group.add_command(command_of(capability), first)
        return
    inner = group.commands.get(first)
    if not isinstance(inner, NounGroup):
        inner = NounGroup(
            first,
            help=f"Commands for a {group.name}'s {first}s.",
            params=[*global_options()],
            subcommand_metavar="COMMAND [ARGS]...",
            no_args_is_help=True,
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        group.add_command(inner, first)
    inner.add_command(command_of(capability), second)


def root_command() -> click.Command:
    """Build ``steward``."""

    def version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value:
            click.echo(f"steward {__version__}")
            ctx.exit()

    params: list[Any] = [
        *global_options(),
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=version,
            help="Print the version.",
        ),
    ]  # fmt: skip
    return Root(
        "steward",
        help="A Kafka administrator in a box: observes, checks, explains and changes clusters.",
        params=params,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        subcommand_metavar="COMMAND [VERB] [NAME]...",
        no_args_is_help=True,
        epilog="Start with 'steward demo', or 'steward check --bootstrap-server HOST:PORT'.",
    )
