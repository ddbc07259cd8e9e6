"""The names of guard rules, as used in reasons and waivers."""

from steward.model.plan import IMPOSSIBLE

PLAN_EXPIRED, PLAN_FROM_FUTURE = "plan_expired", "plan_from_future"
BACKUP_OUTDATED = "backup_outdated"
UNWAIVABLE = frozenset(
    {
        "wrong_cluster",
        PLAN_EXPIRED,
        PLAN_FROM_FUTURE,
        BACKUP_OUTDATED,
        IMPOSSIBLE,
        "monster_topic",
        "runs_program",
        "program_not_allowed",
    }
)
"""Rules that cannot be waived."""

RULE_NAMES = UNWAIVABLE | {
    "read_only",
    "outside_window",
    "too_many_destructive",
    "too_many_disruptive",
    "protected",
    "destructive",
    "effects_unknown",
    "disruptive_config",
    "inherited_by_topics",
    "inheriting_topics_unknown",
    "weak_topic",
    "fewer_replicas",
    "move_cancelled",
    "broad_access",
    "access_denied",
    "access_removed",
    "denial_lifted",
    "own_access",
    "open_to_everyone",
    "harsh_quota",
    "password_changed",
    "records_restored",
    "members_removed",
    "feature_level",
    "broker_forgotten",
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
"""Every rule; a waiver with another name is for the audit's checks, or a mistake."""
