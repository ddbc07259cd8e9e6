"""``steward quota list``: list client quotas."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import not_applicable
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.quota.rows import QuotaRow, quota_rows
from steward.model.doc import Doc
from steward.model.quota import QuotaEntry, name_from
from steward.model.snapshot import Part
from steward.model.unknown import value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaListParams:
    """Which entries."""

    user: Annotated[tuple[str, ...], Doc("only entries that name this user", metavar="NAME")] = ()
    client_id: Annotated[
        tuple[str, ...], Doc("only entries that name this client id", metavar="ID")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaList:
    """Entries by entity."""

    quotas: tuple[QuotaRow, ...]


@capability(
    "quota.list",
    is_list=True,
    parts=(Part.QUOTAS,),
    examples=("steward quota list", "steward quota list --user alice -o json"),
)
def list_quotas(params: QuotaListParams, context: Context) -> Answer[QuotaList]:
    """List client quotas."""
    snapshot = context.observe(frozenset({Part.QUOTAS}))
    entries = [e for e in value_or(snapshot.quotas, ()) if _names(e, params)]
    data = QuotaList(quotas=quota_rows(entries))
    warnings = not_applicable(snapshot, Part.QUOTAS)
    return answer(data, snapshot, context, (Part.QUOTAS,), warnings=warnings)


def _names(entry: QuotaEntry, params: QuotaListParams) -> bool:
    entity = dict(entry.entity)
    return all(
        not wanted or (kind in entity and entity[kind] in {name_from(text) for text in wanted})
        for kind, wanted in (("user", params.user), ("client-id", params.client_id))
    )


CAPABILITIES: tuple[Capability, ...] = (list_quotas,)
