"""Run a capability for a terminal or a script: one answer, one exit code, no traceback."""

import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from steward.commands.api.context import Context
from steward.commands.api.envelope import encode, failure
from steward.commands.api.gc_paused import gc_paused
from steward.commands.api.registry import Answer, Capability, Effect, Notice
from steward.interfaces.cli.chosen import chosen_target, named_target, printed_target
from steward.interfaces.cli.options import FORMATS, Globals
from steward.interfaces.cli.output import OutputFailed, close_output, written_output
from steward.interfaces.cli.progress import ShownProgress, shown_progress
from steward.interfaces.cli.stream import stream
from steward.interfaces.exit_codes import EXIT_CODES, INTERRUPTED, exit_code_of, notice_of
from steward.interfaces.show import show, show_cancelled, show_notes
from steward.interfaces.sorting import RowOrder, in_order
from steward.interfaces.terminal import write_line, write_lines, write_notice
from steward.model.addressing import addressed
from steward.model.command import ClusterTarget, Hint
from steward.model.error import StewardError, UsageError
from steward.model.printable import shortened
from steward.model.redaction import sieved


def run(
    capability: Capability, params: Any, options: Globals, order: RowOrder | None = None
) -> int:
    """Run a capability, show its answer, its rows in the given order, and return the exit code."""
    progress = shown_progress(quiet=options.quiet)
    target = partial(named_target, options)
    try:
        _check_format(capability, options.format)
        _check_clusters(capability, options.clusters)
        context = Context(
            connect=options.connect,
            cluster=options.cluster,
            clusters=options.clusters,
            bootstrap=options.bootstrap_server,
            config=options.config,
            timeout_seconds=options.timeout,
            progress=progress,
            wide=options.format == "wide",
            on_settings=lambda settings: _tell_of(settings.source, settings.ignored, options),
            on_policy=lambda why: None if options.quiet else write_line(f"note: {why}"),
            **_prompts(capability, progress, lambda: target(), lambda: _is_local(options, context)),
        )
        chosen = chosen_target if capability.needs_cluster else printed_target
        target = partial(chosen, options, context)
        with progress:
            answered: Answer[Any] | Iterator[Answer[Any]] = capability.handler(params, context)
            if not isinstance(answered, Answer):
                return stream(
                    capability,
                    answered,
                    options,
                    progress,
                    target(),
                    local=_is_local(options, context),
                )
        answered = in_order(answered, order) if order else answered
        return _finish(capability, answered, options, target(), local=_is_local(options, context))
    except KeyboardInterrupt:
        return interrupted(capability.schema, options.format)
    except BrokenPipeError:
        close_output()
        return 0
    except OutputFailed as e:
        close_output()
        write_notice("error", e.summary, e.remedy)
        return exit_code_of(e)
    except StewardError as e:
        if options.verbose:
            _print_traceback()
        notices = addressed(tuple(map(notice_of, e.each)), target())
        report(capability.schema, notices, options.format)
        return exit_code_of(e)
    except Exception as e:  # noqa: BLE001  the door: a fault of our own is one line too
        if options.verbose:
            _print_traceback()
        fault = Notice(
            code="internal",
            message=f"internal error (please report) in {capability.name}: {type(e).__name__}: {sieved(str(e))}",
            remedy="run again with --verbose and report the traceback",
        )
        report(capability.schema, (fault,), options.format)
        return 1


def _tell_of(source: str, ignored: tuple[str, ...], options: Globals) -> None:
    """Report ignored configuration, and, with --verbose, which file is used."""
    if not options.quiet:
        for text in ignored:
            write_line(f"warning: {text}")
    if options.verbose:
        write_line(f"configuration: {source or 'no file'}")


def _print_traceback() -> None:
    write_lines(sieved(traceback.format_exc()))


def _is_local(options: Globals, context: Context) -> bool:
    """Tell whether text shows times in the zone of this machine: as the command line says, else the settings."""
    if options.format not in ("text", "wide"):
        return False
    return context.local_time if options.local_time is None else options.local_time


def _prompts(
    capability: Capability,
    progress: ShownProgress,
    target: Callable[[], ClusterTarget],
    local: Callable[[], bool],
) -> dict[str, Any]:
    """Return the prompt function, where a command may need it and there is a terminal."""
    if capability.effect is not Effect.EXECUTE:
        return {}
    from steward.interfaces.cli.asking import asker, is_terminal, secret_asker

    if not is_terminal():
        return {}
    return {"ask": asker(progress, target, local), "ask_secret": secret_asker(progress)}


def _check_format(capability: Capability, wanted: str) -> None:
    allowed = (*FORMATS, *capability.formats)
    if wanted not in allowed:
        raise UsageError(
            f"{capability.name} has no format {wanted!r}", remedy=f"use one of {', '.join(allowed)}"
        )


def _check_clusters(capability: Capability, named: tuple[str, ...]) -> None:
    if len(set(named)) > 1 and not capability.several_clusters:
        raise UsageError(
            f"{capability.name} takes one cluster, {len(set(named))} are given",
            remedy=f"pass one: --cluster {named[-1]}",
        )


def _finish(
    capability: Capability,
    answer: Answer[Any],
    options: Globals,
    target: ClusterTarget,
    *,
    local: bool,
) -> int:
    if answer.declined and options.format in ("text", "wide"):
        show_cancelled(answer, sys.stderr, target)
        return EXIT_CODES[answer.outcome]
    with gc_paused(), written_output():
        show(
            capability,
            answer,
            options.format,
            sys.stdout,
            headers=not options.no_headers,
            target=target,
            local=local,
        )
    if not options.quiet and options.format in ("text", "wide", "csv"):
        show_notes(answer, sys.stderr, target, local=local)
    return EXIT_CODES[answer.outcome]


_ERRORS_SHOWN = 50


def interrupted(schema: str, format: str) -> int:
    """Report that Ctrl-C ended it; machine formats still get their one document."""
    write_line("interrupted")
    _write_failure(schema, (Notice(code="interrupted", message="interrupted by Ctrl-C"),), format)
    return INTERRUPTED


def report(schema: str, errors: tuple[Notice, ...], format: str) -> None:
    """Report failures: a sentence each on stderr, and in machine formats the envelope on stdout."""
    errors = tuple(_shortened(error) for error in errors)
    for error in errors[:_ERRORS_SHOWN]:
        write_notice("error", error.message, error.remedy)
    if len(errors) > _ERRORS_SHOWN:
        write_line(f"error: and {len(errors) - _ERRORS_SHOWN} more (all: -o json)")
    _write_failure(schema, errors, format)


def _shortened(error: Notice) -> Notice:
    """Shorten the middle of very long texts: names from a command line have any length."""
    return replace(
        error,
        message=shortened(error.message),
        object=shortened(error.object),
        remedy=error.remedy if isinstance(error.remedy, Hint) else shortened(error.remedy),
    )


def _write_failure(schema: str, errors: tuple[Notice, ...], format: str) -> None:
    if format == "json":
        print(encode(failure(schema, errors)))
    elif format == "yaml":
        from steward.documents.writing import yaml_text

        print(yaml_text(failure(schema, errors)), end="")
