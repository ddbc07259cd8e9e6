"""What is sent is what each kind of receiver takes."""

import json
import random
import re
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest

from steward.analysis.alerting.notification import Notification
from steward.codec import schema_of, to_plain
from steward.daemon.receivers.bodies import alertmanager_body, slack_body, webhook_body
from steward.model.command import Command
from steward.model.finding import ObjectRef, Remedy
from support.hostile import FRAGMENTS, hostile_text, unseen, whole
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
    assert document["text"].startswith("[HIGH] group g0 lags by 1m 10s")
    assert "&lt;30&gt; &amp; lag grows" in text
    assert "`kubectl scale --replicas=10`" in text
    over = json.loads(slack_body(ended_note(), ""))
    assert over["text"].startswith("[OVER] ")


def test_slack_lists_ten_and_counts_the_rest() -> None:
    document = json.loads(slack_body(note(*[70.0] * 25, verdict=None), ""))
    text = document["attachments"][0]["text"]
    assert text.count("•") == 10
    assert text.endswith("_and 15 more_")


def hostile_note(seed: int) -> Notification:
    """Return what is told of an object with a name, and texts, that would do harm."""
    chance = random.Random(seed)
    told = note(70.0)
    text = lambda: hostile_text(chance)  # noqa: E731
    (alert,) = told.alerts
    assert alert.verdict
    alert = replace(
        alert,
        object=ObjectRef("group", text()),
        summary=text(),
        evidence=tuple(replace(e, fact=text(), value=text()) for e in alert.evidence),
        remedy=Remedy(text(), Command(("echo", text(), text()))),
        verdict=replace(alert.verdict, summary=text()),
    )
    return replace(told, cluster=text(), title=text(), alerts=(alert,))


@pytest.mark.parametrize("seed", range(100))
def test_hostile_names_stay_names_in_every_body(seed: int) -> None:
    told = hostile_note(seed)
    bodies = webhook_body(told), alertmanager_body(told, ""), slack_body(told, "")
    assert not any(unseen(body.decode()) for body in bodies)
    assert json.loads(bodies[0]) == whole(to_plain(told)[0])
    jsonschema.validate(json.loads(bodies[0]), schema_of(Notification))
    (alert,) = json.loads(bodies[1])
    jsonschema.validate([alert], POSTABLE_ALERTS)
    assert not any(
        unseen(text) for text in (*alert["labels"].values(), *alert["annotations"].values())
    )
    assert urlsplit(alert["generatorURL"]).path == f"/alerts/{told.alerts[0].fingerprint}"
    slack = json.loads(bodies[2])
    for text in (slack["text"], slack["attachments"][0]["text"]):
        assert not unseen(text)
        assert not re.search("[<>]|&(?!amp;|lt;|gt;)", text)
        assert not re.search(r"\]\(|(?<![\w`])@\w", re.sub("`[^`\n]{2,}`", "", text))
    assert slack["attachments"][0]["text"].count("\n") == 2, (
        "a line of each: summary, verdict, remedy"
    )


@pytest.mark.parametrize(
    "name", [*(f for f in FRAGMENTS if "\0" not in f and "\udc80" not in f), "`$(touch x)`"]
)
def test_a_command_in_slack_is_the_command_when_pasted(name: str, tmp_path: Path) -> None:
    told = note(70.0)
    argv = ("printf", "%s.", name, "'`$(touch x)`'")
    alert = replace(told.alerts[0], remedy=Remedy("do", Command(argv)), verdict=None)
    body = json.loads(slack_body(replace(told, alerts=(alert,)), ""))
    shown = body["attachments"][0]["text"].rpartition("→ do: ")[2]
    assert shown.count("`") == 2
    pasted = unescape(shown.strip("`"))
    done = subprocess.run(["bash", "-c", pasted], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.decode() == "".join(f"{word}." for word in argv[2:])
    assert not list(tmp_path.iterdir())
