"""Transactions that are decided but not completed."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TRANSACTIONS, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, few
from steward.model.command import steward
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.transaction import Transaction

_PREPARED = frozenset({"PrepareCommit", "PrepareAbort", "PrepareEpochFence"})


@check(
    "X04",
    Severity.HIGH,
    over=TRANSACTIONS,
    parts=(Part.TRANSACTIONS,),
    nature=Nature.STATE,
    asks_history=True,
)
def transaction_stuck_preparing(facts: Facts, transaction: Transaction) -> Iterator[FoundState]:
    """A transaction was committed or aborted, but its markers are not written.

    What it means: the coordinator reports PrepareCommit or PrepareAbort in every snapshot, and the transaction is older
        than the threshold preparing_transaction_age_seconds. Normally this state lasts milliseconds.
    Why it matters: until all its partitions have the markers, read_committed consumers wait, and the producer cannot
        begin another transaction.
    What to do: check for partitions of the transaction that are offline or whose leader does not answer, and read the
        log of the coordinator's broker (TransactionMarkerChannelManager).
    """
    age_seconds = (facts.now_ms - transaction.start_ms) / 1000
    if transaction.state not in _PREPARED or transaction.start_ms < 0:
        return
    if age_seconds <= facts.thresholds.preparing_transaction_age_seconds:
        return
    first = facts.require_history()
    if not all(_was_prepared(earlier, transaction) for earlier in facts.earlier):
        return
    yield FoundState(
        object=ObjectRef("transaction", transaction.transactional_id),
        summary=f"{transaction.state} for at least {duration((facts.now_ms - first.now_ms) / 1000)}, begun "
        f"{duration(age_seconds)} ago: {count(len(transaction.partitions), 'partition')} wait for their markers",
        evidence=(
            Evidence(
                f"DescribeTransactions {transaction.transactional_id}",
                "state",
                f"{transaction.state} at coordinator {transaction.coordinator}",
            ),
            Evidence(
                f"DescribeTransactions {transaction.transactional_id}",
                "partitions",
                few(transaction.partitions) or "none",
            ),
        ),
        remedy=Remedy(
            f"find out why broker {transaction.coordinator} does not write the markers",
            steward("transaction describe", transaction.transactional_id),
        ),
    )


def _was_prepared(earlier: Facts, transaction: Transaction) -> bool:
    return any(
        then.transactional_id == transaction.transactional_id
        and then.state in _PREPARED
        and (then.producer_id, then.producer_epoch, then.start_ms)
        == (transaction.producer_id, transaction.producer_epoch, transaction.start_ms)
        for then in earlier.transactions
    )
