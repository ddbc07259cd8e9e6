"""``steward sandbox broker``: add, stop, kill or start a broker of a sandbox."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.sandbox.shared import Name, answer_about_sandbox
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.sandbox import cluster as sandboxes
from steward.sandbox.places import DEFAULT_NAME
from steward.sandbox.status import SandboxStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParams:
    """Which broker of which sandbox."""

    action: Annotated[
        str,
        Doc("add, stop, kill or start", choices=("add", "stop", "kill", "start"), positional=True),
    ]
    broker: Annotated[int | None, Doc("the broker's id", positional=True, metavar="[ID]")] = None
    name: Name = DEFAULT_NAME


@capability(
    "sandbox.broker",
    effect=Effect.LOCAL,
    needs_cluster=False,
    long=True,
    examples=("steward sandbox broker add", "steward sandbox broker kill 2"),
)
def broker(params: BrokerParams, context: Context) -> Answer[SandboxStatus]:
    """Add, stop, kill or start a broker of a sandbox.

    stop shuts it down cleanly; kill ends it at once, like a power failure.
    """
    if params.action == "add":
        return answer_about_sandbox(
            sandboxes.broker_add(params.name, progress=context.progress), context
        )
    if params.broker is None:
        raise UsageError(
            f"no broker given to {params.action}",
            remedy=Hint(
                steward("sandbox broker", params.action, "ID", name=params.name),
                "; ids: ",
                steward("sandbox status", name=params.name),
            ),
        )
    actions = {
        "stop": sandboxes.broker_stop,
        "kill": sandboxes.broker_kill,
        "start": sandboxes.broker_start,
    }
    return answer_about_sandbox(actions[params.action](params.name, params.broker), context)


CAPABILITIES: tuple[Capability, ...] = (broker,)
