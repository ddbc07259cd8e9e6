"""The doctor and failing connections, against servers on loopback that are no brokers."""

import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from steward.cluster.connection_checks.doctor import diagnose_connection
from steward.cluster.observer import connect
from steward.model.connection import Connection, Secret
from steward.model.doctor import CheckStatus, DoctorStep
from steward.model.error import ClusterUnreachable, ConfigurationError, StewardError
from support import servers


def _profile(port: int, **settings: object) -> Connection:
    base = Connection(
        name="p",
        bootstrap_servers=(f"127.0.0.1:{port}",),
        connect_timeout_seconds=1.0,
        request_timeout_seconds=1.0,
    )
    return replace(base, **settings)


def _failed(connection: Connection) -> DoctorStep:
    """The one failing step; every later one of its target is skipped, and it was reported as it came."""
    heard: list[DoctorStep] = []
    steps = diagnose_connection(connection, heard.append)
    assert tuple(heard) == steps
    (failed,) = [s for s in steps if s.status is CheckStatus.FAILED]
    after = steps[steps.index(failed) + 1 :]
    assert after
    assert {s.status for s in after} == {CheckStatus.SKIPPED}
    assert failed.remedy
    return failed


def _refusal(connection: Connection) -> StewardError:
    started = time.monotonic()
    with pytest.raises(StewardError) as caught:
        connect(connection)
    assert time.monotonic() - started < connection.connect_timeout_seconds + 2
    assert "\n" not in caught.value.summary
    assert caught.value.remedy
    return caught.value


def test_a_closed_port() -> None:
    profile = _profile(servers.free_port())
    step = _failed(profile)
    assert (step.name, step.target) == ("tcp", profile.bootstrap_servers[0])
    assert "refused" in step.detail
    fault = _refusal(profile)
    assert isinstance(fault, ClusterUnreachable)
    assert "PLAINTEXT" in fault.summary
    assert profile.bootstrap_servers[0] in fault.summary


def test_a_name_that_does_not_resolve() -> None:
    profile = _profile(1, bootstrap_servers=("nobody.invalid:9092",))
    assert _failed(profile).name == "dns"
    assert "nobody.invalid" in _refusal(profile).summary


def test_an_http_server() -> None:
    with servers.serving(servers.http) as port:
        assert _failed(_profile(port)).detail.startswith("this is an HTTP server")
        assert "HTTP server" in _refusal(_profile(port)).summary
        secured = _failed(_profile(port, security_protocol="SSL"))
        assert (secured.name, secured.detail[:22]) == ("tls", "this is an HTTP server")


@pytest.mark.parametrize("handler", [servers.garbage, servers.closing, servers.silent])
def test_what_is_no_broker(handler: servers.Handler) -> None:
    with servers.serving(handler) as port:
        assert _failed(_profile(port)).name == "kafka"
        assert isinstance(_refusal(_profile(port)), ClusterUnreachable)


def test_a_controller_listener() -> None:
    with servers.serving(servers.answering({18: (0, 4), 62: (0, 4)})) as port:
        step = _failed(_profile(port))
    assert (step.name, step.detail.split(":")[0]) == ("kafka", "this is a controller listener")


def test_tls_wanted_where_kafka_is_plain() -> None:
    with servers.serving(servers.answering({18: (0, 4), 3: (0, 13)})) as port:
        step = _failed(_profile(port, security_protocol="SSL"))
    assert step.name == "tls"
    assert "security_protocol = PLAINTEXT" in step.remedy


class Tls:
    """A TLS server of a private CA."""

    def __init__(self, folder: Path, name: str) -> None:
        ca = trustme.CA()
        self.ca_file = str(folder / f"{name}-ca.pem")
        ca.cert_pem.write_to_path(self.ca_file)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(name).configure_cert(self.context)


def test_plain_kafka_wanted_where_tls_is_spoken(tmp_path: Path) -> None:
    tls = Tls(tmp_path, "127.0.0.1")
    with servers.serving(servers.silent, tls.context) as port:
        step = _failed(_profile(port))
        assert step.name == "kafka"
        assert "security_protocol = SSL" in step.remedy
        assert "speaks TLS" in _refusal(_profile(port)).summary


def test_certificates(tmp_path: Path) -> None:
    mine, other = Tls(tmp_path, "127.0.0.1"), Tls(tmp_path, "broker.example")
    kafka = servers.answering({18: (0, 4), 3: (0, 13)})
    with servers.serving(kafka, mine.context) as port:
        profile = _profile(port, security_protocol="SSL", ssl_ca_file=other.ca_file)
        unknown = _failed(profile)
        assert "unknown CA" in unknown.detail
        assert "127.0.0.1" in unknown.detail
        assert "unknown CA" in _refusal(profile).summary
        trusted = diagnose_connection(replace(profile, ssl_ca_file=mine.ca_file))
        assert [s.status for s in trusted if s.name == "tls"] == [CheckStatus.OK]
    with servers.serving(kafka, other.context) as port:
        named = _failed(_profile(port, security_protocol="SSL", ssl_ca_file=other.ca_file))
        assert "not valid for 127.0.0.1" in named.detail
        assert "broker.example" in named.detail


def test_settings_come_first(tmp_path: Path) -> None:
    profile = _profile(1, security_protocol="SSL", ssl_ca_file=str(tmp_path / "absent.pem"))
    (step,) = diagnose_connection(profile)
    assert (step.name, step.status) == ("configuration", CheckStatus.FAILED)
    assert isinstance(_refusal(profile), ConfigurationError)
    assert isinstance(
        _refusal(_profile(1, bootstrap_servers=("nonsense:port",))), ConfigurationError
    )


def test_the_password_is_in_no_step() -> None:
    with servers.serving(servers.closing) as port:
        profile = _profile(
            port,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="PLAIN",
            sasl_username="me",
            sasl_password=Secret("hunter2-very-secret"),
        )
        steps = diagnose_connection(profile)
        assert "hunter2" not in repr(steps) + str(_refusal(profile))
