"""Throttles listed and swept: whose each is, what goes, what comes back, what is left alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.connection import Secret
from steward.model.throttle import (
    FOLLOWER_RATE,
    FOLLOWER_REPLICAS,
    LEADER_RATE,
    LEADER_REPLICAS,
    HeldThrottle,
    ThrottleKind,
)
from steward.store.open import open_store
from support.changing import Changing
from support.leases import fence_of

TOPIC, BROKER = "DYNAMIC_TOPIC_CONFIG", "DYNAMIC_BROKER_CONFIG"
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1 2 3!",
    "topics": {"orders": ["1* 2", "2* 1"], "clicks": ["1* 2"], "own": ["1* 2"]},
    "topic_configs": {
        "orders": {LEADER_REPLICAS: ["5:1,0:1,0:2,1:2", TOPIC], FOLLOWER_REPLICAS: ["0:3", TOPIC]},
        "clicks": {FOLLOWER_REPLICAS: ["*", TOPIC]},
        "own": {},
    },
    "broker_configs": {
        1: {LEADER_RATE: ["50", BROKER]},
        2: {LEADER_RATE: ["50", BROKER], FOLLOWER_RATE: ["70", BROKER]},
        3: "unreachable: the broker is fenced",
    },
}
CLUSTER_ID = "test-cluster"
DEV = ("--cluster", "dev")


def held(name: str, key: str, item: str, before: str | None, *ours: str) -> HeldThrottle:
    kind = ThrottleKind.REPLICA if item else ThrottleKind.RATE
    return HeldThrottle(
        kind=kind, name=name, key=key, item=item, plan_id="p1", before=before, ours=ours
    )


HELD = (
    held("orders", LEADER_REPLICAS, "0:1", "5:1", "0:1"),
    held("orders", LEADER_REPLICAS, "0:2", "5:1", "0:2"),
    held("orders", LEADER_REPLICAS, "1:2", "5:1", "1:2"),
    held("orders", FOLLOWER_REPLICAS, "0:3", None, "0:3"),
    held("1", LEADER_RATE, "", None, "50"),
    held("2", LEADER_RATE, "", "9", "40", "50"),
    held("3", FOLLOWER_RATE, "", None, "50"),
)


@pytest.fixture
def store_url(tmp_path: Path) -> Secret:
    return Secret(f"sqlite:///{tmp_path}/state/steward.db")


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing], store_url: Secret) -> Changing:
    found = changing(CLUSTER)
    with open_store(store_url) as store:
        fence = fence_of(store, CLUSTER_ID)
        store.throttles.write(CLUSTER_ID, fence, HELD)
        store.leases.release(fence)
    return found


def standings(document: Any) -> dict[tuple[str, str, str], str]:
    rows = document["throttles"]
    return {(r["object"]["name"], r["key"].split(".")[0], r["value"]): r["standing"] for r in rows}


def test_every_throttle_is_listed_with_whose_it_is(run: Changing) -> None:
    listed = run("reassignment", "throttle", "list", *DEV)
    assert listed.code == 0
    assert standings(listed.data) == {
        ("clicks", "follower", "*"): "others",
        ("orders", "leader", "5:1"): "others",
        ("orders", "leader", "0:1"): "orphan",
        ("orders", "leader", "0:2"): "orphan",
        ("orders", "leader", "1:2"): "orphan",
        ("orders", "follower", "0:3"): "orphan",
        ("1", "leader", "50"): "orphan",
        ("2", "leader", "50"): "orphan",
        ("2", "follower", "70"): "others",
    }
    assert [o["broker"] for o in listed.data["owed"]] == [3]
    assert "orphan" in run.text("reassignment", "throttle", "list", *DEV)


def test_what_moves_is_in_use(
    changing: Callable[[dict[str, Any]], Changing], store_url: Secret
) -> None:
    moving = {"orders-0": {"replicas": [1, 2, 3], "adding": [3], "removing": [2]}}
    run = changing({**CLUSTER, "reassignments": moving})
    with open_store(store_url) as store:
        fence = fence_of(store, CLUSTER_ID)
        store.throttles.write(CLUSTER_ID, fence, HELD)
        store.leases.release(fence)
    found = standings(run("reassignment", "throttle", "list", *DEV).data)
    assert found["orders", "leader", "0:1"] == "in_use"
    assert found["orders", "leader", "1:2"] == "orphan"
    assert found["1", "leader", "50"] == "in_use"
    swept = run("reassignment", "throttle", "sweep", "--all", "--yes", *DEV)
    assert swept.code == 0
    assert run.cluster.performed == [
        AlterConfigs(target=ConfigTarget.TOPIC, name="clicks", remove=(FOLLOWER_REPLICAS,)),
        AlterConfigs(
            target=ConfigTarget.TOPIC, name="orders", subtract={LEADER_REPLICAS: ("5:1", "1:2")}
        ),
    ]


def test_orphans_go_and_what_was_there_before_comes_back(run: Changing, store_url: Secret) -> None:
    swept = run("reassignment", "throttle", "sweep", "--yes", *DEV)
    assert (swept.code, swept.data["execution"]["outcome"]) == (0, "done")
    assert run.cluster.performed == [
        AlterConfigs(target=ConfigTarget.BROKER, name="1", remove=(LEADER_RATE,)),
        AlterConfigs(
            target=ConfigTarget.TOPIC,
            name="orders",
            set={LEADER_REPLICAS: "5:1"},
            remove=(FOLLOWER_REPLICAS,),
        ),
        AlterConfigs(target=ConfigTarget.BROKER, name="2", set={LEADER_RATE: "9"}),
    ]
    assert [r["object"]["name"] for r in swept.data["remaining"]] == ["3"]
    with open_store(store_url) as store:
        assert [h.name for h in store.throttles.held(CLUSTER_ID)] == ["3"]
    again = run("reassignment", "throttle", "sweep", "--yes", *DEV)
    assert (again.code, again.data["steps"]) == (0, [])
    assert "others" in set(standings(again.data).values())


def test_others_go_only_where_that_is_said(run: Changing) -> None:
    assert run("reassignment", "throttle", "sweep", "--all", "--dry-run", *DEV).code == 0
    assert run.cluster.performed == []
    swept = run("reassignment", "throttle", "sweep", "--all", "--yes", *DEV)
    assert swept.code == 0
    assert run("reassignment", "throttle", "list", *DEV).data["throttles"] == []


def test_nothing_is_swept_without_a_yes(run: Changing) -> None:
    swept = run("reassignment", "throttle", "sweep", *DEV)
    assert (swept.code, run.cluster.performed) == (4, [])
    assert "--yes" in swept.told
