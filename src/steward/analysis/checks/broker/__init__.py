"""Bad states of brokers, one file each."""

from steward.analysis.checks.broker.auto_create_topics_enabled import auto_create_topics_enabled
from steward.analysis.checks.broker.broker_configs_disagree import broker_configs_disagree
from steward.analysis.checks.broker.broker_logger_verbose import broker_logger_verbose
from steward.analysis.checks.broker.broker_metrics_absent import broker_metrics_absent
from steward.analysis.checks.broker.broker_override_shadows_static import (
    broker_override_shadows_static,
)
from steward.analysis.checks.broker.broker_replicas_excessive import broker_replicas_excessive
from steward.analysis.checks.broker.broker_threads_saturated import broker_threads_saturated
from steward.analysis.checks.broker.broker_versions_mixed import broker_versions_mixed
from steward.analysis.checks.broker.broker_without_rack import broker_without_rack
from steward.analysis.checks.broker.controlled_shutdown_weak import controlled_shutdown_weak
from steward.analysis.checks.broker.default_rf_below_three import default_rf_below_three
from steward.analysis.checks.broker.disk_nearly_full import disk_nearly_full
from steward.analysis.checks.broker.disk_or_replicas_imbalanced import disk_or_replicas_imbalanced
from steward.analysis.checks.broker.internal_topic_defaults_weak import internal_topic_defaults_weak
from steward.analysis.checks.broker.log_dir_offline import log_dir_offline
from steward.analysis.checks.broker.recovery_threads_single import recovery_threads_single
from steward.analysis.checks.broker.replicas_on_absent_broker import replicas_on_absent_broker
from steward.analysis.checks.broker.secret_readable_in_config import secret_readable_in_config
from steward.analysis.checks.broker.throttle_rate_left_behind import throttle_rate_left_behind
from steward.analysis.checks.registry import Check

CHECKS: tuple[Check, ...] = (
    auto_create_topics_enabled,
    default_rf_below_three,
    internal_topic_defaults_weak,
    broker_configs_disagree,
    broker_override_shadows_static,
    log_dir_offline,
    disk_nearly_full,
    disk_or_replicas_imbalanced,
    broker_without_rack,
    throttle_rate_left_behind,
    broker_threads_saturated,
    controlled_shutdown_weak,
    broker_versions_mixed,
    broker_replicas_excessive,
    recovery_threads_single,
    broker_logger_verbose,
    secret_readable_in_config,
    replicas_on_absent_broker,
    broker_metrics_absent,
)
