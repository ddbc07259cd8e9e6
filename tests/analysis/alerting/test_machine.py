"""Laws of the state machine: no flapping, no firing twice, nothing lost or doubled by a restart."""

from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.alerting.alert import Alert, AlertCondition, AlertState, fingerprint_of
from steward.analysis.alerting.machine import Memory, evaluate
from steward.analysis.alerting.rules import AlertRules
from steward.analysis.alerting.silence import Silence, matcher_of
from steward.documents.json_text import read_typed
from steward.model.finding import ObjectRef
from steward.model.unknown import Unknown, Why
from steward.store.bodies import encode
from support.ticks import NOON_MS, group, run, seconds, tick, told

RULES = AlertRules(
    off=frozenset(
        {AlertCondition.LAG_BURN_FAST, AlertCondition.LAG_BURN_SLOW, AlertCondition.LAG_UNKNOWN}
    ),
    repeat_seconds=1e9,
)
UNKNOWN = Unknown(Why.TIMED_OUT, "slow")
lags = st.one_of(
    st.floats(0, 200).map(seconds),
    st.sampled_from([seconds(70.0), seconds(50.0), seconds(10.0), seconds(10.0, 10.0, None)]),
    st.just(UNKNOWN),
)
series = st.lists(st.tuples(lags, lags), min_size=1, max_size=40)


def ticks_of(rows) -> list:
    return [tick(n, group("a", a), group("b", b)) for n, (a, b) in enumerate(rows)]


def episodes(steps) -> dict[str, list[str]]:
    """What receivers heard of each group, in order."""
    heard: dict[str, list[str]] = {}
    for step in steps:
        for note in step.notifications:
            for alert in note.alerts:
                states = heard.setdefault(alert.object.name, [])
                if not states or states[-1] != alert.state.value:
                    states.append(alert.state.value)
    return heard


@given(series)
def test_every_firing_ends_once_and_every_end_had_a_firing(rows) -> None:
    steps = run(ticks_of(rows), RULES)
    for states in episodes(steps).values():
        assert states == ["firing", "resolved"] * (len(states) // 2) + ["firing"] * (
            len(states) % 2
        )
    for step in steps:
        ended = {a.fingerprint for a in step.changed if a.state is AlertState.RESOLVED}
        assert not ended & set(step.memory.alerts)


@given(st.lists(st.floats(48.01, 60), max_size=60), st.booleans())
def test_nothing_begins_or_ends_between_clear_and_objective(values, fires_first: bool) -> None:
    first = [70.0] if fires_first else []
    steps = run([tick(n, group(lag=v)) for n, v in enumerate([*first, *values])], RULES)
    assert told(steps) == ["fired lag_over_objective 1"] * fires_first


@given(st.lists(lags, max_size=40))
def test_unknown_looks_never_end_an_alert(values) -> None:
    rows = [seconds(70.0), *(v if isinstance(v, Unknown) else UNKNOWN for v in values)]
    steps = run([tick(n, group(lag=v)) for n, v in enumerate(rows)], RULES)
    assert told(steps) == ["fired lag_over_objective 1"]


@given(series)
def test_the_same_ticks_decide_the_same(rows) -> None:
    assert run(ticks_of(rows), RULES) == run(ticks_of(rows), RULES)


@settings(deadline=None)
@given(
    series,
    st.lists(st.sampled_from(["on", "killed before", "killed after"]), min_size=40, max_size=40),
)
def test_killed_anywhere_nothing_is_told_twice_or_lost(rows, fates) -> None:
    """A step is written whole or not at all; a new process begins from what was written."""
    written, outbox = Memory(), []
    memory = written
    for facts, fate in zip(ticks_of(rows), fates, strict=False):
        step = evaluate(memory, facts, RULES)
        if fate == "killed before":
            memory = written
            continue
        outbox += step.notifications
        alerts = dict(written.alerts)
        for alert in step.changed:
            alerts.pop(alert.fingerprint, None)
            if alert.state is not AlertState.RESOLVED:
                alerts[alert.fingerprint] = _through_json(alert)
        for key in step.dropped:
            alerts.pop(key, None)
        written = Memory(alerts=alerts, bad_minutes=step.memory.bad_minutes)
        memory = written if fate == "killed after" else step.memory
    assert len({n.id for n in outbox}) == len(outbox)
    heard: dict[str, list[str]] = {}
    for note in outbox:
        for alert in note.alerts:
            heard.setdefault(alert.fingerprint, []).append(
                f"{alert.state.value} {alert.started_at}"
            )
    for lines in heard.values():
        ends = [line for line in lines if line.startswith("resolved")]
        assert len(ends) == len(set(ends))
        begins = list(dict.fromkeys(line for line in lines if line.startswith("firing")))
        assert len(begins) - len(ends) in (0, 1)
    firing = {a.fingerprint for a in memory.alerts.values() if a.state is AlertState.FIRING}
    open_ = {k for k, v in heard.items() if v[-1].startswith("firing")}
    assert firing == open_


def _through_json(alert: Alert) -> Alert:
    return read_typed(encode(alert), Alert, "alert")


def test_what_goes_on_is_told_again_after_the_repeat_time() -> None:
    rules = AlertRules(off=RULES.off, repeat_seconds=100.0)
    steps = run([tick(n, group(lag=70.0)) for n in range(25)], rules)
    assert told(steps) == ["fired lag_over_objective 1"] + ["repeated lag_over_objective 1"] * 2


def test_a_clock_that_steps_back_neither_ends_nor_doubles() -> None:
    rows = [tick(1000 + n, group(lag=70.0)) for n in range(3)] + [
        tick(n, group(lag=70.0)) for n in range(3)
    ]
    said = told(run(rows, RULES))
    assert said == ["fired lag_over_objective 1", "repeated lag_over_objective 1"]


def test_many_groups_are_told_as_one() -> None:
    groups = [group(f"g{n}", 70.0 + n) for n in range(30)]
    (step,) = run([tick(0, *groups)], RULES)
    (note,) = step.notifications
    assert len(note.alerts) == 30
    assert note.alerts[0].object.name == "g29", "the worst first"
    later = [*groups, group("new", 61.0)]
    steps = run([tick(0, *groups), tick(1, *later)], RULES)
    assert steps[1].notifications[0].alerts[0].object.name == "new", "what is new before the rest"


def silence(text: str, *, minutes: float) -> Silence:
    return Silence(
        id="1", matchers=(matcher_of(text),), starts_ms=NOON_MS,
        ends_ms=NOON_MS + round(minutes * 60_000), author="me", reason="deploy",
    )  # fmt: skip


def test_a_silence_holds_back_and_its_end_tells_what_still_fires() -> None:
    rows = [tick(n, group("a", 70.0), group("b", 70.0)) for n in range(9)]
    steps = run(rows, RULES, silences=[silence("group=~a|x", minutes=1)])
    assert told(steps) == ["fired lag_over_objective 1", "fired lag_over_objective 2"]
    assert steps[6].notifications[0].alerts[0].object.name == "a"


def test_an_end_in_a_silence_is_told_if_the_beginning_was() -> None:
    rows = [tick(-1, group(lag=70.0))] + [tick(n, group(lag=1.0)) for n in range(4)]
    assert told(run(rows, RULES, silences=[silence("rule=lag_over_objective", minutes=9)])) == [
        "fired lag_over_objective 1",
        "resolved lag_over_objective 1",
    ]
    rows = [tick(0, group(lag=70.0))] + [tick(n, group(lag=1.0)) for n in range(1, 5)]
    assert told(run(rows, RULES, silences=[silence("cluster=prod", minutes=9)])) == []


def test_fingerprints_are_stable() -> None:
    about = ObjectRef("group", "payments")
    assert fingerprint_of("prod", AlertCondition.LAG_OVER_OBJECTIVE, about) == "b1e816726069fb0a"
