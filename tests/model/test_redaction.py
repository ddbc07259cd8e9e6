"""What is secret in a URL is never shown, however it is written; what tells which server it is stays."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model import redaction
from steward.model.connection import Secret
from steward.model.error import ConfigurationError
from steward.model.redaction import secrets_in, shown_url, sieved
from steward.model.unknown import Unknown, Why

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
    assert secrets_in("sqlite:////data/x.db") == secrets_in("http://h:1/connect?expand=info") == ()


@pytest.mark.parametrize(
    "repeated",
    [
        lambda s: s,
        lambda s: quote(s, safe=""),
        lambda s: quote_plus(s),
        lambda s: json.dumps(s),
        lambda s: json.dumps(s, ensure_ascii=False),
        repr,
    ],
)
@given(secret=st.text(min_size=8, max_size=30).filter(lambda s: len(s.strip()) >= 8))
def test_a_secret_is_sieved_out_however_a_server_writes_it(
    repeated: Callable[[str], str], secret: str
) -> None:
    if len(secret.splitlines()) > 1 or not all(c.isprintable() for c in secret):
        return
    secret = secret.strip()
    Secret(secret)
    said = f"no such request: <{repeated(secret)}>"
    assert secret not in sieved(said)
    assert repeated(secret).strip("'\"") not in sieved(said)


def test_what_a_header_holds_is_a_secret_without_its_scheme_too() -> None:
    login = base64.b64encode(b"somebody:pass-phrase-77").decode()
    Secret(f"Basic {login}")
    Secret("Bearer token-of-bearer-77")
    said = f"401 {login} somebody:pass-phrase-77 pass-phrase-77 token-of-bearer-77"
    assert sieved(said) == "401 *** *** *** ***"


def test_a_reason_for_not_knowing_and_what_to_do_hold_no_secret() -> None:
    Secret("sieve-me-out-2")
    why = Unknown(Why.REFUSED, "it said sieve-me-out-2 to GET http://u:p@h/metrics?token=abc")
    assert str(why) == "it said *** to GET http://***@h/metrics?token=***"
    assert str(replace(why, detail="again sieve-me-out-2")) == "again ***"
    fault = ConfigurationError("wrong", remedy="ask http://h/a/b for sieve-me-out-2")
    assert fault.remedy == "ask http://h/a/b for ***"


def test_an_address_with_nothing_to_hide_is_not_taken_out_of_texts() -> None:
    Secret("sqlite://")
    Secret("sqlite:////var/lib/steward/steward.db")
    assert sieved("write sqlite:////var/lib/steward/steward.db") == (
        "write sqlite:////var/lib/steward/steward.db"
    )


SHORT = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\*"),
    min_size=1, max_size=7,
)  # fmt: skip
PLACES = (
    "password={}", "sasl_password: {}", '{{"password": "{}"}}', "token => {} now", "http://user:{}@host:8083/connect",
    "GET /subjects?api_key={}&x=1 HTTP/1.1", "authorization='{}'", "host=db password={} port=5432",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@given(secret=SHORT)
def test_a_short_secret_is_hidden_at_its_place(place: str, secret: str) -> None:
    if "://" in place or "?" in place:
        secret = quote(secret, safe="")
    redaction._known.clear()
    redaction._known_short.clear()
    Secret(secret)
    said = sieved(place.format(secret))
    before = place.replace("{{", "{").partition("{}")[0]
    assert said.startswith(before[: before.find("://") if "://" in before else -1])
    assert f"{before}{secret}" not in said
    assert "***" in said


def test_the_text_around_a_short_secret_stays_what_it_was() -> None:
    redaction._known.clear()
    redaction._known_short.clear()
    for secret in ("kafka", "dev", "1234", "a", "Orders", "p4ss", "s-3"):
        Secret(secret)
    text = "kafka has 1234 records in topic Orders of dev, a p4ssword is no pass-3 (min.bytes=1234)"
    assert sieved(text) == text


@pytest.mark.parametrize("secret", ["hunt2", "p4ss!", "a_b-c", "Tr0ub4"])
def test_a_short_secret_that_is_no_plain_word_is_hidden_as_a_word(secret: str) -> None:
    redaction._known.clear()
    redaction._known_short.clear()
    Secret(secret)
    assert sieved(f"log in with {secret}, then '{secret}' or x{secret}") == (
        f"log in with ***, then '***' or x{secret}"
    )


def test_a_secret_field_is_hidden_whoever_wrote_it() -> None:
    redaction._known.clear()
    redaction._known_short.clear()
    Secret("nothing-of-this")
    said = (
        "host=db user=u password=unheard-of sslmode=require ssl.key.password='two words' fencing=3"
    )
    assert (
        sieved(said) == "host=db user=u password=*** sslmode=require ssl.key.password=*** fencing=3"
    )
