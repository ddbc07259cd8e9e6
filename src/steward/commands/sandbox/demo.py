"""The demo: a real cluster, several injected problems, an audit, and commands to continue with."""

from dataclasses import dataclass, replace
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.check.audit import REPORTS, Audit
from steward.commands.check.check import CheckParams, check
from steward.commands.sandbox.shared import NextStep
from steward.model.addressing import addressed
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.sandbox import cluster as sandboxes
from steward.sandbox.places import DEFAULT_NAME
from steward.sandbox.scenarios.background import run_scenario
from steward.sandbox.status import SandboxSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoParams:
    """Sandbox name and duration of the demo."""

    name: Annotated[str, Doc("name of the sandbox", metavar="NAME")] = DEFAULT_NAME
    duration: Annotated[
        float, Doc("how long the scenario's clients keep running afterwards", metavar="DURATION")
    ] = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """Result of the demo."""

    bootstrap_servers: Annotated[str, Doc("client address of the sandbox")]
    kafka_version: Annotated[str, Doc("version of Apache Kafka")]
    brokers: Annotated[int, Doc("number of brokers")]
    scenario: Annotated[str, Doc("the scenario that is running")]
    audit: Annotated[Audit, Doc("current findings")]
    next_steps: Annotated[tuple[NextStep, ...], Doc("commands to try")]


NEXT_STEPS = (
    NextStep(
        command=Hint(steward("check explain", "transaction_hanging")),
        shows="impact and remedy",
    ),
    NextStep(command=Hint(steward("group list", lag=">0")), shows="lag of each group"),
    NextStep(
        command=Hint(steward("diagnose", "mixed.lag-spike.billing")),
        shows="cause and remedy",
    ),
    NextStep(
        command=Hint(steward("topic describe", "mixed.hot-key.orders")),
        shows="replicas, offsets, configuration",
    ),
    NextStep(
        command=Hint(steward("check", output="html")),
        shows="the same audit as an HTML page, written to a file",
    ),
    NextStep(command=Hint(steward("sandbox scenario", "list")), shows="more problems to try"),
)


@capability("demo", effect=Effect.LOCAL, needs_cluster=False, long=True, formats=REPORTS)
def demo(params: DemoParams, context: Context) -> Answer[DemoResult]:
    """Run the demo: a real cluster, real clients causing known problems, and an audit.

    Starts a sandbox, runs the mixed scenario in it for a while, audits it, and suggests commands to try. Requires the
    extra: pip install 'kafka-steward[sandbox]'.
    """
    status = sandboxes.up(SandboxSpec(name=params.name), progress=context.progress)
    run_scenario(
        params.name,
        "mixed",
        seconds=params.duration,
        seed=1,
        progress=context.progress,
        background=True,
    )
    local = replace(context, cluster=params.name, bootstrap=None)
    audited: Answer[Audit] = check.handler(CheckParams(), local)
    tour = DemoResult(
        bootstrap_servers=status.bootstrap_servers,
        kafka_version=status.kafka_version,
        brokers=len(status.brokers),
        scenario="mixed",
        audit=audited.data,
        next_steps=_next_steps(params.name, local),
    )
    return Answer(  # findings are expected here: the outcome is DONE
        data=tour,
        cluster=audited.cluster,
        observed_at=audited.observed_at,
        unknown=audited.unknown,
        warnings=audited.warnings,
    )


def _next_steps(name: str, local: Context) -> tuple[NextStep, ...]:
    """Name this sandbox in every command, also where another cluster is the default."""
    down = Hint(steward("sandbox down", name=name, purge=True))
    steps = (
        *NEXT_STEPS,
        NextStep(command=down, shows="removes the sandbox and its files"),
    )
    return addressed(steps, local.target)


CAPABILITIES: tuple[Capability, ...] = (demo,)
