"""``steward alert unsilence``: end a silence now; alerts that still fire are notified at the next evaluation."""

from dataclasses import dataclass, replace
from typing import Annotated

from steward.commands.alert.shared import SilenceRow, silence_row
from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings, open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Effect,
    capability,
)
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound
from steward.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertUnsilenceParams:
    """Which silence."""

    id: Annotated[str, Doc("id of the silence, from alert list", positional=True)]


@capability(
    "alert.unsilence",
    effect=Effect.LOCAL,
    needs_cluster=False,
    examples=("steward alert unsilence 3f2a91bc",),
)
def unsilence_alerts(params: AlertUnsilenceParams, context: Context) -> Answer[SilenceRow]:
    """End a silence now; alerts that still fire are notified at the next evaluation."""
    now = context.now_ms()
    with open_store(context) as store:
        found = {s.id: s for s in store.silences.list(ending_after_ms=now)}
        if params.id not in found:
            known = ", ".join(found) or "none"
            raise ObjectNotFound(
                f"no active silence with id {params.id}",
                remedy=f"active: {known}",
                object_name=params.id,
            )
        ended = replace(found[params.id], ends_ms=now)
        store.silences.put(ended)
    return Answer(
        data=silence_row(ended),
        observed_at=Instant(now),
        warnings=configuration_warnings(context),
    )


CAPABILITIES: tuple[Capability, ...] = (unsilence_alerts,)
