"""`steward capacity forecast`: what runs out first, from what was kept, without a look at the cluster."""

import time
from pathlib import Path

import jsonschema
import pytest

from steward.commands.api.envelope import envelope_schema
from steward.commands.broker.capacity_forecast import forecast
from steward.model.connection import Secret
from steward.model.error import ClusterUnreachable
from steward.model.load import BrokerLoadSample
from steward.store.open import open_store
from support.command_line import CommandLine

DAY = 86_400
GIB = 1 << 30


@pytest.fixture
def steward(steward: CommandLine, tmp_path: Path) -> CommandLine:
    """A cluster that is down, of which a daemon kept a day: broker 1 fills by a tenth of its disk, 2 has just begun."""
    now = time.time_ns() // 1_000_000
    with open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db")) as store:
        for n in range(144):
            at = now - (143 - n) * 600_000
            used = round(40 * GIB + 10 * GIB * n / 144)
            store.loads.append("prod", [_load(1, at, used, 500 + n % 2)])
        store.loads.append("prod", [_load(2, now, GIB, 5)])
    steward.fault = ClusterUnreachable("no broker answered", remedy="")
    return steward


def _load(broker: int, at_ms: int, used: int, replicas: int) -> BrokerLoadSample:
    return BrokerLoadSample(
        broker=broker, at_ms=at_ms, log_bytes=used, replicas=replicas, disk_total_bytes=100 * GIB,
        disk_used_bytes=used,
    )  # fmt: skip


def test_the_disk_that_fills_comes_first(steward: CommandLine) -> None:
    ran = steward("capacity", "forecast", "-o", "json")
    assert ran.code == 0
    jsonschema.validate(ran.json, envelope_schema(forecast))
    first, *others = ran.json["data"]["forecasts"]
    assert (first["broker"], first["resource"]) == (1, "disk")
    assert first["growth_per_day"] == pytest.approx(10 * GIB, rel=0.01)
    assert first["growth_low"] <= first["growth_per_day"] <= first["growth_high"]
    assert first["limit"] == 100 * GIB
    assert first["runs_out_at"] is not None
    assert first["earliest"] <= first["runs_out_at"] <= first["latest"]
    by_name = {(f["broker"], f["resource"]): f for f in others}
    assert by_name[1, "partitions"]["runs_out_at"] is None
    assert by_name[1, "network_in"]["current"] is None
    assert by_name[2, "disk"]["growth_per_day"] is None
    whys = {u["why"] for u in ran.json["unknown"]}
    assert any("let steward serve run" in why for why in whys)
    assert any("metrics do not report it" in why for why in whys)


@pytest.mark.parametrize(("within", "code"), [("6d", 3), ("4d", 0)])
def test_too_soon_is_3(steward: CommandLine, within: str, code: int) -> None:
    assert steward("capacity", "forecast", "--fail-within", within).code == code


def test_a_broker_of_which_nothing_was_kept_is_said(steward: CommandLine) -> None:
    ran = steward("capacity", "forecast", "9", "-o", "json")
    assert ran.json["data"]["forecasts"] == []
    assert [w["code"] for w in ran.json["warnings"]] == ["cluster_not_asked", "no_history"]
    assert steward("capacity", "forecast", "--since", "0").code == 2


def test_text_is_one_table(steward: CommandLine) -> None:
    text = steward("capacity", "forecast", "1").out
    assert text.startswith("BROKER")
    assert "disk" in text


def test_nothing_is_foretold_from_a_cluster_that_was_replaced(
    steward: CommandLine, tmp_path: Path
) -> None:
    for cluster, brokers in (("first", {1, 2}), ("second", set[int]())):
        with open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db")) as store:
            store.clusters.learn("prod", cluster)
        ran = steward("capacity", "forecast", "-o", "json")
        assert {f["broker"] for f in ran.json["data"]["forecasts"]} == brokers
        assert ran.json["cluster"] == {"id": cluster, "name": "prod"}
