"""What is secret in a URL is never shown, however it is written; what tells which server it is stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model.connection import Secret
from steward.model.error import ConfigurationError
from steward.model.redaction import secrets_in, shown_url, sieved

CANARY = "cAnArY-0123456789"
SHOWN = {
    "http://host:8083": "http://host:8083",
    "http://host:8083/connect/": "http://host:8083/connect/",
    f"http://user:{CANARY}@host:8083/connect?expand=info": "http://***@host:8083/connect?expand=info",
    f"https://{CANARY}@host/metrics?token={CANARY}&timeout=5": "https://***@host/metrics?token=***&timeout=5",
    f"https://hooks.slack.com/services/T1/B2/{CANARY}": "https://hooks.slack.com/***/***/***/***",
    f"https://host/v1/{CANARY}#{CANARY}": "https://host/v1/***#***",
    f"postgresql+psycopg://steward:{CANARY}@db/steward?sslmode=require&password={CANARY}":
        "postgresql+psycopg://steward:***@db/steward?sslmode=require&password=***",
    "postgresql+psycopg://steward@db1:5432,db2:5432/steward": "postgresql+psycopg://steward@db1:5432,db2:5432/steward",
    "sqlite:////var/lib/steward/steward.db": "sqlite:////var/lib/steward/steward.db",
    "http://[::1]:8083/connect": "http://[::1]:8083/connect",
    f"http://[{CANARY}": "http://***",
    f"http://user:{CANARY}": "http://user:***",
    f"http://host/ {CANARY}": "http://***",
    f"user:{CANARY}@host:9092,other:9092": "***@host:9092,other:9092",
    f"host:9092?password={CANARY}": "host:9092?***",
    "broker1:9092,broker2:9092": "broker1:9092,broker2:9092",
}  # fmt: skip


@pytest.mark.parametrize(("url", "shown"), SHOWN.items())
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    assert shown_url(shown) == shown
    assert CANARY not in shown


@given(
    scheme=st.sampled_from(("http", "https", "socks5", "postgresql+psycopg", "amqp")),
    place=st.sampled_from(
        ("u:{}@h:1/metrics", "{}@h", "h/x?a=1&b={}", "h?{}", "h#{}", "u:a@{}@h", "h:1?sslmode=x&k=y{}")
    ),
    noise=st.text(st.characters(exclude_characters="/?#@&=:[]"), max_size=5),
)  # fmt: skip
def test_no_place_of_a_url_lets_a_secret_through(scheme: str, place: str, noise: str) -> None:
    url = f"{scheme}://{place.format(CANARY + noise)}"
    shown = shown_url(url)
    if not (
        scheme.startswith("postgresql") and place.startswith("{}@")
    ):  # a database's user is shown
        assert CANARY not in shown
    assert shown_url(shown) == shown


def test_faults_sieve_what_is_known_to_be_secret() -> None:
    Secret("sieve-me-out-1")
    fault = ConfigurationError("it said: sieve-me-out-1 at http://u:hunter22@h/metrics: refused")
    assert str(fault) == "it said: *** at http://***@h/metrics: refused"
    assert fault.summary == str(fault)
    assert (
        sieved("nothing to hide at http://h:1/metrics.") == "nothing to hide at http://h:1/metrics."
    )
    assert secrets_in("sqlite:////tmp/x.db") == secrets_in("http://h:1/connect?expand=info") == ()
