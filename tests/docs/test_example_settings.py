"""The worked steward.toml loads without a warning, shows every key of a profile, and can be connected with."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from steward.analysis.alerting.rules import rules_for
from steward.commands.api.context import Context
from steward.commands.check.audit import policy_of
from steward.interfaces.reference.settings import example_toml
from steward.model.doc import field_docs
from steward.model.drift import DriftMode
from steward.model.finding import ObjectRef
from steward.model.policy import Criticality
from steward.settings.alerts import alert_rules, receivers_of
from steward.settings.connecting import connection_of, criticality_setting
from steward.settings.drift import drift_settings
from steward.settings.reading import load_settings, read_toml
from steward.settings.shapes import Profile, WaiverSetting, environment_variables
from steward.settings.store import retention_of, store_url

ALTERNATIVES = {
    "sasl_password_file", "sasl_oauth_token_env", "sasl_oauth_token_file", "ssl_key_password_env",
}  # fmt: skip
"""Other places for a secret, of which an example needs one."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "steward.toml"
    written.write_text(example_toml())
    return written


def test_it_loads_without_warning(path: Path) -> None:
    settings = load_settings(path)
    assert settings.warnings == ()
    assert settings.default_profile in settings.profiles


def test_its_drift_is_looked_for(path: Path) -> None:
    ((entry, modes),) = drift_settings(load_settings(path))
    assert entry.cluster == "prod"
    assert modes.of(ObjectRef("topic", "orders")) is DriftMode.ENFORCE
    assert modes.of(ObjectRef("acl", "x")) is DriftMode.PROPOSE


def test_it_shows_every_key(path: Path) -> None:
    data = read_toml(path)
    shown = {key for profile in data["profiles"].values() for key in profile}
    assert shown == set(field_docs(Profile)) - ALTERNATIVES
    assert set(data["waivers"][0]) == set(field_docs(WaiverSetting))


def test_its_policy_is_accepted(path: Path) -> None:
    def refuse(_: object) -> object:
        raise AssertionError("no cluster is needed")

    context = Context(connect=refuse, config=str(path), environ={})  # type: ignore[arg-type]
    thresholds, waivers = policy_of(context)
    assert thresholds.severities["min_isr_one"] == "critical"
    assert [w.object for w in waivers] == ["topic clicks"]


def test_its_alerts_and_its_store_are_accepted(path: Path, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / ".config" / "steward").mkdir(parents=True)
    (tmp_path / ".config" / "steward" / "on-call-ca.pem").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("subprocess.run", lambda *_, **__: SimpleNamespace(stdout="Bearer x\n"))
    settings = load_settings(path)
    rules = alert_rules(settings)
    assert rules_for(rules, "prod", "nightly-load").objective_seconds == 3600
    receivers = receivers_of(settings, {"STEWARD_SLACK_URL": "https://hooks.example.com/s3cret"})
    assert [r.kind.value for r in receivers] == ["slack", "alertmanager", "webhook"]
    assert "s3cret" not in repr(receivers)
    assert store_url(settings, {}).reveal().startswith("postgresql+psycopg://")
    assert retention_of(settings).coarse_s == 90 * 86_400


def test_its_main_profile_connects_with_the_secret_of_its_variable(path: Path) -> None:
    profile = load_settings(path).profiles["prod"]
    connection = connection_of("prod", profile, {"STEWARD_PROD_PASSWORD": "s3cret"})
    assert connection.sasl_password is not None
    assert connection.sasl_password.reveal() == "s3cret"
    assert "s3cret" not in repr(connection)
    assert connection.metrics[2].endswith(":7071/metrics")
    assert criticality_setting(profile)["orders.*"] is Criticality.CRITICAL


def test_every_variable_that_the_code_reads_is_documented() -> None:
    source = Path(__file__).parents[2] / "src" / "steward"
    text = "\n".join(p.read_text() for p in source.rglob("*.py") if "reference" not in p.parts)
    named = {
        word
        for word in text.replace('"', " ").replace("'", " ").split()
        if word.startswith("STEWARD_")
    }
    read = {word for word in named if word.isidentifier()}
    assert read <= {name for name, _ in environment_variables()}


def test_the_steward_toml_of_the_readme_loads(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    blocks = re.findall(r"^```toml\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        written = tmp_path / "steward.toml"
        written.write_text(block)
        settings = load_settings(written)
        assert settings.warnings == ()
        assert connection_of("prod", settings.profiles["prod"], {"KAFKA_PASSWORD": "x"})
