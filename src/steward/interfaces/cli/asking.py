"""Prompts on a terminal: to confirm a plan, and for passwords."""

import sys
from collections.abc import Callable
from getpass import getpass

from steward.commands.api.consent import ConsentQuestion
from steward.interfaces.cli.progress import ShownProgress
from steward.interfaces.local_time import in_local_time
from steward.interfaces.terminal import visible, write_line, write_prompt
from steward.interfaces.views.arranged import arrange_data
from steward.interfaces.views.text import console, write_blocks
from steward.model.addressing import addressed
from steward.model.command import ClusterTarget


def is_terminal() -> bool:
    """Return whether there is a terminal to prompt on."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def asker(
    progress: ShownProgress,
    target: Callable[[], ClusterTarget],
    local: Callable[[], bool] = lambda: False,
) -> Callable[[ConsentQuestion], bool]:
    """Return the function that shows a plan on stderr, for the chosen cluster, and reads the confirmation."""

    def ask(question: ConsentQuestion) -> bool:
        progress.pause()
        at = target()
        blocks = arrange_data(addressed(question.plan, at), wide=False)
        blocks = addressed(blocks, at)
        write_blocks(in_local_time(blocks) if local() else blocks, console(sys.stderr))
        if question.type:
            answer = _line(f"To change cluster {question.cluster}, type {question.type}: ")
            return answer in (question.type, visible(question.type))
        answer = _line(f"Change cluster {question.cluster}? [y/N] ")
        return answer.lower() in ("y", "yes")

    return ask


def secret_asker(progress: ShownProgress) -> Callable[[str], str]:
    """Return the function that prompts for a password without echo."""

    def ask(prompt: str) -> str:
        progress.pause()
        return getpass(f"{visible(prompt)}: ")

    return ask


def _line(prompt: str) -> str:
    """Prompt below an empty line."""
    write_line("")
    write_prompt(prompt)
    return sys.stdin.readline().strip()
