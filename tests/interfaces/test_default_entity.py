"""The default entity and entities that are called like it are never the same, in any output or input."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from steward.model.change import AlterQuota
from support.changing import Changing
from support.cluster_text import snapshot_of
from support.command_line import CommandLine

DEV = ("--cluster", "dev")
USERS = (None, "<default>", "\\<default>", "default", "", "a/b", "user=<default>", "CN=x,O=y")
TEXTS = {
    None: "<default>", "<default>": "\\<default>", "\\<default>": "\\\\<default>", "default": "default", "": "",
    "a/b": "a/b", "user=<default>": "user=<default>", "CN=x,O=y": "CN=x,O=y",
}  # fmt: skip
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3"},
    "topics": {},
    "quotas": [
        {"user": user, "producer_byte_rate": 1000 + number} for number, user in enumerate(USERS)
    ],
}


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing]) -> Changing:
    return changing(CLUSTER)


def test_lists_tell_them_apart_in_every_format(run: Changing, steward: CommandLine) -> None:
    rows = run("quota", "list", *DEV).data["quotas"]
    assert len({r["entity"] for r in rows}) == len(USERS)
    assert {(r["names"].get("user"), *r["defaults"]) for r in rows} == {
        (user,) if user is not None else (None, "user") for user in USERS
    }
    steward.snapshot = snapshot_of(CLUSTER)
    text = steward("quota", "list", *DEV).out
    assert [line.split(" ")[0] for line in text.splitlines()].count("user=<default>") == 1
    cells = list(csv.DictReader(io.StringIO(steward("quota", "list", *DEV, "-o", "csv").out)))
    assert len({c["entity"] for c in cells}) == len(USERS)
    assert len({(c["names"], c["defaults"]) for c in cells}) == len(USERS)
    shown = yaml.safe_load(steward("quota", "list", *DEV, "-o", "yaml").out)
    assert len({q["entity"] for q in shown["data"]["quotas"]}) == len(USERS)


@pytest.mark.parametrize("user", [user for user in USERS if user != ""])
def test_options_name_each_of_them(run: Changing, user: str | None) -> None:
    text = TEXTS[user]
    (row,) = run("quota", "list", "--user", text, *DEV).data["quotas"]
    assert row["entity"] == f"user={text}"
    ran = run("quota", "alter", "--user", text, "--set", "producer_byte_rate=9000", "--yes", *DEV)
    assert ran.code == 0
    (change,) = run.cluster.performed
    assert isinstance(change, AlterQuota)
    assert change.entity == (("user", user),)
    assert ran.data["steps"][0]["object"]["name"] == f"user={text}"


def test_a_plan_of_the_export_changes_none_of_them(steward: CommandLine, tmp_path: Any) -> None:
    steward.snapshot = snapshot_of(CLUSTER)
    written = steward("export", "--only", "quotas", *DEV).out
    documents = [d for d in yaml.safe_load_all(written) if d["kind"] == "Quota"]
    assert {d["spec"]["entity"]["user"] for d in documents} == set(TEXTS.values())
    file = tmp_path / "export.yaml"
    file.write_text(written)
    planned = steward("plan", str(file), "--exit-code", *DEV, "-o", "json")
    assert planned.code == 0
    assert json.loads(planned.out)["data"]["steps"] == []
