"""Values of configuration mean what Kafka parses: every spelling of one value is one value, everywhere."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.change.execution.step_results import not_requested
from steward.change.manifests.comparison.configs import compare_configs
from steward.change.manifests.desired import DesiredTopic
from steward.change.manifests.problem import Place
from steward.change.planning.build import make_plan
from steward.change.planning.kinds import agrees, kind_of
from steward.model.change import AlterConfigs, Change, ConfigTarget, CreateTopic
from steward.model.config import ConfigEntry, ConfigSource
from steward.model.config_definition import (
    ConfigType,
    Definition,
    canonical,
    meaning,
    same_value,
    wrong_value,
)
from steward.model.config_definitions import BROKER, CLIENT_METRICS, GROUP, TOPIC, definition_of
from steward.model.instant import Instant
from steward.model.plan import Plan, PlanStepStatus
from steward.model.snapshot import ClusterSnapshot
from support.changes_seen import state_of
from support.cluster_text import NOW_MS, snapshot_of

ALL = {
    (target, key): definition
    for target, table in (
        (ConfigTarget.TOPIC, TOPIC),
        (ConfigTarget.BROKER, BROKER),
        (ConfigTarget.GROUP, GROUP),
        (ConfigTarget.CLIENT_METRICS, CLIENT_METRICS),
    )
    for key, definition in table.items()
}
blanks = st.sampled_from(("", " ", "  ", "\t"))


def _plain(definition: Definition) -> st.SearchStrategy[str]:
    """Values as a broker tells them, all of them allowed."""
    least = definition.least if definition.least is not None else -5
    most = definition.most if definition.most is not None else least + 10**6
    match definition.type:
        case ConfigType.BOOLEAN:
            return st.sampled_from(("true", "false"))
        case ConfigType.INT | ConfigType.SHORT | ConfigType.LONG:
            high = min(most, 32_767 if definition.type is ConfigType.SHORT else most)
            return st.integers(int(least), int(high)).map(str)
        case ConfigType.DOUBLE:
            return st.floats(float(least), float(most), allow_nan=False).map(repr)
        case ConfigType.LIST:
            words = (
                definition.choices
                or tuple(f"{p}x" for p in definition.prefixes)
                or ("a", "b:c", "d.e")
            )
            return st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True).map(
                ",".join
            )
        case _:
            return st.sampled_from(definition.choices or ("a value", "x", "PLAINTEXT://:9092"))


@st.composite
def _respelled(draw: st.DrawFn, definition: Definition, text: str) -> str:
    """Another spelling of the same value."""
    match definition.type:
        case ConfigType.BOOLEAN:
            text = draw(st.sampled_from((text, text.upper(), text.capitalize())))
        case ConfigType.INT | ConfigType.SHORT | ConfigType.LONG:
            sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
            text = draw(st.sampled_from((text, f"{sign}00{digits}", f"{sign or '+'}{digits}")))
        case ConfigType.DOUBLE:
            plain = text if "e" in text or "." not in text else f"{text}00"
            text = draw(st.sampled_from((text, plain, f"{text}d")))
        case ConfigType.LIST:
            items = text.split(",")
            if definition.unordered:
                items = draw(st.permutations(items))
            text = draw(st.sampled_from((",", ", ", " ,\t"))).join(items)
        case _:
            pass
    return draw(blanks) + text + draw(blanks)


@st.composite
def spellings(draw: st.DrawFn) -> tuple[ConfigTarget, str, str, str]:
    (target, key), definition = draw(st.sampled_from(sorted(ALL.items(), key=lambda i: i[0])))
    text = draw(_plain(definition))
    return target, key, text, draw(_respelled(definition, text))


@given(spellings())
def test_every_spelling_of_every_type_is_the_same_value(
    drawn: tuple[ConfigTarget, str, str, str],
) -> None:
    target, key, text, other = drawn
    definition = definition_of(target, key)
    assert same_value(definition, text, other)
    assert canonical(definition, text) == canonical(definition, other)
    assert canonical(definition, canonical(definition, text)) == canonical(definition, text)
    assert meaning(definition, canonical(definition, text)) == meaning(definition, text)
    assert wrong_value(key, definition, other) is None


def _snapshot(entries: Mapping[str, str]) -> ClusterSnapshot:
    return snapshot_of(
        {
            "brokers": "1 2 3",
            "topics": {"orders": "2x"},
            "topic_configs": {"orders": {"vendor.key": ["0", "DEFAULT_CONFIG"], **entries}},
        }
    )


def _plan(change: Change, snapshot: ClusterSnapshot) -> Plan:
    return make_plan((change,), snapshot, title="t", made_by="me", source="s", now=Instant(NOW_MS))


@st.composite
def topic_spellings(draw: st.DrawFn) -> tuple[str, str, str]:
    key = draw(st.sampled_from(sorted(TOPIC)))
    text = draw(_plain(TOPIC[key]))
    return key, text, draw(_respelled(TOPIC[key], text))


@given(topic_spellings())
def test_planning_verification_staleness_replay_and_drift_agree_on_what_is_in_place(
    drawn: tuple[str, str, str],
) -> None:
    key, told, written = drawn
    change = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={key: written})
    there = _snapshot({key: told})
    assert _plan(change, there).steps == ()

    absent = _snapshot({})
    (step,) = _plan(change, absent).steps
    assert agrees(state_of(step.change, there), step.after)
    assert not_requested({0: step}, {0: state_of(step.change, there)}, frozenset())[0].status is (
        PlanStepStatus.ALREADY
    )
    assert kind_of(step.change).object(step.change) == step.object

    removed = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", remove=(key,))
    (out,) = _plan(removed, _snapshot({key: written})).steps
    assert agrees(state_of(out.change, there), out.before)

    wanted = DesiredTopic(
        name="orders", partitions=2, replicas=3, config={key: written}, place=Place("m.yaml", 1)
    )
    entry = ConfigEntry(key, told, ConfigSource.TOPIC)
    assert compare_configs(wanted, {key: entry}, pin=True).changes == ()

    created = CreateTopic(name="new", partitions=2, replication_factor=3, configs={key: written})
    (make,) = _plan(created, absent).steps
    born = snapshot_of(
        {
            "brokers": "1 2 3",
            "topics": {"orders": "2x", "new": "2x"},
            "topic_configs": {"orders": {}, "new": {key: told}},
        }
    )
    assert agrees(state_of(make.change, born), make.after)


@pytest.mark.parametrize(
    ("key", "told", "written"),
    [
        ("cleanup.policy", "compact,delete", "compact, delete"),
        ("cleanup.policy", "compact,delete", "delete,compact"),
        ("min.cleanable.dirty.ratio", "0.3", "0.30"),
        ("min.cleanable.dirty.ratio", "1.0E-4", "0.0001"),
        ("preallocate", "false", "FALSE"),
        ("retention.ms", "5", "+05"),
        ("compression.type", "zstd", " zstd "),
    ],
)
def test_what_kafka_tells_is_what_was_written(key: str, told: str, written: str) -> None:
    assert same_value(definition_of(ConfigTarget.TOPIC, key), told, written)


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("cleanup.policy", "compact", "compact,delete"),
        ("retention.ms", "604800000", "604800001"),
        ("retention.ms", "9007199254740993", "9007199254740992"),  # one, where numbers are doubles
        ("compression.type", "zstd", "ZSTD"),
        ("message.format.version", "3.0", "3.00"),
    ],
)
def test_other_values_stay_other_values(key: str, one: str, other: str) -> None:
    assert not same_value(definition_of(ConfigTarget.TOPIC, key), one, other)


def test_the_type_that_the_cluster_tells_wins() -> None:
    told = definition_of(ConfigTarget.TOPIC, "retention.ms", ConfigType.STRING)
    assert not same_value(told, "5", "05")
    vendor = definition_of(ConfigTarget.TOPIC, "vendor.key", ConfigType.BOOLEAN)
    assert same_value(vendor, "True", "true")
    assert not same_value(definition_of(ConfigTarget.TOPIC, "vendor.key"), "True", "true")
