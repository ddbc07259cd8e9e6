"""A capability as a command: parse parameters, run the handler, show the answer."""

from typing import Any

import click

from steward.commands.api.registry import Capability
from steward.interfaces.cli.options import TEXT, global_options, globals_of
from steward.interfaces.cli.params import build, click_params
from steward.interfaces.cli.run import run
from steward.interfaces.sorting import RowOrder, columns_of, row_order
from steward.model.error import UsageError


def command_of(capability: Capability) -> click.Command:
    """Return the command of one capability."""

    def invoke(**values: Any) -> None:
        ctx = click.get_current_context()
        order: RowOrder | None = values.pop(_ORDER, None)
        ctx.exit(run(capability, build(capability, values), globals_of(ctx), order))

    return CapabilityCommand(
        capability.verb.rpartition(".")[2] or capability.noun,
        callback=invoke,
        params=[*click_params(capability), *list_options(capability), *global_options()],
        help=_help(capability),
        short_help=capability.summary,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


class CapabilityCommand(click.Command):
    """A command that names the option of a KEY=VALUE that was given without one."""

    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse words that are neither operands nor options."""
        rest = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            raise click.UsageError(_unexpected(self, ctx.args), ctx)
        return rest


def _unexpected(command: click.Command, words: list[str]) -> str:
    text = f"Unexpected argument{'s' if len(words) > 1 else ''}: {' '.join(map(repr, words))}."
    takes_pairs = any("--set" in p.opts for p in command.params)
    if takes_pairs and all("=" in word for word in words):
        return f"{text} Did you mean {' '.join(f'--set {word}' for word in words)}?"
    return text


_ORDER = "row_order"


def list_options(capability: Capability) -> list[click.Option]:
    """Return the options of every list; none for what is no list."""
    if not capability.is_list:
        return []
    columns = columns_of(capability)

    def read(ctx: click.Context, param: click.Parameter, value: str | None) -> RowOrder | None:
        if value is None:
            return None
        try:
            return row_order(value, columns)
        except UsageError as e:
            raise click.BadParameter(f"{e}; {e.remedy}", ctx, param) from None

    def complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
        offered = columns if ":" not in incomplete else [f"{c}:desc" for c in columns]
        return [column for column in offered if column.startswith(incomplete)]

    return [
        click.Option(
            ["--sort", _ORDER], type=TEXT, metavar="COLUMN[:desc]", callback=read, shell_complete=complete,
            help="Sort rows by this column; :desc puts the largest first.",
        )
    ]  # fmt: skip


def _help(capability: Capability) -> str:
    text = "\n".join(line.strip() for line in capability.doc.strip().splitlines())
    if capability.examples:
        lines = "\n".join(f"  {example}" for example in capability.examples)
        text += f"\n\n\b\nExamples:\n{lines}"
    return text
