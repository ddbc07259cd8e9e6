"""The page of alerts: every rule, how they begin and end, what receivers get, and the schema of it."""

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
        prose("`steward serve` judges every look at a cluster by these rules; `steward alert list` shows what came of "
              "it. Critical and high are for waking people, medium is for working hours."),
        "## Rules",
        table(("Rule", "Severity", "Says"), (
            (code(rule.value), SEVERITY[rule].label, plain(sentence(MEANING[rule]))) for rule in AlertCondition
        )),
        "## Beginning and end",
        prose("A lag fires where its lower bound is over the objective, or where a search of timestamps finds it so; "
              "an estimate from the anchor ring alone never fires. It is over after three looks in a row whose upper "
              "bound is below four fifths of the objective; in between nothing begins and nothing ends.\n\n"
              "What could not be seen is not well: what fires goes on firing, and the lack of sight is an alert of its "
              "own. A lag is not told while only transaction markers are left, or while it falls and is over within "
              "`allowed_catch_up_seconds`.\n\n"
              "The error budget is a hundredth of minutes (`good_minutes_ratio`): a minute is bad when a look in it "
              "proved the lag over its objective. A burn needs both of its windows."),
        "## What is told",
        prose("All alerts of one rule in one cluster are one notification. It is told when something begins, ends, or "
              "still fires after `repeat_seconds`; Alertmanager is told every minute, as it needs. With it come the "
              "evidence, the diagnosis where there is one, and what to do first.\n\n"
              "What is to be told is written down together with the decision, and tried until the receiver takes it, "
              "with growing waits, for a day. A daemon that is killed and started again loses nothing and tells "
              "nothing twice, but for one case: killed between a receiver's answer and writing it down, it tells again "
              "with the same id, which is sent as `Idempotency-Key` too. While the store fails, alerts are told from "
              "memory."),
        "## Receivers",
        table(("Kind", "Gets"), (
            (code("webhook"), f"steward's own JSON, of {link('this schema', SCHEMA_PATH)}"),
            (code("alertmanager"), ("`POST /api/v2/alerts`: labels `alertname`, `cluster`, `rule`, `severity` and the "
             "object, such as `group`; what changes is in annotations")),
            (code("slack"), ("text and one attachment, as incoming webhooks of Slack, Mattermost and Rocket.Chat take "
             "them")),
        )),
        prose("`steward alert test` tells each receiver of an alert that has ended, and says what it answered. No "
              "redirect is followed, certificates are verified, and no URL appears in a message or a log."),
        "## Silences",
        prose("`steward alert silence MATCHER... --for 2h --reason TEXT` holds back what matches; it is judged and "
              "listed all the same. When the silence ends, what still fires is told. An end is told in a silence too, "
              "if the beginning was."),
    )  # fmt: skip


def notification_schema() -> str:
    """Return the JSON Schema of what a webhook gets."""
    schema: Mapping[str, object] = {
        "$schema": DIALECT,
        "$id": "steward/notification/v1",
        **schema_of(Notification),
    }
    return json.dumps(schema, indent=2) + "\n"
