"""Objects made with Kafka's own tools, and what a plan of steward's export says of them."""

from pathlib import Path
from typing import Any

import steward.__main__ as entry
from support.live_changes import Live

PREFIX = "declared."
USER = "declared-app"


def make_with_kafkas_tools(live: Live) -> None:
    """Create topics, ACLs, quotas of four shapes and a user, as people without steward would."""
    create = (
        "kafka-topics",
        "--create",
        "--partitions",
        "3",
        "--replication-factor",
        "1",
        "--topic",
    )
    live.kafka(
        *create, f"{PREFIX}orders", "--config", "retention.ms=86400000",
        "--config", "cleanup.policy=compact,delete", "--config", "min.cleanable.dirty.ratio=0.25",
    )  # fmt: skip
    live.kafka(*create, f"{PREFIX}plain")
    acls = ("kafka-acls", "--add", "--force")
    live.kafka(
        *acls, "--allow-principal", f"User:{USER}", "--producer", "--topic", f"{PREFIX}orders"
    )
    live.kafka(
        *acls, "--deny-principal", "User:CN=guest,O=acme", "--deny-host", "10.0.0.1", "--operation", "All",
        "--topic", PREFIX, "--resource-pattern-type", "prefixed",
    )  # fmt: skip
    alter = ("kafka-configs", "--alter", "--add-config")
    users = ("--entity-type", "users", "--entity-name", USER)
    live.kafka(*alter, "producer_byte_rate=1500,request_percentage=12.5", *users)
    live.kafka(
        *alter, "consumer_byte_rate=100000000", "--entity-type", "clients", "--entity-default"
    )
    live.kafka(
        *alter, "connection_creation_rate=500", "--entity-type", "ips", "--entity-name", "10.0.0.9"
    )
    live.kafka(*alter, "SCRAM-SHA-512=[iterations=8192,password=made-by-kafka]", *users)


def exported(live: Live, folder: Path) -> Path:
    """Write a cluster as manifests; return the file."""
    live.capsys.readouterr()
    assert entry.run(["export", "--cluster", live.sandbox.name]) == 0
    file = folder / "exported.yaml"
    file.write_text(live.capsys.readouterr().out)
    return file


def differences(live: Live, file: Path) -> Any:
    """Return what a plan of a file would do, and what it leaves."""
    data = live.steward("plan", str(file), "--exit-code")
    return data.code, [*data.data["steps"], *data.data["impossible"], *data.data["remaining"]]
