"""A capability as a command: parse parameters, run the handler, show the answer."""

from typing import Any

import click

from steward.commands.api.registry import Capability
from steward.interfaces.cli.options import global_options, globals_of
from steward.interfaces.cli.params import build, click_params
from steward.interfaces.cli.run import run


def command_of(capability: Capability) -> click.Command:
    """Return the command of one capability."""

    def invoke(**values: Any) -> None:
        ctx = click.get_current_context()
        ctx.exit(run(capability, build(capability, values), globals_of(ctx)))

    return click.Command(
        capability.verb.rpartition(".")[2] or capability.noun,
        callback=invoke,
        params=[*click_params(capability), *global_options()],
        help=_help(capability),
        short_help=capability.summary,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def _help(capability: Capability) -> str:
    text = "\n".join(line.strip() for line in capability.doc.strip().splitlines())
    if capability.examples:
        lines = "\n".join(f"  {example}" for example in capability.examples)
        text += f"\n\n\b\nExamples:\n{lines}"
    return text
