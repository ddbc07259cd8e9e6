import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from steward.sandbox.creation import _planned, check_spec
from steward.sandbox.credentials import credentials_of, issue_client, make_credentials
from steward.sandbox.error import SandboxError
from steward.sandbox.jars import KafkaJars
from steward.sandbox.java import broker_command, tool_java
from steward.sandbox.jre import JavaRuntime
from steward.sandbox.logs import last_words
from steward.sandbox.places import broker_dir
from steward.sandbox.profile import render_profile
from steward.sandbox.properties import render, server_properties
from steward.sandbox.server_properties import meta_properties, write_configuration
from steward.sandbox.state import SandboxState, save_state
from steward.sandbox.status import SandboxSpec, status_of

JARS = KafkaJars(version="4.3.1", classpath=(Path("/j/kafka.jar"),), agent=Path("/j/agent.jar"))


@pytest.fixture(autouse=True)
def own_state_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))


def planned(**spec) -> SandboxState:
    return _planned(SandboxSpec(name="unit", **spec), JARS)


@pytest.mark.parametrize(
    ("brokers", "factor", "in_sync", "voters"),
    [(1, "1", "1", 1), (2, "2", "1", 1), (3, "3", "2", 3), (5, "3", "2", 3)],
)
def test_replication_and_quorum_follow_the_number_of_brokers(brokers, factor, in_sync, voters):
    state = planned(brokers=brokers)
    properties = server_properties(state, state.brokers[-1])
    for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
        assert properties[f"{topic}.replication.factor"] == factor
    assert properties["default.replication.factor"] == factor
    assert properties["min.insync.replicas"] == in_sync
    assert len(state.controllers) == voters
    assert len(properties["controller.quorum.bootstrap.servers"].split(",")) == voters


def test_racks_go_round_and_no_port_is_used_twice():
    state = planned(brokers=5, secure=True)
    assert [broker.rack for broker in state.brokers] == ["r1", "r2", "r3", "r1", "r2"]
    ports = [p for b in state.brokers for p in (*b.ports.values(), b.metrics_port)]
    assert len(set(ports)) == len(ports)
    assert "CONTROLLER" not in state.brokers[-1].ports


def test_a_sandbox_never_creates_topics_and_listens_on_loopback_only():
    state = planned(secure=False)
    properties = server_properties(state, state.brokers[0])
    assert properties["auto.create.topics.enable"] == "false"
    addresses = properties["listeners"].split(",")
    assert len(addresses) == 3
    assert all("://127.0.0.1:" in address for address in addresses)


def test_a_secured_broker_admits_nobody_unknown():
    state = planned(brokers=1, secure=True)
    make_credentials(state.home)
    properties = server_properties(state, state.brokers[0])
    # Kafka's default is false; written out, brokers would hide it and nobody could tell that the door is closed
    assert "allow.everyone.if.no.acl.found" not in properties
    assert "ANONYMOUS" not in properties["super.users"]
    assert "PLAINTEXT" not in properties["listener.security.protocol.map"]
    assert properties["listener.name.tls.ssl.client.auth"] == "none"
    for listener in ("mtls", "internal", "controller"):
        assert properties[f"listener.name.{listener}.ssl.client.auth"] == "required"


def test_no_secret_is_on_a_command_line_and_every_file_with_one_is_private():
    state = planned(brokers=1, secure=True)
    made = make_credentials(state.home)
    write_configuration(state, JARS, state.brokers)
    password = made.admin_password.read_text()
    assert len(password) >= 32
    runtime = JavaRuntime(home=Path("/jre"), major=25)
    assert password not in " ".join(broker_command(runtime, JARS, state, state.brokers[0]))
    holding = [f for f in state.home.rglob("*") if f.is_file() and password in f.read_text()]
    config = broker_dir(state.home, 1) / "server.properties"
    assert set(holding) == {made.admin_password, made.client_properties, config}
    keys = [f for f in state.home.rglob("*.pem") if "PRIVATE KEY" in f.read_text()]
    assert {f.stat().st_mode & 0o777 for f in [*holding, *keys]} == {0o600}
    assert password not in repr(status_of(state))
    assert password not in render_profile(status_of(state))


def test_further_clients_get_certificates_of_the_same_authority():
    state = planned(brokers=1, secure=True)
    make_credentials(state.home)
    cert, key = issue_client(state.home, "app")
    assert cert.read_bytes().count(b"BEGIN CERTIFICATE") >= 1
    assert b"BEGIN PRIVATE KEY" in key.read_bytes()


def test_the_profile_is_toml_with_every_setting_that_a_client_needs():
    state = planned(brokers=2, secure=True, environment="production")
    profile = tomllib.loads(render_profile(status_of(state)))["profiles"]["unit"]
    credentials = credentials_of(state.home)
    assert profile["environment"] == "production"
    assert profile["sasl_password_file"] == str(credentials.admin_password)
    assert profile["bootstrap_servers"].count(",") == 1
    assert set(profile["metrics"]) == {"1", "2"}
    assert set(profile) == {
        "bootstrap_servers", "environment", "security_protocol", "sasl_mechanism",
        "sasl_username", "sasl_password_file", "ssl_ca_file", "ssl_cert_file", "ssl_key_file",
        "metrics", "criticality",
    }  # fmt: skip


def test_properties_are_written_as_java_reads_them():
    assert render({"b": r"C:\x", "a": "1"}) == "a=1\nb=C:\\\\x\n"


def test_brokers_have_as_many_log_directories_as_asked_for_the_first_one_always_the_same():
    one, three = planned(), planned(log_dirs=3)
    first = broker_dir(one.home, 1) / "data"
    assert server_properties(one, one.brokers[0])["log.dirs"] == str(first)
    named = server_properties(three, three.brokers[0])["log.dirs"].split(",")
    assert named == [str(first), f"{first}-2", f"{first}-3"]
    assert status_of(three).brokers[0].log_dirs == tuple(named)
    assert status_of(three).brokers[0].data_dir == str(first)


def test_each_log_directory_has_its_own_identity():
    state = planned(brokers=2)
    first, second = (meta_properties(state, broker) for broker in state.brokers)
    assert first["cluster.id"] == second["cluster.id"] == state.cluster_id
    assert first["directory.id"] != second["directory.id"]
    assert (first["node.id"], second["node.id"]) == ("1", "2")


@pytest.mark.parametrize(
    "spec",
    [
        {"brokers": 0},
        {"brokers": 13},
        {"heap": "lots"},
        {"heap": "0m"},
        {"environment": "prod"},
        {"log_dirs": 0},
        {"log_dirs": 9},
    ],
)
def test_impossible_specifications_are_refused(spec):
    with pytest.raises(SandboxError) as refused:
        check_spec(SandboxSpec(**spec))
    assert refused.value.remedy


def test_a_broker_without_process_is_dead_unless_it_was_stopped_on_purpose():
    state = planned(brokers=2)
    save_state(state)
    state = state.with_broker(replace(state.broker(2), wanted=False))
    assert [one.state for one in status_of(state).brokers] == ["dead", "stopped"]
    assert not status_of(state).running


@pytest.mark.parametrize(
    ("up", "state", "running", "down"),
    [
        ({1, 2, 3}, "running", "3 of 3", ()),
        ({1, 3}, "degraded", "2 of 3", (2,)),
        (set(), "stopped", "0 of 3", (1, 2, 3)),
    ],
)
def test_a_sandbox_says_how_many_of_its_brokers_run(up, state, running, down, monkeypatch):
    found = planned(brokers=3)
    save_state(found)
    processes = {broker: SimpleNamespace(pid=broker) for broker in up}
    monkeypatch.setattr("steward.sandbox.status.broker_processes", lambda _: processes)
    status = status_of(found)
    assert (status.state, status.brokers_running, status.brokers_down) == (state, running, down)
    assert status.running == bool(up)


def test_last_words_prefer_the_cause(tmp_path):
    (tmp_path / "server.log").write_text(
        "[t] ERROR Exiting (kafka.Kafka$)\nCaused by: java.net.BindException: Address already in use\n"
        "[t] INFO shut down\n"
    )
    assert "Address already in use" in last_words(tmp_path)


def test_last_words_fall_back_to_what_java_printed(tmp_path):
    (tmp_path / "output.log").write_text("Error: Could not reserve enough space\n\n")
    assert last_words(tmp_path) == "Error: Could not reserve enough space"
    assert "no log" in last_words(tmp_path / "nowhere")


@pytest.mark.parametrize("launch", ["broker", "tool"])
def test_every_jvm_unpacks_into_a_private_folder_of_its_sandbox(launch):
    state, runtime = planned(brokers=1), JavaRuntime(home=Path("/jre"), major=25)
    command = (
        broker_command(runtime, JARS, state, state.brokers[0])
        if launch == "broker"
        else tool_java(runtime, JARS, state.home, "kafka.tools.StorageTool", ["info"])
    )
    (folder,) = [Path(one.partition("=")[2]) for one in command if "java.io.tmpdir" in one]
    assert folder.parent == state.home
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "-XX:-UsePerfData" in command
