"""Whatever was seen, there is one verdict, in its place, with proof; without lag it is healthy."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.diagnosis.decide import CAUSES, diagnose
from steward.model.verdict import Cause, Certainty
from support.case_text import case_of

MEMBERS = ["m1", "m2", "m3"]
_RANK = {cause: rank for rank, cause in enumerate(Cause)}


@st.composite
def partition(draw: st.DrawFn) -> dict[str, Any]:
    age = draw(st.sampled_from([0, 1, 30, 61, 95, 400, 5000, [10, 90]]))
    spec: dict[str, Any] = {
        "owner": draw(st.sampled_from([None, "m1", "m2", "m3", ["m1", "m2"]])),
        "arrivals": draw(st.sampled_from([0, 1, 10, 80, 500])),
        "consumed": draw(st.sampled_from([0, 1, 9, 10, 11, 80, 800])),
        "unread": draw(st.sampled_from([0, 1, 2, 200, 50_000])),
        "age": age,
        "leader": draw(st.sampled_from([1, 1, 2, 3, -1])),
    }
    optional = {
        "rhythm": st.sampled_from([2, 5, 60]),
        "lost": st.sampled_from([0, 7]),
        "back": st.sampled_from([0, 500]),
        "held": st.sampled_from([0, 100]),
        "isr": st.sampled_from([[1], [1, 2], [1, 2, 3]]),
        "committed": st.booleans(),
        "flags": st.sampled_from(
            [[], ["marker_only"], ["recreated"], ["compacted"], ["topic_gone"]]
        ),
        "epochs": st.sampled_from([[1], [1, 2]]),
        "start_rate": st.sampled_from([0, 100]),
    }
    for name, values in optional.items():
        if draw(st.booleans()):
            spec[name] = draw(values)
    return spec


@st.composite
def case(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(0, 5))
    found: dict[str, Any] = {
        "looks": draw(st.sampled_from(["0s/1s", "5s/1s", "12s/1s", "12s/12s", "300s/10s"])),
        "group": {
            "type": draw(st.sampled_from(["classic", "consumer", "share", "streams"])),
            "states": draw(
                st.lists(
                    st.sampled_from(
                        ["Stable", "Empty", "Dead", "PreparingRebalance", "Reconciling"]
                    ),
                    min_size=1,
                    max_size=4,
                )
            ),
            "assignor": draw(st.sampled_from(["", "range", "cooperative-sticky"])),
        },
        "members": {
            m: {"from": draw(st.sampled_from([0, 3])), "until": draw(st.sampled_from([8, 1e9]))}
            for m in draw(st.lists(st.sampled_from(MEMBERS), unique=True))
        },
        "partitions": {f"orders-{n}": draw(partition()) for n in range(count)},
    }
    extras = {
        "gap": st.just("denied: DESCRIBE on group billing"),
        "stale": st.just(500),
        "quotas": st.just([{"client-id": "m1", "consumer_byte_rate": 1000}]),
        "samples": st.just({"orders-0": [{"count": 10, "bytes": 1000}]}),
        "clients": st.just([{"client": "m1", "poll_idle_ratio": 1.0, "last_poll_seconds_ago": 90}]),
        "reassigning": st.just(["orders-0"]),
        "transactions": st.sampled_from([{}, "denied: DESCRIBE on transactional-id *"]),
        "latency": st.just({1: 0.4, 2: 0.001}),
    }
    for name, values in extras.items():
        if draw(st.booleans()):
            found[name] = draw(values)
    return found


@settings(max_examples=400, deadline=None)
@given(case())
def test_there_is_always_one_verdict_in_its_place(data: dict[str, Any]) -> None:
    found = diagnose(case_of(data))
    causes = [found.verdict.cause, *(v.cause for v in found.runners_up)]
    assert len(set(causes)) == len(causes)
    assert [_RANK[c] for c in causes] == sorted(_RANK[c] for c in causes)
    assert found.verdict.evidence
    assert found.capacity.arrivals_per_second >= 0


@settings(max_examples=200, deadline=None)
@given(case())
def test_a_group_with_nothing_unread_is_not_called_sick(data: dict[str, Any]) -> None:
    calm = {
        **data,
        "looks": "12s/1s",
        "group": {"type": "classic", "state": "Stable"},
        "members": {m: {} for m in MEMBERS},
        "partitions": {
            name: {"owner": "m1", "arrivals": spec["arrivals"], "consumed": spec["arrivals"], "unread": 0}
            for name, spec in data["partitions"].items()
        },
    }  # fmt: skip
    for name in ("gap", "stale"):
        calm.pop(name, None)
    if calm["partitions"]:
        assert diagnose(case_of(calm)).verdict.cause is Cause.HEALTHY


@settings(max_examples=200, deadline=None)
@given(case())
def test_what_rests_on_rates_is_at_most_possible_in_a_short_look(data: dict[str, Any]) -> None:
    rates = {
        Cause.HOT_PARTITION, Cause.SLOW_MEMBER, Cause.UNDER_CAPACITY, Cause.CATCHING_UP, Cause.COMMIT_RHYTHM,
        Cause.REBALANCE_LOOP, Cause.PARTITION_PAUSED, Cause.BROKER_CPU, Cause.BROKER_DISK, Cause.BROKER_NETWORK,
        Cause.BROKER_UNKNOWN,
    }  # fmt: skip
    found = diagnose(case_of({**data, "looks": "12s/1s"}))
    for verdict in (found.verdict, *found.runners_up):
        if verdict.cause in rates:
            assert verdict.confidence is Certainty.POSSIBLE
            assert verdict.settles


@given(
    st.sampled_from([4, 4.5, 4.9]), st.sampled_from([12, 60, 120, 310]), st.integers(0, 99),
    st.sampled_from([1, 10]),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_a_slow_rhythm_is_neither_stuck_nor_too_few(
    arrivals: float, seconds: int, phase: int, every: int
) -> None:
    """200 ms a record and 500 records a poll: one commit in 100 s, whatever part of that a look sees."""
    whole = seconds - seconds % every if every < seconds else seconds
    since = (whole + phase) % 100
    one = {
        "arrivals": arrivals, "consumed": arrivals, "rhythm": 100, "phase": phase,
        "unread": round(arrivals * since), "age": since,
    }  # fmt: skip
    data: dict[str, Any] = {
        "looks": f"{whole}s/{min(every, whole)}s",
        "members": 2,
        "partitions": {"orders-0..1": {"spread": ["m1", "m2"], **one}},
    }
    found = diagnose(case_of(data))
    fitting = {v.cause for v in (found.verdict, *found.runners_up)}
    assert not fitting & {Cause.STUCK_CONSUMER, Cause.UNDER_CAPACITY, Cause.PARTITION_PAUSED}
    assert found.verdict.cause in (Cause.HEALTHY, Cause.COMMIT_RHYTHM)


def test_every_cause_is_its_own_function() -> None:
    assert len(set(CAUSES)) == len(CAUSES) == len(Cause) - 1
