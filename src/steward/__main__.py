"""Entry point: connects the command line to real clusters."""

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from steward.interfaces.cli.options import Globals, requested_format
from steward.interfaces.cli.root import root_command
from steward.interfaces.cli.words import invalid_argument

if TYPE_CHECKING:
    from steward.cluster.ports import Observer
    from steward.model.connection import Connection

USAGE = 2
INTERRUPTED = 130


def connect(connection: "Connection") -> "Observer":
    """Open an observer; kafka-python is imported only when a cluster is used."""
    from steward.cluster.observer import connect as observe

    return observe(connection)


def run(words: list[str]) -> int:
    """Run one command line and return its exit code."""
    if wrong := invalid_argument(words):
        return _usage(click.UsageError(wrong), requested_format(words))
    try:
        result = root_command().main(
            args=words, prog_name="steward", standalone_mode=False, obj=Globals(connect=connect)
        )
    except click.exceptions.NoArgsIsHelpError as e:
        click.echo(e.ctx.get_help() if e.ctx else "", err=True)
        return USAGE
    except click.ClickException as e:
        return _usage(e, requested_format(words))
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException, format: str) -> int:
    """Report an invalid command line, in the requested format."""
    from steward.commands.api.registry import Notice
    from steward.interfaces.cli.run import report

    ctx = error.ctx if isinstance(error, click.UsageError) else None
    path = ctx.command_path.split() if ctx else ["steward"]
    remedy, schema = f"{' '.join(path)} --help", ".".join(path[1:3])
    notice = Notice(code="usage", message=_in_a_line(error), remedy=remedy)
    report(f"steward/{schema or 'steward'}/v1", (notice,), format)
    return USAGE


def _in_a_line(error: click.ClickException) -> str:
    """Return click's message, which lists choices on separate lines, as one sentence without secrets."""
    from steward.model.redaction import sieved

    return sieved(" ".join(line.strip(" \t") for line in error.format_message().split("\n")))


def main() -> NoReturn:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
