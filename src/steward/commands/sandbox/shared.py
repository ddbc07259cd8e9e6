"""Parameters and answers shared by the sandbox commands."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, ClusterName
from steward.model.command import Phrase
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.sandbox.status import SandboxStatus

Name = Annotated[str, Doc("name of the sandbox, and of its profile", metavar="NAME")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """A command to try, and what it shows."""

    command: Annotated[Phrase, Doc("the command")]
    shows: Annotated[str, Doc("what it shows")]


def answer_about_sandbox(status: SandboxStatus, context: Context) -> Answer[SandboxStatus]:
    """Return an answer about a sandbox."""
    return Answer(
        data=status,
        cluster=ClusterName(id=status.cluster_id, name=status.name),
        observed_at=Instant(context.now_ms()),
    )
