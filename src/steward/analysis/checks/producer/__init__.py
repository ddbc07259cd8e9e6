"""Bad states of producers, one file each."""

from steward.analysis.checks.producer.batches_tiny import batches_tiny
from steward.analysis.checks.producer.batches_uncompressed import batches_uncompressed
from steward.analysis.checks.producer.client_id_default import client_id_default
from steward.analysis.checks.producer.client_metrics_disabled import client_metrics_disabled
from steward.analysis.checks.producer.client_version_old import client_version_old
from steward.analysis.checks.producer.message_format_old import message_format_old
from steward.analysis.checks.producer.produce_rejected import produce_rejected
from steward.analysis.checks.producer.producer_acks_weak import producer_acks_weak
from steward.analysis.checks.producer.producer_id_churn import producer_id_churn
from steward.analysis.checks.producer.producer_not_idempotent import producer_not_idempotent
from steward.analysis.checks.producer.timestamps_in_far_past import timestamps_in_far_past
from steward.analysis.checks.producer.timestamps_in_future import timestamps_in_future
from steward.analysis.checks.registry import Check

CHECKS: tuple[Check, ...] = (
    producer_not_idempotent,
    producer_acks_weak,
    batches_tiny,
    batches_uncompressed,
    producer_id_churn,
    message_format_old,
    client_version_old,
    produce_rejected,
    client_id_default,
    timestamps_in_future,
    timestamps_in_far_past,
    client_metrics_disabled,
)
