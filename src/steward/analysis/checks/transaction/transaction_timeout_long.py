"""Timeouts that let a dead producer block consumers for long."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import (
    config_evidence,
    count,
    duration,
    few,
    on_cluster,
    static_broker_config,
)
from steward.model.config import ConfigEntry
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.transaction import Transaction

_KEY = "transaction.max.timeout.ms"
_NEAR = 0.9


@check("X06", Severity.LOW, over=CLUSTER, parts=(Part.BROKER_CONFIGS, Part.TRANSACTIONS))
def transaction_timeout_long(facts: Facts, _: None) -> Iterator[FoundState]:
    """A dead producer may block read_committed consumers for a long time.

    What it means: transaction.max.timeout.ms is longer than the threshold max_transaction_timeout_ms; or transactional
        ids use a timeout within a tenth of the broker's limit.
    Why it matters: when a producer dies within a transaction, its coordinator aborts the transaction only after the
        timeout. Until then read_committed consumers receive no records that were written after it.
    What to do: lower transaction.timeout.ms of the producers to a few times what a transaction takes, and
        transaction.max.timeout.ms to what the slowest of them needs. Flink needs more than its checkpoint interval plus
        its longest outage.
    """
    entry = facts.any_broker_config(_KEY)
    limit_ms = int(entry.value or 0)
    if limit_ms > facts.thresholds.max_transaction_timeout_ms:
        yield FoundState(
            object=on_cluster(),
            summary=f"{_KEY} lets producers block read_committed consumers for {duration(limit_ms / 1000)}",
            evidence=(config_evidence("broker", entry),),
            remedy=static_broker_config(_KEY, str(facts.thresholds.max_transaction_timeout_ms)),
        )
        return
    near = [t for t in facts.transactions if t.timeout_ms >= _NEAR * limit_ms]
    if near:
        yield _near(near, entry)


def _near(near: list[Transaction], entry: ConfigEntry) -> FoundState:
    longest = max(t.timeout_ms for t in near)
    return FoundState(
        object=on_cluster(),
        summary=f"{count(len(near), 'transactional id')} may block consumers for up to {duration(longest / 1000)}, "
        f"near the broker's limit: {few((t.transactional_id for t in near), 3)}",
        evidence=(
            *(
                Evidence(
                    f"DescribeTransactions {t.transactional_id}", "timeout", f"{t.timeout_ms:,} ms"
                )
                for t in near[:5]
            ),
            config_evidence("broker", entry),
        ),
        remedy=Remedy("lower transaction.timeout.ms in the configuration of these producers"),
    )
