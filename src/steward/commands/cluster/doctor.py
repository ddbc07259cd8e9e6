"""Diagnose a connection step by step: names, ports, TLS, authentication, advertised listeners, permissions."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, ClusterName, Outcome, capability
from steward.model.command import Phrase
from steward.model.doc import Doc
from steward.model.doctor import CheckStatus, DoctorStep
from steward.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorParams:
    """The cluster only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step of the connection diagnosis."""

    step: Annotated[
        str,
        Doc("configuration, dns, tcp, tls, kafka, sasl, metadata or authorization"),
    ]
    target: Annotated[str, Doc("host and port, or the broker that advertises them")]
    status: Annotated[CheckStatus, Doc("ok, warning, failed or skipped")]
    detail: str
    remedy: Annotated[Phrase, Doc("what to do; empty where no action is needed", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport:
    """The steps, and the conclusion."""

    verdict: str
    remedy: Annotated[Phrase | None, Doc("what to do about the first step that failed")]
    steps: tuple[StepRow, ...]


@capability(
    "doctor",
    long=True,
    examples=("steward doctor --cluster prod", "steward doctor -B broker1:9092 -o json"),
)
def doctor(params: DoctorParams, context: Context) -> Answer[ConnectionReport]:
    """Diagnose a failing connection, step by step.

    Tries each bootstrap server and then each address that the brokers advertise: name, port, TLS, protocol, login,
    metadata, permissions. Exit code 0 when everything works, 8 where no broker can be reached, 7 where the login or a
    permission fails, 1 where only some steps fail.
    """
    from steward.cluster.connection_checks.doctor import (
        diagnose_connection,  # the client library, imported only when needed
    )

    def report(step: DoctorStep) -> None:
        context.progress(f"{step.name} {step.target}")

    connection = context.connection
    steps = diagnose_connection(connection, report)
    return Answer(
        data=diagnosis_of(steps),
        cluster=ClusterName(id=None, name=connection.name),
        observed_at=Instant(context.now_ms()),
        outcome=outcome_of(steps),
    )


def diagnosis_of(steps: tuple[DoctorStep, ...]) -> ConnectionReport:
    """Summarise the steps."""
    failed = _first(steps, CheckStatus.FAILED)
    warned = _first(steps, CheckStatus.WARNING)
    if failed:
        some = "the cluster responds, but " if _is_inside(steps) else ""
        verdict = f"{some}{failed.name} fails at {failed.target}: {failed.detail}"
    elif warned:
        verdict = f"connected, with limits: {warned.detail}"
    else:
        verdict = "every step succeeded"
    worst = failed or warned
    return ConnectionReport(
        verdict=verdict,
        remedy=worst.remedy or None if worst else None,
        steps=tuple(
            StepRow(step=s.name, target=s.target, status=s.status, detail=s.detail, remedy=s.remedy)
            for s in steps
        ),
    )


def outcome_of(steps: tuple[DoctorStep, ...]) -> Outcome:
    """Return the outcome, from the first step that failed."""
    failed = _first(steps, CheckStatus.FAILED)
    if failed is None:
        return Outcome.DONE
    if _is_inside(steps):
        return Outcome.FAILED
    by_step = {"configuration": Outcome.FAILED, "metadata": Outcome.FAILED}
    by_step |= dict.fromkeys(("sasl", "authorization"), Outcome.NOT_PERMITTED)
    return by_step.get(failed.name, Outcome.UNREACHABLE)


def _first(steps: tuple[DoctorStep, ...], status: CheckStatus) -> DoctorStep | None:
    return next((s for s in steps if s.status is status), None)


def _is_inside(steps: tuple[DoctorStep, ...]) -> bool:
    """Return whether the cluster accepted the connection, whatever else failed."""
    return any(s.name == "metadata" and s.status is CheckStatus.OK for s in steps)


CAPABILITIES: tuple[Capability, ...] = (doctor,)
