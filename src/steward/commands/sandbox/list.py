"""``steward sandbox list``: list the sandboxes on this machine."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.sandbox import cluster as sandboxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRow:
    """One sandbox."""

    name: Annotated[str, Doc("its name")]
    running: Annotated[bool, Doc("whether any of its brokers is running")]
    state: Annotated[str, Doc("running, degraded (some brokers run) or stopped")]
    brokers_down: Annotated[tuple[int, ...], Doc("brokers that are not running")]
    kafka_version: Annotated[str, Doc("version of Apache Kafka")]
    brokers: Annotated[int, Doc("number of brokers")]
    secure: Annotated[bool, Doc("whether it has an authorizer and secured listeners")]
    bootstrap_servers: Annotated[str, Doc("where clients connect")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxList:
    """The sandboxes on this machine."""

    sandboxes: tuple[SandboxRow, ...]


@capability("sandbox.list", is_list=True, effect=Effect.LOCAL, needs_cluster=False)
def list_all(params: Nothing, context: Context) -> Answer[SandboxList]:
    """List the sandboxes on this machine."""
    rows = tuple(
        SandboxRow(
            name=s.name,
            running=s.running,
            state=s.state,
            brokers_down=s.brokers_down,
            kafka_version=s.kafka_version,
            brokers=len(s.brokers),
            secure=s.secure,
            bootstrap_servers=s.bootstrap_servers,
        )
        for s in sandboxes.list_sandboxes()
    )
    return Answer(data=SandboxList(sandboxes=rows), observed_at=Instant(context.now_ms()))


CAPABILITIES: tuple[Capability, ...] = (list_all,)
