"""The commands of alerts: what they show, what they refuse, and how they exit."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from steward.analysis.alerting.rules import AlertRules
from steward.commands.alert.list import list_alerts
from steward.commands.alert.silence import silence_alerts
from steward.commands.alert.test import try_receivers
from steward.commands.alert.unsilence import unsilence_alerts
from steward.commands.api.envelope import envelope_schema
from steward.daemon.alerting.alerter import Alerter
from steward.daemon.alerting.delivery import ReceiverWorkers
from steward.model.connection import Secret
from steward.store.open import open_store
from support.command_line import CommandLine, Run
from support.example_cluster import example
from support.http_receiver import HttpReceiver, http_receiver
from support.notes import VERDICT
from support.ticks import group, tick


@pytest.fixture
def steward(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return CommandLine(monkeypatch, capsys, example())


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with http_receiver() as running:
        yield running


def judge(tmp_path: Path, *ticks) -> None:
    """Do what a daemon does with some looks."""
    with open_store(Secret(f"sqlite:///{tmp_path}/steward.db")) as store:
        alerter = Alerter(store, AlertRules(), [], ReceiverWorkers([]))
        for facts in ticks:
            alerter.tick(facts)


def test_what_fires_is_listed_the_worst_first(steward: Run, tmp_path: Path) -> None:
    judge(
        tmp_path,
        tick(0, group("payments", 70.0, verdict=VERDICT), group("audit", 1.0, lost_records=5)),
        tick(0, group("x", 70.0), cluster="other"),
    )
    ran = steward("alert", "list", "-o", "json")
    assert ran.code == 0
    jsonschema.validate(ran.json, envelope_schema(list_alerts))
    rows = ran.json["data"]["alerts"]
    assert [(r["severity"], r["cluster"], r["rule"]) for r in rows] == [
        ("critical", "prod", "data_loss"),
        ("high", "prod", "lag_over_objective"),
        ("high", "other", "lag_over_objective"),
    ]
    assert rows[1]["cause"] == "under_capacity"
    assert rows[1]["remedy"] == "kubectl scale --replicas=10"
    assert ran.json["warnings"][0]["code"] == "not_judged"
    only = steward("--cluster", "other", "alert", "list", "-o", "json").json["data"]["alerts"]
    assert [r["object"]["name"] for r in only] == ["x"]
    text = steward("alert", "list")
    assert "group payments lags by 1m 10s" in text.out
    assert "steward serve" in text.err


def test_fail_on_counts_what_fires_and_is_not_silenced(steward: Run, tmp_path: Path) -> None:
    judge(tmp_path, tick(0, group("payments", 70.0)))
    assert steward("alert", "list", "--fail-on", "critical").code == 0
    assert steward("alert", "list", "--fail-on", "high").code == 3
    assert steward("alert", "silence", "rule=lag_over_objective", "--reason", "known").code == 0
    assert steward("alert", "list", "--fail-on", "high").code == 0


def test_a_silence_is_made_seen_and_ended(steward: Run, tmp_path: Path) -> None:
    judge(tmp_path, tick(0, group("payments", 70.0), group("audit", 70.0)))
    words = ("group=~pay.*", "cluster=prod", "--for", "2h", "--reason", "deploy", "--author", "me")
    made = steward("alert", "silence", *words, "-o", "json")
    jsonschema.validate(made.json, envelope_schema(silence_alerts))
    assert made.json["data"]["covers"] == 1
    silence = made.json["data"]["silence"]
    listed = steward("alert", "list", "-o", "json").json["data"]
    assert listed["silences"] == [silence]
    states = {r["object"]["name"]: (r["state"], r["silenced_by"]) for r in listed["alerts"]}
    assert states == {"payments": ("silenced", silence["id"]), "audit": ("firing", None)}
    ended = steward("alert", "unsilence", silence["id"], "-o", "json")
    jsonschema.validate(ended.json, envelope_schema(unsilence_alerts))
    assert steward("alert", "list", "-o", "json").json["data"]["silences"] == []
    gone = steward("alert", "unsilence", silence["id"])
    assert gone.code == 1
    assert "no active silence" in gone.err


def test_a_fingerprint_is_a_matcher(steward: Run, tmp_path: Path) -> None:
    judge(tmp_path, tick(0, group("payments", 70.0), group("audit", 70.0)))
    rows = steward("alert", "list", "-o", "json").json["data"]["alerts"]
    made = steward("alert", "silence", rows[0]["fingerprint"], "--reason", "x", "-o", "json")
    assert made.json["data"]["covers"] == 1


@pytest.mark.parametrize(
    "words",
    [
        ("silence", "group=a"), ("silence", "--reason", "x"), ("silence", "grp=a", "--reason", "x"),
        ("silence", "group=~(", "--reason", "x"), ("silence", "rule=nope", "--reason", "x"),
        ("silence", "group=a", "--reason", "x", "--for", "0s"), ("list", "--rule", "nope"),
        ("test",),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_clear_line(steward: Run, words: tuple[str, ...]) -> None:
    ran = steward("alert", *words)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def receiver(name: str, http: HttpReceiver, kind: str = "webhook") -> str:
    return f'[[alerts.receiver]]\nname = "{name}"\nkind = "{kind}"\nurl_env = "OPS_URL"\n'


def test_a_test_says_what_each_receiver_answered(
    steward: Run, tmp_path: Path, http: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_URL", http.url)
    kinds = ("webhook", "slack", "alertmanager")
    written = "".join(receiver(f"my-{kind}", http, kind) for kind in kinds)
    (tmp_path / "steward.toml").write_text(written)
    ran = steward("alert", "test", "-o", "json")
    jsonschema.validate(ran.json, envelope_schema(try_receivers))
    assert ran.code == 0
    assert [r["ok"] for r in ran.json["data"]["receivers"]] == [True] * 3
    webhook, slack, alertmanager = (json.loads(r.body) for r in http.taken())
    assert (webhook["reason"], webhook["status"]) == ("test", "resolved")
    assert "test notification of steward" in slack["text"]
    assert alertmanager[0]["endsAt"] > alertmanager[0]["startsAt"]
    http.status = 403
    ran = steward("alert", "test", "my-slack")
    assert ran.code == 1
    assert "403 Forbidden" in ran.out
    assert "s3cr3t" not in ran.out + ran.err
    assert len(http.taken()) == 1
    assert steward("alert", "test", "nobody").code == 1


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[alerts]\nobjective_seconds = 0", "alerts.objective_seconds is 0"),
        ("[alerts]\nclear_ratio = 1.5", "clear_ratio is 1.5"),
        ("[alerts]\ngood_minutes_ratio = 1.0", "good_minutes_ratio is 1"),
        ('[alerts]\noff = ["data_los"]', "did you mean data_loss?"),
        ("[[alerts.override]]\ngroup = '('", "alerts.override[0].group is '('"),
        ("[alerts.override]\ngroup = 'a'", "write [[alerts.override]]"),
        ("[[alerts.receiver]]\nname = 'a'", "alerts.receiver[0]: missing kind"),
        ("[[alerts.receiver]]\nname = 'a'\nkind = 'email'", "webhook, alertmanager, slack"),
        ("[[alerts.receiver]]\nname = 'a'\nkind = 'slack'", "no URL starting with http"),
        ("[[alerts.receiver]]\nname = 'a'\nkind = 'slack'\nurl = 's3cr3t'", "no URL starting"),
        ("[[alerts.receiver]]\nname = 'a'\nkind = 'slack'\nurl_env = 'NOT_THERE'", "$NOT_THERE is not set"),
        ("[[alerts.receiver]]\nname = 'a'\nkind = 'slack'\nurl = 'http://x'\ntimeout_seconds = 0",
         "timeout_seconds is 0"),
        (("[[alerts.receiver]]\nname = 'a'\nkind = 'slack'\nurl = 'http://x'\n"
         "headers = { Authorization = 's3cr3t' }"), "headers contains Authorization"),
        (("[[alerts.receiver]]\nname = 'a'\nkind = 'slack'\nurl = 'http://x'\n") * 2, "a unique name"),
        ("[[alerts.receiver]]\nname = 'a'\nkind = 'slack'\nurl = 'http://x'\nssl_ca_file = '/none'",
         "ssl_ca_file /none does not exist"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_one_clear_line(
    steward: Run, tmp_path: Path, toml: str, says: str
) -> None:
    (tmp_path / "steward.toml").write_text(toml)
    ran = steward("alert", "test")
    if "override" in toml or "objective" in toml or "ratio" in toml or "off" in toml:
        from steward.model.error import ConfigurationError
        from steward.settings.alerts import alert_rules
        from steward.settings.reading import load_settings

        with pytest.raises(ConfigurationError) as fault:
            alert_rules(load_settings(tmp_path / "steward.toml"))
        assert says in f"{fault.value.summary} {fault.value.remedy}"
        return
    assert ran.code == 2
    assert says in ran.err
    assert "s3cr3t" not in ran.err


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[store]\nurl = 'postgresql+psycopg://u:s3cr3t@h/d'", "store.url would put a secret"),
        ("[store]\nurl = 'mysql://h/d'", "unsupported store URL mysql://"),
        ("[store]\nkeep_days = 1", "in ascending order"),
        ("[store]\nmax_megabytes = 1", "set 10 or more"),
        ("[store]\nurl_env = 'NOT_THERE'", "$NOT_THERE is not set"),
    ],
)
def test_a_bad_store_is_one_clear_line(steward: Run, tmp_path: Path, toml: str, says: str) -> None:
    (tmp_path / "steward.toml").write_text(toml)
    ran = steward("alert", "list")
    assert ran.code == 2
    assert says in ran.err
    assert "s3cr3t" not in ran.err


def test_a_store_that_is_not_there_is_told(steward: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "steward.toml").write_text(f"[store]\nurl = 'sqlite:///{tmp_path}/file/s.db'")
    ran = steward("alert", "list", "-o", "json")
    assert ran.code == 1
    assert ran.json["errors"][0]["code"] == "store_unavailable"


def test_rules_are_yaml_and_the_dashboard_is_json(steward: Run) -> None:
    written = steward("alert", "rules").out
    assert written.startswith("groups:\n")
    assert yaml.safe_load(written) == steward("alert", "rules", "-o", "json").json
    assert steward("alert", "dashboard").json["schemaVersion"] >= 39
