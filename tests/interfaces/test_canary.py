"""A canary in every setting and option that can hold a secret: no command shows it, however it fails."""

import os
from pathlib import Path

import pytest

import steward.__main__ as entry
from steward.model.connection import Secret
from steward.model.error import ClusterUnreachable
from steward.store.open import store_at
from support.example_cluster import example
from support.fake_observer import FakeObserver

CANARY = "cAnArY-4711-sEcReT"
URL = f"http://user:{CANARY}@127.0.0.1:1/{CANARY}?token={CANARY}#{CANARY}"
SETTINGS = f"""
default_profile = "p"
[profiles.p]
bootstrap_servers = "127.0.0.1:1"
environment = "development"
security_protocol = "SASL_PLAINTEXT"
sasl_mechanism = "PLAIN"
sasl_username = "u"
sasl_password_env = "CANARY"
sasl_oauth_token_command = ["echo", "{CANARY}"]
proxy_url = "socks5://user:{CANARY}@127.0.0.1:1"
connect = ["{URL}"]
connect_authorization_env = "CANARY"
schema_registry = "{URL}"
schema_registry_authorization_env = "CANARY"
metrics = {{ "1" = "{URL}", "2" = "{URL}" }}
[store]
url_env = "CANARY_STORE"
[[alerts.receiver]]
name = "hook"
kind = "webhook"
url_env = "CANARY_URL"
authorization_env = "CANARY"
"""
WRONG = {
    "connect = [": f'connect = "{URL}"\nx = [',
    "schema_registry =": f'schema_registry = ["{URL}"]\ny =',
    "metrics = {": f'metrics = "{URL}"\nz = {{',
    "sasl_username =": f'sasl_password = "{CANARY}"\nw =',
    'bootstrap_servers = "': f'bootstrap_servers = "user:{CANARY}@host,',
    "[store]": f'[store]\nurl = "postgresql+psycopg://u@h/d?password={CANARY}"\nq = 1',
    "sasl_oauth_token_command =": f'sasl_oauth_token_command = "{CANARY}"\nv =',
    "[[alerts.receiver]]": f'[[alerts.receiver]]\nheaders = {{ Authorization = "{CANARY}" }}',
    'kind = "webhook"': f'kind = "webhook"\nurl = ["{URL}"]',
    "default_profile =": f'default_profile = "{CANARY}\n',
}
"""What is written instead: wrong types, secrets in the wrong place, texts that do not end."""
COMMANDS = (
    ("profile", "list"), ("profile", "explain"), ("topic", "list"), ("check",), ("doctor",),
    ("plan", "list"), ("alert", "list"), ("alert", "test"), ("audit", "list"),
    ("topic", "delete", "orders", "--dry-run"), ("diagnose", "billing", "--client-metrics", URL),
    ("lag", "history", "billing"), ("topic", "list", "-B", f"u:{CANARY}@h"),
    ("topic", "list", "--config", f"/nowhere/{URL}"), ("topic", "list", "--timeout", URL),
)  # fmt: skip


def said_by(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    entry.run(list(words))
    return "".join(capsys.readouterr())


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "steward.toml"
    path.write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.setenv("CANARY_URL", URL)
    monkeypatch.setenv(
        "CANARY_STORE",
        f"postgresql+psycopg://u:{CANARY}@127.0.0.1:1/d?connect_timeout=1&password={CANARY}",
    )
    return path


@pytest.mark.parametrize("format", ["text", "json", "yaml"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_shows_it(
    words: tuple[str, ...], format: str, written: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(entry, "connect", lambda _: FakeObserver(example()))
    if "-B" not in words and "--config" not in words:
        words = (*words, "--timeout", "1s")
    assert CANARY not in said_by((*words, "-o", format, "--verbose"), capsys).replace("-B", ""), (
        words
    )


@pytest.mark.parametrize(
    "words",
    [("topic", "list"), ("profile", "explain"), ("plan", "list"), ("alert", "test")],
    ids=" ".join,
)
@pytest.mark.parametrize("key", WRONG)
def test_no_fault_of_settings_shows_it(
    key: str, words: tuple[str, ...], written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    assert key in SETTINGS
    written.write_text(SETTINGS.replace(key, WRONG[key], 1))
    monkeypatch.setattr(entry, "connect", lambda _: FakeObserver(example()))
    said = said_by((*words, "--verbose"), capsys)
    assert CANARY not in said
    assert "internal error" not in said


@pytest.mark.parametrize("fault", [RuntimeError, ClusterUnreachable])
def test_no_cause_of_a_fault_shows_it(
    fault: type[Exception], written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    def connect(_: object) -> FakeObserver:
        try:
            raise ValueError(f"cannot log in with {CANARY} at {URL}")
        except ValueError as cause:
            raise fault(f"no broker at {URL} took {CANARY}") from cause

    monkeypatch.setattr(entry, "connect", connect)
    said = said_by(("topic", "list", "--verbose"), capsys)
    assert "Traceback" in said
    assert CANARY not in said


def test_a_store_that_cannot_be_reached_is_named_without_it() -> None:
    store = store_at(
        Secret(f"postgresql+psycopg://u:{CANARY}@127.0.0.1:1/d?connect_timeout=1&options={CANARY}")
    )
    with pytest.raises(Exception, match=r"127\.0\.0\.1:1/d") as caught:
        store.plans.heads(1)
    assert CANARY not in str(caught.value)
    assert CANARY not in store.place
    assert CANARY not in f"{store!r} {caught.value!r}"


SHORT = "q7-Zx"
"""Below the length from which a secret is hidden within words; what is no plain word is hidden all the same."""


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_shows_a_short_one(
    words: tuple[str, ...], written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    written.write_text(SETTINGS.replace(CANARY, SHORT))
    for variable in ("CANARY", "CANARY_URL", "CANARY_STORE"):
        monkeypatch.setenv(variable, os.environ[variable].replace(CANARY, SHORT))
    monkeypatch.setattr(entry, "connect", lambda _: FakeObserver(example()))
    words = tuple(word.replace(CANARY, SHORT) for word in words)
    if "-B" not in words and "--config" not in words:
        words = (*words, "--timeout", "1s")
    assert SHORT not in said_by((*words, "--verbose"), capsys), words


def test_no_cause_of_a_fault_shows_a_short_one(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CANARY", "ab")

    def connect(_: object) -> FakeObserver:
        raise RuntimeError('refused: password=\'ab\' at http://u:ab@h, asked {"password": "ab"}')

    monkeypatch.setattr(entry, "connect", connect)
    said = said_by(("topic", "list"), capsys)
    assert "internal error" in said
    assert "ab" not in said.partition("RuntimeError")[2].partition("try:")[0]
