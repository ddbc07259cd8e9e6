"""Bad states of topics, one file each."""

from steward.analysis.checks.registry import Check
from steward.analysis.checks.topic.broker_recompresses import broker_recompresses
from steward.analysis.checks.topic.compacted_topic_null_keys import compacted_topic_null_keys
from steward.analysis.checks.topic.compaction_stalled import compaction_stalled
from steward.analysis.checks.topic.config_override_redundant import config_override_redundant
from steward.analysis.checks.topic.internal_topic_fragile import internal_topic_fragile
from steward.analysis.checks.topic.isr_at_min import isr_at_min
from steward.analysis.checks.topic.isr_below_min import isr_below_min
from steward.analysis.checks.topic.leader_not_preferred import leader_not_preferred
from steward.analysis.checks.topic.message_max_above_fetch_max import message_max_above_fetch_max
from steward.analysis.checks.topic.min_isr_above_rf import min_isr_above_rf
from steward.analysis.checks.topic.min_isr_equals_rf import min_isr_equals_rf
from steward.analysis.checks.topic.min_isr_one import min_isr_one
from steward.analysis.checks.topic.partition_count_outside_policy import (
    partition_count_outside_policy,
)
from steward.analysis.checks.topic.partition_hot import partition_hot
from steward.analysis.checks.topic.partition_offline import partition_offline
from steward.analysis.checks.topic.partitions_uneven_over_brokers import (
    partitions_uneven_over_brokers,
)
from steward.analysis.checks.topic.reassignment_stuck import reassignment_stuck
from steward.analysis.checks.topic.replica_throttle_left_behind import replica_throttle_left_behind
from steward.analysis.checks.topic.replicas_share_rack import replicas_share_rack
from steward.analysis.checks.topic.retention_not_explicit import retention_not_explicit
from steward.analysis.checks.topic.retention_shorter_than_lag import retention_shorter_than_lag
from steward.analysis.checks.topic.retention_unlimited import retention_unlimited
from steward.analysis.checks.topic.retention_without_size_bound import retention_without_size_bound
from steward.analysis.checks.topic.rf_below_three import rf_below_three
from steward.analysis.checks.topic.rf_one import rf_one
from steward.analysis.checks.topic.segment_coarser_than_retention import (
    segment_coarser_than_retention,
)
from steward.analysis.checks.topic.single_partition_busy import single_partition_busy
from steward.analysis.checks.topic.timestamps_unbounded_future import timestamps_unbounded_future
from steward.analysis.checks.topic.topic_name_off_convention import topic_name_off_convention
from steward.analysis.checks.topic.topic_names_collide import topic_names_collide
from steward.analysis.checks.topic.topic_overpartitioned import topic_overpartitioned
from steward.analysis.checks.topic.topic_unused import topic_unused
from steward.analysis.checks.topic.unclean_election_enabled import unclean_election_enabled
from steward.analysis.checks.topic.under_replicated import under_replicated

CHECKS: tuple[Check, ...] = (
    rf_one,
    rf_below_three,
    min_isr_one,
    min_isr_above_rf,
    min_isr_equals_rf,
    unclean_election_enabled,
    partition_offline,
    isr_below_min,
    under_replicated,
    isr_at_min,
    leader_not_preferred,
    replicas_share_rack,
    partitions_uneven_over_brokers,
    single_partition_busy,
    partition_count_outside_policy,
    topic_overpartitioned,
    topic_unused,
    retention_unlimited,
    retention_without_size_bound,
    retention_shorter_than_lag,
    compacted_topic_null_keys,
    compaction_stalled,
    segment_coarser_than_retention,
    message_max_above_fetch_max,
    broker_recompresses,
    config_override_redundant,
    replica_throttle_left_behind,
    reassignment_stuck,
    topic_names_collide,
    topic_name_off_convention,
    timestamps_unbounded_future,
    internal_topic_fragile,
    partition_hot,
    retention_not_explicit,
)
