"""docs/monitoring: Prometheus rules and a Grafana dashboard, generated from the registry of metrics."""

import json
from collections.abc import Mapping

import yaml

from steward.daemon.metrics.dashboard import dashboard
from steward.daemon.metrics.rules import ALERT_RULES, rule_file
from steward.interfaces.reference.markdown import code, fenced, page, plain, prose, sentence, table

RULES, DASHBOARD = "steward.rules.yml", "steward.dashboard.json"


def monitoring_files() -> Mapping[str, str]:
    """Return every file by its path below docs/monitoring."""
    rules = json.loads(json.dumps(rule_file()))
    return {
        "README.md": _page(),
        RULES: yaml.safe_dump(rules, sort_keys=False, allow_unicode=True, width=120),
        DASHBOARD: json.dumps(dashboard(), indent=2) + "\n",
    }


def _page() -> str:
    return page(
        "Monitoring",
        prose("Rules and a dashboard for Prometheus and Grafana, over the metrics that `steward serve` serves under "
              "`/metrics`. `steward alert rules` and `steward alert dashboard` print the same."),
        fenced(
            "scrape_configs:\n  - job_name: steward\n    scrape_interval: 10s\n    static_configs:\n"
            "      - targets: [\"localhost:9642\"]\nrule_files: [steward.rules.yml]\n",
            "yaml",
        ),
        prose("steward's own alerts (see [Alerts](../reference/alerts.md)) use more data than "
              "Prometheus has: a timestamp search before firing, hysteresis, missing-data alerts, the diagnosis. Use "
              "these rules where all alerts must come from one place, and page from only one of the two."),
        "## Rules",
        table(("Alert", "Severity", "Says"), (
            (code(rule.name), rule.severity, plain(sentence(rule.description))) for rule in ALERT_RULES
        )),
    )  # fmt: skip
