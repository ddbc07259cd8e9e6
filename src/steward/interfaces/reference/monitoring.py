"""docs/monitoring: Prometheus rules and a Grafana dashboard, made from the registry of metrics."""

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
        prose("For those who have Prometheus and Grafana: rules and a dashboard over what `steward serve` offers under "
              "`/metrics`. `steward alert rules` and `steward alert dashboard` print the same."),
        fenced(
            "scrape_configs:\n  - job_name: steward\n    scrape_interval: 10s\n    static_configs:\n"
            "      - targets: [\"localhost:9642\"]\nrule_files: [steward.rules.yml]\n",
            "yaml",
        ),
        prose("What steward alerts on by itself (see [Alerts](../reference/alerts.md)) is judged with more than "
              "Prometheus can see: a search before it fires, hysteresis, sight that is lost, the diagnosis. Use these "
              "rules where all alerts have to come from one place, and let only one of the two wake people."),
        "## Rules",
        table(("Alert", "Severity", "Says"), (
            (code(rule.name), rule.severity, plain(sentence(rule.description))) for rule in ALERT_RULES
        )),
    )  # fmt: skip
