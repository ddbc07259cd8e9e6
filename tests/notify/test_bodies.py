"""What is sent is what each kind of receiver takes."""

import json
import re

import jsonschema

from steward.alerting.notification import Notification
from steward.notify.bodies import alertmanager_body, slack_body, webhook_body
from steward.wire import schema_of
from support.notes import ended_note, note

POSTABLE_ALERTS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["labels"],
        "properties": {
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
            "startsAt": {"type": "string", "format": "date-time"},
            "endsAt": {"type": "string", "format": "date-time"},
            "generatorURL": {"type": "string", "format": "uri"},
        },
        "additionalProperties": False,
    },
}
"""Alertmanager's api/v2/openapi.yaml: postableAlerts."""


def test_the_webhooks_body_is_of_the_published_schema() -> None:
    schema = schema_of(Notification)
    for told in (note(70.0), note(70.0, 80.0, verdict=None), ended_note()):
        document = json.loads(webhook_body(told))
        jsonschema.validate(document, schema)
        assert document["schema"] == "steward/notification/v1"
    document = json.loads(webhook_body(note(70.0)))
    (alert,) = document["alerts"]
    assert document["severity"] == "high"
    assert alert["object"] == {"kind": "group", "name": "g0"}
    assert alert["verdict"]["cause"] == "under_capacity"
    assert alert["remedy"]["command"] == "kubectl scale --replicas=10"
    assert alert["started_at"].endswith("Z")


def test_alertmanager_gets_labels_that_last_and_the_end() -> None:
    firing = json.loads(alertmanager_body(note(70.0, 80.0), "https://steward.example"))
    (ended,) = json.loads(alertmanager_body(ended_note(), ""))
    jsonschema.validate([*firing, ended], POSTABLE_ALERTS)
    assert len(firing) == 2
    for alert in (*firing, ended):
        assert all(re.fullmatch(r"[a-zA-Z_]\w*", label) for label in alert["labels"])
        assert all(alert["labels"].values()), "an empty label would be dropped"
    assert firing[0]["labels"] == {
        "alertname": "StewardLagOverObjective", "cluster": "prod", "group": "g1",
        "rule": "lag_over_objective", "severity": "high",
    }  # fmt: skip
    assert "endsAt" not in firing[0]
    assert ended["endsAt"] > ended["startsAt"]
    assert firing[0]["annotations"]["cause"] == "under_capacity (likely)"
    again = json.loads(alertmanager_body(note(90.0, 95.0, number=9), ""))
    assert {frozenset(a["labels"].items()) for a in again} == {
        frozenset(a["labels"].items()) for a in firing
    }


def test_slack_gets_text_that_mentions_nobody() -> None:
    document = json.loads(slack_body(note(70.0), "https://steward.example"))
    text = document["attachments"][0]["text"]
    assert document["text"].startswith("[HIGH] group g0 lags 70 s")
    assert "&lt;30&gt; &amp; lag grows" in text
    assert "`kubectl scale --replicas=10`" in text
    over = json.loads(slack_body(ended_note(), ""))
    assert over["text"].startswith("[OVER] ")


def test_slack_lists_ten_and_counts_the_rest() -> None:
    document = json.loads(slack_body(note(*[70.0] * 25, verdict=None), ""))
    text = document["attachments"][0]["text"]
    assert text.count("•") == 10
    assert text.endswith("_and 15 more_")
