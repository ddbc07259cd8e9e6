"""`steward reassignment plan`: relief, weights, pins and chosen resources; options that contradict each other."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.cluster_text import snapshot_of
from support.command_line import CommandLine, Ran

GB = 10**9


def cluster(*, disk: int | None = 1_000 * GB, written: float = 0.0) -> dict[str, Any]:
    """Broker 0 is nearly full, broker 3 empty and of twice the size."""
    sizes = [disk, disk, disk, None if disk is None else 2 * disk]
    return {
        "schema": "steward/layout/v1",
        "brokers": [
            {"id": b, "rack": None, "alive": True, "disk_bytes": d} for b, d in enumerate(sizes)
        ],
        "topics": {
            "orders": [
                [n, 0, [0, 1 + n // 2], [0, 1 + n // 2], gb * GB, written, 0]
                for n, gb in enumerate((300, 300, 250, 90))
            ],
            "audit": [[0, 1, [1, 2], [1, 2], 100 * GB, written, 0]],
        },
    }


@pytest.fixture
def plan(steward: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cluster.json").write_text(json.dumps(cluster()))
    (tmp_path / "written.json").write_text(json.dumps(cluster(written=1e6)))
    (tmp_path / "blind.json").write_text(json.dumps(cluster(disk=None)))
    (tmp_path / "topics.json").write_text('{"topics": [{"topic": "orders"}]}')

    def run(*words: str, file: str = "cluster.json") -> Ran:
        return steward("reassignment", "plan", *words, "--snapshot", file)

    return run


def moved(ran: Ran) -> list[tuple[str, int]]:
    return sorted((m["topic"], m["partition"]) for m in ran.json["data"]["moves"])


def test_a_relief_moves_the_least_and_shows_each_disk(plan: Any) -> None:
    ran = plan("relieve", "-o", "json")
    assert ran.code == 0, ran.err
    data = ran.json["data"]
    assert (data["bytes_moved"], data["lower_bound_bytes"]) == (250 * GB, 250 * GB)
    assert moved(ran) == [("orders", 2)]
    disks = {row["broker"]: row for row in data["disks"]}
    assert (disks[0]["used_before"], disks[0]["used"], disks[0]["limit"]) == (0.94, 0.69, 0.8)
    assert disks[3]["disk_bytes"] == 2_000 * GB
    text = plan("relieve", "--below", "93")
    assert "DISKS" in text.out
    assert "orders          3" in text.out, "the smallest replica that suffices"
    assert plan("relieve", "--below", "95").out.startswith("relieve: nothing needs to move")


def test_a_relief_that_is_impossible_names_the_nearest_share(plan: Any) -> None:
    ran = plan("relieve", "--below", "30", "-o", "json")
    assert ran.code == 4
    (error,) = ran.json["errors"]
    assert error["code"] == "relief_impossible"
    nearest = error["remedy"].removeprefix("--below ")
    assert plan("relieve", "--below", nearest).code in {0, 5}
    assert plan("relieve", "--below", str(int(nearest) - 1)).code == 4
    pinned = plan("relieve", "--pin", "orders", "-o", "json")
    assert pinned.json["errors"][0]["code"] == "pinned_above_limit"
    assert pinned.json["errors"][0]["object"] == "broker 0"
    assert "--below 94" in pinned.json["errors"][0]["remedy"]
    blind = plan("relieve", "-o", "json", file="blind.json")
    assert (blind.code, blind.json["errors"][0]["code"]) == (4, "disk_unknown")


def test_a_relief_that_falls_short_is_partly_done(plan: Any) -> None:
    ran = plan("relieve", "--below", "70", "--pin", "orders:1-3", "-o", "json")
    assert ran.code == 0
    assert moved(ran) == [("orders", 0)]
    short = plan("relieve", "--below", "43", "-o", "json")
    assert short.code == 5
    assert "relief_incomplete" in {w["code"] for w in short.json["warnings"]}


def test_pinned_partitions_stay_and_a_drain_names_them(plan: Any) -> None:
    ran = plan("drain", "--brokers", "2", "--pin", "orders:2,audit", "-o", "json")
    assert ran.code == 5
    rows = [(r["topic"], r["partition"], r["reason"]) for r in ran.json["data"]["staying"]]
    assert rows == [("audit", 0, "pinned"), ("orders", 2, "pinned")]
    assert moved(ran) == [("orders", 3)]
    ranged = plan("drain", "--brokers", "2", "--pin", "orders:1-3", "-o", "json")
    assert moved(ranged) == [("audit", 0)]


def test_weights_shift_the_shares(plan: Any) -> None:
    words = ("balance", "--resources", "disk", "--tolerance", "30", "-o", "json")
    by_disk = plan(*words, "--weights", "disk").json["data"]
    by_number = plan(*words, "--weights", "3=2").json["data"]
    equal = plan(*words).json["data"]
    held = [
        {b["broker"]: b["loads"][0]["after"] for b in data["brokers"]}
        for data in (by_disk, by_number, equal)
    ]
    assert held[0] == held[1]
    assert held[0][3] >= 0.7 * 2 / 5 * 2_080 * GB
    assert held[2][3] <= 1.3 * 2_080 * GB / 4


def test_only_the_chosen_resources_are_evened(plan: Any) -> None:
    words = ("balance", "--tolerance", "30", "-o", "json", "--resources")
    disk = plan(*words, "disk").json["data"]
    assert {row["resource"]: row["outside"] for row in disk["balance"]}["disk"] == 0
    leads = [m for m in disk["moves"] if "leader" in m["change"]]
    assert leads
    assert all(m["before"][0] not in m["after"] for m in leads), "only where the leader moves away"
    leaders = plan(*words, "leaders").json["data"]
    assert leaders["bytes_moved"] == 0
    assert leaders["leaders_moved"] > 0
    out = plan(*words, "network_out", file="written.json").json["data"]
    assert out["bytes_moved"] == 0


def test_racks_of_unlike_size_hold_replicas_in_proportion(
    steward: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four brokers in rack a, one in b and one in c: evenly, the small racks' brokers hold four times as much."""
    monkeypatch.chdir(tmp_path)
    racks = "aaaabc"
    layout = {
        "schema": "steward/layout/v1",
        "brokers": [{"id": b, "rack": r, "alive": True, "disk_bytes": None} for b, r in enumerate(racks)],
        "topics": {"t": [[n, n % 4, [n % 4, 4, 5], [n % 4, 4, 5], GB, 0, 0] for n in range(24)]},
    }  # fmt: skip
    (tmp_path / "racks.json").write_text(json.dumps(layout))
    words = (
        "reassignment",
        "plan",
        "balance",
        "--resources",
        "disk",
        "--snapshot",
        "racks.json",
        "-o",
        "json",
    )
    even = steward(*words).json["data"]
    assert even["bytes_moved"] == 0
    ran = steward(*words, "--proportional-racks")
    assert ran.code == 0, ran.err
    held = [b["loads"][0]["after"] for b in ran.json["data"]["brokers"]]
    assert max(held) <= 1.1 * 12 * GB
    assert all(len({*m["after"]} & {0, 1, 2, 3}) <= 2 for m in ran.json["data"]["moves"])
    assert "racks_shared" in {w["code"] for w in ran.json["warnings"]}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("drain", "--brokers", "2", "--exclude-brokers", "2"), 2, "broker 2 is both in"),
        (("add-broker", "--brokers", "3", "--exclude-brokers", "3"), 2, "broker 3 is both in"),
        (("balance", "--topics", "orders", "--exclude-topics", "orders"), 2, "--exclude-topics keeps"),
        (("balance", "--topics", "orders", "--exclude-topics", ".*"), 2, "--exclude-topics keeps"),
        (("balance", "--topics-file", "topics.json", "--exclude-topics", "orders"), 2, "--topics-file selects"),
        (("balance", "--topics", "orders", "--pin", "orders:0-3"), 2, "--pin keeps all of it"),
        (("balance", "--pin", "orders:7"), 1, "orders has partitions 0 to 3"),
        (("balance", "--pin", "ordrs"), 1, "did you mean orders?"),
        (("balance", "--below", "80"), 2, "balance does not accept --below"),
        (("relieve", "--below", "0"), 2, "--below must be"),
        (("relieve", "--below", "101"), 2, "--below must be"),
        (("relieve", "--resources", "disk"), 2, "relieve does not accept --resources"),
        (("relieve", "--weights", "3=2"), 2, "relieve does not accept --weights"),
        (("partition-placement", "--weights", "3=2"), 2, "does not accept --weights"),
        (("leaders", "--strict-racks"), 2, "leaders does not accept --strict-racks"),
        (("leaders", "--proportional-racks"), 2, "leaders does not accept --proportional-racks"),
        (("balance", "--strict-racks", "--proportional-racks"), 2, "contradict each other"),
        (("balance", "--resources", "cpu"), 2, "cpu cannot be balanced"),
        (("balance", "--resources", "network_in"), 2, "write rates are not known"),
        (("balance", "--weights", "9=2"), 2, "broker 9 is not registered"),
        (("balance", "--weights", "3=0"), 2, "must be above 0"),
        (("balance", "--weights", "3=nan"), 2, "must be above 0"),
        (("balance", "--weights", "3"), 2, "'3' is not ID=N"),
        (("balance", "--weights", "3=1,3=2"), 2, "broker 3 has two weights"),
        (("balance", "--weights", "disk,3=2"), 2, "either disk, or numbers"),
        (("drain", "--brokers", "3", "--weights", "3=2"), 2, "broker 3 has no share"),
        (("balance", "--window", "10s"), 2, "--snapshot is a file"),
        (("balance", "--rate", "0"), 2, "--rate must be above 0"),
        (("balance", "--tolerance", "101"), 2, "--tolerance must be"),
        (("balance", "--json", "x.json", "--pin", "orders"), 2, "--pin has no effect"),
    ],
)  # fmt: skip
def test_contradictions_are_refused_in_one_line(
    plan: Any, words: tuple[str, ...], code: int, said: str
) -> None:
    ran = plan(*words)
    assert ran.code == code
    assert ran.out == ""
    first, *rest = ran.err.splitlines()
    assert first.startswith("error: ")
    assert said in first + " ".join(rest)


def test_disks_that_are_unknown_weigh_nothing(plan: Any) -> None:
    ran = plan("balance", "--weights", "disk", file="blind.json")
    assert ran.code == 2
    assert "disk size of broker 0, 1, 2, 3 is unknown" in ran.err


def test_a_refused_drain_says_which_brokers_can_be_drained(plan: Any) -> None:
    ran = plan("drain", "--brokers", "0,1", "-o", "json")
    assert ran.code == 4
    assert all(e["remedy"].startswith("possible: --brokers 0;") for e in ran.json["errors"])
    assert plan("drain", "--brokers", "0").code == 0
    assert "0 B" not in " ".join(e["message"] for e in ran.json["errors"])


def test_windows_that_are_not_met_say_which_tolerance_the_plan_keeps(plan: Any) -> None:
    ran = plan("balance", "-o", "json")
    remedies = [w["remedy"] for w in ran.json["warnings"] if w["code"] == "window_unreachable"]
    assert remedies
    percent = remedies[0].partition("the plan keeps --tolerance ")[2].partition(";")[0]
    wider = plan("balance", "--tolerance", percent, "-o", "json")
    assert not [w for w in wider.json["warnings"] if w["code"].startswith("window_")]


def test_a_partition_that_is_moving_may_be_pinned(steward: CommandLine) -> None:
    steward.snapshot = snapshot_of(
        {
            "brokers": "1@a 2@b 3@c",
            "topics": {"orders": ["1* 2"] * 6},
            "log_dirs": {b: {"/data": {"_total": 10**9, "_usable": 10**9}} for b in (1, 2, 3)},
            "reassignments": {"orders-0": {"replicas": [1, 2, 3], "adding": [3], "removing": [1]}},
        }
    )
    ran = steward("reassignment", "plan", "balance", "-o", "json")
    assert ran.code == 4
    assert ran.json["errors"][0]["message"] == "1 partition is already moving (orders-0)"
    data = steward("reassignment", "plan", "balance", "--pin", "orders:0", "-o", "json").json[
        "data"
    ]
    assert data["planned"]
    assert 0 not in {m["partition"] for m in data["moves"]}
    assert data["guard"]["ruling"] == "refuse", "it runs once the move is complete"
