"""Applications that create a new transactional id at every start."""

import re
from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part

_RANDOM = re.compile(
    r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}|[0-9]{10,}|[0-9a-fA-F]{16,}"
)
_NUMBER = re.compile(r"[0-9]+")


@check("X03", Severity.MEDIUM, over=CLUSTER, parts=(Part.TRANSACTIONS,))
def transactional_ids_growing(facts: Facts, _: None) -> Iterator[FoundState]:
    """Transactional ids are generated at every start instead of staying the same.

    What it means: at least the threshold random_transactional_ids of ids differ only in a part that looks random (a
        UUID, a time, a long number; this is inferred), or in a number while more of them appeared between snapshots.
    Why it matters: a restarted producer with a new id cannot fence its predecessor, whose open transaction then blocks
        read_committed consumers until it times out. Coordinators also store every id for a week
        (transactional.id.expiration.ms).
    What to do: give each instance of the application a transactional.id that stays the same over restarts.
    """
    stems: dict[str, list[str]] = {}
    for transaction in facts.transactions:
        stems.setdefault(_stem(transaction.transactional_id), []).append(
            transaction.transactional_id
        )
    least = facts.thresholds.random_transactional_ids
    many = {stem: ids for stem, ids in sorted(stems.items()) if len(ids) >= least}
    if not many:
        return
    before = {t.transactional_id for earlier in facts.earlier[:1] for t in earlier.transactions}
    new = {
        stem: [i for i in ids if i not in before] if before else [] for stem, ids in many.items()
    }
    suspects = {stem: ids for stem, ids in many.items() if "<random>" in stem or new[stem]}
    if not suspects:
        return
    seen = any(new[stem] for stem in suspects)
    yield FoundState(
        object=on_cluster(),
        confidence=Confidence.OBSERVED if seen else Confidence.INFERRED,
        summary=f"{count(sum(map(len, suspects.values())), 'transactional id')} of {few(suspects, 3)} "
        + ("and more between snapshots" if seen else "seem to be generated at every start"),
        evidence=tuple(
            Evidence(
                "ListTransactions",
                f"ids like {stem}",
                f"{len(ids)}, {len(new[stem])} new since the first snapshot: {few(ids, 2)}",
            )
            for stem, ids in list(suspects.items())[:5]
        ),
        remedy=Remedy(
            "give each instance a transactional.id that stays the same over restarts",
            steward("transaction list"),
        ),
    )


def _stem(transactional_id: str) -> str:
    return _NUMBER.sub("<n>", _RANDOM.sub("<random>", transactional_id))
