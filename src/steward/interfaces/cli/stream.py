"""Answers shown as they come: one document each, below one header, each note once."""

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

from steward.commands.api.envelope import encode, envelope
from steward.commands.api.registry import Answer, Capability
from steward.interfaces.cli.options import Globals
from steward.interfaces.cli.output import written_output
from steward.interfaces.cli.progress import ShownProgress
from steward.interfaces.exit_codes import EXIT_CODES, INTERRUPTED
from steward.interfaces.show import show, show_notes
from steward.interfaces.terminal import write_line
from steward.model.addressing import addressed
from steward.model.command import ClusterTarget


def stream(
    capability: Capability,
    answers: Iterator[Answer[Any]],
    options: Globals,
    progress: ShownProgress,
    target: ClusterTarget,
    *,
    local: bool,
) -> int:
    """Show answers as they come until there are no more, or Ctrl-C, which is 130 here as everywhere."""
    code = 0
    show_one = _shown_by(capability, options, target, local=local)
    try:
        for answer in answers:
            progress.pause()
            with written_output():
                show_one(answer)
            code = EXIT_CODES[answer.outcome]
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            write_line("")  # the prompt does not stand behind the terminal's ^C
        return INTERRUPTED
    return code


def _shown_by(
    capability: Capability, options: Globals, target: ClusterTarget, *, local: bool
) -> Callable[[Answer[Any]], object]:
    """Return the function that shows an answer of a stream: in JSON one envelope per line."""
    if options.format == "json":
        return lambda answer: print(
            encode(envelope(capability.schema, addressed(answer, target)), one_line=True),
            flush=True,
        )
    notes = ChangedNotes(target, quiet=options.quiet, local=local)
    if options.format == "csv":
        from steward.interfaces.views.csv import CsvStream

        rows = CsvStream(sys.stdout, headers=not options.no_headers)

        def show_rows(answer: Answer[Any]) -> None:
            rows.write(answer, target)
            notes.show(answer)

        return show_rows
    if capability.replaces and options.format in ("text", "wide"):
        from steward.interfaces.cli.watch import WatchDisplay

        return WatchDisplay(
            target,
            wide=options.format == "wide",
            headers=not options.no_headers,
            notes=notes,
            local=local,
        ).show

    def show_one(answer: Answer[Any]) -> None:
        if options.format == "yaml":
            write_line("---", sys.stdout)  # each answer is a document of its own
        show(
            capability, answer, options.format, sys.stdout, headers=not options.no_headers,
            target=target, local=local,
        )  # fmt: skip
        sys.stdout.flush()
        if options.format in ("text", "wide"):
            notes.show(answer)

    return show_one


class ChangedNotes:
    """Unknown facts and warnings of answers that follow each other: written where they have changed."""

    def __init__(self, target: ClusterTarget, *, quiet: bool, local: bool) -> None:
        self._target = target
        self._local = local
        self._quiet = quiet
        self._last = ""

    def show(self, answer: Answer[Any]) -> None:
        """Write the notes of an answer to stderr, where they differ from those of the one before."""
        found = self.text(answer)
        if found and found != self._last:
            show_notes(answer, sys.stderr, self._target, local=self._local)
        self._last = found

    def text(self, answer: Answer[Any]) -> str:
        """Return all notes of an answer; empty with --quiet."""
        if self._quiet:
            return ""
        written = io.StringIO()
        show_notes(answer, written, self._target, local=self._local)
        return written.getvalue()
