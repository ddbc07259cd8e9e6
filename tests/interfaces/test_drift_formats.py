"""Drift in every format says since when; a dry run of a kept plan says what it would do."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steward.interfaces.views.cells import cell
from support.changing import Changing

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "2x"},
    "topic_configs": {"orders": {"retention.ms": "3600000", "min.insync.replicas": "2"}},
    "broker_configs": {"*": {"min.insync.replicas": "1"}},
}
MANIFEST = """
apiVersion: steward/v1
kind: Topic
metadata: {name: orders}
spec: {partitions: 2, replicas: 3, retention: 1d, config: {min.insync.replicas: 2}}
"""


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing], tmp_path: Path) -> Changing:
    (tmp_path / "m.yaml").write_text(MANIFEST)
    return changing(CLUSTER)


def test_a_spreadsheet_says_since_when_and_by_whom(run: Changing) -> None:
    (row,) = csv.DictReader(io.StringIO(run.text("drift", "m.yaml", "-o", "csv")))
    assert row["object"] == "topic orders"
    assert row["appeared_at"].endswith("Z")
    assert (row["absent_at"], row["changed_by"]) == ("", "")
    assert "appeared_at" not in run.text("plan", "m.yaml", "-o", "csv")


def test_by_whom_is_told_where_a_plan_of_stewards_did_it(run: Changing) -> None:
    run("drift", "m.yaml")
    planned = run("topic", "alter", "orders", "--retention", "1d", "--confirm", "orders")
    assert planned.code == 0, planned.told
    assert run("drift", "m.yaml").code == 0
    shorter = run("topic", "alter", "orders", "--retention", "2h", "--confirm", "orders")
    assert shorter.code == 0, shorter.told
    (step,) = run("drift", "m.yaml").data["steps"]
    assert step["changed_by"].endswith(f"with plan {shorter.data['id'][:12]}")
    assert f", by {step['changed_by']}" in run.text("drift", "m.yaml")


def test_a_report_for_a_forge_is_headed_by_what_it_is(run: Changing) -> None:
    assert run.text("drift", "m.yaml", "-o", "markdown").startswith("### Drift of prod")
    assert run.text("plan", "m.yaml", "-o", "markdown").startswith("### Plan for prod")


def test_a_dry_run_says_what_it_would_do(run: Changing) -> None:
    planned = run("plan", "m.yaml")
    text = run.text("apply", planned.data["id"], "--dry-run")
    assert "1 step would be executed" in text
    assert "to do" in text
    assert "skipped" not in text


def test_ports_are_copied_and_get_no_separators() -> None:
    assert cell({"PLAIN": 22098, "TLS": 9093}, "ports", human=True) == "PLAIN=22098, TLS=9093"
    assert cell({"records": 22098}, "counts", human=True) == "records=22,098"
