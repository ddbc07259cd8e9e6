"""``steward check explain``: explain a check: meaning, impact, what to do."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.check.audit import CheckExplanation, named_checks, page_of
from steward.model.doc import Candidates, Doc
from steward.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainParams:
    """Which check to explain."""

    name: Annotated[str, Doc("the check's name", positional=True, completes=Candidates.CHECKS)]


@capability("check.explain", needs_cluster=False, examples=("steward check explain min_isr_one",))
def explain(params: ExplainParams, context: Context) -> Answer[CheckExplanation]:
    """Explain a check: meaning, impact, what to do."""
    (found,) = named_checks((params.name,))
    return Answer(data=page_of(found), observed_at=Instant(context.now_ms()))


CAPABILITIES: tuple[Capability, ...] = (explain,)
