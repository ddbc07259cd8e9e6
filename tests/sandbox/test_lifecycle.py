"""One cluster through its whole life; each test begins where the one before ended."""

import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from steward.sandbox import cluster
from steward.sandbox.error import SandboxError
from steward.sandbox.lockfile import DEFAULT_KAFKA_VERSION
from steward.sandbox.places import sandbox_home, temporary_dir
from steward.sandbox.ports import is_free
from steward.sandbox.processes import broker_processes, processes_of
from steward.sandbox.properties import data_dir
from steward.sandbox.state import load_state
from steward.sandbox.status import SandboxSpec
from steward.sandbox.tools import run_tool
from support.waiting import until

pytestmark = pytest.mark.brokers
NAME = "life"
UP = f"""
from steward.sandbox.cluster import up
from steward.sandbox.status import SandboxSpec
up(SandboxSpec(name="{NAME}", brokers=1))
"""


@pytest.fixture(autouse=True, scope="module")
def nothing_left() -> Iterator[None]:
    yield
    cluster.down(NAME, purge=True)


def conditions() -> list[str]:
    return [broker.state for broker in cluster.status(NAME).brokers]


def brokers_seen() -> int:
    described = run_tool(NAME, "kafka-broker-api-versions")
    return described.stdout.count("isFenced: false")


def interrupted_up(moment) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", UP], stderr=subprocess.PIPE)
    until(lambda: moment() or child.poll() is not None, "the moment to interrupt")
    assert child.poll() is None
    return child


@pytest.mark.parametrize("moment", ["formatting", "starting"])
def test_a_killed_up_leaves_nothing_that_down_cannot_clean(moment):
    home = sandbox_home(NAME)
    reached = processes_of if moment == "formatting" else broker_processes
    child = interrupted_up(lambda: len(reached(home)) > 0)
    child.kill()
    child.communicate()
    assert (home / "state.json").exists()
    cluster.down(NAME, purge=True)
    assert processes_of(home) == []
    assert not home.exists()


def test_an_interrupted_up_cleans_up_by_itself():
    home = sandbox_home(NAME)
    child = interrupted_up(lambda: (home / "brokers" / "1" / "log" / "output.log").exists())
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=30)
    assert child.returncode not in (0, None)
    assert processes_of(home) == []
    assert not home.exists()


def test_up_brings_three_brokers_that_know_one_another():
    told: list[str] = []
    status = cluster.up(SandboxSpec(name=NAME), progress=told.append)
    assert status.running
    assert [broker.rack for broker in status.brokers] == ["r1", "r2", "r3"]
    assert status.kafka_version == DEFAULT_KAFKA_VERSION
    assert any("starting brokers 1, 2, 3" in line for line in told)
    assert brokers_seen() == 3


def test_the_quorum_is_dynamic_and_every_feature_is_at_its_newest_level():
    quorum = run_tool(NAME, "kafka-metadata-quorum", ["describe", "--status"]).stdout
    assert quorum.count("directoryId") == 3
    features = run_tool(NAME, "kafka-features", ["describe"]).stdout
    for level in ("group.version", "share.version", "streams.version", "kraft.version"):
        (line,) = [one for one in features.splitlines() if level in one]
        words = line.split()
        assert (
            words[words.index("FinalizedVersionLevel:") + 1]
            == words[words.index("SupportedMaxVersion:") + 1]
        )


def test_a_new_topic_is_replicated_over_racks_with_the_safe_minimum():
    run_tool(NAME, "kafka-topics", ["--create", "--topic", "kept", "--partitions", "3"])
    described = run_tool(NAME, "kafka-topics", ["--describe", "--topic", "kept"]).stdout
    assert "ReplicationFactor: 3" in described
    assert "min.insync.replicas=2" in described


def test_what_a_jvm_unpacks_lies_in_the_sandbox_and_not_in_the_systems_temporary_folder():
    create = [
        "--create",
        "--topic",
        "packed",
        "--partitions",
        "1",
        "--config",
        "compression.type=zstd",
    ]
    assert run_tool(NAME, "kafka-topics", create).returncode == 0
    producer = Producer(
        {"bootstrap.servers": cluster.status(NAME).bootstrap_servers, "compression.type": "snappy"}
    )
    producer.produce("packed", b"x" * 10_000)
    assert producer.flush(60) == 0
    home, everywhere = sandbox_home(NAME), Path(tempfile.gettempdir())
    mapped = {Path(m.path) for one in processes_of(home) for m in one.memory_maps()}
    native = {one for one in mapped if ".so" in one.name and everywhere in one.parents}
    unpacked = {one for one in native if Path(sys.prefix) not in one.parents}
    assert any("zstd" in one.name for one in unpacked)
    assert {one for one in unpacked if temporary_dir(home) not in one.parents} == set()


def test_metrics_answer_with_what_an_administrator_needs():
    for url in cluster.status(NAME).metrics_urls:
        with urllib.request.urlopen(url, timeout=60) as answer:
            text = answer.read().decode()
        for metric in (
            "kafka_server_replicamanager_underreplicatedpartitions_value",
            "kafka_server_replicamanager_produceridcount_value",
            "kafka_server_replicamanager_partitionswithlatetransactionscount_value",
            "kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent_oneminuterate",
            "kafka_network_socketserver_networkprocessoravgidlepercent_value",
            "kafka_log_logmanager_offlinelogdirectorycount_value",
            "kafka_log_logflushstats_logflushrateandtimems_99thpercentile",
            "kafka_network_requestmetrics_totaltimems_99thpercentile",
            "java_lang_operatingsystem_processcpuload",
            'clientSoftwareName="apache-kafka-java"',
        ):
            assert metric in text


def test_a_second_up_changes_nothing():
    before = [broker.pid for broker in cluster.status(NAME).brokers]
    status = cluster.up(SandboxSpec(name=NAME))
    assert [broker.pid for broker in status.brokers] == before


def test_a_killed_broker_is_dead_and_the_next_up_starts_it_again():
    pids = [broker.pid for broker in cluster.status(NAME).brokers]
    cluster.broker_kill(NAME, 2)
    assert conditions() == ["running", "dead", "running"]
    status = cluster.up(SandboxSpec(name=NAME))
    after = [broker.pid for broker in status.brokers]
    assert (after[0], after[2]) == (pids[0], pids[2])
    assert after[1] not in (None, pids[1])


def test_a_stopped_broker_stays_stopped_until_it_is_started():
    cluster.broker_stop(NAME, 3)
    assert conditions() == ["running", "running", "stopped"]
    assert brokers_seen() == 2
    cluster.broker_start(NAME, 3)
    assert conditions() == ["running"] * 3
    assert brokers_seen() == 3


def test_an_added_broker_joins_without_a_vote():
    status = cluster.broker_add(NAME)
    added = status.brokers[-1]
    assert (added.id, added.rack, added.roles) == (4, "r1", ("broker",))
    assert brokers_seen() == 4
    assert '"4"' in (sandbox_home(NAME) / "profile.toml").read_text()


def test_down_and_up_again_keep_the_data():
    stopped = cluster.down(NAME)
    assert stopped.processes_stopped == 4
    assert processes_of(sandbox_home(NAME)) == []
    assert not temporary_dir(sandbox_home(NAME)).exists()
    assert conditions() == ["stopped"] * 4
    cluster.up(SandboxSpec(name=NAME))
    assert "kept" in run_tool(NAME, "kafka-topics", ["--list"]).stdout.split()


def test_a_broker_that_cannot_start_is_told_with_its_last_words():
    cluster.broker_stop(NAME, 4)
    meta = data_dir(sandbox_home(NAME), 4) / "meta.properties"
    kept = meta.read_text()
    meta.write_text(kept.replace("node.id=4", "node.id=44"))
    with pytest.raises(SandboxError) as fault:
        cluster.broker_start(NAME, 4)
    assert "broker 4" in fault.value.summary
    assert "44" in fault.value.summary
    assert "server.log" in fault.value.remedy
    meta.write_text(kept)
    cluster.broker_start(NAME, 4)


def test_a_port_that_another_program_took_is_named():
    cluster.broker_stop(NAME, 4)
    state = load_state(NAME)
    assert state is not None
    port = state.broker(4).ports["PLAINTEXT"]
    until(lambda: is_free(port), f"port {port} is free")
    with socket.create_server(("127.0.0.1", port)), pytest.raises(SandboxError, match=str(port)):
        cluster.broker_start(NAME, 4)


def test_no_broker_has_a_secret_or_a_foreign_address_on_its_command_line():
    for process in processes_of(sandbox_home(NAME)):
        assert "0.0.0.0" not in " ".join(process.cmdline())
        listening = [c.laddr.ip for c in process.net_connections("tcp") if c.status == "LISTEN"]
        assert listening
        assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


def test_down_with_purge_leaves_no_process_and_no_file():
    home = sandbox_home(NAME)
    cluster.down(NAME, purge=True)
    assert processes_of(home) == []
    assert not home.exists()
    assert not (home.parent / f".{NAME}.lock").exists()
