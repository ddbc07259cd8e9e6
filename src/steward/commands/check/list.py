"""``steward check list``: list the checks with their default severity."""

from dataclasses import dataclass
from typing import Annotated

from steward.analysis.checks.catalog import CHECKS
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.model.doc import Candidates, Doc
from steward.model.finding import Severity
from steward.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckListParams:
    """Which checks to list."""

    names: Annotated[
        tuple[str, ...],
        Doc("names, or parts of names", positional=True, completes=Candidates.CHECKS),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check."""

    name: Annotated[str, Doc("name, as used in findings and waivers")]
    severity: Annotated[Severity, Doc("its default severity in production")]
    over: Annotated[str, Doc("what it checks")]
    headline: Annotated[str, Doc("the condition that it reports")]
    id: Annotated[str, Doc("its label in the rule catalogue", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckList:
    """All checks."""

    checks: Annotated[tuple[CheckRow, ...], Doc("every check, by name")]


@capability("check.list", is_list=True, needs_cluster=False, examples=("steward check list isr",))
def list_checks(params: CheckListParams, context: Context) -> Answer[CheckList]:
    """List the checks: name, default severity, what they check."""
    rows = tuple(
        CheckRow(
            name=c.name,
            severity=c.severity,
            over=c.subjects.kind,
            headline=c.headline,
            id=c.id,
        )
        for c in sorted(CHECKS, key=lambda c: c.name)
        if not params.names or any(n in c.name for n in params.names)
    )
    return Answer(data=CheckList(checks=rows), observed_at=Instant(context.now_ms()))


CAPABILITIES: tuple[Capability, ...] = (list_checks,)
