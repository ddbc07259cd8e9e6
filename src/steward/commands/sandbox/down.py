"""``steward sandbox down``: stop a sandbox; its files stay unless --purge is given."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.sandbox.shared import Name
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.sandbox import cluster as sandboxes
from steward.sandbox.places import DEFAULT_NAME
from steward.sandbox.scenarios.background import stop_scenarios
from steward.sandbox.status import SandboxStopped


@dataclass(frozen=True, slots=True, kw_only=True)
class DownParams:
    """Which sandbox, and whether to remove its files."""

    name: Name = DEFAULT_NAME
    purge: Annotated[bool, Doc("also remove its files")] = False


@capability("sandbox.down", effect=Effect.LOCAL, needs_cluster=False, long=True)
def down(params: DownParams, context: Context) -> Answer[SandboxStopped]:
    """Stop a sandbox; its files stay unless --purge is given."""
    stop_scenarios(params.name)
    stopped = sandboxes.down(params.name, purge=params.purge, progress=context.progress)
    return Answer(data=stopped, observed_at=Instant(context.now_ms()))


CAPABILITIES: tuple[Capability, ...] = (down,)
