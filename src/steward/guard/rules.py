"""The names of the guard's rules, as reasons and waivers carry them."""

PLAN_EXPIRED = "plan_expired"
UNWAIVABLE = frozenset({"wrong_cluster", PLAN_EXPIRED, "impossible", "monster_topic"})
"""Rules that no waiver sets aside."""

RULE_NAMES = UNWAIVABLE | {
    "read_only",
    "outside_window",
    "too_many_destructive",
    "too_many_disruptive",
    "protected",
    "destructive",
    "min_isr_unknown",
    "min_isr_below_two",
    "min_isr_equals_replication_factor",
    "retention_not_explicit",
    "partition_count_changes",
    "many_partitions",
    "too_many_partitions",
    "too_many_bytes",
    "automatic_topic_creation",
    "replicas_unknown",
    "under_min_isr",
    "reassignments_unknown",
    "reassignment_in_flight",
    "too_many_moves",
    "too_many_moved_bytes",
    "disk_would_overflow",
    "topic_in_use",
    "topic_use_unknown",
    "topic_deletion",
}
"""Every rule; a waiver of another name is of the audit's checks, or a mistake."""
