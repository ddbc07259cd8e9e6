"""Real clusters on this machine: up, down, broker by broker, and the scenarios that trouble them."""

from dataclasses import dataclass
from typing import Annotated

from steward.capabilities.context import Context
from steward.capabilities.registry import Answer, Capability, ClusterName, Effect, capability
from steward.documents.files import path_of
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound, UsageError
from steward.model.instant import Instant
from steward.sandbox import cluster as sandboxes
from steward.sandbox.places import DEFAULT_NAME
from steward.sandbox.scenarios.background import run_scenario, stop_scenarios
from steward.sandbox.scenarios.registry import SCENARIOS, Scenario
from steward.sandbox.status import SandboxSpec, SandboxStatus, SandboxStopped

ENVIRONMENTS = ("production", "staging", "development")

Name = Annotated[str, Doc("name of the sandbox, and of its profile", metavar="NAME")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpParams:
    """What the sandbox should be."""

    name: Name = DEFAULT_NAME
    brokers: Annotated[int | None, Doc("number of brokers; 3 for a new sandbox", metavar="N")] = (
        None
    )
    kafka_version: Annotated[
        str | None, Doc("version of Apache Kafka, such as 4.4.0, 4.3.1 or 3.9.2", metavar="V")
    ] = None
    heap: Annotated[str | None, Doc("heap of each broker, as Java writes it", metavar="SIZE")] = (
        None
    )
    secure: Annotated[
        bool, Doc("authorizer, and listeners for SASL_SSL (SCRAM, PLAIN), TLS and mTLS")
    ] = False
    environment: Annotated[
        str | None, Doc("what the profile says the cluster is for", choices=ENVIRONMENTS)
    ] = None
    kafka_home: Annotated[
        str | None, Doc("use this installation of Apache Kafka instead of jars", metavar="DIR")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameParams:
    """Which sandbox."""

    name: Name = DEFAULT_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownParams:
    """Which sandbox, and what to leave."""

    name: Name = DEFAULT_NAME
    purge: Annotated[bool, Doc("remove its files too")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParams:
    """Which broker of which sandbox."""

    action: Annotated[
        str,
        Doc("add, stop, kill or start", choices=("add", "stop", "kill", "start"), positional=True),
    ]
    broker: Annotated[int | None, Doc("the broker's id", positional=True, metavar="[ID]")] = None
    name: Name = DEFAULT_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioParams:
    """Which scenario to do what with."""

    action: Annotated[
        str, Doc("list, run or stop", choices=("list", "run", "stop"), positional=True)
    ]
    scenario: Annotated[
        str | None, Doc("the scenario's name", positional=True, metavar="[NAME]")
    ] = None
    name: Name = DEFAULT_NAME
    duration: Annotated[
        float | None, Doc("how long it runs before it stops by itself", metavar="DURATION")
    ] = None
    seed: Annotated[int, Doc("seed of everything random in it")] = 1
    background: Annotated[
        bool, Doc("return as soon as the trouble is there; it goes on until its time is over")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRow:
    """One sandbox."""

    name: Annotated[str, Doc("its name")]
    running: Annotated[bool, Doc("whether any of its brokers runs")]
    state: Annotated[str, Doc("running, degraded (some brokers run) or stopped")]
    brokers_down: Annotated[tuple[int, ...], Doc("brokers that do not run")]
    kafka_version: Annotated[str, Doc("version of Apache Kafka")]
    brokers: Annotated[int, Doc("number of brokers")]
    secure: Annotated[bool, Doc("whether it has an authorizer and secured listeners")]
    bootstrap_servers: Annotated[str, Doc("where clients connect")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxList:
    """The sandboxes on this machine."""

    sandboxes: tuple[SandboxRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """One scenario."""

    name: Annotated[str, Doc("its name")]
    summary: Annotated[str, Doc("what it is")]
    seconds: Annotated[float, Doc("how long it runs by default, seconds", wide=True)]
    injects: Annotated[str, Doc("what trouble it makes", wide=True)]
    finds: Annotated[tuple[str, ...], Doc("checks that report it", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioAnswer:
    """The scenarios there are, or the one that was run or stopped."""

    scenarios: tuple[ScenarioRow, ...]


def _about(status: SandboxStatus, context: Context) -> Answer[SandboxStatus]:
    return Answer(
        data=status,
        cluster=ClusterName(id=status.cluster_id, name=status.name),
        observed_at=Instant(context.now_ms()),
    )


@capability(
    "sandbox.up",
    effect=Effect.LOCAL,
    needs_cluster=False,
    long=True,
    examples=("steward sandbox up", "steward sandbox up --secure --name locked"),
)
def up(params: UpParams, context: Context) -> Answer[SandboxStatus]:
    """Start a real Apache Kafka cluster on this machine.

    Three brokers in three racks answer within seconds once the jars are cached. A second call changes nothing.
    The profile of the same name is used when no other is configured. It needs the extra: pip install
    'kafka-steward[sandbox]'.
    """
    spec = SandboxSpec(
        name=params.name,
        brokers=params.brokers,
        kafka_version=params.kafka_version,
        heap=params.heap,
        secure=True if params.secure else None,
        environment=params.environment,
        kafka_home=path_of(params.kafka_home) if params.kafka_home else None,
    )
    return _about(sandboxes.up(spec, progress=context.progress), context)


@capability("sandbox.down", effect=Effect.LOCAL, needs_cluster=False, long=True)
def down(params: DownParams, context: Context) -> Answer[SandboxStopped]:
    """Stop a sandbox; its files stay unless --purge."""
    stop_scenarios(params.name)
    stopped = sandboxes.down(params.name, purge=params.purge, progress=context.progress)
    return Answer(data=stopped, observed_at=Instant(context.now_ms()))


@capability("sandbox.status", effect=Effect.LOCAL, needs_cluster=False)
def status(params: NameParams, context: Context) -> Answer[SandboxStatus]:
    """Describe a sandbox: brokers, listeners, metrics endpoints."""
    return _about(sandboxes.status(params.name), context)


@capability("sandbox.list", effect=Effect.LOCAL, needs_cluster=False)
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


@capability(
    "sandbox.broker",
    effect=Effect.LOCAL,
    needs_cluster=False,
    long=True,
    examples=("steward sandbox broker add", "steward sandbox broker kill 2"),
)
def broker(params: BrokerParams, context: Context) -> Answer[SandboxStatus]:
    """Add, stop, kill or start a broker of a sandbox.

    stop asks it to leave in order; kill ends it at once, as a power failure would.
    """
    if params.action == "add":
        return _about(sandboxes.broker_add(params.name, progress=context.progress), context)
    if params.broker is None:
        raise UsageError(
            f"which broker should {params.action}?",
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
    return _about(actions[params.action](params.name, params.broker), context)


@capability(
    "sandbox.scenario",
    effect=Effect.LOCAL,
    needs_cluster=False,
    long=True,
    examples=(
        "steward sandbox scenario list",
        "steward sandbox scenario run lag-spike --background",
        "steward sandbox scenario stop",
    ),
)
def scenario(params: ScenarioParams, context: Context) -> Answer[ScenarioAnswer]:
    """List, run or stop scenarios: real clients that drive a sandbox into known trouble.

    Each stops by itself. Without --background the command ends with the scenario, or at Ctrl-C.
    """
    chosen: tuple[Scenario, ...] = SCENARIOS
    if params.action == "run":
        chosen = (_scenario(params.scenario),)
        run_scenario(
            params.name,
            chosen[0].name,
            seconds=params.duration,
            seed=params.seed,
            progress=context.progress,
            background=params.background,
        )
    elif params.action == "stop":
        stopped = stop_scenarios(params.name, params.scenario)
        chosen = tuple(s for s in SCENARIOS if s.name in stopped)
    rows = tuple(
        ScenarioRow(
            name=s.name,
            summary=s.summary,
            seconds=s.default_seconds,
            injects=s.injects,
            finds=s.finds,
        )
        for s in chosen
    )
    return Answer(data=ScenarioAnswer(scenarios=rows), observed_at=Instant(context.now_ms()))


def _scenario(name: str | None) -> Scenario:
    if name is None:
        raise UsageError(
            "which scenario should run?", remedy=Hint("see: ", steward("sandbox scenario", "list"))
        )
    found = next((s for s in SCENARIOS if s.name == name), None)
    if found is None:
        raise ObjectNotFound(
            f"there is no scenario {name!r}",
            remedy=Hint("see: ", steward("sandbox scenario", "list")),
            object_name=name,
        )
    return found


CAPABILITIES: tuple[Capability, ...] = (up, down, status, list_all, broker, scenario)
