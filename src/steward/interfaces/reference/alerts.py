"""The page of alerts: every rule, when alerts fire and resolve, what receivers get, and its schema."""

import json
from collections.abc import Mapping

from steward.analysis.alerting.alert import MEANING, SEVERITY, AlertCondition
from steward.analysis.alerting.notification import Notification
from steward.codec import schema_of
from steward.commands.api.envelope import DIALECT
from steward.interfaces.reference.markdown import code, link, page, plain, prose, sentence, table

SCHEMA_PATH = "notification.schema.json"


def alerts_page() -> str:
    """Return the page of alerts."""
    return page(
        "Alerts",
        prose("`steward serve` evaluates these rules at every poll of a cluster; `steward alert list` shows the "
              "resulting alerts. Page on critical and high; handle medium in working hours."),
        "## Rules",
        table(("Rule", "Severity", "Says"), (
            (code(rule.value), SEVERITY[rule].label, plain(sentence(MEANING[rule]))) for rule in AlertCondition
        )),
        "## Firing and resolving",
        prose("A lag alert fires where the lower bound of the lag exceeds the objective, or where a timestamp search "
              "confirms it; an estimate from offset history alone never fires. It resolves after three polls in a row "
              "with an upper bound below four fifths of the objective; in between its state does not change.\n\n"
              "Missing data is not treated as healthy: a firing alert keeps firing, and missing data has an alert of "
              "its own. A lag does not notify while only transaction markers are left, or while it falls and ends "
              "within `allowed_catch_up_seconds`.\n\nThe error budget is a hundredth of minutes "
              "(`good_minutes_ratio`): a minute is bad when a poll in it "
              "confirmed the lag over its objective. A burn rate alert needs both of its windows."),
        "## Notifications",
        prose("All alerts of one rule in one cluster are one notification. It is sent when an alert fires, resolves, "
              "or still fires after `repeat_seconds`; Alertmanager is notified every minute, as it requires. It "
              "contains the evidence, the diagnosis where there is one, and what to do first.\n\n"
              "A notification is saved together with the alert's state, and retried until the receiver accepts it, "
              "with growing delays, for a day. A daemon that is killed and restarted loses nothing and sends "
              "nothing twice, with one exception: killed between a receiver's response and saving it, it sends again "
              "with the same id, also sent as `Idempotency-Key`. While the store is down, notifications are sent from "
              "memory."),
        "## Receivers",
        table(("Kind", "Gets"), (
            (code("webhook"), f"steward's own JSON, of {link('this schema', SCHEMA_PATH)}"),
            (code("alertmanager"), ("`POST /api/v2/alerts`: labels `alertname`, `cluster`, `rule`, `severity` and the "
             "object, such as `group`; changing values are annotations")),
            (code("slack"), ("text and one attachment, as incoming webhooks of Slack, Mattermost and Rocket.Chat "
                             "accept them")),
        )),
        prose("`steward alert test` sends each receiver a resolved alert, and reports the response. Redirects are "
              "not followed, certificates are verified, and no URL appears in a message or a log."),
        "## Silences",
        prose("`steward alert silence MATCHER... --for 2h --reason TEXT` suppresses notifications of matching alerts; "
              "they are still evaluated and listed. When the silence ends, alerts that still fire notify. A resolution "
              "during a silence notifies if the firing did."),
    )  # fmt: skip


def notification_schema() -> str:
    """Return the JSON Schema of the webhook's body."""
    schema: Mapping[str, object] = {
        "$schema": DIALECT,
        "$id": "steward/notification/v1",
        **schema_of(Notification),
    }
    return json.dumps(schema, indent=2) + "\n"
