"""``steward sandbox up``: start a real Apache Kafka cluster on this machine."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.sandbox.shared import Name, answer_about_sandbox
from steward.documents.files import path_of
from steward.model.doc import Doc
from steward.sandbox import cluster as sandboxes
from steward.sandbox.places import DEFAULT_NAME
from steward.sandbox.status import SandboxSpec, SandboxStatus

ENVIRONMENTS = ("production", "staging", "development")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpParams:
    """The sandbox to start."""

    name: Name = DEFAULT_NAME
    brokers: Annotated[int | None, Doc("number of brokers; 3 for a new sandbox", metavar="N")] = (
        None
    )
    kafka_version: Annotated[
        str | None, Doc("version of Apache Kafka, such as 4.4.0, 4.3.1 or 3.9.2", metavar="V")
    ] = None
    heap: Annotated[str | None, Doc("heap of each broker, in Java's notation", metavar="SIZE")] = (
        None
    )
    log_dirs: Annotated[
        int | None, Doc("log directories of each broker; 1 for a new sandbox", metavar="N")
    ] = None
    secure: Annotated[
        bool, Doc("authorizer, and listeners for SASL_SSL (SCRAM, PLAIN), TLS and mTLS")
    ] = False
    environment: Annotated[
        str | None, Doc("environment to set in its profile", choices=ENVIRONMENTS)
    ] = None
    kafka_home: Annotated[
        str | None, Doc("use this installation of Apache Kafka instead of jars", metavar="DIR")
    ] = None


@capability(
    "sandbox.up",
    effect=Effect.LOCAL,
    needs_cluster=False,
    long=True,
    examples=("steward sandbox up", "steward sandbox up --secure --name locked"),
)
def up(params: UpParams, context: Context) -> Answer[SandboxStatus]:
    """Start a real Apache Kafka cluster on this machine.

    Three brokers in three racks are ready within seconds once the jars are cached. A second call changes nothing.
    The profile of the same name is used when no other is configured. Requires the extra: pip install
    'kafka-steward[sandbox]'.
    """
    spec = SandboxSpec(
        name=params.name,
        brokers=params.brokers,
        kafka_version=params.kafka_version,
        heap=params.heap,
        log_dirs=params.log_dirs,
        secure=True if params.secure else None,
        environment=params.environment,
        kafka_home=path_of(params.kafka_home) if params.kafka_home else None,
    )
    return answer_about_sandbox(sandboxes.up(spec, progress=context.progress), context)


CAPABILITIES: tuple[Capability, ...] = (up,)
