"""``steward sandbox status``: describe a sandbox: brokers, listeners, metrics endpoints."""

from dataclasses import dataclass

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.sandbox.shared import Name, answer_about_sandbox
from steward.sandbox import cluster as sandboxes
from steward.sandbox.places import DEFAULT_NAME
from steward.sandbox.status import SandboxStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class NameParams:
    """Which sandbox."""

    name: Name = DEFAULT_NAME


@capability("sandbox.status", effect=Effect.LOCAL, needs_cluster=False)
def status(params: NameParams, context: Context) -> Answer[SandboxStatus]:
    """Describe a sandbox: brokers, listeners, metrics endpoints."""
    return answer_about_sandbox(sandboxes.status(params.name), context)


CAPABILITIES: tuple[Capability, ...] = (status,)
