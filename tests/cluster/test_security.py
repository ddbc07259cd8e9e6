"""Profiles as client settings: every mechanism, broken files, and secrets that stay secret."""

import logging
import ssl
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from steward.cluster.adapters import security
from steward.cluster.adapters.connections import KafkaClient
from steward.model.connection import Connection, Secret
from steward.model.error import ConfigurationError
from steward.settings.connecting import check_authentication

SECRET = "hunter2-very-secret"


def _profile(**settings: object) -> Connection:
    return replace(Connection(name="p", bootstrap_servers=("127.0.0.1:1",)), **settings)


def _sasl(mechanism: str, **settings: object) -> Connection:
    return _profile(
        security_protocol="SASL_SSL",
        sasl_mechanism=mechanism,
        sasl_username="me",
        sasl_password=Secret(SECRET),
        **settings,
    )


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_password_mechanisms(mechanism: str) -> None:
    config = security.client_config(_sasl(mechanism))
    assert config["sasl_mechanism"] == mechanism
    assert config["sasl_plain_username"] == "me"
    assert config["sasl_plain_password"] == SECRET
    assert config["client_id"] == "steward"


def test_oauth_token_and_token_command() -> None:
    given = _profile(
        security_protocol="SASL_SSL", sasl_mechanism="OAUTHBEARER", sasl_oauth_token=Secret(SECRET)
    )
    assert security.client_config(given)["sasl_oauth_token_provider"].token() == SECRET
    command = (sys.executable, "-c", "print('from-command')")
    asked = replace(given, sasl_oauth_token=None, sasl_oauth_token_command=command)
    assert security.client_config(asked)["sasl_oauth_token_provider"].token() == "from-command"


def test_a_failing_token_command_shows_no_output() -> None:
    code = f"import sys; print('{SECRET}'); print('{SECRET}', file=sys.stderr); sys.exit(3)"
    profile = _profile(
        security_protocol="SASL_SSL",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth_token_command=(sys.executable, "-c", code),
    )
    provider = security.client_config(profile)["sasl_oauth_token_provider"]
    with pytest.raises(ConfigurationError, match="exit code 3") as caught:
        provider.token()
    assert SECRET not in str(caught.value) + caught.value.remedy
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (_profile(security_protocol="SASL_SSL"), "needs a sasl_mechanism"),
        (_sasl("PLAIN", ssl_ca_file=None), ""),
        (replace(_sasl("PLAIN"), sasl_password=None), "needs a user and a password"),
        (replace(_sasl("OAUTHBEARER"), sasl_password=None), "needs a token"),
    ],
)
def test_what_is_missing_is_named(profile: Connection, says: str) -> None:
    if not says:
        check_authentication(profile)
        return
    with pytest.raises(ConfigurationError, match=says) as caught:
        check_authentication(profile)
    assert caught.value.remedy


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pem")
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    cert = ca.issue_cert("me.example")
    cert.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    cert.private_key_pem.write_to_path(folder / "key.pem")
    key = load_pem_private_key(cert.private_key_pem.bytes(), None)
    sealed = BestAvailableEncryption(SECRET.encode())
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)
    (folder / "sealed.pem").write_bytes(encrypted)
    (folder / "junk.pem").write_text("no certificate")
    return folder


def _tls(folder: Path, **files: str) -> Connection:
    paths = {key: str(folder / name) for key, name in files.items()}
    return _profile(security_protocol="SSL", **paths)


def test_mutual_tls_with_a_plain_and_an_encrypted_key(pem: Path) -> None:
    plain = _tls(pem, ssl_ca_file="ca.pem", ssl_cert_file="cert.pem", ssl_key_file="key.pem")
    context = security.tls_context(plain)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    sealed = replace(plain, ssl_key_file=str(pem / "sealed.pem"), ssl_key_password=Secret(SECRET))
    security.tls_context(sealed)
    assert not security.tls_context(replace(plain, ssl_check_hostname=False)).check_hostname


@pytest.mark.parametrize("password", [None, Secret("wrong-password")])
def test_a_wrong_key_password_is_an_error_not_a_prompt(pem: Path, password: Secret | None) -> None:
    profile = _tls(pem, ssl_cert_file="cert.pem", ssl_key_file="sealed.pem")
    with pytest.raises(ConfigurationError, match="ssl_cert_file") as caught:
        security.tls_context(replace(profile, ssl_key_password=password))
    assert "wrong-password" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"ssl_ca_file": "absent.pem"}, "ssl_ca_file .*absent.pem does not exist"),
        ({"ssl_ca_file": "junk.pem"}, "ssl_ca_file .*junk.pem cannot be read"),
        ({"ssl_cert_file": "absent.pem"}, "ssl_cert_file .*absent.pem does not exist"),
        ({"ssl_cert_file": "cert.pem", "ssl_key_file": "absent.pem"}, "ssl_key_file"),
    ],
)
def test_broken_files_are_named(pem: Path, files: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        security.tls_context(_tls(pem, **files))


def test_neither_reprs_nor_logs_hold_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    profile = _sasl("PLAIN")
    client = KafkaClient(profile)
    client.start()
    try:
        logging.getLogger("kafka.net.connection").debug(
            "config %s", security.client_config(profile)
        )
    finally:
        client.close()
    assert SECRET not in caplog.text
    assert SECRET not in repr(profile) + str(profile)
