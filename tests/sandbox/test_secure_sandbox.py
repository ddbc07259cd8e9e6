"""That every listener of the secured sandbox lets in whom it should, and nobody else."""

from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from steward.sandbox.tools import run_tool

pytestmark = pytest.mark.brokers


def described(sandbox, listener, *, password=None):
    connection = sandbox.status.connection
    stored = Path(connection["sasl_password_file"]).read_text()
    sasl = {"sasl.username": "admin", "sasl.password": password or stored}
    settings = {
        "SCRAM": {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", **sasl},
        "PLAIN": {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", **sasl},
        "TLS": {"security.protocol": "SSL"},
        "MTLS": {
            "security.protocol": "SSL",
            "ssl.certificate.location": connection["ssl_cert_file"],
            "ssl.key.location": connection["ssl_key_file"],
        },
    }[listener]
    client = AdminClient(
        {
            "bootstrap.servers": sandbox.status.listeners[listener],
            "ssl.ca.location": connection["ssl_ca_file"],
            "log_level": 0,
            **settings,
        }
    )
    return client.describe_cluster(include_authorized_operations=True, request_timeout=4).result()


@pytest.mark.parametrize("listener", ["SCRAM", "PLAIN", "MTLS"])
def test_the_administrator_may_do_everything_through(secure_sandbox, listener):
    found = described(secure_sandbox, listener)
    assert found.cluster_id == secure_sandbox.status.cluster_id
    assert len(found.nodes) == 3
    assert len(found.authorized_operations) > 5


def test_tls_without_a_certificate_is_anonymous_and_may_do_nothing(secure_sandbox):
    assert not described(secure_sandbox, "TLS").authorized_operations


@pytest.mark.parametrize("listener", ["SCRAM", "PLAIN"])
def test_a_wrong_password_is_refused(secure_sandbox, listener):
    with pytest.raises(KafkaException):
        described(secure_sandbox, listener, password="wrong")


def test_kafka_s_own_tools_log_in_without_a_password_on_their_command_line(secure_sandbox):
    users = run_tool(secure_sandbox.name, "kafka-configs", ["--describe", "--entity-type", "users"])
    assert "admin" in users.stdout
    assert "SCRAM-SHA-512=iterations=8192" in users.stdout
